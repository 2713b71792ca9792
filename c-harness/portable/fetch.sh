#!/bin/sh
# Compilers, C libraries and emulators of other machines, from Debian packages: downloaded with apt and unpacked into one
# folder, but not installed. Needs no root, and does not change the machine's packages or apt's state.
#
# usage: fetch.sh FOLDER ARCHITECTURE...     (Debian's names: arm64 s390x i386 armhf; other ones than this machine's)
#
# Exit status 0: FOLDER/root is ready. 3, with one line on standard error: this machine cannot get them.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
folder=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
. "$here/machines.sh"

. "$here/apt.sh"
use_apt "$folder" "$@"

versions() { apt-cache $kept_cache madison "$1" | cut -d'|' -f2 | tr -d ' ' | sort -u; }
# One Rust for all machines: the one unpacked before if it is still suitable, else the newest that is available for each.
rust_version() {
  versions "rustc-web:$native" >"$folder/common"
  for arch in "$@"; do
    versions "libstd-rust-web-dev:$arch" | grep -xFf "$folder/common" >"$folder/theirs" || true
    mv "$folder/theirs" "$folder/common"
  done
  grep -xFf "$folder/version" "$folder/common" 2>/dev/null || sort -V "$folder/common" | tail -n 1
}
rust=$(rust_version "$@")
# Tries again if a list is being updated.
for attempt in 1 2 3; do
  [ -z "$rust" ] || break
  [ "$attempt" = 1 ] || sleep 5
  update
  rust=$(rust_version "$@")
done
[ -n "$rust" ] || cannot "apt has no rustc-web with the standard libraries of $*: $(grep -m 1 '^[EW]:' "$folder/apt/log" || echo 'no such package')"
release=${rust%%.0+*}
# Removes all files of another Rust.
[ ! -e "$folder/version" ] || [ "$(cat "$folder/version")" = "$rust" ] || rm -rf "$root" "$folder/packages"
mkdir -p "$root" "$folder/packages"
echo "$rust" >"$folder/version"

# The packages of Rust's compiler, and libraries of all tools that a small installation may lack.
llvm=$(apt-cache $kept_cache depends "libstd-rust-web-$release=$rust" | sed -n 's/.*Depends: \(libllvm[0-9]*\)$/\1/p')
wanted="rustc-web=$rust libstd-rust-web-$release=$rust libstd-rust-web-dev=$rust qemu-user-static
  $llvm libffi8 libz3-4 libedit2 libxml2 libicu72 libbsd0 libmd0 libtinfo6 libisl23 libmpc3 libmpfr6 libgmp10 libjansson4"
for arch in "$@"; do
  wanted="$wanted libstd-rust-web-dev:$arch=$rust"
  describe "$arch"
  name=$(echo "$gnu" | tr _ -)
  wanted="$wanted binutils-$name gcc-12-$name cpp-12-$name libgcc-12-dev-$arch-cross libgcc-s1-$arch-cross
    libc6-$arch-cross libc6-dev-$arch-cross linux-libc-dev-$arch-cross"
  # The drop-in's hosts need libcrypto.
  [ -z "$dropin" ] || wanted="$wanted libssl3:$arch libssl-dev:$arch"
done

# shellcheck disable=SC2086
unpack $wanted
for arch in "$@"; do
  describe "$arch"
  # The linker script of libc has the files' installed paths.
  sed "s#/usr/$gnu/lib/##g" "$root/usr/$gnu/lib/libc.so" >"$folder/libc.so"
  cp "$folder/libc.so" "$root/usr/$gnu/lib/libc.so"
  # The folder that compiler and emulator search.
  for file in "$root/usr/lib/$gnu"/libcrypto.so*; do [ ! -e "$file" ] || cp -P "$file" "$root/usr/$gnu/lib"; done
done
unpacked
