#!/bin/sh
# Compiles the library with the oldest Rust that it promises, in each of the forms that ship; newer ones accept more.
#
# usage: MSRV=1.85 msrv.sh      (from the project's folder)
#
# Skipped, with one line, if rustup is not here or has not that version: `rustup toolchain install VERSION --profile minimal`.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
# The settings of this machine's own compiler are not for that one.
unset RUSTC RUSTFLAGS
compile() { rustup run "$MSRV" cargo check --quiet --locked --lib "$@"; }
rustup run "$MSRV" rustc --version >/dev/null 2>&1 || { echo "msrv: skipped: rustup has no Rust $MSRV"; exit 0; }
for features in '' capi kdb_leaf kdb; do
  compile --features "$features" || fail "Rust $MSRV with features '$features'"
done
# The control: an item of a newer Rust, in a file of its own.
control=$(mktemp -d)
trap 'rm -rf "$control"' EXIT
echo 'pub fn f(text: &str) -> Option<usize> { text.as_bytes().as_array::<4>().map(|a| a.len()) }' >"$control/newer.rs"
if rustup run "$MSRV" rustc --crate-type lib --emit metadata --out-dir "$control" "$control/newer.rs" 2>/dev/null; then fail "control: Rust $MSRV compiles what it lacks"; fi
echo "msrv: all forms of the library compile with Rust $MSRV; a newer function is refused"
