#!/bin/sh
# Compares the structs that the full drop-in shares with remaining C, as a source tree's headers declare them, with
# src/layout/layouts.tsv. A wrong number must be detected.
#
# usage: layouts.sh TREE ASSERTS      (TREE: the proxy's sources; ASSERTS: the C file made from the table)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
tree=$1 asserts=$2
cc=${CC:-cc}
log=$(mktemp)
trap 'rm -f "$log" "$log.c"' EXIT
# Teleproxy's sources are one folder deeper.
[ -d "$tree/common" ] || tree=$tree/src
[ -d "$tree/common" ] || { echo "layouts: $1 is no source tree of the proxy: it has no folder common" >&2; exit 2; }

# The flags of the proxy's own makefiles, or what make relink gives a compiler for another machine.
case $($cc -dumpmachine) in x86_64-*) machine="-mssse3 -mpclmul" ;; *) machine="-isystem c-harness/relink/include -include x86intrin.h" ;; esac
fits() {
  # shellcheck disable=SC2086
  $cc -std=gnu11 $machine -DAES=1 -D_GNU_SOURCE=1 -D_FILE_OFFSET_BITS=64 -w -iquote "$tree/common" -iquote "$tree" -I "$tree" \
    -fsyntax-only "$1" 2>"$log"
}
if ! fits "$asserts"; then
  grep 'error:' "$log" >&2 || cat "$log" >&2
  echo "layouts: $1 does not fit the full drop-in: link libmtproxy_kdb_leaf.a, as make relink does" >&2
  exit 1
fi
# The control: one number increased by one.
awk '!done && /offsetof .* == [0-9]+,/ { n = $0; sub(/.*== /, "", n); sub(/== [0-9]+,/, "== " n + 1 ",", $0); done = 1 } { print }' "$asserts" >"$log.c"
if cmp -s "$asserts" "$log.c" || fits "$log.c"; then echo "FAILED: control: a wrong offset is not seen" >&2; exit 1; fi
grep -q "error: static.*struct process_id: offset of ip" "$log" ||
  { cat "$log" >&2; echo "FAILED: control: it failed for another reason" >&2; exit 1; }
echo "layouts: $(grep -c '_Static_assert' "$asserts") facts about $(grep -c ': size"' "$asserts") structs hold in $1"
