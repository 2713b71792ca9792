#!/bin/sh
# Links a proxy's source tree anew with the drop-in: `make relink TREE=path/to/MTProxy [OUT=file] [COPY=1]`.
#
# The tree's own make compiles, and its own link command links: with our archive instead of the tree's libkdb.a, which is not
# built; or, where only the leaf level fits, with ours in front of it, and once more as it is. Nothing takes the place of a
# binary before it is verified, and a file takes it by being renamed. Every failure is one line with its cause and its cure.
#
# From the environment: TREE, OUT, COPY; OWN_MAKE, with which ours is built, into ARCHIVES; RELINK_CC, a compiler that was asked
# for; RUN, an emulator for its programs; FOLDERS, arguments of make that later commands need too; WORK, a folder for what is
# made on the way and stays to be read. Runs in the project's folder.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
here=c-harness/relink
kept=$PWD/${WORK:-build/relink}
work=$kept/work
archives=${ARCHIVES:-$PWD/dist/lib}
for part in say causes tree machine command build level verify place; do
  # shellcheck source=/dev/null
  . "$here/$part.sh"
done
rm -rf "$work"
mkdir -p "$work"
in_place=''
trap 'if [ -n "$in_place" ]; then rm -f "$in_place"; fi' EXIT
trap 'exit 1' INT TERM HUP

find_tree
check_tools
say "$TREE is $(recognise)"
work_on_a_copy_if_needed
find_machine
find_flags
read_link_command
if find_libraries; then read_link_command; fi
find_out
check_machine
pick_level
build_drop_in
link_without_library || link_beside_library
verify "$work/map" "$unlinked" "$relinked"
place_binary
tell
