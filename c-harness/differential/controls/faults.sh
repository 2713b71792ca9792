#!/bin/sh
# Plants faults that show only where a call of the C library fails. A crash must be seen without another library; a wrong
# answer against the library without the fault.
#   faults.sh COMPARER FAULTY_DROPIN REAL_LIBRARY
# SPDX-License-Identifier: LGPL-2.0-or-later
set -u
comparer=$1 faulty=$2 real=$3
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
trap 'exit 130' HUP INT TERM

faults () { fault=$1; shift; MTPROXY_FAULT=$fault ${RUN:-} "$comparer" faults --ours "$faulty" "$@" --only faults/resolver >"$log" 2>&1; }
missed () { echo "control: $1" >&2; tail -3 "$log" >&2; exit 1; }

faults '' --legacy "$real" || missed 'the library without a fault does not pass'
faults no_descriptor_crashes
[ $? -eq 1 ] && grep -q '^= crashes' "$log" || missed 'a crash where a call fails is not seen'
faults no_descriptor_succeeds --legacy "$real"
[ $? -eq 1 ] && grep -q '  failing:  call 1, open: EMFILE' "$log" || missed 'a wrong answer where a call fails is not seen'
echo 'faults: a crash and a wrong answer are seen'
