#!/bin/sh
# What `make install` installs, as one archive.
#
# usage: tarball.sh FOLDER        (from the project's folder, with mk/package.mk's variables)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
. mk/deb/machine.sh
mkdir -p "$1"
packages=$(cd "$1" && pwd)
name=mtproxy-ffi-$VERSION-$gnu
stage=$packages/tar-$gnu
rm -rf "$stage"
trap 'rm -rf "$stage"' EXIT
umask 022
$OWN_MAKE -s install PREFIX="/$name" DESTDIR="$stage" HOMEPAGE="$HOMEPAGE" >/dev/null
tar --format=ustar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$stage" -cf - "$name" |
  gzip -9n >"$packages/$name.tar.gz"
echo "$1/$name.tar.gz"
