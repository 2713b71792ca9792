#!/bin/sh
# A Rust program that depends on the package must export none of its C names; with the feature `capi` it exports them. And
# the shipped library must refuse to be built with unwinding.
#
# usage: rust_dependency.sh       (from the project's folder)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}/rust_dependency
library=$target/${CARGO_BUILD_TARGET:+$CARGO_BUILD_TARGET/}debug/libmtproxy_ffi.rlib
c_names() { readelf -sW "$library" | grep -cE ' mtproxy_ffi_[a-z0-9_]+$' || true; }
fail() { echo "FAILED: $*" >&2; exit 1; }

$cargo build --quiet --locked --lib --target-dir $target
[ "$(c_names)" = 0 ] || fail "as a Rust dependency the package exports $(c_names) C names"
$cargo build --quiet --locked --lib --target-dir $target --features capi
[ "$(c_names)" -ge 46 ] || fail "control: only $(c_names) C names are seen with the feature capi"

# The debug profile unwinds.
if $cargo rustc --quiet --locked --lib --target-dir $target --features capi -- --cfg mtproxy_ffi_shipped 2>$target/log; then
  fail "the shipped library can be built with unwinding"
fi
grep -q 'must be built with panic = "abort"' $target/log || fail "another error: $(cat $target/log)"
echo "rust dependency: no C name exported; unwinding refused in what ships"
