# Putting the binary where the proxy is started from, with the original beside it.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

is_elf() { [ "$(head -c 4 "$1" | od -An -c | tr -d ' ')" = '177ELF' ]; }
is_ours() { LC_ALL=C grep -aqE 'mtproxy-ffi [0-9][0-9.]* drop-in' "$1"; }

# Sets $out, absolute, without symbolic links: the file itself is replaced, not a link to it.
find_out() {
  case ${OUT:=} in
    '') if [ -n "${copy:-}" ]; then out=$kept/bin/${target##*/}; else out=$tree/$target; fi ;;
    '~/'*) out=$HOME/${OUT#'~/'} ;;
    /*) out=$OUT ;;
    *) out=$PWD/$OUT ;;
  esac
  if [ -d "$out" ]; then out=${out%/}/${target##*/}; fi
  if [ -L "$out" ]; then out=$(readlink -f "$out") || fail "$OUT is a link to nothing" "say OUT=the file itself"; fi
  folder=${out%/*}
  if [ -z "${OUT}" ]; then mkdir -p "$folder"; fi
  [ -d "$folder" ] || fail "there is no folder $folder" "make it, or say another OUT"
  [ -w "$folder" ] || fail "$folder is not writable" "run as a user who may write there, or say OUT=another file"
  [ -e "$out" ] || return 0
  [ -f "$out" ] || fail "$out is no file" "say OUT=a file"
  is_elf "$out" || fail "$out is no program but a script or another file" "say OUT=the program that it starts"
  LC_ALL=C grep -aq 'mtproto-secret' "$out" || fail "$out is another program than an MTProxy" "say another OUT"
}

# put FILE PLACE: by renaming, so that a running binary is left alone; a copy in the same folder is on the same disk.
put() {
  in_place=$2.new
  { cp "$1" "$in_place" && chmod 755 "$in_place"; } || fail "$in_place cannot be written" "make room, or say another OUT"
  if [ -e "$out" ]; then chmod --reference="$out" "$in_place" 2>/dev/null || :; chown --reference="$out" "$in_place" 2>/dev/null || :; fi
  keep_capabilities
  mv -f "$in_place" "$2"
  in_place=''
}

# The right to open port 443, which belongs to the file and not to its name.
keep_capabilities() {
  command -v getcap >/dev/null && [ -e "$out" ] || return 0
  capabilities=$(getcap "$out" | sed 's/.*[ =] *\(cap_[^ ]*\)$/\1/')
  [ -n "$capabilities" ] || return 0
  setcap "$capabilities" "$in_place" 2>/dev/null ||
    say "note: $out has the capabilities $capabilities, and the new file does not: setcap $capabilities $(quoted "$out")"
}

# What a proxy says of itself: its version, and the commit that it was compiled from.
revision_of() { LC_ALL=C grep -aoE '[a-z]+proxy-[0-9.]+ compiled at|after commit [0-9a-f]{7,40}' "$1" | sort -u; }

# Whether the original that is kept is of this very tree, as it is now.
original_fits() {
  [ -e "$out.original" ] && [ "$(revision_of "$out.original")" = "$(revision_of "$relinked")" ] || return 1
  for file in $wanted; do
    if [ -n "$(find "$tree/$file" -newer "$out.original")" ]; then return 1; fi
  done
}

# What stood there stays, as $out.original, if it is an original. If it was relinked before, the original of then stays; or one
# from this tree, if the tree has changed since and its library was built.
place_binary() {
  if [ -e "$out" ] && ! is_ours "$out"; then
    [ "$out" -ef "$out.original" ] || ln -f "$out" "$out.original" 2>/dev/null || cp -p "$out" "$out.original" || fail "$out.original cannot be written" "make room, or say another OUT"
  elif [ -e "$work/original" ] && ! original_fits; then
    put "$work/original" "$out.original"
  fi
  put "$relinked" "$out"
}

# How the checks start a program that is not for this machine.
emulated() {
  [ "$machine" != "$(machine_of /proc/self/exe)" ] || return 0
  root=${root:+" -E LD_LIBRARY_PATH=$root/usr/lib/$gnu:$root/lib/$gnu"}
  echo " RUN=$(quoted "${RUN:-qemu-$($compiler -dumpmachine | sed 's/-.*//')-static -L /usr/$($compiler -dumpmachine)$root}")${CARGO_BUILD_TARGET:+ TARGET=$CARGO_BUILD_TARGET}"
}

tell() {
  covered=$(covered_objects)
  number=$(echo "$covered" | wc -l)
  if [ -n "$alone" ]; then of=$number; else of=$(ar t "$tree/$library" | wc -l); fi
  rest=''
  if [ "$number" -ne "$of" ]; then rest='; the rest stays C'; fi
  baseline=''
  if original_fits; then baseline=" BASELINE=$(quoted "$out.original")"; fi
  if [ -e "$out.original" ]; then back="mv $(quoted "$out.original") $(quoted "$out"); then restart the proxy"
  elif [ -n "$other" ]; then back="no original stood there, and the tree's make builds none for this machine: rm $(quoted "$out")"
  else back="no original stood there: rm $(quoted "$out"), and make -C $(quoted "$TREE")${common:+ CC=\"$common\"} builds one"; fi
  echo "$verdict"
  echo "now Rust:   $number of the $of objects of libkdb.a, in $(quoted "$out"): $(echo "$covered" | tr '\n' ' ' | sed 's/ $//; s/ /, /g')$rest"
  echo "to test:    make check-proxy PROXY=$(quoted "$out")$baseline$(emulated)${FOLDERS:+ $FOLDERS}; then restart the proxy to use it"
  echo "to go back: $back"
}
