# Whose code is in the binaries: by the link map, by the sizes of their functions, and by starting the new one.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

# The legacy objects of ours that a map says were linked; or any object, if the library was to be left out.
taken_from_library() {
  if [ -n "$alone" ]; then grep -o -m 1 'libkdb\.a.*' "$1" || :; fi
  for object in $(covered_objects); do
    # After the archive's name: (crc32.o), or as other linkers write it.
    if grep -q "libkdb\\.a[(:]\\([^()]*/\\)\\{0,1\\}$object\\.o" "$1"; then echo "$object"; fi
  done
}

# The verdict, which stands in the last line.
verdict_of() { sh c-harness/abi/coverage-objects "$archive" --proxy "$1" 2>/dev/null | tail -n 1; }

# verify MAP UNLINKED RELINKED
verify() {
  [ -s "$1" ] || fail "the linker wrote no map" "say CC= with a compiler whose linker knows -Map"
  grep -q "${archive##*/}" "$1" || fail "drop-in linked: NO: this is the original" "its link command does not take ${archive##*/}: link by hand (docs/linking.md); see $work/commands"
  taken=$(taken_from_library "$1")
  [ -z "$taken" ] || fail "drop-in linked: NO: $(echo "$taken" | tr '\n' ' ')came from $library" "please report it, with the link map $1"
  case $(verdict_of "$2") in
    "drop-in linked: NO"*) ;;
    *) fail "the check takes what has nothing of ours for a relinked binary" "please report it: the fault is in the check" ;;
  esac
  verdict=$(verdict_of "$3")
  case $verdict in "drop-in linked: yes"*) ;; *) fail "${verdict:-drop-in linked: not known}" "make clean in the tree and here, and try again; if that does not help, please report it" ;; esac
  # It need not run here.
  if [ -n "${RUN:-}" ] || [ "$machine" = "$(machine_of /proc/self/exe)" ]; then
    # shellcheck disable=SC2086
    ${RUN:-} "$3" --help >"$work/help" 2>&1 || :
    grep -q 'usage' "$work/help" || fail "the relinked binary does not start: $(tail -n 1 "$work/help")" "your proxy is as it was; please report it, with $work/help"
  fi
}
