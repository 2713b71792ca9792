#!/bin/sh
# Debian's packages, for each of the two machines whose compilers are here: their names, what lintian says, two builds that give
# the same bytes. Those for this machine are unpacked into an empty folder, and used from there: a C program by pkg-config, with
# the shared object and with the archive; and a proxy, relinked with the archive.
#
# usage: deb.sh BUILD_DIR [TREE]      (from the project's folder; with TREE a proxy's source tree is relinked, in a copy)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
tree=${2:-}
make=${OWN_MAKE:-${MAKE:-make}}
for tool in dpkg-deb pkg-config; do
  command -v $tool >/dev/null || { echo "deb: skipped: $tool is not installed"; exit 0; }
done
mkdir -p "$1"
build=$(cd "$1" && pwd)
dir=$build/deb
rm -rf "$dir"
mkdir "$dir"
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
SOURCE_DATE_EPOCH=1600000000
export SOURCE_DATE_EPOCH

# packages DEBIAN-NAME GNU-NAME [MAKE'S VARIABLES]: builds both, twice, into $dir/DEBIAN-NAME, and unpacks them into …/root.
packages() {
  debian=$1 gnu=$2
  shift 2
  to=$dir/$debian
  pack() { $make -s deb "$@" PACKAGES="$to" >"$dir/log" 2>&1 || { tail -n 20 "$dir/log" >&2; fail "make deb for $debian"; }; }
  pack "$@"
  mkdir "$to/first"
  mv "$to"/*.deb "$to/first"
  pack "$@"
  for deb in "$to"/*.deb; do
    [ "$(dpkg-deb -f "$deb" Architecture)" = "$debian" ] || fail "$deb is for another machine"
    cmp "$deb" "$to/first/${deb##*/}" || fail "two builds of ${deb##*/} differ"
    dpkg-deb -x "$deb" "$to/root"
  done
  for file in libmtproxy_ffi.so.1 libmtproxy_ffi.so libmtproxy_ffi.a libmtproxy_kdb.a libmtproxy_kdb_leaf.a pkgconfig/mtproxy_ffi.pc; do
    [ -e "$to/root/usr/lib/$gnu/$file" ] || fail "$debian: $file is not in the packages"
  done
  (cd "$to/root" && find . -type f -path './usr/lib/*' ! -path "./usr/lib/$gnu/*" | grep . >&2) && fail "$debian: a library outside usr/lib/$gnu"
  lint "$to"/*.deb || { cat "$dir/lint" >&2; fail "lintian"; }
  made="$made $debian"
}
if command -v lintian >/dev/null; then
  # It leaves files of its own behind.
  lint() { TMPDIR="$dir" lintian --fail-on error,warning --tag-display-limit 0 "$@" >"$dir/lint" 2>/dev/null; }
  linted="lintian finds nothing, and a missing licence"
else
  lint() { :; }
  linted="lintian skipped: not installed"
fi

native=$(LC_ALL=C uname -m)
made='' cross=''
for machine in amd64:x86_64 arm64:aarch64; do
  debian=${machine%:*} name=${machine#*:}
  if [ "$name" = "$native" ]; then
    packages "$debian" "$name-linux-gnu"
    here=$debian gnu_here=$name-linux-gnu
  elif $make -s tools TARGET="$name-unknown-linux-gnu" >"$dir/why" 2>&1; then
    # In folders of its own, so that what is built for this machine stays; and they stay, for the next time.
    packages "$debian" "$name-linux-gnu" TARGET="$name-unknown-linux-gnu" DIST="$build/cross-$debian/dist" BUILD="$build/cross-$debian"
    cross=$debian
  else
    echo "deb: $debian skipped: $(sed -n 's/^mtproxy-ffi: //p' "$dir/why" | head -n 1)"
  fi
done
[ -n "${here:-}" ] || { echo "deb: the rest is skipped: no packages for $native"; exit 0; }
root=$dir/$here/root lib=$dir/$here/root/usr/lib/$gnu_here
# Packages of both machines can be installed together: what is not for one machine is the same in both.
[ -z "$cross" ] || for part in usr/include usr/share; do
  diff -r "$root/$part" "$dir/$cross/root/$part" >&2 || fail "the two machines' packages differ in $part"
done

# From the packages and nothing else.
PKG_CONFIG_LIBDIR=$lib/pkgconfig
export PKG_CONFIG_LIBDIR
example=$root/usr/share/doc/libmtproxy-ffi-dev/examples/hash_file.c
${CC:-cc} -o "$dir/shared" "$example" $(pkg-config --cflags --libs mtproxy_ffi) || fail "the example, by pkg-config"
${CC:-cc} -o "$dir/static" "$example" $(pkg-config --cflags mtproxy_ffi) "$lib/libmtproxy_ffi.a" || fail "the example, with the archive"
LD_LIBRARY_PATH=$lib "$dir/shared" LICENSE >"$dir/said"
"$dir/static" LICENSE | cmp - "$dir/said" || fail "the archive says something else than the shared object"
grep -q "$(md5sum <LICENSE | cut -d' ' -f1)" "$dir/said" || fail "the example hashes wrongly"

# A proxy.
generated=$build/generated
. c-harness/relink/test/fake_tree.sh
ours() { LC_ALL=C grep -aqE 'mtproxy-ffi [0-9.]+ drop-in' "$1"; }
fake_tree "$dir/tree"
MAKEFLAGS='' make -s -C "$dir/tree" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; fail "the small tree"; }
(cd "$dir/tree" && ${CC:-cc} -o relinked objs/mtproto/*.o "$lib/libmtproxy_kdb.a" objs/lib/libkdb.a -rdynamic -lm -lpthread)
"$dir/tree/relinked" | grep -q '^usage' || fail "a proxy relinked with the packaged archive does not start"
ours "$dir/tree/relinked" || fail "the packaged archive is not in the relinked proxy"
relinked="a small tree"
if [ -n "$tree" ]; then
  cp -R "$tree" "$dir/real"
  rm -rf "$dir/real/objs" "$dir/real/dep"
  # -fcommon is for the official tree of 2019.
  MAKEFLAGS='' make -s -C "$dir/real" CC="${CC:-cc} -fcommon" LIBLIST="$lib/libmtproxy_kdb.a objs/lib/libkdb.a" >"$dir/log" 2>&1 || { tail -n 20 "$dir/log" >&2; fail "$tree"; }
  relinked=$(sh c-harness/abi/coverage-objects "$lib/libmtproxy_kdb.a" --proxy "$dir/real/objs/bin/mtproto-proxy" | tail -n 1)
  case $relinked in "drop-in linked: yes"*) ;; *) fail "$tree: $relinked" ;; esac
fi

# The controls.
if ours "$dir/tree/objs/bin/mtproto-proxy"; then fail "control: the original passes for relinked"; fi
rm "$lib/pkgconfig/mtproxy_ffi.pc"
if pkg-config --exists mtproxy_ffi 2>/dev/null; then fail "control: pkg-config finds a library outside the packages"; fi
$make -s deb PACKAGES="$dir/other" SOURCE_DATE_EPOCH=1600000001 >"$dir/log" 2>&1 || fail "make deb a second later"
if cmp -s "$dir"/other/libmtproxy-ffi1_*.deb "$dir/$here"/libmtproxy-ffi1_*.deb; then fail "control: a package of another time is the same"; fi
if command -v lintian >/dev/null; then
  dpkg-deb -R "$dir"/other/libmtproxy-ffi1_*.deb "$dir/bare"
  rm "$dir/bare/usr/share/doc/libmtproxy-ffi1/copyright"
  dpkg-deb --root-owner-group --build "$dir/bare" "$dir/bare.deb" >/dev/null
  if lint "$dir/bare.deb"; then fail "control: lintian sees no missing licence"; fi
fi
echo "deb:$made: two builds are the same; $linted; used from an empty folder: a C program, shared and static; relinked: $relinked"
