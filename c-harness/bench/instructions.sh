#!/bin/sh
# Instructions per call of our functions, counted by callgrind. The counts are the same on every run, so they show changes for
# which times are too noisy. They are not times. Valgrind emulates a simpler CPU (no AVX-512, no SHA-NI), so the path for that
# CPU is counted.
#
# Then the counts are compared with budgets.tsv, which covers changes made for speed that no test of results can see. A count
# above its budget fails, and so does a budget without a count.
#
#   instructions.sh BENCH LIBRARY DROPIN FOLDER [FAMILY]
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
bench=$1 library=$2 dropin=$3 folder=$4/instructions family=${5:-}
budgets=$(dirname "$0")/budgets.tsv

if ! command -v valgrind >/dev/null; then
  echo "bench-instructions: skipped, no valgrind (Debian package valgrind)"
  exit 0
fi
rm -rf "$folder"
mkdir -p "$folder"

# Only instructions inside our functions are counted. The counters are written to a new file before each count_starts and
# count_stops: odd files hold the first call, even files the counts that are used.
valgrind --quiet --tool=callgrind --callgrind-out-file="$folder/out" --toggle-collect='mtproxy_ffi_*' \
  --toggle-collect=gf32_combine_clmul --toggle-collect=crc32_find_corrupted_bit \
  --dump-before=count_starts --dump-before=count_stops \
  "$bench" --ours "$library" --dropin "$dropin" --count ${family:+--only "$family"} >"$folder/cases" 2>"$folder/messages" ||
  { cat "$folder/messages" >&2; exit 1; }

printf '%14s  %-24s %-26s %8s %6s\n' instructions function case bytes offset
n=0
tab=$(printf '\t')
while IFS="$tab" read -r calls function label size offset; do
  n=$((n + 2))
  total=$(sed -n 's/^totals: //p' "$folder/out.$n")
  tenths=$((total * 10 / calls))
  printf '%12d.%d  %-24s %-26s %8s %6s\n' $((tenths / 10)) $((tenths % 10)) "$function" "$label" "$size" "+$offset"
done <"$folder/cases" | tee "$folder/table"

[ -z "$family" ] || exit 0

# The counts that are above their budget, or missing. With a share below 1 of the budgets more counts must be above.
above() { # share
  awk -F '\t' -v share="$1" '
    FNR == NR { n = split($0, row, / +/); count[row[n - 3], row[n - 2], row[n - 1]] = row[n - 4]; next }
    /^#/ { next }
    { key = $1 SUBSEP $2 SUBSEP $3 }
    !(key in count) { print $1 " " $2 " " $3 ": not counted"; next }
    count[key] > $4 * share { print $1 " " $2 " " $3 ": " count[key] " instructions, at most " $4 * share ": " $5 }
  ' "$folder/table" "$budgets"
}
rows=$(grep -vc '^#' "$budgets")
if [ -n "$(above 1)" ]; then
  above 1 >&2
  exit 1
fi
[ "$(above 0.6 | wc -l)" = "$rows" ] || { echo "FAILED: control: not each count exceeds six tenths of its budget" >&2; exit 1; }
echo "bench-instructions: $rows counts within their budgets"
