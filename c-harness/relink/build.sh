# Building: the drop-in by our make, the proxy's objects by the tree's make, and both binaries by its link command.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)

# The machine of an object, an archive or a program, in readelf's words.
machine_of() { LC_ALL=C readelf -hW "$1" 2>/dev/null | sed -n 's/^ *Machine: *//p' | sort -u; }

# What was built for another machine is not mixed in. Sets $machine and $fresh.
check_machine() {
  compiler=${RELINK_CC:-cc}
  echo 'int relink_probe;' >"$work/probe.c"
  # shellcheck disable=SC2086
  $compiler -c -o "$work/probe.o" "$work/probe.c" 2>"$work/probe.log" || fail_for "$compiler does not compile" "$work/probe.log"
  machine=$(machine_of "$work/probe.o")
  fresh=yes
  for file in $inputs; do
    [ -e "$tree/$file" ] || continue
    fresh=''
    theirs=$(machine_of "$tree/$file")
    [ -z "$theirs" ] || [ "$theirs" = "$machine" ] ||
      fail "$TREE holds objects for another machine ($(echo "$theirs" | tr '\n' ',' | sed 's/,$//; s/,/, /g')), and $compiler compiles for $machine" \
        "make -C $(quoted "$TREE") clean, or say CC=that machine's compiler"
  done
}

build_drop_in() {
  say "building the drop-in (the first time takes a minute)"
  LC_ALL=C "$OWN_MAKE" "${archive#"$PWD/"}" >"$work/drop-in.log" 2>&1 || {
    log=$work/drop-in.log
    if found '^mtproxy-ffi: '; then echo "relink: ${line#mtproxy-ffi: }" >&2; exit 1; fi
    fail_for "the drop-in" "$log"
  }
  ours=$(machine_of "$archive")
  [ "$ours" = "$machine" ] ||
    fail "the drop-in is built for $ours, and $compiler compiles for $machine" "say TARGET=that machine in Rust's words"
}

# run_link COMMANDS RESULT LOG
run_link() {
  (cd "$tree" && RELINK_OUT=$2 RELINK_ARCHIVE=$archive RELINK_MAP=$work/map LC_ALL=C sh -e "$1") >"$3" 2>&1
}

# try_build [MAKE ARGUMENTS]: the objects, and the binary as it was before us. The link has a log of its own, as only there
# another compilation helps.
try_build() {
  # shellcheck disable=SC2086
  tree_make -j"$jobs" "$@" $inputs >"$work/build.log" 2>&1 || return 1
  run_link "$work/original.sh" "$work/original" "$work/link.log"
}

# Objects that do not link are compiled once more: with -fcommon, if that is what is missing; or because they were left by
# another build.
build_objects() {
  say "building $library and $target as the tree's own make does"
  rm -f "$work/link.log"
  if try_build; then return; fi
  [ -s "$work/link.log" ] || fail_for "$TREE does not compile" "$work/build.log"
  common=''
  if grep -q 'multiple definition of\|duplicate symbol' "$work/link.log"; then
    log=$work/link.log
    found 'multiple definition of|duplicate symbol' || :
    say "the tree defines some variables several times$(part '.*multiple definition of .\([A-Za-z0-9_]*\)' | sed 's/\(..*\)/, such as \1/'): compiling it with -fcommon"
    common="$(tree_cc) -fcommon"
  elif [ -n "$fresh" ]; then
    fail_for "$TREE does not link, without the drop-in" "$work/link.log"
  else
    say "the objects in $TREE do not link: compiling them anew"
  fi
  rm -f "$work/link.log"
  try_build -B ${common:+"CC=$common"} || {
    [ -s "$work/link.log" ] || fail_for "$TREE does not compile" "$work/build.log"
    fail_for "$TREE does not link, without the drop-in" "$work/link.log"
  }
}

# The compiler that its make uses.
tree_cc() {
  tree_make -s --eval='relink-cc: ; @: $(info $(CC))' relink-cc 2>/dev/null | head -n 1 | grep . || echo cc
}

link_drop_in() {
  run_link "$work/relinked.sh" "$work/relinked" "$work/relink.log" || fail_for "$TREE does not link with the drop-in" "$work/relink.log"
}
