#!/bin/sh
# Tests the crate as it would be published, unpacked alone in a folder.
#
# usage: package.sh BUILD_DIR        (from the project's folder)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
cargo=${CARGO:-cargo}
# Reuses the dependencies that other tests have built.
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$1/package" "$target"
dir=$(cd "$1/package" && pwd) target=$(cd "$target" && pwd)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# Offline, from the registry's cached index.
pack() { $cargo package --quiet --locked --allow-dirty --no-verify --target-dir "$dir" "$@" 2>"$dir/log"; }
pack || pack --offline || { tail -n 20 "$dir/log" >&2; fail "cargo package"; }
crate=$(echo "$dir"/package/mtproxy-ffi-*.crate)
size=$(wc -c <"$crate" | tr -d ' ')
[ "$size" -le 10485760 ] || fail "the crate has $size bytes; the registry takes 10 MiB"
tar -xzf "$crate" -C "$dir"
cd "$dir"/mtproxy-ffi-*/
# The files of an archive are old, so cargo would consider its last build in this folder up to date.
find . -type f -exec touch {} +

tests() { CARGO_TARGET_DIR=$target $cargo test --quiet --locked --features capi "$@" >"$dir/log" 2>&1; }
tests || { tail -n 40 "$dir/log" >&2; fail "the crate's own tests"; }
passed=$(sed -n 's/^test result: ok. \([0-9]*\) passed.*/\1/p' "$dir/log" | awk '{ n += $1 } END { print n + 0 }')
[ "$passed" -ge 100 ] || fail "only $passed of the crate's tests ran"
rm -r c-harness/vectors
if tests --test vectors; then fail "control: missing vectors are not seen"; fi
echo "package: $passed tests pass in the unpacked crate of $size bytes; missing vectors are seen"
