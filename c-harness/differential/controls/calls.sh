#!/bin/sh
# A function that is not counted must be named as one that is never called, and the run must fail.
#   calls.sh COMPARER LIBRARY VECTORS
# SPDX-License-Identifier: LGPL-2.0-or-later
set -u
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
trap 'exit 130' HUP INT TERM
name=kdb_load_hosts
MTPROXY_UNCOUNTED=$name ${RUN:-} "$1" replay --ours "$2" --vectors "$3" >"$log" 2>&1
status=$?
if grep -q 'calls of the functions' "$log"; then
  if [ $status -ne 1 ] || ! grep -q "NEVER CALLED: $name of" "$log" || [ "$(grep -c 'NEVER CALLED' "$log")" -ne 1 ]; then
    echo "control: a function that is never called is not seen (exit status $status)" >&2
    exit 1
  fi
  echo "calls: a function that is never called is seen"
else
  echo "skipped: calls are not counted on this machine"
fi
