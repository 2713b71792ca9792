#!/bin/sh
# Runs every check that this machine can run, and prints a table: check, what it ran, result, the control's result, time.
# Then checks that no process is left, and no file outside the ignored folders.
#
# usage: all.sh BUILD_DIR SECONDS        (from the project's folder)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
build=$1 seconds=$2
make=${MAKE:-make} cargo=${CARGO:-cargo}
logs=$build/check-all
rm -rf "$logs"
mkdir -p "$logs/tmp"
logs=$(cd "$logs" && pwd)
# Temporary files go here, so that one left behind is found.
TMPDIR=$logs/tmp
export TMPDIR
files() { if [ -e .git ]; then git status --porcelain; else find . -path ./target -prune -o -path "./$build" -prune -o -path ./dist -prune -o -type f -print | LC_ALL=C sort; fi; }
files >"$logs/before"
failed=0

# Runs a command in a session of its own, so that processes it leaves running can be found.
alone() { exec setsid "$@"; }
left_running() { ps -eo sid=,pid= | awk -v session="$1" '$1 == session { print $2 }'; }
if command -v setsid >/dev/null && command -v ps >/dev/null; then
  # The control: a process left running is found, and then ended.
  alone sh -c 'sleep 60 & exit 0' &
  session=$!
  wait "$session"
  left=$(left_running "$session")
  [ -n "$left" ] || { echo "FAILED: control: a process left behind is not seen" >&2; exit 1; }
  kill $left
  watched="no process"
else
  alone() { "$@"; }
  left_running() { :; }
  watched="processes not looked for (no setsid)"
fi

# Arguments: name, what it runs, the control, command...
check() {
  name=$1 what=$2 control=$3
  shift 3
  started=$(date +%s)
  alone "$@" >"$logs/$name.log" 2>&1 &
  session=$!
  result=passed
  wait "$session" || result=FAILED
  took=$(($(date +%s) - started))
  left=$(left_running "$session")
  # A symbolizer, or mold's child, may be ending just now.
  [ -z "$left" ] || { sleep 2; left=$(left_running "$session"); }
  [ -z "$left" ] || { result=FAILED; echo "left running:" $left >>"$logs/$name.log"; }
  # A failing control makes its check fail, and prints its name.
  case $result in
    passed) seen="seen: $control" ;;
    *) if grep -q 'FAILED: control' "$logs/$name.log"; then seen="NOT SEEN: $control"; else seen="-"; fi ;;
  esac
  [ "$control" != - ] || seen=-
  skips=$(grep -c 'skipped' "$logs/$name.log" || true)
  [ "$result" != passed ] || [ "$skips" = 0 ] || result="passed, $skips skipped"
  printf '%-10s  %-58s  %-18s  %-62s  %5s s\n' "$name" "$what" "$result" "$seen" "$took"
  case $result in
    FAILED) failed=$((failed + 1)); tail -n 15 "$logs/$name.log" | sed 's/^/    | /' ;;
    *skipped) grep 'skipped' "$logs/$name.log" | sed 's/^ */    | /' ;;
  esac
}

printf '%-10s  %-58s  %-18s  %-62s  %7s\n' check "what it ran" result "its control" time
check build "make: archive, object, shared object" - $make -s all
check run "make run: the C host on real input, linked three ways" - $make -s run
check rust "unit, vectors, boundary, properties, guard pages, threads" "a touch outside the bounds; an allocation" $make -s test-rust
check c "host, bridge, header, artefacts, install" "unbound name, wrong bridge, stranger, slice index, ..." $make -s test-c
check format "cargo fmt" - $cargo fmt --all --check
check lint "clippy, all targets, with and without features" - sh -c "$cargo clippy --quiet --locked --all-targets --all-features -- -D warnings && $cargo clippy --quiet --locked --all-targets -- -D warnings"
check doc "rustdoc without warnings" - env RUSTDOCFLAGS="-D warnings" $cargo doc --quiet --locked --no-deps --all-features
check faults "each call of the C library that the drop-in makes fails in turn" "a crash; a wrong answer" $make -s test-faults
check memory "ASan, LSan, UBSan, valgrind, Miri" "one byte too far; a leak" $make -s test-memory
check threads "many threads; ThreadSanitizer, helgrind" "a real race" $make -s test-threads
check loom "models of concurrent code, all interleavings" "a model without a fence, an order, ..." $make -s test-loom
check abi "abidiff with API 1; two Rusts, linkers, LTO, static, C++" "a changed field, argument, name; the raw archive's litter" $make -s test-abi
check msrv "what ships, built with the oldest Rust promised" "a panic; a function that it lacks" $make -s test-msrv
check cross "all that ships, built for the other machine" "an archive of no machine" $make -s test-cross
check counts "instructions of what was made fast, within their budgets" "six tenths of each budget" $make -s bench-instructions
check supply "licences, advisories; two builds in two folders; the crate" "a foreign licence; one byte more; missing vectors" $make -s test-supply
check packages "Debian packages for two machines, used from an empty folder" "a missing licence; the original" $make -s test-deb
check fuzz "all targets, $seconds s each" "a planted mistake" $make -s fuzz SECONDS="$seconds"
check portable "the whole suite on other machines" "a damaged vector" $make -s test-portable

files >"$logs/after"
if cmp -s "$logs/before" "$logs/after" && rmdir "$logs/tmp" 2>/dev/null; then
  echo "left behind: no file, $watched"
else
  echo "left behind:"
  diff "$logs/before" "$logs/after" || true
  ls -A "$logs/tmp" 2>/dev/null || true
  failed=$((failed + 1))
fi
if [ "$failed" = 0 ]; then
  rm -rf "$logs"
  echo "check-all: all passed"
else
  echo "check-all: $failed failed; the logs are in $logs"
  exit 1
fi
