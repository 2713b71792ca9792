#!/bin/sh
# Checks the built libraries: names, forms of linking, size, build settings. Each check also runs on something wrong, which it
# must detect.
#
# usage: artifacts.sh DIST_DIR RAW_ARCHIVE BUILD_DIR     (RAW_ARCHIVE: what rustc made, before the one object)
#
# For another machine CC, AR, LD and SIZE are a cross compiler's.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
dist=$1 raw=$2 build=$3/artifacts
here=$(dirname "$0")
exports=$3/generated/boundary.exports
cc=${CC:-cc} ar=${AR:-ar} size=${SIZE:-size}
ld=${LD:-$($cc -print-prog-name=ld)}
lib=$dist/lib
# Greater for machines that need more code, and have no instructions for digests.
case $($cc -dumpmachine) in x86_64-* | aarch64-*) max_text=106496 ;; *) max_text=139264 ;; esac
mkdir -p "$build"
trap 'rm -rf "$build"' EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }
passed() { printf '  %-46s %s\n' "$1" "$2"; }

# Some versions of binutils misread rustc's bitcode; readelf does not read it.
symbols() { readelf -sW "$1" | awk '$1 ~ /^[0-9]+:$/ && $8 != "" { print $5, $7, $8 }'; }
global_names() { symbols "$1" | awk '$1 != "LOCAL" && $2 != "UND" { print $3 }' | LC_ALL=C sort; }
undefined_names() { symbols "$1" | awk '$2 == "UND" { print $3 }' | LC_ALL=C sort; }
dynamic_names() { readelf -W --dyn-syms "$1" | awk '$5 == "GLOBAL" && $7 != "UND" { print $8 }' | LC_ALL=C sort; }

same_names() { # what, names
  LC_ALL=C sort "$exports" | cmp -s - "$2"
}

# --- names -------------------------------------------------------------------------------------------------------
global_names "$lib/mtproxy_ffi.o" >"$build/object"
same_names object "$build/object" || fail "mtproxy_ffi.o: its globals are not those of src/ffi/api.tsv"
dynamic_names "$lib/libmtproxy_ffi.so" >"$build/shared"
same_names shared "$build/shared" || fail "libmtproxy_ffi.so: its exports are not those of src/ffi/api.tsv"
sed 1d "$build/object" >"$build/one_less"
if same_names control "$build/one_less"; then fail "control: a missing name is not seen"; fi
passed "names of .o and .so" "$(wc -l <"$build/object" | tr -d ' '), as in src/ffi/api.tsv"

[ "$($ar t "$lib/libmtproxy_ffi.a")" = mtproxy_ffi.o ] || fail "libmtproxy_ffi.a: not exactly one member"
$ar p "$lib/libmtproxy_ffi.a" mtproxy_ffi.o | cmp -s - "$lib/mtproxy_ffi.o" || fail "libmtproxy_ffi.a: another object"
passed "libmtproxy_ffi.a" "one member, the object"

# --- nothing but libc ----------------------------------------------------------------------------------------------
grep -v '^#' "$here/../abi/libc.txt" >"$build/allowed"
strangers() { undefined_names "$1" | grep -vxE -f "$build/allowed" || true; }
found=$(strangers "$lib/mtproxy_ffi.o")
[ -z "$found" ] || fail "mtproxy_ffi.o needs more than libc:" $found
echo 'int puts(const char *); int f(void) { return puts(""); }' | $cc -x c -c -o "$build/stranger.o" -
[ "$(strangers "$build/stranger.o")" = puts ] || fail "control: an unexpected reference is not seen"
needed=$(readelf -d "$lib/libmtproxy_ffi.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
for name in $needed; do
  case $name in libc.so.6 | ld-linux* | ld64.so* | libc.musl*) ;; *) fail "libmtproxy_ffi.so needs $name" ;; esac
done
passed "needs" "$(echo $needed), $(undefined_names "$lib/mtproxy_ffi.o" | grep -c .) functions of libc"

