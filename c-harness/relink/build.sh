# Building: the drop-in by our make, the proxy's objects by the tree's make, and the binary by its link command.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)

# What was built for another machine is not mixed in; of a copy it is removed. Sets $fresh.
check_machine() {
  fresh=yes
  for file in $inputs; do
    [ -e "$tree/$file" ] || continue
    theirs=$(machine_of "$tree/$file")
    if [ -n "${copy:-}" ] && [ "$theirs" != "$machine" ]; then rm -f "$tree/$file"; continue; fi
    fresh=''
    [ -z "$theirs" ] || [ "$theirs" = "$machine" ] ||
      fail "$TREE holds objects for another machine ($(echo "$theirs" | tr '\n' ',' | sed 's/,$//; s/,/, /g')), and $compiler compiles for $machine" \
        "make -C $(quoted "$TREE") clean, or say COPY=1, which leaves it alone, or CC=that machine's compiler"
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

# build SCRIPT INPUTS: these inputs, by the tree's own make, linked by this script into $work/SCRIPT. Inputs that do not link are
# compiled once more: with -fcommon, if that is what is missing; or because they were left by another build. Status 1, with $line:
# a symbol is missing that libkdb.a may have.
build() {
  script=$1 wanted=$2 common=''
  if try_build; then return; fi
  [ -s "$work/link.log" ] || fail_for "$TREE does not compile" "$work/build.log"
  log=$work/link.log
  if found 'multiple definition of|duplicate symbol'; then
    say "the tree defines some variables several times$(part '.*multiple definition of .\([A-Za-z0-9_]*\)' | sed 's/\(..*\)/, such as \1/'): compiling it with -fcommon"
    common="$(tree_cc) -fcommon"
  elif [ -n "$fresh" ]; then
    does_not_link
    return 1
  else
    say "the objects in $TREE do not link: compiling them anew"
  fi
  try_build -B ${common:+"CC=$common"} && return
  [ -s "$work/link.log" ] || fail_for "$TREE does not compile" "$work/build.log"
  does_not_link
  return 1
}

# try_build [MAKE ARGUMENTS]: the link has a log of its own, as only there another compilation helps.
try_build() {
  rm -f "$work/link.log"
  # shellcheck disable=SC2086
  tree_make -j"$jobs" "$@" $wanted >"$work/build.log" 2>&1 || return 1
  run_link "$work/$script.sh" "$work/$script" "$work/link.log"
}

does_not_link() {
  log=$work/link.log
  if [ "$script" = original ]; then fail_for "$TREE does not link, without the drop-in" "$log"; fi
  found 'undefined reference to|undefined symbol' || fail_for "$TREE does not link with the drop-in" "$log"
}

# The compiler that its make uses.
tree_cc() {
  tree_make -s --eval='relink-cc: ; @: $(info $(CC))' relink-cc 2>/dev/null | head -n 1 | grep . || echo cc
}

# The full drop-in has all objects of the library, so that it is not built, unless this fork has put more into it. Sets $alone.
link_without_library() {
  alone=''
  [ "$level" = kdb ] || return 1
  say "compiling $target's own objects as the tree's own make does, and not its library"
  if build alone "$objects"; then
    relinked=$work/alone alone=yes
    # What the check of the relinked binary must refuse.
    unlinked=$tree/$(echo "$objects" | head -n 1)
    return
  fi
  say "the tree's own objects need $(part '.*undefined [a-z ]*[^A-Za-z0-9_]*\([A-Za-z0-9_]*\)'), which the drop-in does not define"
  return 1
}

link_beside_library() {
  say "building $library and $target as the tree's own make does"
  build original "$inputs"
  unlinked=$work/original
  check_symbols
  relinked=$work/beside
  run_link "$work/beside.sh" "$relinked" "$work/beside.log" || fail_for "$TREE does not link with the drop-in" "$work/beside.log"
}
