# The machine that the compiler compiles for: its name, the tree's flags on it, and its libraries.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

# The machine of an object, an archive or a program, in readelf's words.
machine_of() { LC_ALL=C readelf -hW "$1" 2>/dev/null | sed -n 's/^ *Machine: *//p' | sort -u; }

# Sets $compiler and $machine, and $other if it is not x86.
find_machine() {
  compiler=${RELINK_CC:-cc}
  echo 'int relink_probe;' >"$work/probe.c"
  # shellcheck disable=SC2086
  $compiler -c -o "$work/probe.o" "$work/probe.c" 2>"$work/probe.log" || fail_for "$compiler does not compile" "$work/probe.log"
  machine=$(machine_of "$work/probe.o")
  other=''
  case $machine in *X86-64* | *80386*) ;; *) other=yes ;; esac
}

# The makefiles of the trees give flags that x86 compilers alone know, or those of the machine that make runs on. Elsewhere their
# CFLAGS are passed on without these. The trees take char for signed, and rdtsc for what every machine has.
# Sets $flags, empty where the tree's own are right.
find_flags() {
  flags=''
  [ -n "$other" ] || return 0
  case $PWD in *[!A-Za-z0-9_./+:@%,=-]*) fail "the path $PWD has characters that a makefile cannot pass on" "move this folder to a path without blanks" ;; esac
  flags=$(tree_make -s --eval='relink-flags: ; @: $(info relink $(CFLAGS))' relink-flags 2>/dev/null | sed -n 's/^relink //p')
  flags=$(printf ' %s ' "$flags" | sed -E ':again
    s/ -m(32|64|aes|pclmul|s?sse[0-9.]*|avx[0-9a-z]*|fpmath=[^ ]*|(arch|tune|cpu)=(core|x86|i[3-6]86|native|haswell|skylake|znver)[^ ]*) / /
    t again')
  flags="${flags# }-fsigned-char -isystem $PWD/$here/include -include x86intrin.h"
  say "for $machine, with the tree's flags but those of x86"
}

# The program's libraries for another machine than this one: those that the compiler finds, else Debian's packages, unpacked below
# build/ and not installed. Status 0: those, by another $RELINK_CC.
find_libraries() {
  grep -qE '[[:blank:]]-l(crypto|z)([[:blank:]]|$)' "$work/commands" || return 1
  if [ "$machine" = "$(machine_of /proc/self/exe)" ] || has_libraries; then return 1; fi
  gnu=$($compiler -dumpmachine)
  case $gnu in aarch64-*) debian=arm64 ;; x86_64-*) debian=amd64 ;; *) debian=${gnu%%-*} ;; esac
  libraries=$kept/libraries-$debian
  sh "$here/libraries.sh" "$libraries" "$debian" 2>"$work/libraries.log" ||
    fail "OpenSSL and zlib for $gnu are not installed, and cannot be fetched ($(tail -n 1 "$work/libraries.log"))" \
      "dpkg --add-architecture $debian && apt update && apt install libssl-dev:$debian zlib1g-dev:$debian; or say CC=a compiler with a sysroot that has them"
  say "OpenSSL and zlib for $gnu: of Debian's packages, in $libraries"
  root=$libraries/root
  RELINK_CC="$compiler -isystem $root/usr/include/$gnu -isystem $root/usr/include -L$root/usr/lib/$gnu -L$root/lib/$gnu -Wl,-rpath-link,$root/usr/lib/$gnu:$root/lib/$gnu"
  compiler=$RELINK_CC
  has_libraries || fail_for "OpenSSL and zlib for $gnu" "$work/probe.log"
}

has_libraries() {
  printf '%s\n' '#include <openssl/bn.h>' '#include <zlib.h>' 'int main (void) { return !BN_new () || !zlibVersion (); }' >"$work/probe.c"
  # shellcheck disable=SC2086
  $compiler -o "$work/probe" "$work/probe.c" -lcrypto -lz 2>"$work/probe.log"
}
