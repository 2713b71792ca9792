#!/bin/sh
# The headers compile alone and with a weak redeclaration of every function, and have the layout they promise, in every
# standard, by every compiler that is here; wrong ones do not.
#
# usage: check.sh INCLUDE_DIR BUILD_DIR
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
include=$1 build=$2/header
here=$(dirname "$0")
flags="-Wall -Wextra -Wpedantic -Werror -I $include -I $build/../generated -c -o $build/out.o"
mkdir -p "$build"
checked=0

compile() {
  "$@" || { echo "FAILED: $*" >&2; exit 1; }
  checked=$((checked + 1))
}

# Compiles a file whose fault must be caught: a check that accepts everything is none.
must_fail() {
  if "$@" 2>/dev/null; then
    echo "FAILED: accepted a planted fault: $*" >&2
    exit 1
  fi
  checked=$((checked + 1))
}

for cc in ${CC:-cc} gcc clang; do
  command -v "$cc" >/dev/null || { echo "  $cc is not installed: skipped"; continue; }
  for std in c90 c99 c11 c17; do
    for file in alone bridge_alone layout; do
      compile "$cc" -std=$std $flags "$here/$file.c"
    done
    # The headers are C90; the bridge's source is C99.
    [ $std = c90 ] || compile "$cc" -std=$std $flags "$include/mtproxy_ffi_bridge.c"
  done
  # Casting functions is the one thing a standard without extensions may not warn about here.
  compile "$cc" -std=gnu11 $flags "$here/weak_redeclarations.c"
done

for cxx in ${CXX:-c++} g++ clang++; do
  command -v "$cxx" >/dev/null || { echo "  $cxx is not installed: skipped"; continue; }
  # A clang++ without a C++ library cannot be asked about C++.
  echo '#include <stddef.h>' | "$cxx" -x c++ -std=c++17 -c -o "$build/out.o" - 2>/dev/null || { echo "  $cxx does not work: skipped"; continue; }
  for file in alone bridge_alone layout; do
    compile "$cxx" -x c++ -std=c++17 $flags "$here/$file.c"
  done
done

sed 's/int32_t utime;/int64_t utime;/' "$include/mtproxy_ffi.h" >"$build/mtproxy_ffi.h"
must_fail "${CC:-cc}" -std=c11 -I "$build" $flags "$here/layout.c"
cp "$include/mtproxy_ffi.h" "$build/mtproxy_ffi.h"
# A wrong number in the table, and two fields exchanged in it.
table=$here/../../src/layout/layouts.tsv
for change in 's/^utime	8	/utime	12	/' '/^op	/{h;d;}; /^real_op	/G'; do
  sed "$change" "$table" >"$build/layouts.tsv"
  if cmp -s "$table" "$build/layouts.tsv"; then echo "FAILED: control: $change changes nothing" >&2; exit 1; fi
  ${AWK:-awk} -v form=boundary -f "$here/../../mk/layouts.awk" "$build/layouts.tsv" >"$build/layouts_boundary.h"
  must_fail "${CC:-cc}" -std=c11 -I "$build" $flags "$here/layout.c"
done
rm "$build/layouts_boundary.h"
sed 's/uint8_t output\[20\]/uint8_t output[21]/' "$include/mtproxy_ffi.h" >"$build/mtproxy_ffi.h"
# (clang does not compare the bounds of array parameters.)
if command -v gcc >/dev/null; then
  must_fail gcc -std=gnu11 -I "$build" $flags "$here/weak_redeclarations.c"
fi
sed 's/size_t len,/unsigned len,/' "$include/mtproxy_ffi.h" >"$build/mtproxy_ffi.h"
must_fail "${CC:-cc}" -std=gnu11 -I "$build" $flags "$here/weak_redeclarations.c"
rm -r "$build"
echo "header: $checked compilations as expected"
