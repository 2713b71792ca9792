# A tree in the shape of a proxy's, small and ours: a Makefile, three objects of the library's and four of its own.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

# fake_tree FOLDER      ($generated has the stand-ins for what the drop-in asks of the objects that stay)
fake_tree() {
  mkdir -p "$1/common" "$1/mtproto"
  # The structs of every header that the drop-in knows, all in one.
  awk -v form=types -f mk/layouts.awk src/layout/layouts.tsv >"$1/common/legacy_types.h"
  for header in $(awk -F '\t' '$1 == "=" && $3 != "-" { print $3 }' src/layout/layouts.tsv); do
    mkdir -p "$1/${header%/*}"
    echo '#include "common/legacy_types.h"' >"$1/$header"
  done
  cat >"$1/Makefile" <<'END'
LIBRARY = objs/lib/libkdb.a
PROGRAM = objs/mtproto/mtproto-proxy.o objs/mtproto/mtproto-config.o objs/mtproto/stand_ins.o objs/mtproto/stays.o
OBJECTS = objs/common/crc32.o objs/common/pid.o objs/common/resolver.o

objs/bin/mtproto-proxy: $(PROGRAM) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) -o $@ \
	  $^ -rdynamic -lm -lpthread

$(LIBRARY): $(OBJECTS)
	@mkdir -p $(@D)
	rm -f $@ && ar rcs $@ $^

objs/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -O1 -Icommon -iquote . -c -o $@ $<

clean:
	rm -rf objs
END
  echo 'unsigned gf32_mulx (unsigned a, unsigned b) { return a ^ b; }' >"$1/common/crc32.c"
  printf '%s\n' '#include "common/pid.h"' 'struct process_id PID;' 'void init_common_PID (void) { PID.pid = 1; }' >"$1/common/pid.c"
  echo 'struct hostent *kdb_gethostbyname (const char *name) { return name ? (struct hostent *)0 : 0; }' >"$1/common/resolver.c"
  echo 'int stays (void) { return 1; }' >"$1/mtproto/stays.c"
  cp "$generated/stand_ins.c" "$1/mtproto"
  # Weak: what the leaf objects ask for, and the full drop-in may bring itself.
  printf '%s\n' '#define WEAK __attribute__ ((weak))' 'WEAK int start_time;' \
    'WEAK int prepare_stats (char *buff, int size) { return buff ? size : 0; }' >"$1/mtproto/mtproto-config.c"
  cat >"$1/mtproto/mtproto-proxy.c" <<'END'
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/pid.h"

#define VERSION_STR	"mtproxy-0.01"
const char FullVersionStr[] = VERSION_STR " compiled at ...";

unsigned gf32_mulx (unsigned a, unsigned b);
void init_common_PID (void);
int stays (void);
struct hostent *kdb_gethostbyname (const char *name);
extern struct process_id PID;

int main (int argc, char **argv) {
  if (argc > 1 && !strcmp (argv[1], "wait")) {
    return (int)sleep (60);
  }
  init_common_PID ();
  printf ("usage: --mtproto-secret %u %d %d\n", gf32_mulx (1, 2), stays (), PID.pid && kdb_gethostbyname (""));
  return 2;
}
END
}
