#!/bin/sh
# Checks the drop-in archive: its contents, hosts that define some of its functions themselves, leaks, and calls for which the
# original is undefined.
#
#   dropin.sh ARCHIVE WHOLE_OBJECT STATIC_LIBRARY EXPORTS BUILD_DIRECTORY
#
# SPDX-License-Identifier: LGPL-2.0-or-later
#
# WHOLE_OBJECT is the object before its names are hidden; STATIC_LIBRARY is cargo's, which holds all of std and is the control
# of the scans. ROUNDS (100000) is the number of reloads in the leak test.
#
# For another machine CC and AR are a cross compiler's, and RUN is an emulator with its options, which is put in front of each
# program. Then valgrind is omitted, because it runs only this machine's programs.
set -u
archive=$1 whole=$2 static=$3 exports=$4 build=$5
# The generated structs are beside the export lists.
generated=$(dirname "$exports")
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cc=${CC:-cc} ar=${AR:-ar} run=${RUN:-}
status=0
fail() { echo "FAIL $*"; status=1; }
mkdir -p "$build" || exit 2

# Panic machinery, by its names in both mangling schemes.
panics() { LC_ALL=C readelf -sW "$1" 2>/dev/null | grep -cE 'core.*(panicking|3fmt)|rust_(panic|begin_unwind|eh_personality)'; }
[ "$(panics "$static")" -gt 0 ] || fail "control: the scan finds no panic machinery where it is"
[ "$(panics "$whole")" -eq 0 ] || fail "the object holds panic machinery"

# Its undefined symbols: libc's and libm's, libcrypto's and one of the application's weakly, and symbols that remaining legacy
# objects define.
undefined() { LC_ALL=C readelf -sW "$1" 2>/dev/null | awk '$1 ~ /^[0-9]+:$/ && $7 == "UND" && NF > 7 { print $5 " " $8 }' | sort -u; }
host=$(awk -F '\t' 'FNR == NR { ours[$1] = 1; next } /^#/ { next } !($2 in ours) { print $2 }' "$exports" "$here/../abi/legacy-symbols.tsv")
libc=$(grep -v '^#' "$here/../abi/libc-kdb.txt")
weak='BN_CTX_free BN_CTX_new BN_bin2bn BN_bn2bin BN_clear_free BN_mod_exp_mont_consttime BN_new BN_num_bits EVP_CIPHER_CTX_free EVP_CIPHER_CTX_new EVP_CIPHER_CTX_set_padding EVP_CipherInit EVP_CipherUpdate EVP_aes_256_cbc EVP_aes_256_ctr
  EVP_DigestFinal_ex EVP_DigestInit_ex EVP_DigestUpdate EVP_MD_CTX_init EVP_MD_CTX_reset EVP_sha1 EVP_sha256
  do_reload_config'
strangers() {
  undefined "$1" | while read -r bind name; do
    case $bind in WEAK) known=$weak ;; *) known="$host $libc" ;; esac
    case " $(echo $known) " in *" $name "*) ;; *) echo "$name" ;; esac
  done
}
[ -n "$(strangers "$static")" ] || fail "control: the scan finds no stranger in all of std"
for name in $(strangers "$archive"); do fail "the archive asks for $name"; done
undefined "$archive" | grep -q ' accept4$' || fail "control: the scan does not see that the archive asks for accept4"

# Only the promised names are global.
LC_ALL=C readelf -sW "$archive" 2>/dev/null | awk '$1 ~ /^[0-9]+:$/ && $5 != "LOCAL" && $7 != "UND" && NF > 7 { print $8 }' | LC_ALL=C sort >"$build/globals"
promised() { LC_ALL=C sort "$exports" | cmp -s - "$1"; }
promised "$build/globals" || fail "the archive's globals are not those of src/kdb/objects.tsv"
sed 1d "$build/globals" >"$build/one_less"
if promised "$build/one_less"; then fail "control: a missing name is not seen"; fi

