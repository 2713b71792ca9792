// SPDX-License-Identifier: LGPL-2.0-or-later
/* Calls the functions that keep state from many threads at once: the clocks and cpuid_fill; and pid_init_*, each thread
   with an identity of its own. */
#include "mtproxy_ffi.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { THREADS = 8, ROUNDS = 2000 };

static pthread_barrier_t together;

static const char *run (void) {
  mtproxy_ffi_cpuid_t first, again;
  int32_t status = mtproxy_ffi_cpuid_fill (&first);
  double last = 0;
  for (int round = 0; round < ROUNDS; round++) {
    double now = mtproxy_ffi_get_utime_monotonic ();
    if (now < last || mtproxy_ffi_precise_now_value () != now || !mtproxy_ffi_precise_now_rdtsc_value ()) {
      return "this thread's monotonic clock";
    }
    last = now;
    double wall = mtproxy_ffi_get_utime (CLOCK_REALTIME), kept = mtproxy_ffi_get_double_time ();
    double fixed = (double) mtproxy_ffi_get_precise_time (1000) / 4294967296.0;
    if (wall < 1e9 || kept < wall - 60 || kept > wall + 60 || fixed < wall - 60 || fixed > wall + 60) {
      return "the wall clock";
    }
    if (!mtproxy_ffi_precise_time_value () || !mtproxy_ffi_precise_time_rdtsc_value ()) {
      return "the kept wall clock";
    }
    /* EBX holds the core's number, and threads that race for the first result may run on different cores. */
    if (mtproxy_ffi_cpuid_fill (&again) != status || (!status && (first.ecx != again.ecx || first.edx != again.edx))) {
      return "the CPU's answer";
    }
    mtproxy_ffi_process_id_t id = { 0, 0, 0, 0 };
    if (mtproxy_ffi_pid_init_server (&id, 5, 443) || !id.pid || !id.utime) {
      return "an identity";
    }
    char hex[32];
    if (mtproxy_ffi_md5_hex ((const uint8_t *) "", 0, hex) || memcmp (hex, "d41d8cd98f00b204e9800998ecf8427e", 32)) {
      return "md5_hex";
    }
    unsigned char data[200];
    memset (data, round, sizeof data);
    if (mtproxy_ffi_crc32c_partial (data, sizeof data, 1) !=
        mtproxy_ffi_crc32c_partial (data + 100, 100, mtproxy_ffi_crc32c_partial (data, 100, 1))) {
      return "crc32c";
    }
  }
  return 0;
}

static void *start (void *unused) {
  (void) unused;
  pthread_barrier_wait (&together);
  return (void *) run ();
}

/* With an argument, the first call of cpuid_fill precedes the threads. */
int main (int argc, char **argv) {
  (void) argv;
  if (argc > 1 && run ()) {
    return 1;
  }
  pthread_t threads[THREADS];
  pthread_barrier_init (&together, 0, THREADS);
  for (int i = 0; i < THREADS; i++) {
    if (pthread_create (&threads[i], 0, start, 0)) {
      return 2;
    }
  }
  int failed = 0;
  for (int i = 0; i < THREADS; i++) {
    void *wrong;
    pthread_join (threads[i], &wrong);
    if (wrong) {
      fprintf (stderr, "wrong: %s\n", (const char *) wrong);
      failed = 1;
    }
  }
  pthread_barrier_destroy (&together);
  if (!failed) {
    printf ("%d threads, %d rounds each\n", THREADS, ROUNDS);
  }
  return failed;
}
