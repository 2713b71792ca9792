#!/bin/sh
# Instructions per call of our functions, counted by callgrind: the same on every run, so a change shows where time is
# too noisy to tell. What it is not: time. Valgrind also shows programs a simpler CPU (no AVX-512, no SHA-NI), so what is
# counted is that CPU's path.
#
# Then the counts are held against budgets.tsv: what was done for speed and cannot be seen in a test of results. A count
# above its budget fails, and so does a budget that no count was made for.
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

# Only what happens inside a function of ours is counted. The counters are written to a file of their own before each
# count_starts and count_stops: the odd ones hold the first call, the even ones what is wanted.
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

# The counts that are above their budget, or missing; with a share of the budgets, as many more as it is smaller.
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