# Each module registers its threads before main: the collection of unused sections has kept the entry.
constructors() { LC_ALL=C readelf -rW "$1" 2>/dev/null | awk '/^Relocation section/ { in_array = /\.init_array/ } in_array' | grep -o "jobs_module_register_[a-z_]*" | LC_ALL=C sort; }
modules() { grep '^jobs_module_register_' "$1" | LC_ALL=C sort; }
[ "$(constructors "$archive")" = "$(modules "$exports")" ] || fail "a module of the drop-in is not registered before main: $(modules "$exports")"
if [ "$(constructors "$static")" = "" ] || [ "$(constructors "$archive")" = "$(modules "$exports" | sed 1d)" ]; then fail "control: constructors are not seen"; fi

# coverage-objects detects tampered tables.
table=$here/../abi/legacy-symbols.tsv
tampered() {
  sed "$1" "$table" >"$build/tampered.tsv"
  cmp -s "$table" "$build/tampered.tsv" && fail "control: nothing to tamper with: $1"
  if LEGACY_SYMBOLS=$build/tampered.tsv "$here/../abi/coverage-objects" "$archive" >"$build/tampered.out"; then fail "control: coverage-objects does not see $1"; fi
  grep -q "$2" "$build/tampered.out" || fail "control: coverage-objects does not name $2"
}
tab=$(printf '\t')
tampered "s/${tab}cfg_lex${tab}D${tab}data${tab}4/${tab}cfg_lex${tab}D${tab}data${tab}8/" cfg_lex
tampered "s/${tab}PID${tab}C${tab}common${tab}12${tab}8/${tab}PID${tab}C${tab}common${tab}12${tab}64/" PID
tampered "s/${tab}now${tab}B${tab}tls/${tab}now${tab}B${tab}bss/" now
tampered "s/${tab}get_utime_monotonic${tab}W/${tab}get_utime_monotonic${tab}T/" get_utime_monotonic
tampered "s/${tab}crc32_repair_bit${tab}/${tab}crc32_repair_bits${tab}/" crc32_repair_bits

