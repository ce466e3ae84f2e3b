# What the end-to-end scripts share. Each script: `. "$(dirname "$0")/support/lib.sh"`.
# BUILD names the build tree; everything a script writes is in $work, which goes away with it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
BUILD=${BUILD:-$root/build/dev}
PATH=$BUILD:$PATH
export REHEARSE_KEY=${REHEARSE_KEY:-00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff}
export NO_COLOR=1
work=$(mktemp -d)
started=()
finish() {
  local code=$? pid
  for pid in "${started[@]:+${started[@]}}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]:+${started[@]}}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
  exit $code
}
trap finish EXIT
skip() { echo "$1"; exit 77; }
need() { local tool; for tool in "$@"; do command -v "$tool" >/dev/null || skip "$tool is not installed"; done; }
die() { echo "FAILED: $*" >&2; exit 1; }
# expect CODE COMMAND…: its exit code; output in $work/out and $work/err.
expect() {
  local wanted=$1 code=0
  shift
  "$@" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" -eq "$wanted" ] || { cat "$work/out" "$work/err" >&2; die "exit code $code, expected $wanted: $*"; }
}
# says FILE TEXT…: every text is in the file.
says() {
  local file=$1 text
  shift
  for text in "$@"; do
    grep -qF -- "$text" "$file" || { cat "$file" >&2; die "\"$text\" is missing in $(basename "$file")"; }
  done
}
says_not() {
  local file=$1 text
  shift
  for text in "$@"; do
    ! grep -qF -- "$text" "$file" || { grep -nF -- "$text" "$file" | head -5 >&2; die "\"$text\" stands in $(basename "$file")"; }
  done
}
same() { [ "$1" = "$2" ] || die "found \"$1\", expected \"$2\"${3:+ ($3)}"; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# wait_port PORT: until something listens there, 10 s at most.
wait_port() {
  local try
  for try in $(seq 200); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
    sleep 0.05
  done
  die "nothing listens on port $1"
}
sql() { sqlite3 -readonly "$1" "$2"; }
