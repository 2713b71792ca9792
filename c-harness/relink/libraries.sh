#!/bin/sh
# OpenSSL and zlib of another machine, from Debian packages, for the linker and for an emulator.
#
# usage: libraries.sh FOLDER ARCHITECTURE      (Debian's name, such as arm64)
#
# Exit status 0: FOLDER/root has them. 3, with one line on standard error: this machine cannot get them.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
. "$(dirname "$0")/../portable/apt.sh"
arch=$2
use_apt "$1" "$arch"
# The library itself, whose name has its version, and what it needs beside libc.
runtime() {
  apt-cache $kept_cache depends "libssl-dev:$arch" 2>/dev/null | sed -n "s/.*Depends: \(libssl[0-9][^: ]*\).*/\1/p" | head -n 1
}
[ -n "$(runtime)" ] || update
ssl=$(runtime)
[ -n "$ssl" ] || cannot "apt has no libssl-dev:$arch: $(grep -m 1 '^[EW]:' "$folder/apt/log" || echo 'no such package')"
more=$(apt-cache $kept_cache depends "$ssl:$arch" | sed -n "s/.*Depends: \(libz[^: ]*\|zlib[^: ]*\).*/\1:$arch/p" | grep -vx "zlib1g:$arch" || true)
# shellcheck disable=SC2086
unpack "libssl-dev:$arch" "$ssl:$arch" "zlib1g-dev:$arch" "zlib1g:$arch" $more
unpacked
