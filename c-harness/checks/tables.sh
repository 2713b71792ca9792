#!/bin/sh
# Wrong tables must be refused: make generates nothing from them, and the message names the fault.
#
# usage: tables.sh BUILD_DIR      (from the project's folder)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
build=$1/tables
mkdir -p "$build"
trap 'rm -rf "$build"' EXIT
tab=$(printf '\t')
refused=0

# refused TEXT VARIABLE TABLE CHANGE: with that change to the table, which make calls VARIABLE, making the lists fails.
refused() {
  sed "$4" "$3" >"$build/table.tsv"
  if cmp -s "$3" "$build/table.tsv"; then echo "FAILED: tables: $4 changes nothing" >&2; exit 1; fi
  if make -s -f mk/generated.mk GENERATED="$build/generated" "$2=$build/table.tsv" all-generated 2>"$build/log"; then
    echo "FAILED: tables: accepted: $4" >&2
    exit 1
  fi
  grep -q "$1" "$build/log" || { cat "$build/log" >&2; echo "FAILED: tables: $4: it failed for another reason" >&2; exit 1; }
  rm -rf "$build/generated"
  refused=$((refused + 1))
}
refused '5 columns, not 6' API src/ffi/api.tsv "s/^\(digest${tab}sha1${tab}.*\)${tab}-\$/\1/"
refused 'no legacy object common/sha3' DROPIN_OBJECTS src/kdb/objects.tsv 's/common.sha1/common\/sha3/'
refused 'kdb_write of the drop-in is neither' COMPARED c-harness/abi/compared.tsv '/^kdb_write/d'
refused 'no legacy symbol sha3' COMPARED c-harness/abi/compared.tsv 's/^sha1_update/sha3_update/'
refused 'an ability, or - and a reason' COMPARED c-harness/abi/compared.tsv "s/^sha1_update.*/sha1_update${tab}-/"
refused '3 columns, not 4' LAYOUTS src/layout/layouts.tsv "s/^utime${tab}8${tab}4/utime${tab}8/"
make -s -f mk/generated.mk GENERATED="$build/generated" all-generated
echo "tables: accepted as they are; $refused wrong ones are refused"
