#!/bin/sh
# The library must not build if src/layout/layouts.tsv has a wrong number, or lacks a field.
#
# usage: layout_control.sh BUILD_DIR      (from the project's folder)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
mkdir -p "$1/layout_control"
tree=$(cd "$1/layout_control" && pwd)
project=$(pwd)
cargo=${CARGO:-cargo}
fail() { echo "FAILED: layouts: $*" >&2; exit 1; }
rm -rf "$tree/tree"
mkdir -p "$tree/tree"
for name in *; do ln -s "$project/$name" "$tree/tree/$name"; done
rm "$tree/tree/src"
cp -R src "$tree/tree/src"
table=$tree/tree/src/layout/layouts.tsv
tab=$(printf '\t')
check() { (cd "$tree/tree" && $cargo check --quiet --locked --lib --features capi,kdb --target-dir "$tree/target" 2>"$tree/log"); }
check || { cat "$tree/log" >&2; fail "the table as it is does not fit"; }
for change in "s/^utime${tab}8${tab}/utime${tab}12${tab}/" "s/^ebx${tab}4${tab}4/ebx${tab}4${tab}8/" '/^ppid/d' \
  "s/${tab}552${tab}8${tab}/${tab}560${tab}8${tab}/"; do
  sed "$change" src/layout/layouts.tsv >"$table"
  if cmp -s src/layout/layouts.tsv "$table"; then fail "control: $change changes nothing"; fi
  if check; then fail "control: not seen: $change"; fi
  grep -q 'E0080.*\(layouts.tsv\|elsewhere\)\|E0063' "$tree/log" || { cat "$tree/log" >&2; fail "control: $change: it failed for another reason"; }
done
rm -rf "$tree/tree"
echo "layouts: the library builds with the table as it is, and with no wrong one"
