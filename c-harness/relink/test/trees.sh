# Trees that fit, and trees that do not.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

another 'with spaces'
state "$tree" >"$build/sources"
works "a fresh tree, with spaces in its path" "$tree"
ours "$tree/objs/bin/mtproto-proxy" || no "the binary in place is not ours"
if [ -e "$tree/objs/bin/mtproto-proxy.original" ]; then no "an original was built without need"; fi
state "$tree" | grep -v ' [^ ]*objs/bin/mtproto-proxy' | grep -v 'objs/bin' | cmp -s - "$build/sources" || no "the sources are others"
grep -q "^to go back: no original stood there: rm '.*/with spaces/objs" "$build/stdout" || no "a path with spaces is not quoted"

if echo 'int a; int b (void) { return a; }' | ${CC:-cc} -c -x c -o "$build/a.o" - && ! readelf -sW "$build/a.o" | grep -q ' COM a'; then
  another twice
  for file in mtproto-proxy mtproto-config; do echo 'int defined_twice;' >>"$tree/mtproto/$file.c"; done
  works "a tree that needs -fcommon" "$tree"
  grep -q 'such as defined_twice: compiling it with -fcommon' "$build/stdout" || no "-fcommon is not named"
  another once
  works "a tree that does not need -fcommon" "$tree"
  if grep -q fcommon "$build/stdout"; then no "-fcommon without need"; fi
fi

# Strong, where ours is weak: forks define it in an object of their own.
another strong
echo 'int kdb_hosts_loaded = 1;' >>"$tree/mtproto/stays.c"
works "a tree that defines kdb_hosts_loaded" "$tree"

another half_built
works "before" "$tree"
: >"$tree/objs/mtproto/stays.o"
rm "$tree/objs/mtproto/mtproto-config.o"
works "a half-built tree, with an object without a byte" "$tree"

# no_library WHAT: it was neither built nor linked.
no_library() {
  if [ -e "$tree/objs/lib/libkdb.a" ] || [ -e "$tree/objs/common/resolver.o" ]; then no "$1: the tree's library was built"; fi
  if grep -q 'libkdb\.a' "$build/out/work/map"; then no "$1: the tree's library was linked"; fi
}
another broken_library
echo 'this is no C' >>"$tree/common/resolver.c"
works "a tree whose library does not compile" "$tree"
no_library "a tree whose library does not compile"
grep -q "^to go back: no original stood there: rm .* builds one" "$build/stdout" || no "an original is promised that is not there"
mkdir -p "$tree/objs/lib"
ar rcs "$tree/objs/lib/libkdb.a"
works "a tree with an empty library" "$tree"
if grep -q 'libkdb\.a' "$build/out/work/map"; then no "the empty library was linked"; fi

# more_of_the_fork: the library has an object more, which the program needs.
more_of_the_fork() {
  change "$tree/Makefile" 's/^OBJECTS = /&objs\/common\/more.o /'
  echo 'int more_of_the_fork (void) { return 1; }' >"$tree/common/more.c"
  change "$tree/mtproto/stays.c" 's/return 1/int more_of_the_fork (void); return more_of_the_fork ()/'
}
another more
more_of_the_fork
works "a tree whose library has an object more" "$tree"
grep -q 'need more_of_the_fork, which the drop-in does not define' "$build/stdout" || { cat "$build/stdout"; no "the missing symbol is not named"; }
grep -q 'of the 4 objects of libkdb.a.*; the rest stays C' "$build/stdout" || { cat "$build/stdout"; no "what stays C"; }
grep -q 'libkdb\.a(more.o)' "$build/out/work/map" || no "the library was not linked"

another timer
change "$tree/net/net-timers.h" 's/.*/#define event_timer another_timer\n&\n#undef event_timer\nstruct event_timer { long more; int h_idx, flags; int (*wakeup) (struct event_timer *); double wakeup_time, real_wakeup_time; };/'
change "$tree/common/pid.h" 's/.*/#include "net\/net-timers.h"/'
works "a tree that fits the leaf objects only" "$tree"
grep -q 'libkdb\.a(resolver.o)' "$build/out/work/map" || no "at the leaf level, the library was not linked"
grep -q 'the tree differs in struct event_timer' "$build/stdout" || { cat "$build/stdout"; no "the struct is not named"; }

