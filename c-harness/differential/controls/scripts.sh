#!/bin/sh
# Plants each fault of the scripts' families and sees that drawn scripts find it, against the library without it; that the
# script is shrunk; and that the one line which is printed shows it again, and nothing without the fault.
#   scripts.sh COMPARER FAULTY_DROPIN REAL_LIBRARY FAULTS
# SPDX-License-Identifier: LGPL-2.0-or-later
set -u
comparer=$1 faulty=$2 real=$3 faults=$4
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
trap 'exit 130' HUP INT TERM
# No planted fault needs more steps than this.
most=6
caught=0 missed=0

# fault option...
scripts () {
  fault=$1
  shift
  MTPROXY_FAULT=$fault ${RUN:-} "$comparer" scripts --ours "$faulty" --legacy "$real" "$@" --seed 1 --cases 300 >"$log" 2>&1
}

for pair in $(sed -n 's/^FAULT (\([a-z0-9_]*\), *scripts_\([a-z0-9_]*\), .*/\1:\2/p' "$faults"); do
  name=${pair%%:*} family=${pair#*:}
  scripts "$name" --only "scripts/$family" --first
  found=$?
  script=$(sed -n "s/^  again: .* --run '\(.*\)'$/\1/p" "$log")
  steps=$(printf '%s' "$script" | awk -F';' '{ print NF }')
  before=$(sed -n 's/^  script: .* \([0-9]*\) before shrinking.*/\1/p' "$log")
  scripts "$name" --run "$script"
  again=$?
  scripts '' --run "$script"
  without=$?
  if [ $found -eq 1 ] && [ -n "$script" ] && [ "$steps" -le $most ] && [ $again -eq 1 ] && [ $without -eq 0 ]; then
    caught=$((caught + 1))
    printf '  caught  %-12s %-30s %s steps of %s: %s\n' "$family" "$name" "$steps" "$before" "$script"
  else
    missed=$((missed + 1))
    printf '  MISSED  %-12s %-30s found %s, again %s, without it %s: %s\n' "$family" "$name" $found $again $without "$script"
  fi
done
echo "$caught faults caught by drawn scripts, $missed missed"
[ "$missed" -eq 0 ] && [ "$caught" -gt 0 ]
