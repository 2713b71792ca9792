#!/bin/sh
# Uses the library's state from many threads, and the drop-in's queues, jobs, message buffers and targets. The results must be right;
# ThreadSanitizer, which understands atomics, must report no race; helgrind, which does not, must report none outside the
# functions that atomics.supp names. Both must report a program that does race.
#
# Helgrind does not look at the drop-in's programs. A job's lock is a bit of its flags, which helgrind takes for plain memory: of
# each field that the lock guards it reports every use by a second thread, in jobs.c 384,319 reports from 94 places. Suppressions
# for these would name all functions that touch a job, and nothing would be left to check. ThreadSanitizer sees the orders of the
# flags and of the queues, and reports a job that counts without its lock; `make test-loom` tries the interleavings.
#
# usage: run.sh BUILD_DIR       (from the project's folder, after `make`)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
dir=$1/threads
cc=${CC:-cc} cargo=${CARGO:-cargo} rustc=${RUSTC:-rustc}
here=c-harness/threads generated=$1/generated
mkdir -p "$dir"
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
# dropin_with PROGRAM OPTIONS ARCHIVE OUT LIBRARIES: a program of the drop-in's, and stand-ins for what stays in C.
dropin_programs='jobs buffers targets'
dropin_with() {
  program=$1 objects=
  shift
  for source in $here/$program.c c-harness/lib/http_host.c "$generated/stand_ins.c"; do
    object=$dir/$(basename "$source" .c)-dropin.o
    # shellcheck disable=SC2086
    $cc -std=gnu11 -g -O1 $1 -Ic-harness/lib -I"$generated" -c -o "$object" "$source"
    objects="$objects $object"
  done
  # shellcheck disable=SC2086
  $cc -o "$3" $objects "$2" $4 -rdynamic -lpthread -ldl -lm -lrt
}

# boundary_with PROGRAM: the sources of a program of the boundary's.
boundary_with() {
  [ "$1" != mixed ] || echo c-harness/lib/jobs_host.c
  echo "$here/$1.c"
}

for program in threads mixed race; do
  $cc -std=gnu11 -g -O1 -Wall -Wextra -Werror -Iinclude -Ic-harness/lib -I"$generated" -o "$dir/$program" \
    $(boundary_with $program) dist/lib/libmtproxy_ffi.a -lpthread
done
for program in threads mixed; do
  result=$("$dir/$program") || fail "$program"
  echo "threads: $result: right"
done
for program in $dropin_programs; do
  dropin_with "$program" "-Wall -Wextra -Werror" dist/lib/libmtproxy_kdb.a "$dir/$program" ""
  result=$("$dir/$program") || fail "$program"
  echo "threads: $result: right"
done

must_report() { # tool, command...
  tool=$1
  shift
  if "$@" >"$dir/control.log" 2>&1; then fail "control: $tool does not report a race"; fi
  grep -qi 'data race' "$dir/control.log" || { cat "$dir/control.log" >&2; fail "control: $tool: another report"; }
}

missing() { [ "${CI:-}" != true ] || fail "$*"; echo "threads: skipped: $*"; }

with_sanitizer() {
  host=$($rustc -vV | sed -n 's/^host: //p')
  echo 'int main(void) { return 0; }' | $cc -fsanitize=thread -x c -o "$dir/probe" - 2>/dev/null && "$dir/probe" ||
    { missing "$cc has no ThreadSanitizer"; return; }
  runtime=$(find "$($rustc --print sysroot)/lib/rustlib/$host/lib" -name 'librustc*_rt.tsan.a' 2>/dev/null)
  [ -n "$runtime" ] || { missing "this Rust has no ThreadSanitizer"; return; }
  # An instrumented library is an unstable feature of the compiler; what ships does not use it. The standard library
  # stays as it is: the state under test is in this one's own code.
  RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer" \
    $cargo rustc --quiet --locked --lib --crate-type staticlib --features capi --target "$host" \
    --target-dir "$1/threads-target" 2>"$dir/log" || { missing "this Rust has no ThreadSanitizer: $(head -n 1 "$dir/log")"; return; }
  for program in threads mixed race; do
    objects=
    for source in $(boundary_with $program); do
      object=$dir/$(basename "$source" .c).o objects="$objects $dir/$(basename "$source" .c).o"
      $cc -std=gnu11 -g -O1 -fsanitize=thread -Iinclude -Ic-harness/lib -I"$generated" -c -o "$object" "$source"
    done
    # Rust's own runtime: the C compiler's may be older than what rustc's instrumentation calls.
    # shellcheck disable=SC2086
    $cc -o "$dir/$program-tsan" $objects "$1/threads-target/$host/debug/libmtproxy_ffi.a" \
      -Wl,--whole-archive "$runtime" -Wl,--no-whole-archive -rdynamic -lpthread -ldl -lm -lrt -lstdc++
  done
  TSAN_OPTIONS=exitcode=9 "$dir/threads-tsan" >"$dir/log" 2>&1 || { head -n 60 "$dir/log" >&2; fail "ThreadSanitizer"; }
  must_report ThreadSanitizer env TSAN_OPTIONS=exitcode=9 "$dir/race-tsan"
  TSAN_OPTIONS=exitcode=9 "$dir/mixed-tsan" >"$dir/log" 2>&1 || { head -n 60 "$dir/log" >&2; fail "ThreadSanitizer: mixed"; }
  must_report ThreadSanitizer env TSAN_OPTIONS=exitcode=9 "$dir/mixed-tsan" control
  echo "threads: ThreadSanitizer: clean; a real race is reported"
}

dropin_with_sanitizer() {
  [ -n "${runtime:-}" ] || return 0
  RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer" \
    $cargo rustc --quiet --locked --lib --crate-type staticlib --features kdb --target "$host" \
    --target-dir "$1/threads-target-kdb" 2>"$dir/log" || { missing "the drop-in: $(head -n 1 "$dir/log")"; return; }
  for program in $dropin_programs; do
    dropin_with "$program" -fsanitize=thread "$1/threads-target-kdb/$host/debug/libmtproxy_ffi.a" "$dir/$program-tsan" \
      "-Wl,--whole-archive $runtime -Wl,--no-whole-archive -lstdc++"
    TSAN_OPTIONS=exitcode=9 "$dir/$program-tsan" >"$dir/log" 2>&1 || { head -n 60 "$dir/log" >&2; fail "ThreadSanitizer: $program"; }
    must_report ThreadSanitizer env TSAN_OPTIONS=exitcode=9 "$dir/$program-tsan" control
  done
  echo "threads: ThreadSanitizer: queues, jobs, message buffers, targets: clean; counts without a lock, and a write to what is free, are reported"
}

with_helgrind() {
  command -v valgrind >/dev/null || { missing "valgrind is not installed"; return; }
  check="valgrind --tool=helgrind --quiet --error-exitcode=9 --fair-sched=yes --suppressions=$here/atomics.supp"
  # The CPU's level is kept in atomics of inlined code, which no suppression can name, so it is determined beforehand.
  $check "$dir/threads" warm >"$dir/log" 2>&1 || { head -n 60 "$dir/log" >&2; fail "helgrind"; }
  must_report helgrind $check "$dir/race"
  echo "threads: helgrind: clean but for the atomics that atomics.supp names; a real race is reported"
}

with_sanitizer "$1"
dropin_with_sanitizer "$1"
with_helgrind
