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
  # Those of our own that still run: the number of one that has ended may be somebody else's by now.
  for pid in $(jobs -rp); do kill "$pid" 2>/dev/null || true; done
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
# How long anything is waited for: an end for what hangs, far beyond what the busiest machine needs.
patience=180
# eventually WHAT COMMAND…: asks until it is so.
eventually() {
  local what=$1 end=$((SECONDS + patience))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || die "not within $patience s: $what"
    sleep 0.05
  done
}
# A port nobody listens on, below those that the kernel gives to whoever connects: one of these may be taken before the
# program that is to have it has started. No port twice in one script.
free_port() {
  python3 - "$work/ports.given" <<'PY'
import random, socket, sys
given = open(sys.argv[1], "a+")
given.seek(0)
taken = set(map(int, given))
low = int(open("/proc/sys/net/ipv4/ip_local_port_range").read().split()[0])
while True:
    port = random.randrange(10000, low) if low > 12000 else 0
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
        port = s.getsockname()[1]
    if port not in taken:
        break
print(port, file=given)
print(port)
PY
}
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# wait_port PORT: until something listens there.
wait_port() { eventually "something listens on port $1" listens "$1"; }
# shop NAME ARGS…: the demo shop by fixtures/serve; its edge's port in $port, its origin's in $origin, its job in $shop.
shop() {
  local ports=$work/$1.ports
  shift
  "$root/fixtures/serve" --build "$BUILD" --for 3000 "$@" >"$ports" 2>>"$work/serve.log" &
  shop=$!
  started+=($shop)
  shop_says() { grep -qs EDGE_PORT "$ports" || ! kill -0 $shop 2>/dev/null; }
  eventually "the shop listens" shop_says
  port=$(sed -n 's/^EDGE_PORT=//p' "$ports") origin=$(sed -n 's/^STOREFRONT_PORT=//p' "$ports")
  [ -n "$port" ] || { cat "$work/serve.log" >&2; die "the shop did not start"; }
}
close_shop() { kill "$shop" 2>/dev/null || true; wait "$shop" 2>/dev/null || true; }
sql() { sqlite3 -readonly "$1" "$2"; }
