/*
 * Process identity, CPU, clocks, and a log prefix made of their results.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

static const char *show_id (const mtproxy_ffi_process_id_t *id) {
  static char text[64];
  snprintf (text, sizeof (text), "[%08x:%d:%u:%d]", id->ip, id->port, id->pid, id->utime);
  return text;
}

static void use_identity (void) {
  mtproxy_ffi_process_id_t common, client, server, any;
  memset (&common, 0, sizeof (common));
  client = server = any = common;
  expect (mtproxy_ffi_pid_init_common (&common) == 0 && common.pid && common.utime, "a common identity");
  report ("mtproxy_ffi_pid_init_common", "%s for process %d", show_id (&common), (int) getpid ());
  expect (mtproxy_ffi_pid_init_client (&client, 0x7f000001) == 0 && client.ip == 0, "127.0.0.1 says nothing");
  expect (mtproxy_ffi_pid_init_client (&client, 0x0a000001) == 0 && client.ip == 0x0a000001, "a client's identity");
  report ("mtproxy_ffi_pid_init_client", "%s", show_id (&client));
  expect (mtproxy_ffi_pid_init_server (&server, 0x0a000001, 443) == 0 && server.port == 443, "a server's identity");
  printf ("  identity %s\n", show_id (&server));
  report ("mtproxy_ffi_pid_init_server", "%s", show_id (&server));

  int equal = mtproxy_ffi_matches_pid (&server, &server), special = mtproxy_ffi_matches_pid (&server, &any),
      no = mtproxy_ffi_matches_pid (&any, &server);
  expect (equal == 2 && special == 1 && no == 0, "identities match");
  report ("mtproxy_ffi_matches_pid", "itself %d, any %d, none %d", equal, special, no);

  mtproxy_ffi_process_id_t later = server;
  later.utime++;
  int newer = mtproxy_ffi_process_id_is_newer (&later, &server),
      older = mtproxy_ffi_process_id_is_newer (&server, &later);
  expect (newer == 1 && older == 0, "a later process is newer");
  report ("mtproxy_ffi_process_id_is_newer", "a second later %d, earlier %d", newer, older);
}

static void use_cpu (void) {
  mtproxy_ffi_cpuid_t cpu;
  int status = mtproxy_ffi_cpuid_fill (&cpu);
  if (status == MTPROXY_FFI_EUNSUPPORTED) {
    printf ("  CPU without CPUID\n");
    report ("mtproxy_ffi_cpuid_fill", "unsupported on this processor");
    return;
  }
  expect (status == 0 && cpu.magic == MTPROXY_FFI_CPUID_MAGIC, "the CPU answers");
  printf ("  CPU features: SSE4.2 %s, PCLMULQDQ %s\n", cpu.ecx >> 20 & 1 ? "yes" : "no",
          cpu.ecx >> 1 & 1 ? "yes" : "no");
  report ("mtproxy_ffi_cpuid_fill", "ecx %08x edx %08x", (unsigned) cpu.ecx, (unsigned) cpu.edx);
}

static void use_clocks (void) {
  double monotonic = mtproxy_ffi_get_utime_monotonic ();
  double wall = mtproxy_ffi_get_utime (CLOCK_REALTIME);
  double cached = mtproxy_ffi_get_double_time ();
  long long precise = mtproxy_ffi_get_precise_time (1000000);
  expect (monotonic > 0 && mtproxy_ffi_precise_now_value () == monotonic, "the monotonic reading is kept");
  expect (wall - cached < 1 && cached - wall < 1, "two ways to the wall clock agree");
  expect (precise == mtproxy_ffi_precise_time_value () && (precise >> 32) - (long long) wall <= 1,
          "the fixed-point clock agrees");
  expect (mtproxy_ffi_get_utime (-1) < 0, "an unknown clock is refused");
  printf ("  clocks: monotonic %.6f, wall %.6f\n", monotonic, wall);
  report ("mtproxy_ffi_get_utime_monotonic", "%.9f s", monotonic);
  report ("mtproxy_ffi_precise_now_value", "%.9f s", mtproxy_ffi_precise_now_value ());
  report ("mtproxy_ffi_get_utime", "%.6f s", wall);
  report ("mtproxy_ffi_get_double_time", "%.6f s", cached);
  report ("mtproxy_ffi_get_precise_time", "%lld / 2^32 s", precise);
  report ("mtproxy_ffi_precise_time_value", "%lld / 2^32 s", (long long) mtproxy_ffi_precise_time_value ());
}

static void use_log_prefix (void) {
  struct timespec now;
  struct tm at;
  char ours[128], libc[128];
  clock_gettime (CLOCK_REALTIME, &now);
  localtime_r (&now.tv_sec, &at);
  int usec = (int) (now.tv_nsec / 1000);
  int len = mtproxy_ffi_format_log_prefix (getpid (), at.tm_year + 1900, at.tm_mon + 1, at.tm_mday, at.tm_hour,
                                           at.tm_min, at.tm_sec, usec, ours, sizeof (ours));
  int expected = snprintf (libc, sizeof (libc), "[%d][%4d-%02d-%02d %02d:%02d:%02d.%06d local] ", getpid (),
                           at.tm_year + 1900, at.tm_mon + 1, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec, usec);
  expect (len == expected && !strcmp (ours, libc), "the log prefix is snprintf's");
  printf ("  %sa log line\n", ours);
  report ("mtproxy_ffi_format_log_prefix", "%s", ours);
}

void use_process (void) {
  printf ("process\n");
  use_identity ();
  use_cpu ();
  use_clocks ();
  use_log_prefix ();
}
