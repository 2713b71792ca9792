#!/bin/sh
# Instructions per call of our functions, counted by callgrind: the same on every run, so a change shows where time is
# too noisy to tell. What it is not: time. Valgrind also shows programs a simpler CPU (no AVX-512, no SHA-NI), so what is
# counted is that CPU's path.
#
#   instructions.sh BENCH LIBRARY FOLDER [FAMILY]
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
bench=$1 library=$2 folder=$3/instructions family=${4:-}

if ! command -v valgrind >/dev/null; then
  echo "bench-instructions: skipped, no valgrind (Debian package valgrind)"
  exit 0
fi
rm -rf "$folder"
mkdir -p "$folder"

# Only what happens inside a function of ours is counted. The counters are written to a file of their own before each
# count_starts and count_stops: the odd ones hold the first call, the even ones what is wanted.
valgrind --quiet --tool=callgrind --callgrind-out-file="$folder/out" --toggle-collect='mtproxy_ffi_*' \
  --dump-before=count_starts --dump-before=count_stops \
  "$bench" --ours "$library" --count ${family:+--only "$family"} >"$folder/cases" 2>"$folder/messages" ||
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
