#!/bin/sh
# The release string is in a program that was linked with either archive, even stripped and with unused sections removed; and
# a host that probes the boundary's names finds none in the drop-in.
#
# usage: release.sh DIST_DIR BUILD_DIR       (from the project's folder; BUILD_DIR/generated has the lists of names)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
lib=$1/lib generated=$2/generated
mkdir -p "$2/release"
dir=$(cd "$2/release" && pwd)
trap 'rm -rf "$dir"' EXIT
cc=${CC:-cc} run=${RUN:-}
fail() { echo "FAILED: $*" >&2; exit 1; }
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)

# A host that defines the symbols that the drop-in needs, and counts the bound functions of the boundary.
cat >"$dir/host.c" <<'END'
#include "boundary_weak.h"
#include <stdio.h>
#define WEAK __attribute__((weak))
WEAK int start_time;
WEAK void prepare_stats(void) {}
WEAK void *kdb_gethostbyname(const char *name) { (void)name; return 0; }
extern unsigned crc32_partial(const void *, long, unsigned) __attribute__((weak));
int main(void) {
  int bound = 0;
#define FUNCTION(name) bound += mtproxy_ffi_##name != 0;
#include "boundary.def"
  printf("%d %d\n", bound, crc32_partial != 0);
  return 0;
}
END
$cc -O1 -Iinclude -I"$generated" -c -o "$dir/host.o" "$dir/host.c"
link() { $cc -rdynamic -s -Wl,--gc-sections -o "$dir/$1" "$dir/host.o" $2 -lm; }
link neither ""
link boundary "-Wl,-u,mtproxy_ffi_startup_handshake $lib/libmtproxy_ffi.a"
link dropin "-Wl,-u,crc32_partial $lib/libmtproxy_kdb.a $generated/stand_ins.c"

says() { LC_ALL=C grep -qaF "mtproxy-ffi $version $2" "$1"; }
for file in "$lib/mtproxy_ffi.o" "$lib/libmtproxy_ffi.so" "$dir/boundary"; do
  says "$file" boundary || fail "$file does not say that it has release $version of the boundary"
done
for file in "$lib/mtproxy_kdb.o" "$lib/mtproxy_kdb_leaf.o" "$dir/dropin"; do
  if says "$file" 'drop-in, leaf level'; then leaf=$file; fi
  says "$file" drop-in || fail "$file does not say that it has release $version of the drop-in"
done
[ "$leaf" = "$lib/mtproxy_kdb_leaf.o" ] || fail "$leaf says that it is the leaf level"
if says "$dir/neither" boundary || says "$dir/boundary" drop-in || says "$dir/dropin" boundary; then
  fail "control: a program says that it has what it does not have"
fi

all=$(grep -c FUNCTION "$generated/boundary.def")
[ "$($run "$dir/boundary")" = "$all 0" ] || fail "control: of $all functions of the boundary a host finds $($run "$dir/boundary")"
[ "$($run "$dir/dropin")" = "0 1" ] || fail "in the drop-in a host finds functions of the boundary: $($run "$dir/dropin")"
echo "release: both archives say $version in a stripped program; of the boundary's $all names the drop-in binds none"
