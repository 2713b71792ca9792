# The machines that the suite is run on; read by the scripts beside it.
#
# describe ARCHITECTURE sets rust_target, gnu (the prefix of compiler and folders), qemu (the emulator's name), bits (of a
# long), loader if processors of another architecture can run its programs too, and dropin, not empty if the drop-in supports
# the machine.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
describe() {
  loader='' bits=64 dropin=''
  case $1 in
    arm64) rust_target=aarch64-unknown-linux-gnu gnu=aarch64-linux-gnu qemu=aarch64 dropin=kdb ;; # 64-bit little-endian, CRC instructions, no CPUID
    s390x) rust_target=s390x-unknown-linux-gnu gnu=s390x-linux-gnu qemu=s390x ;; # 64-bit big-endian, no CPUID
    i386) rust_target=i686-unknown-linux-gnu gnu=i686-linux-gnu qemu=i386 bits=32 loader=ld-linux.so.2 ;; # 32-bit little-endian, 8-byte integers aligned to 4
    armhf) rust_target=armv7-unknown-linux-gnueabihf gnu=arm-linux-gnueabihf qemu=arm bits=32 ;; # 32-bit little-endian, char unsigned
    *) echo "no such machine here: $1" >&2; return 2 ;;
  esac
}
