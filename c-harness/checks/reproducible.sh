#!/bin/sh
# Two builds in two folders, the second with cargo's results in a third, must give the same files, byte for byte. A build with
# this machine as CARGO_BUILD_TARGET, whose code differs, must have the right names, dependencies and size.
#
# usage: reproducible.sh BUILD_DIR        (from the project's folder)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
mkdir -p "$1/reproducible"
dir=$(cd "$1/reproducible" && pwd)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
for name in one another-folder-with-a-longer-name; do
  mkdir -p "$dir/$name"
  tar -cf - --exclude=./target --exclude=./dist --exclude="./$1" --exclude=./fuzz --exclude=./.git . | tar -xf - -C "$dir/$name"
done
build() { # folder
  (cd "$dir/$1" && MAKEFLAGS='' ${MAKE:-make} -s all >"$dir/log" 2>&1) || { tail -n 20 "$dir/log" >&2; fail "make in $1"; }
}
unset CARGO_TARGET_DIR CARGO_BUILD_TARGET
build one
export CARGO_TARGET_DIR="$dir/target"
build another-folder-with-a-longer-name
[ -d "$dir/target/release" ] || fail "the second was not built where it was told"
project=$(pwd)
cd "$dir"
diff -r one/dist another*/dist >"$dir/log" || { cat "$dir/log" >&2; fail "the two builds differ"; }
files=$(find one/dist -type f | wc -l | tr -d ' ')
if grep -rqaF "$dir" one/dist; then fail "the folder's name is in what ships"; fi
printf x >>one/dist/lib/mtproxy_ffi.o
if diff -r one/dist another*/dist >/dev/null; then fail "control: one byte more is not seen"; fi

CARGO_BUILD_TARGET=$(${RUSTC:-rustc} -vV | sed -n 's/^host: //p')
export CARGO_BUILD_TARGET
build another-folder-with-a-longer-name
cd "$project"
sh c-harness/checks/artifacts.sh "$dir"/another*/dist "$dir/target/$CARGO_BUILD_TARGET/release/libmtproxy_ffi.a" "$dir"/another*/build >"$dir/log" ||
  fail "built for $CARGO_BUILD_TARGET"
echo "reproducible: $files files, the same from two folders; one byte more is seen; right for $CARGO_BUILD_TARGET by name"
