#!/bin/sh
# Compilers, C libraries and emulators of other machines, from Debian packages alone: downloaded with apt, unpacked into
# one folder, installed nowhere. Needs no root; the machine's own packages and apt's own state stay as they are.
#
# usage: fetch.sh FOLDER ARCHITECTURE...     (Debian's names: arm64 s390x i386 armhf; other ones than this machine's)
#
# Ends with 0 and FOLDER/root ready, or with 3 and one line on standard error where this machine cannot get them.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
folder=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
. "$here/machines.sh"

cannot() { echo "$*" >&2; exit 3; }
for tool in apt-get apt-cache dpkg dpkg-deb; do
  command -v $tool >/dev/null || cannot "$tool is not installed"
done
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/packages"
folder=$(cd "$folder" && pwd)
root=$folder/root
native=$(dpkg --print-architecture)

# The machine's package sources, with lists and architectures of our own.
{
  echo "Dir::State \"$folder/apt\";"
  echo "Dir::State::status \"/dev/null\";"
  echo "Dir::Cache \"$folder/apt/cache\";"
  echo "Acquire::Languages \"none\";"
  echo "Acquire::http::Timeout \"20\";"
  echo "APT::Architecture \"$native\";"
  printf 'APT::Architectures { "%s";' "$native"
  printf ' "%s";' "$@"
  echo ' };'
  echo "APT::Sandbox::User \"\";"
} >"$folder/apt/conf"
export APT_CONFIG=$folder/apt/conf

# Said at each call, because the machine's configuration outdoes ours: without a cache each reads all lists anew.
kept_cache="-o Dir::Cache::pkgcache=pkgcache.bin -o Dir::Cache::srcpkgcache=srcpkgcache.bin"

versions() { apt-cache $kept_cache madison "$1" | cut -d'|' -f2 | tr -d ' ' | sort -u; }
# The one Rust for all: the one that was unpacked before if it still does, else the newest that is there for each.
rust_version() {
  versions "rustc-web:$native" >"$folder/common"
  for arch in "$@"; do
    versions "libstd-rust-web-dev:$arch" | grep -xFf "$folder/common" >"$folder/theirs" || true
    mv "$folder/theirs" "$folder/common"
  done
  grep -xFf "$folder/version" "$folder/common" 2>/dev/null || sort -V "$folder/common" | tail -n 1
}
rust=$(rust_version "$@")
# A list that is just being renewed is asked again.
for attempt in 1 2 3; do
  [ -z "$rust" ] || break
  [ "$attempt" = 1 ] || sleep 5
  apt-get update -qq >"$folder/apt/log" 2>&1 || true
  rust=$(rust_version "$@")
done
[ -n "$rust" ] || cannot "apt has no rustc-web with the standard libraries of $*: $(grep -m 1 '^[EW]:' "$folder/apt/log" || echo 'no such package')"
release=${rust%%.0+*}
# Nothing of another Rust may lie beside it.
[ ! -e "$folder/version" ] || [ "$(cat "$folder/version")" = "$rust" ] || rm -rf "$root" "$folder/packages"
mkdir -p "$root" "$folder/packages"
echo "$rust" >"$folder/version"

# Of Rust's compiler, and what it and the others are linked with and a small installation may lack.
llvm=$(apt-cache $kept_cache depends "libstd-rust-web-$release=$rust" | sed -n 's/.*Depends: \(libllvm[0-9]*\)$/\1/p')
wanted="rustc-web=$rust libstd-rust-web-$release=$rust libstd-rust-web-dev=$rust qemu-user-static
  $llvm libffi8 libz3-4 libedit2 libxml2 libicu72 libbsd0 libmd0 libtinfo6 libisl23 libmpc3 libmpfr6 libgmp10 libjansson4"
for arch in "$@"; do
  wanted="$wanted libstd-rust-web-dev:$arch=$rust"
  describe "$arch"
  name=$(echo "$gnu" | tr _ -)
  wanted="$wanted binutils-$name gcc-12-$name cpp-12-$name libgcc-12-dev-$arch-cross libgcc-s1-$arch-cross
    libc6-$arch-cross libc6-dev-$arch-cross linux-libc-dev-$arch-cross"
  # The drop-in's hosts bring libcrypto.
  [ -z "$dropin" ] || wanted="$wanted libssl3:$arch libssl-dev:$arch"
done

# Asks apt for what is not there yet, and unpacks it.
missing=
for package in $wanted; do [ -e "$folder/packages/$package" ] || missing="$missing $package"; done
rm -f "$folder"/packages/*.deb
if [ -n "$missing" ]; then
  (cd "$folder/packages" && apt-get $kept_cache download -qq $missing >"$folder/apt/log" 2>&1) || {
    # The lists may be older than what they name.
    rm -rf "$folder/apt/lists"
    cannot "apt cannot download what is needed: $(grep -m 1 '^E:' "$folder/apt/log")"
  }
  for deb in "$folder"/packages/*.deb; do
    dpkg-deb -x "$deb" "$root"
    rm -f "$deb"
  done
fi
for arch in "$@"; do
  describe "$arch"
  # The linker's script for libc names files by where they would be installed.
  sed "s#/usr/$gnu/lib/##g" "$root/usr/$gnu/lib/libc.so" >"$folder/libc.so"
  cp "$folder/libc.so" "$root/usr/$gnu/lib/libc.so"
  # Where compiler and emulator look.
  for file in "$root/usr/lib/$gnu"/libcrypto.so*; do [ ! -e "$file" ] || cp -P "$file" "$root/usr/$gnu/lib"; done
done
for package in $missing; do : >"$folder/packages/$package"; done