refused 'TREE is empty: say make relink TREE=' ''
refused 'there is no .*nowhere: ' "$build/nowhere"
refused 'is a file: ' README.md
refused 'no source tree of MTProxy: it has no mtproto/mtproto-proxy.c' c-harness
mkdir "$build/outer"
mv "$build/once" "$build/outer/inner" 2>/dev/null || fake_tree "$build/outer/inner"
refused 'did you mean TREE=.*outer/inner' "$build/outer"

another no_makefile
rm "$tree/Makefile"
refused 'has no Makefile: ' "$tree"
another other_build
change "$tree/Makefile" 's/\$^ -rdynamic/$< $(OBJECTS) -rdynamic/'
refused 'names no libkdb.a: ' "$tree"
another incomplete
rm "$tree/mtproto/stays.c"
refused 'the tree is incomplete: no ' "$tree"
another no_headers
echo '#include <openssl/no_such_header.h>' >>"$tree/mtproto/stays.c"
refused 'OpenSSL.*not installed: apt install libssl-dev' "$tree"
another other_machine
change "$tree/Makefile" 's/ -O1 / -O1 -mpclmul-of-another-machine /'
refused 'compiles for x86-64 only, .*: take a tree' "$tree"
another no_library
change "$tree/Makefile" 's/-lpthread/-lpthread -lno_such_library/'
refused 'the library -lno_such_library is not installed: ' "$tree"
another broken
echo 'this is no C' >>"$tree/mtproto/stays.c"
refused 'does not compile: .*error:' "$tree"
another undefined
change "$tree/mtproto/mtproto-proxy.c" 's/stays ()/nowhere_defined ()/'
refused 'does not link, without the drop-in: nowhere_defined is defined nowhere' "$tree"
another full_symbol
more_of_the_fork
echo 'int resolver_of_the_fork (void) { return 1; }' >>"$tree/common/resolver.c"
works "a tree whose symbols fit the leaf objects only" "$tree"
grep -q 'libmtproxy_kdb_leaf.a); the tree differs in its symbols: .* resolver_of_the_fork' "$build/stdout" || { cat "$build/stdout"; no "the symbol is not named"; }
another symbol
more_of_the_fork
echo 'int crc32_of_the_fork (void) { return 1; }' >>"$tree/common/crc32.c"
refused 'crc32.o defines crc32_of_the_fork, which the drop-in does not' "$tree"
another struct
change "$tree/common/legacy_types.h" 's/^\(.*\) ip;/\1 more; &/'
change "$tree/common/legacy_types.h" 's/^_Static_assert.*//'
refused 'declares a struct in another way than the drop-in: struct process_id: ' "$tree"

# e_machine, in the bytes 18 and 19: a machine that none of ours is.
another machine
works "before" "$tree"
printf '\002\000' | dd of="$tree/objs/mtproto/mtproto-proxy.o" bs=1 seek=18 conv=notrunc 2>/dev/null
refused 'holds objects for another machine' "$tree"

# Another machine's compiler, with this machine's drop-in.
case $(LC_ALL=C uname -m) in x86_64) there=aarch64 ;; *) there=x86_64 ;; esac
if command -v $there-linux-gnu-gcc >/dev/null && echo '#include <stdio.h>' | $there-linux-gnu-gcc -fsyntax-only -x c - 2>/dev/null; then
  another cross
  refused 'the drop-in is built for .*, and .* compiles for .*: say TARGET=' "$tree" RELINK_CC=$there-linux-gnu-gcc
fi

# The tools.
another tools
refused "no C compiler: '/no/such/cc' not found: apt install" "$tree" MAKEFLAGS='-- CC=/no/such/cc' RELINK_CC=/no/such/cc
printf '#!/bin/sh\necho rustc 1.70.0\n' >"$build/rustc"
chmod +x "$build/rustc"
refused 'Rust 1.70.0 is too old: .* is needed: rustup update' "$tree" RUSTC="$PWD/$build/rustc"
