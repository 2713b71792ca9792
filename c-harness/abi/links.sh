#!/bin/sh
# Links the library in several ways: beside another Rust library, with -rdynamic, -static, --gc-sections, C with link-time
# optimisation, other linkers, C++. Each program is run.
#
# usage: links.sh BUILD_DIR CONFIG RAW_ARCHIVE     (from the project's folder, after `make` and the host's objects)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
build=$1 config=$2 raw=$3
cc=${CC:-cc} cxx=${CXX:-c++} rustc=${RUSTC:-rustc}
dir=$build/links
here=c-harness/abi
archive=dist/lib/libmtproxy_ffi.a
mkdir -p "$dir"
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
done_with=""
passed() { done_with="$done_with${done_with:+, }$1"; }
skipped=""

# --- beside another Rust library ----------------------------------------------------------------------------------------
$rustc --edition 2024 --crate-type staticlib -O -o "$dir/libother.a" $here/other.rs
libraries=$($rustc --edition 2024 --crate-type staticlib -O --print native-static-libs -o "$dir/again.a" $here/other.rs 2>&1 |
  sed -n 's/.*native-static-libs: //p')
for order in "$archive $dir/libother.a" "$dir/libother.a $archive"; do
  $cc -Iinclude -o "$dir/both" $here/both.c $order $libraries
  [ "$("$dir/both" | tail -n 1)" = "both: right" ] || fail "two Rust libraries"
done
# Both whole archives: no symbol may be defined twice.
$cc -Iinclude -o "$dir/both" $here/both.c -Wl,--whole-archive "$archive" -Wl,--no-whole-archive "$dir/libother.a" $libraries
passed "another Rust library in both orders"

# --- -rdynamic ----------------------------------------------------------------------------------------------------------
exported() { readelf -W --dyn-syms "$1" | awk '$7 != "UND" && $5 == "GLOBAL" { print $8 }' | LC_ALL=C sort; }
echo 'int main(void) { return 0; }' >"$dir/empty.c"
$cc -rdynamic -o "$dir/empty" "$dir/empty.c"
exported "$dir/empty" >"$dir/usual"
litter() { exported "$1" | grep -vxFf "$dir/usual" | grep -v '^mtproxy_ffi_' || true; }
hosted="$build/host/*.o"
$cc -rdynamic -Iinclude -o "$dir/rdynamic" "$dir/empty.c" -Wl,-u,mtproxy_ffi_startup_handshake $archive
[ -z "$(litter "$dir/rdynamic")" ] || fail "-rdynamic exports" $(litter "$dir/rdynamic" | head -n 5)
[ "$(exported "$dir/rdynamic" | grep -c '^mtproxy_ffi_')" = "$(wc -l <"$build/generated/boundary.exports" | tr -d ' ')" ] || fail "-rdynamic: not all names"
$cc -rdynamic -o "$dir/raw" "$dir/empty.c" -Wl,--whole-archive "$raw" -Wl,--no-whole-archive $libraries
[ -n "$(litter "$dir/raw")" ] || fail "control: -rdynamic: the litter of the raw archive is not seen"
passed "-rdynamic without litter (control: $(litter "$dir/raw" | wc -l | tr -d ' ') names of the raw archive)"

# --- the host, linked in other ways ---------------------------------------------------------------------------------------
works() { "$1" "$config" >"$dir/log" 2>&1 || { tail -n 20 "$dir/log" >&2; fail "$2"; }; }
host() { # name, flags...
  name=$1
  shift
  $cc "$@" -o "$dir/host" $hosted -Wl,-u,mtproxy_ffi_startup_handshake $archive -lpthread
  works "$dir/host" "$name"
  passed "$name"
}
host --gc-sections -Wl,--gc-sections
host -rdynamic -rdynamic
if echo 'int main(void) { return 0; }' | $cc -static -x c -o "$dir/static" - 2>/dev/null; then host -static -static; else skipped="$skipped -static"; fi
host -static-pie -static-pie 2>/dev/null || skipped="$skipped -static-pie"
for linker in gold lld mold; do
  if echo 'int main(void) { return 0; }' | $cc -fuse-ld=$linker -x c -o "$dir/linker" - 2>/dev/null; then
    host $linker -fuse-ld=$linker
  else
    skipped="$skipped $linker"
  fi
done
# The host's C as one unit with link-time optimisation; weak references must still bind.
$cc -std=c11 -O2 -flto -Iinclude -Ic-harness/lib -I"$build/generated" -o "$dir/host" c-harness/host/*.c c-harness/lib/jobs_host.c include/mtproxy_ffi_bridge.c $archive -lpthread
works "$dir/host" "-flto"
passed "LTO'd C"
# --- C++ ------------------------------------------------------------------------------------------------------------------
if command -v "$cxx" >/dev/null; then
  $cxx -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude -o "$dir/cxx" $here/host.cc $archive
  [ "$("$dir/cxx")" = "C++: right" ] || fail "the C++ host"
  if echo 'int mtproxy_ffi_api_version(int);
int main() { return mtproxy_ffi_api_version(1); }' | $cxx -x c++ -o "$dir/mangled" - -x none $archive 2>/dev/null; then
    fail 'control: C++ links without extern "C"'
  fi
  passed "C++17"
else
  skipped="$skipped C++"
fi
echo "links: $done_with${skipped:+; not installed:$skipped}"
