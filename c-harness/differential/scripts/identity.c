/*
 * The process's identity and the clocks: the global PID, the kept readings, and their scope (process or thread). The script
 * sets process id and time; of running clocks only the relation between two readings is noted.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <limits.h>
#include <string.h>
#include <time.h>

#include "interpose.h"
#include "script.h"

static void observe (void) {
  const struct process_id *p = lib->PID;
  note ("ip %u", p->ip);
  note ("port %d", p->port);
  note ("pid %d", p->pid);
  note ("utime %d", p->utime);
  note ("now %d", *(int *) thread_local_at ("now"));
  note ("precise_now %s", *(double *) thread_local_at ("precise_now") > 0 ? "read" : "unset");
}

static void set_pid (const long *a) {
  fake_pid ((int) a[0]);
}

static void set_time (const long *a) {
  fake_time (a[0]);
}

static void init_common (const long *a) {
  (void) a;
  lib->init_common_PID ();
}

static void init_client (const long *a) {
  lib->init_client_PID ((unsigned) a[0]);
}

static void init_server (const long *a) {
  lib->init_server_PID ((unsigned) a[0], (int) a[1]);
}

/* A host may write PID. */
static void poke (const long *a) {
  struct process_id *p = lib->PID;
  switch (a[0]) {
  case 0:
    p->ip = (unsigned) a[1];
    break;
  case 1:
    p->port = (short) a[1];
    break;
  case 2:
    p->pid = (unsigned short) a[1];
    break;
  default:
    p->utime = (int) a[1];
  }
}

static void matches (const long *a) {
  struct process_id x = { (unsigned) a[0], (short) a[1], (unsigned short) a[2], 0 }, own = *lib->PID;
  note ("%d %d", lib->matches_pid (&own, &x), lib->matches_pid (&x, &own));
}

static void newer (const long *a) {
  struct process_id own = *lib->PID, x = own;
  x.pid = (unsigned short) (x.pid + a[0]);
  x.utime = (int) ((unsigned) x.utime + (unsigned) a[1]);
  note ("%d %d", lib->process_id_is_newer (&own, &x), lib->process_id_is_newer (&x, &own));
}

/* ---- clocks ---- */

static void set_now (const long *a) {
  *(int *) thread_local_at ("now") = (int) a[0];
}

static void monotonic (const long *a) {
  (void) a;
  double *kept = thread_local_at ("precise_now"), before = *kept, read = lib->get_utime_monotonic ();
  note ("%s, %s", *kept == read ? "kept" : "not kept", read >= before ? "in order" : "back");
  note ("%s", *(long long *) thread_local_at ("precise_now_rdtsc") ? "counted" : "not counted");
}

static void wall (const long *a) {
  long long before = *lib->precise_time;
  struct timespec t;
  clock_gettime (CLOCK_REALTIME, &t);
  double read = lib->get_utime (a[0] ? CLOCK_MONOTONIC : CLOCK_REALTIME), off = read - (double) t.tv_sec;
  note ("%s", a[0] || (off >= 0 && off < 60) ? "near" : "far");
  note ("%s", *lib->precise_time == before ? "not kept" : "kept");
  if (!a[0]) {
    note ("%s", *lib->precise_time == (long long) (read * 4294967296.0) ? "whole" : "another");
  }
}

static void precise (const long *a) {
  long long before = *lib->precise_time, read = lib->get_precise_time (a[0] ? UINT_MAX : 0);
  /* Without a limit any kept reading is returned. */
  bool kept = before && a[0];
  note ("%s", kept ? read == before ? "the kept" : "another" : read > 0 && read >= before ? "new" : "old");
  note ("%s", *lib->precise_time == read ? "kept" : "not kept");
}

static void cpu (const long *a) {
  (void) a;
  kdb_cpuid_t *c = lib->kdb_cpuid ();
  note ("%s %x", c == lib->kdb_cpuid () ? "one place" : "another place", (unsigned) c->magic);
}

static const struct operation operations[] = {
  { "getpid", set_pid, { { "pid", 1, 65535 } }, 2 },
  { "time", set_time, { { "seconds", 0, 4294967295 } }, 2 },
  { "init_common", init_common, { { 0 } }, 2 },
  { "init_client", init_client, { { "ip", 0, 0xffffffff } }, 3 },
  { "init_server", init_server, { { "ip", 0, 0xffffffff }, { "port", -32768, 65535 } }, 3 },
  { "poke", poke, { { "field", 0, 3 }, { "value", 0, 0xffffffff } }, 3 },
  { "loopback", init_client, { { "ip", 0x7f000000, 0x7f000002 } }, 1 },
  { "matches", matches, { { "ip", 0, 2 }, { "port", 0, 2 }, { "pid", 0, 2 } }, 1 },
  { "newer", newer, { { "pid", -2, 2 }, { "utime", -0x80000000l, 0x7fffffff } }, 2 },
  { "now", set_now, { { "seconds", 0, 0x7fffffff } }, 1 },
  { "monotonic", monotonic, { { 0 } }, 2 },
  { "utime", wall, { { "monotonic", 0, 1 } }, 2 },
  { "precise_time", precise, { { "any_age", 0, 1 } }, 2 },
  { "cpuid", cpu, { { 0 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "identity.init_client(0);identity.init_client(2130706433);identity.init_client(5);identity.init_server(6,80);identity.poke(2,0);"
  "identity.getpid(77);identity.time(99);identity.init_common;identity.init_common",
  "identity.monotonic;identity.monotonic@1;identity.now(5)@2;identity.now(6);identity.monotonic@2;identity.utime(0)@1;"
  "identity.precise_time(1)@3;identity.utime(1);identity.precise_time(1)",
  NULL,
};

const struct script_family identity_scripts = { "identity", CAN_PID_INIT, operations, NULL, observe, fixed };
