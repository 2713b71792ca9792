#!/bin/sh
# Checks that every source file names its licence in its first lines.
#
# usage: spdx.sh BUILD_DIR        (from the project's folder)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
mkdir -p "$1"
listed=$1/spdx
trap 'rm -f "$listed"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# Source files are found by name, or by their first line.
source_files() {
  find .ci benches c-harness examples fuzz include mk src tests build.rs Makefile \( -path fuzz/target -o -path fuzz/corpus \) -prune -o -type f -print |
    while read -r file; do
      case ${file##*/} in
        *.rs | *.c | *.h | *.cc | *.sh | *.py | *.awk | *.mk | *.def | Makefile) echo "$file" ;;
        *.*) ;;
        *) if head -n 1 "$file" | grep -q '^#!'; then echo "$file"; fi ;;
      esac
    done
}
has_line() { head -n 40 "$1" | grep -q 'SPDX-License-Identifier: LGPL-2.0-or-later'; }

source_files >"$listed"
count=$(wc -l <"$listed" | tr -d ' ')
[ "$count" -ge 250 ] || fail "only $count source files were found"
missing=$(while read -r file; do has_line "$file" || echo "$file"; done <"$listed")
[ -z "$missing" ] || fail "without an SPDX line: $missing"
echo 'int main(void) { return 0; }' >"$listed"
if has_line "$listed"; then fail "control: a file without the line is not seen"; fi
echo "spdx: $count source files, each with its licence; one without is seen"
