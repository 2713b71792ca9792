# The verification itself: on an original it must say NO. Controls.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

another verdicts
make -s -C "$tree" ${CC:+"CC=$CC"} >"$build/log"
works "before" "$tree"
for file in mtproto-proxy.original mtproto-proxy; do
  sh c-harness/abi/coverage-objects dist/lib/libmtproxy_kdb.a --proxy "$tree/objs/bin/$file" >"$build/$file" 2>&1 || :
done
[ "$(tail -n 1 "$build/mtproto-proxy.original")" = 'drop-in linked: NO: this is the original' ] || no "control: the original's verdict"
tail -n 1 "$build/mtproto-proxy" | grep -qx "$verdict" || no "the relinked binary's verdict"
cp "$tree/objs/bin/mtproto-proxy" "$build/stripped"
strip "$build/stripped"
sh c-harness/abi/coverage-objects dist/lib/libmtproxy_kdb.a --proxy "$build/stripped" >"$build/log"
tail -n 1 "$build/log" | grep -qx "$verdict" || no "a stripped binary's verdict"

# maps WHAT MAP: verify refuses it, with that word.
maps() {
  if (
    here=c-harness/relink work=$PWD/$build/out/work archive=dist/lib/libmtproxy_kdb.a level=kdb library=objs/lib/libkdb.a machine=none alone=${alone:-}
    . "$here/say.sh"
    . "$here/level.sh"
    . "$here/verify.sh"
    verify "$2" "$tree/objs/bin/mtproto-proxy.original" "$tree/objs/bin/${3:-mtproto-proxy}"
  ) 2>"$build/stderr"; then [ "$1" = fits ] || no "control: accepted: $1"; else
    grep -q "$1" "$build/stderr" || { cat "$build/stderr" >&2; no "control: another reason than $1"; }
  fi
  count=$((count + 1))
}
map=$build/out/work/map
maps fits "$map"
maps 'NO: this is the original' "$map" mtproto-proxy.original
grep -v libmtproxy_kdb "$map" >"$build/map"
maps 'NO: this is the original' "$build/map"
{ cat "$map"; echo 'objs/lib/libkdb.a(crc32.o)'; } >"$build/map"
maps 'NO: crc32 came from objs/lib/libkdb.a' "$build/map"
{ cat "$map"; echo 'objs/lib/libkdb.a(more.o)'; } >"$build/map"
maps fits "$build/map"
alone=yes
maps 'NO: libkdb.a(more.o) came from objs/lib/libkdb.a' "$build/map"
alone=''
: >"$build/map"
maps 'the linker wrote no map' "$build/map"

# An unset variable must not pass for a check.
if "$OWN_MAKE" -s coverage-objects PROXY= >"$build/log" 2>&1; then no "control: make coverage-objects takes an empty PROXY"; fi
grep -q 'PROXY is empty' "$build/log" || no "an empty PROXY is not named"
