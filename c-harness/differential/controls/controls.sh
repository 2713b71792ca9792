#!/bin/sh
# Plants each fault of faults.def and checks that a replay of its family catches it, or one of the calls that end the original;
# and that the same wrapper without a fault passes all.
#   controls.sh COMPARER FAULTY_PROVIDER REAL_LIBRARY VECTORS FAULTS FAMILY...
# Each family must have a fault.
# SPDX-License-Identifier: LGPL-2.0-or-later
set -u
comparer=$1 faulty=$2 MTPROXY_FAULT_REAL=$3 vectors=$4 faults_file=$5
export MTPROXY_FAULT_REAL
shift 5
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
trap 'exit 130' HUP INT TERM
caught=0 missed=0

# fault [option...]
replay () {
  fault=$1
  shift
  MTPROXY_FAULT=$fault ${RUN:-} "$comparer" replay --ours "$faulty" --vectors "$vectors" "$@" >"$log" 2>&1
}

replay ''
if [ $? -ne 0 ]; then
  echo "controls: the provider without a fault does not pass:"
  cat "$log"
  exit 1
fi
echo "  no fault: $(tail -1 "$log")"

faults=$(sed -n 's/^FAULT (\([a-z0-9_]*\), *\([a-z0-9_]*\), .*/\1:\2/p' "$faults_file")
for fault in $faults; do
  name=${fault%%:*} family=${fault#*:}
  case $family in
  scripts_*) places=scripts/${family#scripts_} ;;
  *) places="$family traps" ;;
  esac
  for place in $places; do
    replay "$name" --only "$place" --first
    status=$?
    [ $status -eq 0 ] || break
  done
  # The tables' lines end in numbers; the third word counts mismatches.
  rows=$(awk '$2 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/ && $3 > 0 && NF == 6 { printf "%s%s", s, $1; s = ", " }' "$log")
  if [ $status -eq 1 ] && [ -n "$rows" ]; then
    caught=$((caught + 1))
    printf '  caught  %-12s %-30s by %s\n' "$family" "$name" "$rows"
  else
    missed=$((missed + 1))
    printf '  MISSED  %-12s %-30s exit status %s\n' "$family" "$name" "$status"
  fi
done
for family; do
  case $faults in
  *":$family"*) ;;
  *)
    echo "  MISSED  $family has no planted fault"
    missed=$((missed + 1))
    ;;
  esac
done
echo "$caught faults caught, $missed missed"
[ "$missed" -eq 0 ] && [ "$caught" -gt 0 ]
