#!/bin/sh
# Two Debian packages: the shared object, and what one compiles and links with.
#
# usage: build.sh FOLDER        (from the project's folder, with mk/package.mk's variables)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
command -v dpkg-deb >/dev/null || { echo "mtproxy-ffi: no dpkg-deb: apt install dpkg (dnf install dpkg)" >&2; exit 1; }
. mk/deb/machine.sh
mkdir -p "$1"
packages=$(cd "$1" && pwd)
stage=$packages/deb-$debian
rm -rf "$stage"
trap 'rm -rf "$stage"' EXIT
umask 022
# A package of Debian's own would be -1, and newer than this.
release=$VERSION-0upstream1
# Who made this package, as Debian's own tools ask for it.
maintainer="${DEBFULLNAME:-mtproxy-ffi maintainers} <${DEBEMAIL:-maintainers@mtproxy-ffi.invalid}>"

$OWN_MAKE -s install DESTDIR="$stage/all" PREFIX=/usr LIBDIR="/usr/lib/$gnu" HOMEPAGE="$HOMEPAGE" >/dev/null
mkdir -p "$stage/libmtproxy-ffi1/usr/lib/$gnu"
mv "$stage/all/usr/lib/$gnu"/libmtproxy_ffi.so.* "$stage/libmtproxy-ffi1/usr/lib/$gnu"
chmod 644 "$stage/libmtproxy-ffi1/usr/lib/$gnu/libmtproxy_ffi.so.$VERSION"
"$OBJCOPY" --strip-all "$stage/libmtproxy-ffi1/usr/lib/$gnu/libmtproxy_ffi.so.$VERSION"
mv "$stage/all" "$stage/libmtproxy-ffi-dev"
# The licence is in `copyright`.
rm -r "$stage/libmtproxy-ffi-dev/usr/share/doc"

# The newest symbol version of libc that the shared object asks for.
libc=$(objdump -T "$SHARED" | sed -n 's/.*(GLIBC_\([0-9.]*\)).*/\1/p' | sort -uV | tail -n 1)

# finish PACKAGE: its documents, sums and control file; the fields that are its own come from standard input.
finish() {
  root=$stage/$1
  doc=$root/usr/share/doc/$1
  mkdir -p "$root/DEBIAN" "$doc"
  cp mk/deb/copyright "$doc"
  gzip -9nc CHANGELOG.md >"$doc/changelog.gz"
  printf 'mtproxy-ffi (%s) unstable; urgency=medium\n\n  * Release %s.\n\n -- %s  %s\n' "$release" "$VERSION" "$maintainer" \
    "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9nc >"$doc/changelog.Debian.gz"
  (cd "$root" && find usr -type f | LC_ALL=C sort | xargs md5sum >DEBIAN/md5sums)
  {
    printf 'Package: %s\nSource: mtproxy-ffi\nVersion: %s\nArchitecture: %s\nMulti-Arch: same\nMaintainer: %s\n' \
      "$1" "$release" "$debian" "$maintainer"
    printf 'Installed-Size: %s\nPriority: optional\n' "$(du -k -s --apparent-size "$root/usr" | cut -f1)"
    [ -z "$HOMEPAGE" ] || printf 'Homepage: %s\n' "$HOMEPAGE"
    cat
  } >"$root/DEBIAN/control"
  # The time of all files, so that a second build gives the same bytes.
  find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH dpkg-deb --root-owner-group -Zxz --build "$root" "$packages/${1}_${release}_$debian.deb" >/dev/null
}

mkdir -p "$stage/libmtproxy-ffi1/DEBIAN"
echo 'libmtproxy_ffi 1 libmtproxy-ffi1' >"$stage/libmtproxy-ffi1/DEBIAN/shlibs"
echo 'activate-noawait ldconfig' >"$stage/libmtproxy-ffi1/DEBIAN/triggers"
finish libmtproxy-ffi1 <<END
Section: libs
Depends: libc6 (>= $libc)
Description: parts of MTProxy's C library, in Rust: shared library
 MTProxy is Telegram's proxy. This library has its checksums, digests, config
 scanner, TL headers, readers of /proc, process ids and clocks as a versioned C
 API, mtproxy_ffi_*, with the same results.
 .
 A proxy that is relinked with libmtproxy_kdb.a, from libmtproxy-ffi-dev, does
 not need this package.
END

mkdir -p "$stage/libmtproxy-ffi-dev/usr/share/doc/libmtproxy-ffi-dev/examples"
cp examples/hash_file.c "$stage/libmtproxy-ffi-dev/usr/share/doc/libmtproxy-ffi-dev/examples"
finish libmtproxy-ffi-dev <<END
Section: libdevel
Depends: libmtproxy-ffi1 (= $release), libc6-dev
Description: parts of MTProxy's C library, in Rust: archives and headers
 MTProxy is Telegram's proxy. This package has two kinds of archives.
 .
 The drop-in, libmtproxy_kdb.a, has the names of the proxy's own library, and
 replaces objects of it in an unmodified proxy when it stands before libkdb.a on
 the link line. libmtproxy_kdb_leaf.a is for forks whose structs differ.
 .
 The boundary, libmtproxy_ffi.a and .so, has a versioned C API, mtproxy_ffi_*.
END
for package in libmtproxy-ffi1 libmtproxy-ffi-dev; do echo "$1/${package}_${release}_$debian.deb"; done
