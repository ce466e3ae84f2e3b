#compdef rehearse
# Commands and options are read from --help, so they are never behind.
_rehearse() {
  if (( CURRENT == 2 )); then
    local -a commands
    commands=(${(f)"$(rehearse --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\)  *\(.*\)/\1:\2/p')"})
    _describe command commands
  elif [[ $words[CURRENT] == -* ]]; then
    local -a options
    options=(${(f)"$(rehearse $words[2] --help 2>/dev/null | sed -n 's/^  .*\(--[a-z0-9-]*\).*/\1/p')"})
    compadd -- $options
  else
    _files
  fi
}
_rehearse "$@"