soname=$(readelf -d "$lib/libmtproxy_ffi.so" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
[ "$soname" = libmtproxy_ffi.so.1 ] || fail "SONAME is $soname"
[ "$(readlink "$lib/$soname")" != "" ] && [ -e "$lib/$soname" ] || fail "$soname is not a link to the library"
passed "SONAME" "$soname -> $(readlink "$lib/$soname")"

# --- build settings ------------------------------------------------------------------------------------------------
# Fat LTO in one unit: of all Rust code, rustc's archive holds one object, ours; only compiler-builtins stays apart.
units() { sed '/^mtproxy_ffi-/!d' "$1" | wc -l | tr -d ' '; }
others() { grep '\.rcgu\.o$' "$1" | grep -vE '^(mtproxy_ffi|compiler_builtins)-' || true; }
$ar t "$raw" >"$build/members"
[ "$(units "$build/members")" = 1 ] || fail "built in $(units "$build/members") units"
[ -z "$(others "$build/members")" ] || fail "not linked as a whole:" $(others "$build/members")
printf 'mtproxy_ffi-1.rcgu.o\nstd-1.rcgu.o\n' >"$build/control"
[ -n "$(others "$build/control")" ] || fail "control: a separate object is not seen"
passed "fat LTO, one unit" "yes"

# No panic path: after garbage collection no function of Rust's panic machinery is left. (The list above checks that none is
# needed from elsewhere.) Only functions are checked: for some machines the compiler keeps std's variables in one block with
# ours.
panics() {
  readelf -sW "$1" | awk '$4 == "FUNC" && $7 != "UND" { print $8 }' |
    grep -E 'panicking|unwrap_failed|expect_failed|slice_index_fail|bounds_check|rust_panic|rust_eh_personality' || true
}
$ld -r --gc-sections $(sed 's/^/-u /' "$exports") -o "$build/whole.o" "$raw"
found=$(panics "$build/whole.o")
[ -z "$found" ] || fail "the shipped object can panic:" $found
[ -n "$(panics "$raw")" ] || fail "control: no panic is seen in an archive that has std's"
# One slice index, built and collected like the shipped object, must be detected.
cat >"$build/index.rs" <<'END'
#[unsafe(no_mangle)]
pub unsafe extern "C" fn control(data: *const u8, len: usize, at: usize) -> u8 {
    // SAFETY: a control that is never run.
    unsafe { std::slice::from_raw_parts(data, len)[at] }
}
END
${RUSTC:-rustc} --edition 2024 --crate-type staticlib -O -C panic=abort -C lto=fat -C codegen-units=1 \
  ${CARGO_BUILD_TARGET:+--target "$CARGO_BUILD_TARGET"} -o "$build/index.a" "$build/index.rs"
$ld -r --gc-sections -u control -o "$build/index.o" "$build/index.a"
[ -n "$(panics "$build/index.o")" ] || fail "control: one slice index is not seen"
passed "panic paths" "none; one slice index would be seen"

# --- text added to a C program -------------------------------------------------------------------------------------
text() { $size "$1" | awk 'NR == 2 { print $1 }'; }
echo 'int main(void) { return 0; }' >"$build/without.c"
echo '#include "mtproxy_ffi.h"
int main(void) { return mtproxy_ffi_startup_handshake(1); }' >"$build/with.c"
$cc -O2 -o "$build/without" "$build/without.c"
$cc -O2 -I "$dist/include" -o "$build/with" "$build/with.c" "$lib/libmtproxy_ffi.a"
added=$(($(text "$build/with") - $(text "$build/without")))
[ "$added" -le $max_text ] || fail "adds $added bytes of text, more than $max_text"
[ "$added" -ge 10000 ] || fail "adds only $added bytes of text: not all of it was linked"
passed "text added to a C program" "$added bytes (at most $max_text)"

# --- pkg-config ----------------------------------------------------------------------------------------------------
if command -v pkg-config >/dev/null; then
  version=$(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --modversion mtproxy_ffi)
  passed "pkg-config" "version $version"
else
  passed "pkg-config" "not installed: skipped"
fi
