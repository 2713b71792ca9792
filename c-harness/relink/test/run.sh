#!/bin/sh
# Tests of relink on small trees of ours, and with TREE on a copy of a real one, with traffic.
#
# usage: [TREE=path] run.sh BUILD_DIR      (from the project's folder, OWN_MAKE and CC as for relink.sh)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
build=$1/relink-test
generated=$1/generated
given=${TREE:-}
. c-harness/relink/test/fake_tree.sh
rm -rf "$build"
mkdir -p "$build"
count=0
verdict='drop-in linked: yes (\([0-9]*\) of \1 objects)'
no() { echo "FAILED: relink: $*" >&2; exit 1; }

# relink TREE [VARIABLE=VALUE ...]
relink() {
  relinked_tree=$1
  shift
  env TREE="$relinked_tree" OUT= COPY= WORK="$build/out" "$@" sh c-harness/relink/relink.sh >"$build/stdout" 2>"$build/stderr"
}
# works WHAT TREE [VARIABLE=VALUE ...]
works() {
  what=$1
  shift
  relink "$@" || { cat "$build/stdout" "$build/stderr" >&2; no "$what"; }
  tail -n 4 "$build/stdout" | head -n 1 | grep -qx "$verdict" || { cat "$build/stdout" >&2; no "$what: no verdict"; }
  count=$((count + 1))
}
# refused WHAT TREE [VARIABLE=VALUE ...]: one line that has these words, and no file of the proxy's is another.
refused() {
  what=$1
  shift
  state "$1" >"$build/before"
  if relink "$@"; then no "accepted: $what"; fi
  grep -q "^relink: .*$what" "$build/stderr" || { cat "$build/stderr" >&2; no "it failed for another reason than: $what"; }
  [ "$(wc -l <"$build/stderr")" = 1 ] || { cat "$build/stderr" >&2; no "more than one line: $what"; }
  state "$1" | cmp -s - "$build/before" || no "something was changed: $what"
  count=$((count + 1))
}
# What is not built by the tree's make, and the binaries.
state() { if [ -d "$1" ]; then find "$1" -type f ! -name '*.[oad]' -exec cksum {} + | sort; fi; }
ours() { LC_ALL=C grep -aqE 'mtproxy-ffi [0-9.]+ drop-in' "$1"; }
# change FILE SED-EXPRESSION
change() {
  sed "$2" "$1" >"$build/changed"
  if cmp -s "$1" "$build/changed"; then no "nothing to change in $1: $2"; fi
  cat "$build/changed" >"$1"
}
# another NAME: a fresh tree, in $tree.
another() {
  tree=$build/$1
  rm -rf "$tree"
  fake_tree "$tree"
}

. c-harness/relink/test/trees.sh
. c-harness/relink/test/places.sh
. c-harness/relink/test/verdicts.sh
echo "relink: $count cases: what fits is relinked, and each misfit is one line that changes nothing"
if [ -n "$given" ]; then . c-harness/relink/test/real.sh; fi