# A fork's library with an additional symbol in one of the objects, a different size, and a name of ours in another object.
fork=$build/fork
rm -rf "$fork"; mkdir -p "$fork"
echo 'int crc32_of_the_fork(void) { return 1; } unsigned gf32_mulx(unsigned a) { return a; }' >"$fork/crc32.c"
echo 'long verbosity = 1;' >"$fork/kprintf.c"
echo 'int hexdump(void) { return 1; }' >"$fork/elsewhere.c"
echo 'int kdb_cpuid(void) { return 1; }' >"$fork/cpuid.c"
# Ours is weak, so the fork's definition overrides it.
echo 'int kdb_hosts_loaded = 1;' >"$fork/resolver.c"
for file in crc32 kprintf elsewhere cpuid resolver; do $cc -c "$fork/$file.c" -o "$fork/$file.o" || fail "the fork's $file"; done
(cd "$fork" && $ar rcs libfork.a ./*.o)
if "$here/../abi/coverage-objects" "$archive" --legacy-lib "$fork/libfork.a" >"$build/fork.out"; then fail "control: a fork that does not fit passes"; fi
for name in crc32_of_the_fork verbosity hexdump; do grep -q "error: .*$name" "$build/fork.out" || fail "control: the fork's $name is not named"; done
grep -q 'error: .*kdb_cpuid\|error: .*gf32_mulx' "$build/fork.out" && fail "control: what fits is an error"
(cd "$fork" && $ar rcs libgood.a ./cpuid.o ./resolver.o)
"$here/../abi/coverage-objects" "$archive" --legacy-lib "$fork/libgood.a" >"$build/fork.out" || fail "control: what fits does not pass"

# Programs that do what is undefined in the original, or ends it.
undefined_programs='undefined jobs timers queue buffers messages notifications connections streams targets rpc secrets keys dh engine http options tl'
# Programs that measure time, or whose threads must run at the same time: not under valgrind.
parallel_programs='events wakeups closes'
# What the archive asks of legacy objects that are not in these programs.
parts="$here/../lib/http_host.c $generated/stand_ins.c"
flags="-O1 -g -pthread -D_GNU_SOURCE -Wall -Wextra -Wno-format-zero-length -Wno-nonnull -Werror -I$here/dropin -I$here/../lib -I$generated"
# Two threads meet by chance, more seldom on a busy machine: a control has several runs in which to fail.
must_fail() { # program, argument
  for attempt in 1 2 3 4 5 6 7 8; do
    $run "$build/$1" "$2" >"$build/control.out" || return 0
  done
  return 1
}
for program in $undefined_programs $parallel_programs; do
  # shellcheck disable=SC2086
  if $cc $flags "$here/dropin/$program.c" "$archive" $parts -lm -o "$build/$program"; then
    $run "$build/$program" || fail "where the original is undefined: $program"
    must_fail "$program" control || fail "control: $program.c cannot fail"
  else
    fail "$program.c does not link"
  fi
done
must_fail wakeups control2 || fail "control: wakeups.c does not see work where the loop does not look"
# shellcheck disable=SC2086
if $cc $flags "$here/dropin/leaks.c" "$archive" $parts -lm -o "$build/leaks"; then
  # Without glibc's thread cache, whose free chunks count as memory in use.
  GLIBC_TUNABLES=glibc.malloc.tcache_count=0 $run "$build/leaks" "${ROUNDS:-100000}" || fail "leaks"
  if GLIBC_TUNABLES=glibc.malloc.tcache_count=0 $run "$build/leaks" 100 control >"$build/control.out"; then fail "control: a leak is not seen"; fi
else
  fail "leaks.c does not link"
fi
if [ -n "$run" ]; then
  echo "skipped: valgrind, which knows this machine's programs only"
elif command -v valgrind >/dev/null; then
  # Threads that wait for each other must take turns.
  memory() { ROUNDS=200 valgrind -q --fair-sched=try --error-exitcode=9 --leak-check=full --child-silent-after-fork=yes --errors-for-leak-kinds=definite "$@" >"$build/valgrind.out" 2>&1 ||
    { fail "valgrind: $1"; head -30 "$build/valgrind.out"; }; }
  memory "$build/leaks" 100
  for program in $undefined_programs; do memory "$build/$program"; done
fi

# shellcheck disable=SC2086
if $cc $flags -fcommon "$here/dropin/host_parts.c" "$archive" $parts -lm -o "$build/host_parts"; then
  sh -c 'ulimit -c 0; $2 "$0" 2>"$1"; exit $?' "$build/host_parts" "$build/host_parts.err" "$run" 2>"$build/sh.err"
  [ $? -eq 134 ] && grep -q 'not linked with libcrypto' "$build/host_parts.err" || fail "without libcrypto sha1_starts must end with a message"
else
  fail "a host with common symbols does not link"
fi
# shellcheck disable=SC2086
if $cc $flags -fcommon -DWITH_LIBCRYPTO "$here/dropin/host_parts.c" "$archive" $parts -lm -lcrypto -o "$build/host_parts_crypto" 2>/dev/null; then
  $run "$build/host_parts_crypto" || fail "a host with libcrypto"
  # shellcheck disable=SC2086
  if $cc $flags -DWITH_LIBCRYPTO "$here/dropin/dh.c" "$archive" $parts -lm -Wl,--no-as-needed -lcrypto -o "$build/dh_crypto"; then
    $run "$build/dh_crypto" || fail "Diffie-Hellman with libcrypto"
    if $run "$build/dh_crypto" control >"$build/control.out"; then fail "control: dh.c cannot fail with libcrypto"; fi
  else
    fail "dh.c with libcrypto does not link"
  fi
else
  echo "skipped: no libcrypto to link with"
fi

# The mixed build's archive beside it, which make builds first.
mixed=$(dirname "$archive")/libmtproxy_ffi.a
for archives in "$archive $mixed" "$mixed $archive"; do
  # shellcheck disable=SC2086
  $cc $flags -I"$here/../../include" "$here/dropin/both.c" $parts $archives -lm -o "$build/both" && $run "$build/both" || fail "both archives in one program"
done
[ $status -eq 0 ] && echo "drop-in: all checks passed"
exit $status
