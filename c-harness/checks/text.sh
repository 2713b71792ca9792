#!/bin/sh
# Checks that no archive of the drop-in has more text than its level allows (c-harness/abi/text-limits.tsv).
#
# usage: text.sh ARCHIVE...       (from the project's folder; for another machine SIZE is its `size`)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
size=${SIZE:-size}
fail() { echo "FAILED: $*" >&2; exit 1; }
text() { $size "$1" | awk 'NR == 2 { print $1 }'; }
limit() { awk -F '\t' -v level="$1" '$1 == level { print $3 }' c-harness/abi/text-limits.tsv; }
within() { [ "$1" -gt 0 ] && [ "$1" -le "$2" ]; }

# The full library has the leaf level's limit as long as it holds only leaf objects.
objects=$(awk -F '\t' '!/^#/ && $1 != "+" && $2 != "leaf" { level = "full" } END { print level ? level : "leaf" }' src/kdb/objects.tsv)
for archive; do
  case $archive in *_leaf.a) level=leaf ;; *) level=$objects ;; esac
  within "$(text "$archive")" "$(limit $level)" || fail "$archive has $(text "$archive") bytes of text; the level $level allows $(limit $level)"
  if within "$(text "$archive")" $(($(text "$archive") - 1)); then fail "control: one byte too many is not seen"; fi
  echo "text: ${archive##*/}: $(text "$archive") bytes (at most $(limit $level), level $level)"
done
