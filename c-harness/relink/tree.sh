# The tree: whether it is one, which one, and where it is built.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

cure='say make relink TREE=path/to/MTProxy, the folder with its Makefile'

# Sets $tree, absolute, and $sources, the folder that holds common/ and mtproto/.
find_tree() {
  case ${TREE:=} in
    '') fail "TREE is empty" "$cure" ;;
    '~') TREE=$HOME ;;
    '~/'*) TREE=$HOME/${TREE#'~/'} ;;
  esac
  [ -e "$TREE" ] || fail "there is no $TREE" "$cure"
  [ -d "$TREE" ] || fail "$TREE is a file" "$cure"
  tree=$(CDPATH='' cd -- "$TREE" && pwd -P) || fail "$TREE cannot be entered" "run as a user who may"
  sources=$(sources_of "$tree") || {
    for inner in "$tree"/*/; do
      if sources_of "${inner%/}" >/dev/null; then fail "$TREE is no source tree of MTProxy" "did you mean TREE=${inner%/}"; fi
    done
    fail "$TREE is no source tree of MTProxy: it has no mtproto/mtproto-proxy.c" "$cure"
  }
  [ -e "$tree/Makefile" ] || [ -e "$tree/makefile" ] || [ -e "$tree/GNUmakefile" ] ||
    fail "$TREE has no Makefile" "get the tree whole (git -C ... checkout .)"
}

# Teleproxy has a folder more.
sources_of() {
  for folder in "$1" "$1/src"; do
    if [ -f "$folder/mtproto/mtproto-proxy.c" ] && [ -d "$folder/common" ]; then echo "$folder"; return; fi
  done
  return 1
}

check_tools() {
  # One line of ours each, from mk/tools.mk.
  LC_ALL=C "$OWN_MAKE" -s tools >"$work/tools.log" 2>&1 || {
    log=$work/tools.log
    if found '^mtproxy-ffi: '; then echo "relink: ${line#mtproxy-ffi: }" >&2; exit 1; fi
    fail_for "the tools" "$log"
  }
  command -v readelf >/dev/null || fail "no readelf" "apt install binutils (dnf install binutils)"
}

# Which tree it is, in words.
recognise() {
  version=$(sed -n 's/^#define[ \t]*VERSION_STR[ \t]*"\([^"]*\)".*/\1/p' "$sources/mtproto/mtproto-proxy.c")
  revision=''
  if [ -e "$tree/.git" ]; then revision=$(git -C "$tree" rev-parse --short=7 HEAD 2>/dev/null) || revision=''; fi
  case $version,$revision in
    mtproxy-0.01,dc0c7f3*) kind="the official tree, the revision that the drop-in was made from" ;;
    mtproxy-0.01,*) kind="the official tree, v0.01" ;;
    mtproxy-0.02,*) kind="the official tree, v0.02" ;;
    mtproxy-[1-9]*,*) kind="the GetPageSpeed fork" ;;
    teleproxy-*,*) kind="teleproxy" ;;
    *) kind="a fork that is not known here, and is tried all the same" ;;
  esac
  # A fork may keep the version that it started from.
  case $kind in "the official"*) if ! is_official; then kind="a fork of $kind"; fi ;; esac
  if [ "$version" = teleproxy- ]; then version=teleproxy-$(sed -n 's/^## \[\([0-9].*\)\].*/\1/p' "$tree/CHANGELOG.md" 2>/dev/null | head -n 1); fi
  echo "$kind (${version:-without a version}${revision:+, $revision})"
}

# Forks change this line as they add machines.
is_official() { grep -q '^CFLAGS = $(ARCH) -O3 -std=gnu11 -Wall \(-Wno-array-bounds \)\{0,1\}-mpclmul -march=core2 ' "$tree/Makefile"; }

# A tree that may not be written, or not touched, is built in a copy.
work_on_a_copy_if_needed() {
  why=''
  for folder in "$tree" "$tree/objs" "$tree/dep"; do
    if [ -d "$folder" ] && [ ! -w "$folder" ]; then why="${folder} is read-only"; fi
  done
  if [ -n "${COPY:-}" ]; then why="COPY is set"; fi
  [ -n "$why" ] || return 0
  copy=$work/tree
  mkdir "$copy"
  cp -Rp "$tree/." "$copy" 2>"$work/copy.log" || fail_for "the copy of $TREE" "$work/copy.log"
  chmod -R u+w "$copy"
  say "$why: it is built in a copy, and left as it is"
  sources=$copy${sources#"$tree"}
  tree=$copy
  # A copy without history must not be taken for a part of ours.
  GIT_CEILING_DIRECTORIES=$work
  export GIT_CEILING_DIRECTORIES
}
