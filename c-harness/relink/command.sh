# The tree's own link command, as its make would run it.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

# The tree's own make, with nothing of our make's in it.
tree_make() {
  (
    unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES MAKE_TERMOUT MAKE_TERMERR TREE OUT COPY TARGET
    LC_ALL=C
    export LC_ALL
    if [ -n "${RELINK_CC:-}" ] && [ -z "${common:-}" ]; then set -- "CC=$RELINK_CC" "$@"; fi
    if [ -n "${flags:-}" ]; then set -- "CFLAGS=$flags" "$@"; fi
    cd "$tree" && "${OWN_MAKE:-make}" "$@"
  )
}

# Writes original.sh, alone.sh and beside.sh: shell commands, with $RELINK_OUT, $RELINK_ARCHIVE and $RELINK_MAP for the files of
# ours. Sets $target, what the tree's make would link; $inputs, the objects and archives; $library, its libkdb.a; $objects, the
# others.
read_link_command() {
  tree_make -n -B >"$work/commands" 2>"$work/commands.log" || fail_for "the tree's Makefile" "$work/commands.log"
  awk -v work="$work" -f "$here/command.awk" "$work/commands" >"$work/facts" ||
    fail "$(cat "$work/facts")" "this fork builds in another way, and the drop-in must be linked by hand: docs/linking.md"
  target=$(sed -n 's/^target //p' "$work/facts")
  library=$(sed -n 's/^library //p' "$work/facts")
  inputs=$(sed -n 's/^input //p' "$work/facts")
  objects=$(echo "$inputs" | grep -vxF "$library") || fail "its link command names no object" "link the drop-in by hand: docs/linking.md"
}
