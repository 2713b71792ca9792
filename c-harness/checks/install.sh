#!/bin/sh
# `make install` installs a library that a C program finds by pkg-config and runs with, also after the prefix was moved; `make
# uninstall` removes all files.
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
use() { # prefix
  flags="-I $1/include -L $1/lib -Wl,-u,mtproxy_ffi_startup_handshake -lmtproxy_ffi"
  if command -v pkg-config >/dev/null; then
    flags=$(PKG_CONFIG_PATH=$1/lib/pkgconfig pkg-config --cflags --libs mtproxy_ffi)
  fi
  ${CC:-cc} -o "$root/hash_file" examples/hash_file.c $flags && LD_LIBRARY_PATH=$1/lib "$root/hash_file" README.md >/dev/null
}
use "$prefix"
mv "$prefix" "$prefix-moved"
use "$prefix-moved"
if use "$prefix" 2>/dev/null; then fail "control: it is still found where it was"; fi
mv "$prefix-moved" "$prefix"
for file in share/mtproxy_ffi/mtproxy_ffi_bridge.c lib/libmtproxy_kdb.a share/doc/mtproxy_ffi/LICENSE; do
  [ -e "$prefix/$file" ] || fail "$file is not installed"
done
make --no-print-directory -s uninstall PREFIX="$prefix" >/dev/null
left=$(find "$prefix" ! -type d)
[ -z "$left" ] || fail "uninstall leaves" $left

# Installation with DESTDIR, as for a package; in folders of Debian's, and with one outside the prefix.
pc=usr/lib/some-machine/pkgconfig/mtproxy_ffi.pc
make --no-print-directory -s install DESTDIR="$root/package" PREFIX=/usr LIBDIR=/usr/lib/some-machine HOMEPAGE=https://example.org/ >/dev/null
grep -qx 'prefix=${pcfiledir}/../../..' "$root/package/$pc" || fail "the pkg-config file cannot be moved with the rest"
grep -qx 'URL: https://example.org/' "$root/package/$pc" || fail "the pkg-config file has no homepage"
make --no-print-directory -s install DESTDIR="$root/package" PREFIX=/usr LIBDIR=/opt/lib >/dev/null
grep -qx 'prefix=/usr' "$root/package/opt/lib/pkgconfig/mtproxy_ffi.pc" || fail "a folder outside the prefix is not found"
if grep -rqF "$root" "$root/package" --include='*.pc'; then fail "DESTDIR is in the pkg-config file"; fi
echo "install: placed, used, moved and removed"
