#!/bin/sh
# Calls the comparer with wrong arguments, and checks that it gives the reason in one line and exits with 2.
#   refusals.sh COMPARER OURS VECTORS
# SPDX-License-Identifier: LGPL-2.0-or-later
set -u
comparer=$1 ours=$2 vectors=$3
unset LEGACY_LIB
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
TMPDIR=$work/tmp
export TMPDIR
mkdir "$TMPDIR"
passed=0 failed=0

# refused WORDS ARGUMENT...: the one line on stderr holds WORDS.
refused () {
  words=$1
  shift
  ${RUN:-} "$comparer" "$@" >"$work/out" 2>"$work/err"
  status=$?
  if [ $status -eq 2 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -- "$words" "$work/err"; then
    passed=$((passed + 1))
    echo "  refused $(sed "s,$work/,,g; s,^mtproxy-differential: ,," "$work/err")"
  else
    failed=$((failed + 1))
    echo "  FAILED  wanted '$words', got exit status $status and:"
    cat "$work/err" "$work/out"
  fi
}

compile () {
  ${CC:-cc} -fPIC -c -o "$work/$1.o" -x c - || exit 2
}

compile foreign <<'C'
int unrelated (void) { return 1; }
C
compile partial <<'C'
int cfg_lno; char *cfg_cur;
int cfg_skipspc (void) { return 0; }
int cfg_skspc (void) { return 0; }
C
cp "$work/foreign.o" "$work/other.o"
# Bytes 18 and 19 of an ELF header are the machine: 243 is RISC-V, 183 AArch64. One of them is not this machine.
machine=$(od -An -tu1 -j18 -N1 "$work/foreign.o" | tr -d ' ')
if [ "$machine" = 183 ]; then code='\363'; else code='\267'; fi
printf "$code\\000" | dd of="$work/other.o" bs=1 seek=18 conv=notrunc 2>/dev/null
echo 'not code' >"$work/text.o"
for name in foreign partial other text; do
  ar rcS "$work/lib$name.a" "$work/$name.o" 2>/dev/null
done
printf '!<arch>\n' >"$work/libempty.a"
(cat "$work/libforeign.a"; echo garbage that ends it here, a whole header of it, sixty bytes ..) >"$work/libdamaged.a"
echo 'just text' >"$work/libtext"
mkdir "$work/folder"
cp "$ours" "$work/copy.so"
${CC:-cc} -shared -o "$work/foreign.so" "$work/foreign.o"

refused 'live needs an original' live --ours "$ours"
refused 'No such file' live --ours "$ours" --legacy "$work/missing.a"
refused 'No such file' live --ours "$work/missing.so" --legacy "$work/libforeign.a"
refused 'is not a file' live --ours "$ours" --legacy "$work/folder"
refused 'neither an archive nor a shared object' live --ours "$ours" --legacy "$work/libtext"
refused 'empty archive' live --ours "$ours" --legacy "$work/libempty.a"
refused 'damaged archive' live --ours "$ours" --legacy "$work/libdamaged.a"
refused 'no object file' live --ours "$ours" --legacy "$work/libtext.a"
refused 'not a shared object' live --ours "$ours" --legacy "$work/foreign.o"
refused 'built for another machine' live --ours "$ours" --legacy "$work/libother.a"
refused 'is not a library of this proxy' live --ours "$ours" --legacy "$work/libforeign.a"
refused 'is not a library of this proxy' live --ours "$ours" --legacy "$ours"
refused 'lacks crc32_partial, crc32c_partial, md5, ' live --ours "$ours" --legacy "$work/libpartial.a"
refused 'is not a library with' replay --ours "$work/foreign.so" --vectors "$vectors"
refused 'where are the vectors' replay --ours "$ours"
refused 'No such file' replay --ours "$ours" --vectors "$work/none"
refused 'whose functions' replay --vectors "$vectors"
refused 'need --only' live --ours "$ours" --legacy "$work/libforeign.a" --case 00
refused "there is no family 'cfg'" scripts --ours "$ours" --run 'cfg.load'
refused "config has no operation 'lod'" scripts --ours "$ours" --run 'config.lod(1)'
refused 'its file is a number from 0 to 3' scripts --ours "$ours" --run 'config.load(9)'
refused 'no steps' scripts --ours "$ours" --run ';'
refused 'need another library' scripts --ours "$ours"
refused 'is not a number' live --ours "$ours" --cases many
CC=no-such-compiler
export CC
refused 'no C compiler' live --ours "$ours" --legacy "$work/libforeign.a"

if [ -n "$(ls -A "$TMPDIR")" ]; then
  echo "  FAILED  the temporary folder still holds: $(ls -A "$TMPDIR")"
  failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
