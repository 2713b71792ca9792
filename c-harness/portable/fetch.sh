#!/bin/sh
# Compilers, C libraries and emulators of other machines, from Debian packages alone: downloaded with apt, unpacked into
# one folder, installed nowhere. Needs no root; the machine's own packages and apt's own state stay as they are.
#
# usage: fetch.sh FOLDER ARCHITECTURE...     (Debian's names: arm64 s390x i386 armhf)
#
# Ends with 0 and FOLDER/root ready, or with 3 and one line on standard error where this machine cannot get them.
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
  echo "APT::Architecture \"$native\";"
  printf 'APT::Architectures { "%s";' "$native"
  printf ' "%s";' "$@"
  echo ' };'
  echo "APT::Sandbox::User \"\";"
} >"$folder/apt/conf"
export APT_CONFIG=$folder/apt/conf

versions() { apt-cache madison "$1" | cut -d'|' -f2 | tr -d ' ' | sort -u; }
# The newest Rust that is there for this machine and for one other; a list that was just being renewed is asked again.
rust_version() {
  versions "libstd-rust-web-dev:$1" >"$folder/theirs"
  versions "rustc-web:$native" | grep -xFf "$folder/theirs" | sort -V | tail -n 1
}
ready() { for arch in "$@"; do [ -n "$(rust_version "$arch")" ] || return 1; done; }
if ! ready "$@"; then
  for attempt in 1 2 3; do
    apt-get update -qq >"$folder/apt/log" 2>&1 || true
    ready "$@" && break
    [ "$attempt" = 3 ] || sleep 5
  done
fi
ready "$@" || cannot "apt has no rustc-web with the standard libraries of $*: $(grep -m 1 '^E:' "$folder/apt/log" || echo 'no such package')"
# One compiler for all.
rust=$(for arch in "$@"; do rust_version "$arch"; done | sort -V | head -n 1)
release=${rust%%.0+*}

# Asks apt for what is not there yet, and unpacks it.
get() {
  for package in "$@"; do
    [ ! -e "$folder/packages/$package" ] || continue
    rm -f "$folder"/packages/*.deb
    (cd "$folder/packages" && apt-get download -qq "$package" >"$folder/apt/log" 2>&1) ||
      cannot "apt cannot download $package: $(grep -m 1 '^E:' "$folder/apt/log")"
    dpkg-deb -x "$folder"/packages/*.deb "$root"
    rm -f "$folder"/packages/*.deb
    : >"$folder/packages/$package"
  done
}

mkdir -p "$root"
get "rustc-web=$rust" "libstd-rust-web-$release=$rust" "libstd-rust-web-dev=$rust" qemu-user-static
# What the compilers are linked with and a small installation may lack.
llvm=$(apt-cache depends "libstd-rust-web-$release=$rust" | sed -n 's/.*Depends: \(libllvm[0-9]*\)$/\1/p')
get $llvm libffi8 libz3-4 libedit2 libxml2 libicu72 libbsd0 libmd0 libtinfo6 libisl23 libmpc3 libmpfr6 libgmp10 libjansson4
for arch in "$@"; do
  describe "$arch"
  get "libstd-rust-web-dev:$arch=$rust"
  [ "$arch" != "$native" ] || continue
  name=$(echo "$gnu" | tr _ -)
  get "binutils-$name" "gcc-12-$name" "cpp-12-$name" "libgcc-12-dev-$arch-cross" "libgcc-s1-$arch-cross" \
    "libc6-$arch-cross" "libc6-dev-$arch-cross" "linux-libc-dev-$arch-cross"
  # The linker's script for libc names files by where they would be installed.
  sed "s#/usr/$gnu/lib/##g" "$root/usr/$gnu/lib/libc.so" >"$folder/libc.so"
  cp "$folder/libc.so" "$root/usr/$gnu/lib/libc.so"
done
echo "$rust" >"$folder/version"
