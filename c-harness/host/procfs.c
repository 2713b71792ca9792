/*
 * The /proc texts of this process, of one of its threads, and of the machine's memory.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host.h"

static size_t read_text (const char *path, char *text, size_t size) {
  FILE *file = fopen (path, "r");
  size_t len = file ? fread (text, 1, size, file) : 0;
  if (file) {
    fclose (file);
  }
  expect (len > 0, "%s can be read", path);
  return len;
}

static void *read_own_stat (void *name) {
  mtproxy_ffi_proc_stats_t *stats = name;
  pthread_setname_np (pthread_self (), "host worker 1");
  if (mtproxy_ffi_read_proc_stat_file (getpid (), (int) syscall (SYS_gettid), stats) < 0) {
    stats->pid = 0;
  }
  return NULL;
}

static void use_stat (void) {
  mtproxy_ffi_proc_stats_t own, thread;
  int status = mtproxy_ffi_read_proc_stat_file (getpid (), 0, &own);
  expect (status == 0 && own.pid == getpid (), "the process reads its own stat");
  printf ("  process %d %s state %c, %lld threads, %llu bytes\n", own.pid, own.comm, own.state,
          (long long) own.num_threads, (unsigned long long) own.vsize);

  pthread_t worker;
  expect (pthread_create (&worker, NULL, read_own_stat, &thread) == 0, "a thread starts");
  pthread_join (worker, NULL);
  expect (thread.pid != 0 && thread.pid != own.pid && !strcmp (thread.comm, "(host worker 1)"),
          "a thread whose name has blanks reads its stat");
  printf ("  thread  %d %s state %c\n", thread.pid, thread.comm, thread.state);
  report ("mtproxy_ffi_read_proc_stat_file", "process %d, thread %d %s", own.pid, thread.pid, thread.comm);

  char text[4096];
  mtproxy_ffi_proc_stats_t parsed;
  size_t len = read_text ("/proc/self/stat", text, sizeof (text));
  status = mtproxy_ffi_parse_proc_stat_line (text, len, &parsed);
  expect (status == 0 && parsed.starttime == own.starttime, "a stat text gives the same start time");
  expect (mtproxy_ffi_parse_proc_stat_line (text, len / 2, &parsed) == MTPROXY_FFI_EFORMAT, "half a text is refused");
  report ("mtproxy_ffi_parse_proc_stat_line", "start time %llu, ppid %d", (unsigned long long) parsed.starttime,
          parsed.ppid);
}

static void use_memory (void) {
  char text[16384];
  int64_t sizes[7];
  size_t len = read_text ("/proc/self/statm", text, sizeof (text));
  int status = mtproxy_ffi_parse_statm (text, len, 7, sysconf (_SC_PAGESIZE), sizes);
  expect (status == 0 && sizes[0] >= sizes[1] && sizes[1] > 0, "statm gives sizes");
  printf ("  memory: %lld KiB virtual, %lld KiB resident\n", (long long) sizes[0] >> 10, (long long) sizes[1] >> 10);
  report ("mtproxy_ffi_parse_statm", "%lld KiB virtual, %lld KiB resident", (long long) sizes[0] >> 10,
          (long long) sizes[1] >> 10);

  mtproxy_ffi_meminfo_summary_t memory;
  len = read_text ("/proc/meminfo", text, sizeof (text));
  status = mtproxy_ffi_parse_meminfo_summary (text, len, &memory);
  expect (status == 0 && memory.found_mask == 15 && memory.mem_free > 0, "meminfo gives all four sizes");
  printf ("  machine: %lld MiB free, %lld MiB cached\n", (long long) memory.mem_free >> 20,
          (long long) memory.mem_cached >> 20);
  report ("mtproxy_ffi_parse_meminfo_summary", "%lld MiB free, %lld MiB cached", (long long) memory.mem_free >> 20,
          (long long) memory.mem_cached >> 20);
}

void use_procfs (void) {
  printf ("/proc\n");
  use_stat ();
  use_memory ();
}
