#!/bin/sh
# Two builds in two folders give the same files, byte for byte.
#
# usage: reproducible.sh BUILD_DIR        (from the project's folder)
set -eu
mkdir -p "$1/reproducible"
dir=$(cd "$1/reproducible" && pwd)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
for name in one another-folder-with-a-longer-name; do
  mkdir -p "$dir/$name"
  tar -cf - Cargo.toml Cargo.lock Makefile mk build.rs README.md src include examples | tar -xf - -C "$dir/$name"
  # The manifest names tests and benchmarks by their place.
  for folder in tests benches; do [ ! -d $folder ] || cp -R $folder "$dir/$name/$folder"; done
  (cd "$dir/$name" && unset CARGO_TARGET_DIR && ${MAKE:-make} -s all >"$dir/log" 2>&1) || { tail -n 20 "$dir/log" >&2; fail "make in $name"; }
done
cd "$dir"
diff -r one/dist another*/dist >"$dir/log" || { cat "$dir/log" >&2; fail "the two builds differ"; }
files=$(find one/dist -type f | wc -l | tr -d ' ')
if grep -rqaF "$dir" one/dist; then fail "the folder's name is in what ships"; fi
printf x >>one/dist/lib/mtproxy_ffi.o
if diff -r one/dist another*/dist >/dev/null; then fail "control: one byte more is not seen"; fi
echo "reproducible: $files files, the same from two folders; one byte more is seen"
