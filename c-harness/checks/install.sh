#!/bin/sh
# `make install` installs a library that a C program finds by pkg-config and runs with; `make uninstall` removes all files.
#
# usage: install.sh BUILD_DIR        (from the project's folder)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
root=$1/installed
prefix=$root/usr
rm -rf "$root"
trap 'rm -rf "$root"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

mkdir -p "$root"
prefix=$(cd "$root" && pwd)/usr
make --no-print-directory -s install PREFIX="$prefix" >/dev/null
flags="-I $prefix/include -L $prefix/lib -Wl,-u,mtproxy_ffi_startup_handshake -lmtproxy_ffi"
if command -v pkg-config >/dev/null; then
  flags=$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --cflags --libs mtproxy_ffi)
fi
${CC:-cc} -o "$root/hash_file" examples/hash_file.c $flags
LD_LIBRARY_PATH=$prefix/lib "$root/hash_file" README.md >/dev/null
for file in share/mtproxy_ffi/mtproxy_ffi_bridge.c lib/libmtproxy_kdb.a; do
  [ -e "$prefix/$file" ] || fail "$file is not installed"
done
make --no-print-directory -s uninstall PREFIX="$prefix" >/dev/null
left=$(find "$prefix" ! -type d)
[ -z "$left" ] || fail "uninstall leaves" $left

# Installation with DESTDIR, as for a package.
make --no-print-directory -s install DESTDIR="$root/package" PREFIX=/usr >/dev/null
grep -q '^prefix=/usr$' "$root/package/usr/lib/pkgconfig/mtproxy_ffi.pc" || fail "DESTDIR is in the pkg-config file"
echo "install: placed, used and removed"
