#!/bin/sh
# Builds everything that ships for the other of the two supported machines, with `make TARGET=…` alone, as a packager does:
# each object is that machine's, what ships is right, and a C host links with the archive. Nothing is run.
#
# usage: cross.sh BUILD_DIR      (from the project's folder)
#
# Skipped, with one line, if this machine has no cross compiler or no Rust library for the other.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
build=$1/cross
make=${OWN_MAKE:-${MAKE:-make}}
mkdir -p "$build"
trap 'rm -rf "$build/check"' EXIT
mkdir -p "$build/check"
fail() { echo "FAILED: $*" >&2; exit 1; }

case $(LC_ALL=C uname -m) in x86_64) name=aarch64 elf=AArch64 ;; *) name=x86_64 elf=X86-64 ;; esac
gnu=$name-linux-gnu target=$name-unknown-linux-gnu
# In folders of its own, so that what is built for this machine stays; and they stay, for the next time.
set -- TARGET="$target" DIST="$build/dist" BUILD="$build"
if ! why=$($make -s tools "$@" 2>&1); then
  echo "cross: skipped: $(echo "$why" | sed -n 's/^mtproxy-ffi: //p' | head -n 1)"
  exit 0
fi
$make -s "$@" >"$build/check/log" 2>&1 || { tail -n 20 "$build/check/log" >&2; fail "make TARGET=$target"; }

# is_for ELF-MACHINE ARCHIVE: all objects in it are that machine's.
is_for() { [ "$(readelf -h "$2" 2>/dev/null | sed -n 's/.*Machine: *//p' | sort -u | grep -c .)" = 1 ] && readelf -h "$2" | grep "Machine:.*$1" >/dev/null; }
for name in libmtproxy_ffi.a libmtproxy_ffi.so libmtproxy_kdb.a libmtproxy_kdb_leaf.a; do
  is_for "$elf" "$build/dist/lib/$name" || fail "$name is not for $target"
done
if is_for Advanced "$build/dist/lib/libmtproxy_kdb.a"; then fail "control: any machine is accepted"; fi

raw=${CARGO_TARGET_DIR:-target}/$target/release/libmtproxy_ffi.a
CARGO_BUILD_TARGET=$target CC=$gnu-gcc AR=$gnu-ar SIZE=$gnu-size LD= sh c-harness/checks/artifacts.sh "$build/dist" "$raw" "$build" >"$build/check/log" 2>&1 ||
  { tail -n 5 "$build/check/log" >&2; fail "$target: what ships"; }
$gnu-gcc -std=c11 -O2 -Iinclude -o "$build/check/hash_file" examples/hash_file.c "$build/dist/lib/libmtproxy_ffi.a" 2>"$build/check/log" ||
  { cat "$build/check/log" >&2; fail "$target: a C program with the archive"; }
is_for "$elf" "$build/check/hash_file" || fail "$target: a C program for another machine"

# A tree with this machine's flags and counter is relinked for the other.
generated=$build/generated
. c-harness/relink/test/fake_tree.sh
tree=$build/check/tree
# one_line PATTERN COMMAND...: it fails, with one line that has this.
one_line() {
  pattern=$1
  shift
  if "$@" >"$build/check/out" 2>"$build/check/log"; then fail "accepted: $pattern"; fi
  [ "$(grep -vc '^make' "$build/check/log")" = 1 ] && grep -q "$pattern" "$build/check/log" || { cat "$build/check/log" >&2; fail "not in one line: $pattern"; }
}
$make -s "$@" "$build/generated/stand_ins.c"
fake_tree "$tree"
sed -i 's/^LIBRARY = /CFLAGS = -O1 -mpclmul -march=core2 -mfpmath=sse -mssse3 -m64\n&/; s/ -O1 -Icommon/ $(CFLAGS) -Icommon/' "$tree/Makefile"
printf '%s\n' '#include <x86intrin.h>' '#ifndef rdtsc' '#define rdtsc __rdtsc' '#endif' 'int stays (void) { return rdtsc () != 0; }' >"$tree/mtproto/stays.c"
$make -s relink TREE="$tree" "$@" >"$build/check/log" 2>&1 || { cat "$build/check/log" >&2; fail "make relink TARGET=$target"; }
is_for "$elf" "$tree/objs/bin/mtproto-proxy" || fail "a relinked proxy for another machine"
grep -qx 'drop-in linked: yes (.*)' "$build/check/log" || fail "no verdict: make relink TARGET=$target"

# What is for this machine does not get in.
${HOST_CC:-cc} -c -o "$tree/objs/mtproto/stays.o" -x c - <<END
int stays (void) { return 1; }
END
one_line "holds objects for another machine .*say COPY=1" $make -s relink TREE="$tree" "$@"
$make -s relink TREE="$tree" COPY=1 "$@" >"$build/check/log" 2>&1 || { cat "$build/check/log" >&2; fail "make relink COPY=1"; }
one_line "compiles for .*, and Rust for ${target%%-*}: say TARGET=" $make -s relink TREE="$tree" "$@" CC="${HOST_CC:-cc}"
${HOST_CC:-cc} -o "$build/check/here" examples/hash_file.c -Iinclude -shared -fPIC
one_line "is built for .*, and .*libmtproxy_kdb.a for $elf: build the drop-in for that machine" \
  c-harness/abi/coverage-objects "$build/dist/lib/libmtproxy_kdb.a" --proxy "$build/check/here"
echo "cross: make TARGET=$target: both archives and the shared object are that machine's, and right; a C program links, and a proxy's tree; what is for this machine is refused"
