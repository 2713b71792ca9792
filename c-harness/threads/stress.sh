#!/bin/sh
# Queues, jobs, wake-ups, message buffers and targets from many threads, over and over for some time: as many programs at once as
# there are processors, each of several threads. No result may be wrong, and nothing may hang. Needs no tool that watches, so
# that it also runs where there is none: on another machine, under an emulator.
#
# usage: stress.sh BUILD_DIR ARCHIVES SECONDS      (from the project's folder; CC, and RUN, an emulator with its options)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
dir=$1/stress archives=$2 seconds=$3 generated=$1/generated
cc=${CC:-cc} run=${RUN:-} own=c-harness/threads dropin=c-harness/checks/dropin
fail() { echo "FAILED: stress: $*" >&2; exit 1; }
mkdir -p "$dir"
flags="-std=gnu11 -g -O1 -pthread -D_GNU_SOURCE -Iinclude -Ic-harness/lib -I$dropin -I$generated"
programs='jobs buffers targets queue wakeups mixed threads'
for program in $programs; do
  case $program in
    jobs | buffers | targets) sources="$own/$program.c c-harness/lib/http_host.c $generated/stand_ins.c $archives/libmtproxy_kdb.a" ;;
    queue | wakeups) sources="$dropin/$program.c c-harness/lib/http_host.c $generated/stand_ins.c $archives/libmtproxy_kdb.a" ;;
    mixed) sources="c-harness/lib/jobs_host.c $own/mixed.c $archives/libmtproxy_ffi.a" ;;
    threads) sources="$own/threads.c $archives/libmtproxy_ffi.a" ;;
  esac
  # shellcheck disable=SC2086
  $cc $flags -o "$dir/$program" $sources -rdynamic -lm -ldl || fail "$program does not link"
done
processors=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)

# The control: wake-ups that are lost are seen, here too.
for attempt in 1 2 3 4 5 6 7 8 last; do
  if ! $run "$dir/wakeups" control >"$dir/control.log" 2>&1; then break; fi
  [ "$attempt" != last ] || fail "control: lost wake-ups are not seen"
done

# repeat NUMBER: the programs in turn until the time is up; the next one begins elsewhere in the list.
repeat() {
  place=$1 runs=0
  while [ "$(date +%s)" -lt "$end" ]; do
    place=$((place + 1))
    program=$(echo "$programs" | cut -d' ' -f$((place % 7 + 1)))
    status=0
    # shellcheck disable=SC2086
    timeout -k 5 600 $run "$dir/$program" >"$dir/$1.log" 2>&1 || status=$?
    [ $status = 0 ] || { tail -n 5 "$dir/$1.log" >&2; echo "$program: status $status" >"$dir/$1.failed"; return 1; }
    runs=$((runs + 1))
    echo $runs >"$dir/$1.runs"
  done
}
rm -f "$dir"/*.failed "$dir"/*.runs
started=$(date +%s)
end=$((started + seconds))
number=0
while [ $number -lt "$processors" ]; do
  repeat $number &
  number=$((number + 1))
done
wait
for file in "$dir"/*.failed; do [ ! -e "$file" ] || fail "$(cat "$file")"; done
echo "stress: $(($(date +%s) - started)) s on $processors processors${run:+, emulated}: $(cat "$dir"/*.runs | awk '{ n += $1 } END { print n }') runs of $(echo "$programs" | wc -w) programs, no finding; lost wake-ups are seen"
