#!/bin/sh
# A host may define PID and kdb_hosts_loaded itself, once or in several objects as common, or not at all: the revisions of the
# proxy differ. It links each time, with one variable each, because the drop-in's are weak; with strong ones it must not. Off
# x86 the same holds of the function rdtsc.
#
# usage: weak.sh ARCHIVE BUILD_DIR       (BUILD_DIR/generated has the stand-ins for what the archive asks of other objects)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
archive=$1 build=$2/weak
cc=${CC:-cc}
no() { echo "FAILED: weak: $*" >&2; exit 1; }
rm -rf "$build"
mkdir -p "$build"

cat >"$build/pid.h" <<'END'
struct process_id { unsigned ip; short port; unsigned short pid; int utime; };
END
cat >"$build/main.c" <<'END'
#include "pid.h"
#include <stddef.h>
extern struct process_id PID;
extern int kdb_hosts_loaded;
void init_server_PID (unsigned ip, int port);
/* Weak, because the archive may define them itself. */
#define WEAK __attribute__ ((weak))
WEAK int start_time;
WEAK int prepare_stats (char *buff, int size) { return buff ? size : 0; }
WEAK void *kdb_gethostbyname (const char *name) { return name ? NULL : NULL; }
int *theirs (void);
/* Off x86 it is the archive's, weak as well, unless the host has one. */
#if defined(__x86_64__)
WEAK unsigned long long rdtsc (void) { static int count; return (unsigned long long) ++count; }
#else
unsigned long long rdtsc (void);
#endif
int main (void) {
  unsigned long long ticks = rdtsc ();
  for (int i = 0; i < 100000000 && rdtsc () == ticks; i++) {
  }
  if (rdtsc () <= ticks) {
    return 2;
  }
  init_server_PID (0x0a000001, 80);
  kdb_hosts_loaded = 5;
  return !(PID.ip == 0x0a000001 && PID.port == 80 && PID.pid && PID.utime && *theirs () == 5);
}
END
echo 'extern int kdb_hosts_loaded; int *theirs (void) { return &kdb_hosts_loaded; }' >"$build/none.c"
printf '%s\n' '#include "pid.h"' 'struct process_id PID = {0, 0, 0, 0};' 'int kdb_hosts_loaded = 0;' 'int *theirs (void) { return &kdb_hosts_loaded; }' \
  'unsigned long long rdtsc (void) { static int count; return (unsigned long long) ++count; }' >"$build/strong.c"
printf '%s\n' '#include "pid.h"' 'struct process_id PID;' 'int kdb_hosts_loaded;' 'int *theirs (void) { return &kdb_hosts_loaded; }' >"$build/common.c"
printf '%s\n' '#include "pid.h"' 'struct process_id PID;' 'int kdb_hosts_loaded;' >"$build/more.c"
for file in main none strong; do $cc -fno-common -c -o "$build/$file.o" "$build/$file.c"; done
for file in common more; do $cc -fcommon -c -o "$build/$file.o" "$build/$file.c"; done

$cc -c -o "$build/stand_ins.o" "$2/generated/stand_ins.c"

# links NAME ARCHIVE OBJECTS
links() {
  # shellcheck disable=SC2086
  (cd "$build" && $cc -o "$1" main.o $3 "$2" stand_ins.o -lm) 2>"$build/$1.log"
}
here=$(CDPATH='' cd -- "$(dirname -- "$archive")" && pwd)/${archive##*/}
for objects in none.o strong.o "common.o more.o"; do
  name=${objects%.o}
  name=${name%%.o *}
  links "$name" "$here" "$objects" || { cat "$build/$name.log" >&2; no "$name does not link"; }
  ${RUN:-} "$build/$name" || no "$name: not one variable each"
done

# The control: the same archive, with the binding of these two written to be global. A symbol is 24 bytes; the fifth is
# binding and type.
${AR:-ar} p "$archive" >"$build/strong_dropin.o"
table=$(LC_ALL=C readelf -SW "$build/strong_dropin.o" | sed -n 's/.* \.symtab *SYMTAB *[0-9a-f]* \([0-9a-f]*\) .*/\1/p')
for symbol in PID kdb_hosts_loaded; do
  index=$(LC_ALL=C readelf -sW "$build/strong_dropin.o" | awk -v name="$symbol" '$8 == name && $5 == "WEAK" { print $1 + 0 }')
  [ -n "$index" ] || no "control: $symbol is not weak"
  printf '\021' | dd of="$build/strong_dropin.o" bs=1 seek=$((0x$table + 24 * index + 4)) conv=notrunc 2>/dev/null
done
links control strong_dropin.o none.o || { cat "$build/control.log" >&2; no "control: the changed object is broken"; }
if links control strong_dropin.o strong.o; then no "control: strong definitions in both link"; fi
for symbol in PID kdb_hosts_loaded; do
  grep -q "multiple definition of .$symbol" "$build/control.log" || no "control: it failed for another reason"
done
echo "weak: PID and kdb_hosts_loaded: the host's own, common in several objects, or ours; with strong ones it does not link"
