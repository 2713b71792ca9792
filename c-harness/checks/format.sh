#!/bin/sh
# Checks that all C, except the generated header, has the style of .clang-format.
#
# usage: format.sh BUILD_DIR [apply]        (from the project's folder)
#
# The results of clang-format differ between versions, so only version 19 is used. It is found as clang-format-19 or
# clang-format (`apt-get install clang-format-19`, or `pip install clang-format==19.1.7`), or in CLANG_FORMAT.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
build=$1
fail() { echo "FAILED: $*" >&2; exit 1; }

tool=''
for candidate in ${CLANG_FORMAT:-clang-format-19 clang-format}; do
  if "$candidate" --version 2>/dev/null | grep -q 'version 19\.'; then tool=$candidate; break; fi
done
if [ -z "$tool" ]; then
  [ "${2:-}" != apply ] || fail "clang-format 19 is not installed"
  echo "format: skipped: clang-format 19 is not installed"
  exit 0
fi

c_files() {
  find c-harness examples fuzz include src \( -path fuzz/target -o -path include/mtproxy_ffi.h \) -prune -o -type f \
    \( -name '*.c' -o -name '*.h' -o -name '*.cc' \) -print
}
if [ "${2:-}" = apply ]; then
  c_files | xargs "$tool" -i
  exit 0
fi

mkdir -p "$build"
log=$build/format.log
trap 'rm -f "$log"' EXIT
wrong=$(c_files | xargs "$tool" --dry-run 2>&1 | tee "$log" | sed -n 's/^\([^: ]*\):[0-9].*clang-format-violations.*/\1/p' | sort -u)
[ -z "$wrong" ] || fail "make format would change" $wrong
if echo 'int f(void) { return 0; }' | "$tool" --assume-filename=c-harness/control.c --dry-run -Werror 2>/dev/null; then
  fail "control: another style is not seen"
fi
echo "format: $(c_files | wc -l | tr -d ' ') C files in one style; another style is seen"
