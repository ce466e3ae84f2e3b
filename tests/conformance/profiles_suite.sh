# What the scripts about profiles share; sourced behind e2e/support/lib.sh. The suite is installed by name, once.
home=$root/build/tests/conformance
suite=${HTTP_CACHE_TESTS:-$home/node_modules/http-cache-tests}
if [ ! -f "$suite/cli.mjs" ]; then
  mkdir -p "$home"
  cp "$here/package.json" "$home/"
  (cd "$home" && npm install --silent --no-audit --no-fund --no-package-lock) >"$work/npm.log" 2>&1 ||
    skip "npm could not install http-cache-tests: $(tail -n 1 "$work/npm.log")"
fi

# suite_origin: the suite's server on the loopback interface; its port in $origin.
suite_origin() {
  local try
  : >"$work/origin.log"
  (cd "$suite" && npm_config_protocol=http npm_config_port=0 npm_config_pidfile="$work/pid" \
    exec node --import "$here/loopback.mjs" server/server.mjs) >"$work/origin.log" 2>&1 &
  started+=($!)
  for try in $(seq 200); do
    origin=$(sed -n 's/^Listening on .*:\([0-9]*\)\/$/\1/p' "$work/origin.log")
    [ -n "$origin" ] && return 0
    sleep 0.05
  done
  cat "$work/origin.log" >&2
  die "the suite's server did not start"
}

# suite_run PORT: all tests through that port; results on stdout.
suite_run() {
  (cd "$suite" && npm_config_base="http://127.0.0.1:$1" npm_config_id= npm_package_config_id= \
    timeout 240 node --no-warnings cli.mjs)
}
