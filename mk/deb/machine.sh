# Read by the scripts beside it: sets $debian and $gnu, the machine's names, from the shared object's header.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
case $(LC_ALL=C readelf -h "$SHARED" | sed -n 's/ *Machine: *//p') in
  *X86-64) debian=amd64 gnu=x86_64-linux-gnu ;;
  AArch64) debian=arm64 gnu=aarch64-linux-gnu ;;
  *) echo "mtproxy-ffi: packages are made for x86-64 and aarch64: the drop-in supports no other machine" >&2; exit 1 ;;
esac
