#!/bin/sh
# The library and the C host under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer, both halves
# instrumented; the vectors and the boundary's tests under AddressSanitizer; and the shipped library with the host under
# valgrind. Each tool also runs on a program with a fault, and must report it.
#
# usage: run.sh BUILD_DIR CONFIG       (from the project's folder, after the hosts are built)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
build=$1 config=$2
cc=${CC:-cc} cargo=${CARGO:-cargo} rustc=${RUSTC:-rustc}
here=c-harness/memory
mkdir -p "$build/memory"
dir=$build/memory
trap 'rm -rf "$dir"/*.o "$dir"/host* "$dir"/overread* "$dir"/leak*' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
missing() { [ "${CI:-}" != true ] || fail "$*"; echo "memory: skipped: $*"; }

# Runs a program with a known fault: it must fail, and its report must name the fault.
must_report() { # what, expected text, command...
  what=$1 text=$2
  shift 2
  if "$@" >"$dir/control.log" 2>&1; then fail "control: $what is not reported"; fi
  grep -q "$text" "$dir/control.log" || { cat "$dir/control.log" >&2; fail "control: $what: another report"; }
}

sanitizers() {
  host=$($rustc -vV | sed -n 's/^host: //p')
  runtime=$(find "$($rustc --print sysroot)/lib/rustlib/$host/lib" -name 'librustc*_rt.asan.a' 2>/dev/null)
  [ -n "$runtime" ] || { missing "this Rust has no AddressSanitizer"; return; }
  echo 'int main(void) { return 0; }' | $cc -fsanitize=address,undefined -x c -o "$dir/host" - 2>/dev/null && "$dir/host" ||
    { missing "$cc has no AddressSanitizer"; return; }

  # An instrumented library is an unstable feature of the compiler; what ships does not use it.
  export RUSTC_BOOTSTRAP=1
  RUSTFLAGS=-Zsanitizer=address $cargo rustc --quiet --locked --lib --crate-type staticlib --features capi \
    --target "$host" --target-dir "$dir/target"
  library=$dir/target/$host/debug/libmtproxy_ffi.a
  flags="-std=c11 -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -Iinclude -Ic-harness/lib -I$build/generated"
  # This archive has many members, and the host's weak references extract none.
  link="$(sed 's/^/-Wl,-u,/' "$build/generated/boundary.exports" | tr '\n' ' ') $library -lpthread -ldl -lm"
  $cc $flags -o "$dir/host" c-harness/host/*.c c-harness/lib/jobs_host.c include/mtproxy_ffi_bridge.c $link
  $cc $flags -o "$dir/overread" $here/overread.c $link
  $cc $flags -o "$dir/leak" $here/leak.c $link
  ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 "$dir/host" "$config" >"$dir/log" 2>&1 ||
    { cat "$dir/log" >&2; fail "the host under AddressSanitizer"; }
  must_report "one byte too far" "heap-buffer-overflow" "$dir/overread"
  must_report "a leak" "LeakSanitizer: detected memory leaks" "$dir/leak"
  echo "memory: host under ASan, LSan and UBSan: clean; one byte too far in the library and a leak are reported"

  RUSTFLAGS=-Zsanitizer=address ASAN_OPTIONS=detect_leaks=0 CARGO_PROFILE_DEV_OPT_LEVEL=1 \
    $cargo test --quiet --locked --features capi --lib --test vectors --test boundary --test guard_pages --test threads \
    --target "$host" --target-dir "$dir/target" >"$dir/log" 2>&1 || { tail -n 40 "$dir/log" >&2; fail "tests under AddressSanitizer"; }
  passed=$(sed -n 's/^test result: ok. \([0-9]*\) passed.*/\1/p' "$dir/log" | awk '{ n += $1 } END { print n + 0 }')
  [ "$passed" -ge 60 ] || fail "only $passed tests ran under AddressSanitizer"
  echo "memory: $passed tests under ASan: clean"
  unset RUSTC_BOOTSTRAP
}

with_valgrind() {
  command -v valgrind >/dev/null || { missing "valgrind is not installed"; return; }
  check="valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,possible"
  $check "$build/host/host-archive" "$config" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; fail "the host under valgrind"; }
  for control in overread leak; do
    $cc -std=c11 -g -Iinclude -o "$dir/$control" $here/$control.c dist/lib/libmtproxy_ffi.a
  done
  must_report "one byte too far" "Invalid read of size" $check "$dir/overread"
  must_report "a leak" "definitely lost" $check "$dir/leak"
  echo "memory: host under valgrind: clean; one byte too far in the library and a leak are reported"
}

with_miri() {
  $cargo miri --version >/dev/null 2>&1 || { echo "memory: skipped: Miri is not installed"; return; }
  # Tests of timers, which C owns, leak them.
  MIRIFLAGS='-Zmiri-disable-isolation -Zmiri-ignore-leaks' $cargo miri test --quiet --locked --features capi --lib --test boundary \
    --target-dir "$dir/target" >"$dir/log" 2>&1 || { tail -n 40 "$dir/log" >&2; fail "Miri"; }
  echo "memory: unit tests and the law of the boundary under Miri: clean"
}

sanitizers
with_valgrind
with_miri
