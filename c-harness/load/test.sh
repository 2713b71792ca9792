#!/bin/sh
# The load generator's own checks: real traffic comes back intact, and every planted fault is reported. Nothing is timed.
#
# usage: test.sh PROXY_LOAD [PROXY]       without PROXY only what needs none
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -u
load=$1 proxy=${2:-}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

wrong() {
  echo "load: FAILED: $*" >&2
  sed 's/^/    | /' "$work/log" >&2
  exit 1
}

# exit status, a text that must be said, arguments...
expect() {
  want=$1 text=$2
  shift 2
  "$load" "$@" >"$work/log" 2>&1
  got=$?
  [ "$got" = "$want" ] || wrong "exit status $got instead of $want: proxy_load $*"
  grep -qF -e "$text" "$work/log" || wrong "'$text' is not said: proxy_load $*"
}

expect 0 "usage:" --help
expect 2 "usage:"
expect 2 "not a number" --rounds many x
expect 2 "is not an option" --nothing x
expect 2 "more than two proxies" a b c
expect 2 "no fault" --fault none x
expect 2 "contradict each other" --one-core --no-pin x
# A proxy that ends at once, and one that is not there.
expect 1 "the proxy exited with status 1" --rounds 1 --ping-pong false
expect 1 "No such file or directory" --rounds 1 --ping-pong "$work/nothing"
if [ -z "$proxy" ]; then
  echo "load: bad options and a dead proxy are named; traffic skipped: no PROXY=path/to/mtproto-proxy"
  exit 0
fi

intact="every message came back intact"
traffic="--rounds 1 --warm 0 --messages 400 --no-pin"
modes=0
for mode in "--ping-pong" "--ping-pong --clients 20 --sizes 56-9000" "--pipeline 16 --clients 20 --sizes mix" "--connect-rate" \
  "--idle 0.2 --idle-clients 50 --seconds 0.2" "--pipeline 4 --crc32c" "--pipeline 4 --dd" "--pipeline 4 --sizes mix --tls" \
  "--pipeline 4 --clients 8 --extra=--multithread"; do
  # shellcheck disable=SC2086
  expect 0 "$intact" $traffic $mode "$proxy"
  modes=$((modes + 1))
done

# Both reports, of two proxies. JSON is read where there is a reader.
# shellcheck disable=SC2086
expect 0 "least-greatest" $traffic --ping-pong --json "$work/json" --markdown "$work/markdown" "$proxy" "$proxy"
# One message in flight: on one core, and what of its cost is the machine's.
expect 0 "all on one core" --rounds 1 --warm 0 --messages 400 --ping-pong --one-core --json "$work/relay" "$proxy"
grep -qE '"relay_cpu_us_per_message": \{"drop_in": \[[1-9]' "$work/relay" || wrong "the relay needs no CPU"
grep -q '^| mode | figure | drop-in | original | ratio | range |$' "$work/markdown" || wrong "the Markdown has no table"
grep -q '"ratio_least"' "$work/json" || wrong "the JSON has no ratio"
if command -v python3 >/dev/null; then
  python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$work/json" 2>"$work/log" || wrong "the JSON is none"
fi

# The controls: the same traffic with one mistake in it.
faults=0
while read -r fault said; do
  # shellcheck disable=SC2086
  expect 1 "$said" $traffic --patience 1 --pipeline 8 --clients 2 --fault "$fault" "$proxy"
  faults=$((faults + 1))
done <<'END'
drop came back changed
change came back changed
shorten bytes instead of
repeat came back changed
swap came back changed
frame the checksum of a frame
END
# Where nothing follows the lost message, only the waiting ends it.
expect 1 "were lost" --rounds 1 --warm 0 --seconds 0.3 --patience 1 --ping-pong --no-pin --fault drop "$proxy"
echo "load: $modes kinds of traffic intact; $((faults + 1)) planted faults reported"
