#!/bin/sh
# Builds what ships with the oldest Rust that Cargo.toml promises: it compiles, and holds no panic path, which older compilers
# remove less often.
#
# usage: MSRV=1.85 msrv.sh BUILD_DIR      (from the project's folder)
#
# Skipped, with one line, if rustup is not here or has not that version: `rustup toolchain install VERSION --profile minimal`.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
build=$1/msrv
make=${OWN_MAKE:-${MAKE:-make}}
mkdir -p "$build"
fail() { echo "FAILED: $*" >&2; exit 1; }
rustup run "$MSRV" rustc --version >/dev/null 2>&1 || { echo "msrv: skipped: rustup has no Rust $MSRV"; exit 0; }

# In folders of its own, so that what the newer Rust has built stays.
$make -s boundary kdb CARGO="rustup run $MSRV cargo" DIST="$build/dist" BUILD="$build" CARGO_TARGET_DIR="$build/target" \
  >"$build/log" 2>&1 || { tail -n 20 "$build/log" >&2; fail "Rust $MSRV"; }
# The tests too: distributors run them with the Rust that they have.
rustup run "$MSRV" cargo check --quiet --locked --lib --tests --features "capi kdb" --target-dir "$build/target" >"$build/log" 2>&1 ||
  { grep -A 4 '^error' "$build/log" >&2; fail "the tests with Rust $MSRV"; }
has_panics() { readelf -sW "$1" | grep -E 'rust_eh_personality|panicking' >/dev/null; }
for object in mtproxy_ffi mtproxy_kdb mtproxy_kdb_leaf; do
  [ -s "$build/dist/lib/$object.o" ] || fail "no $object.o"
  if has_panics "$build/dist/lib/$object.o"; then fail "Rust $MSRV leaves a panic path in $object.o"; fi
done

# The controls: a panic, and an item of a newer Rust.
echo 'fn main() { std::env::args().nth(1).unwrap(); }' >"$build/panics.rs"
rustup run "$MSRV" rustc -o "$build/panics" "$build/panics.rs"
has_panics "$build/panics" || fail "control: a panic is not seen"
echo 'pub fn f(bytes: &[u8]) -> bool { bytes.as_array::<4>().is_some() }' >"$build/newer.rs"
if rustup run "$MSRV" rustc --crate-type lib --emit metadata --out-dir "$build" "$build/newer.rs" 2>/dev/null; then
  fail "control: Rust $MSRV compiles what it lacks"
fi
echo "msrv: what ships builds with Rust $MSRV, without a panic path; a panic, and a newer function, are seen"
