/*
 * All counters at one moment: see sample.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "sample.h"

#include <ctype.h>
#include <dirent.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base.h"
#include "client.h"
#include "middle_end.h"
#include "proxy.h"

enum { MAX_COUNTERS = 1024 };

static int counter[MAX_COUNTERS], counters;

/* Calls `visit` for every thread of the proxy. */
static void for_each_thread (void (*visit) (pid_t pid, int tid, struct sample *s), struct sample *s) {
  char path[64];
  pid_t pids[MAX_PROCESSES];
  int n = proxy_processes (pids);
  for (int i = 0; i < n; i++) {
    snprintf (path, sizeof (path), "/proc/%d/task", (int) pids[i]);
    DIR *tasks = opendir (path);
    for (struct dirent *d; tasks && (d = readdir (tasks));) {
      if (isdigit ((unsigned char) d->d_name[0])) {
        visit (pids[i], atoi (d->d_name), s);
      }
    }
    if (tasks) {
      closedir (tasks);
    }
  }
}

static void open_counter (pid_t pid, int tid, struct sample *s) {
  (void) pid;
  (void) s;
  char id[64];
  if (counters < MAX_COUNTERS && read_text ("/sys/kernel/tracing/events/raw_syscalls/sys_enter/id", id, sizeof (id))) {
    struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof (attr) };
    attr.config = strtoull (id, NULL, 10);
    int fd = (int) syscall (SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd >= 0) {
      counter[counters++] = fd;
    }
  }
}

void syscalls_open (void) {
  counters = 0;
  if (settings.syscalls) {
    for_each_thread (open_counter, NULL);
  }
}

void syscalls_close (void) {
  while (counters) {
    close (counter[--counters]);
  }
}

bool syscalls_are_counted (void) {
  return counters > 0;
}

static uint64_t field (const char *text, const char *name) {
  const char *p = strstr (text, name);
  return p ? strtoull (p + strlen (name), NULL, 10) : 0;
}

static void add_thread (pid_t pid, int tid, struct sample *s) {
  char path[96], text[4096];
  snprintf (path, sizeof (path), "/proc/%d/task/%d/schedstat", (int) pid, tid);
  read_text (path, text, sizeof (text));
  char *next = text;
  s->cpu += strtoull (next, &next, 10);
  s->wait += strtoull (next, &next, 10);
  snprintf (path, sizeof (path), "/proc/%d/task/%d/status", (int) pid, tid);
  read_text (path, text, sizeof (text));
  s->voluntary += field (text, "\nvoluntary_ctxt_switches:");
  s->involuntary += field (text, "\nnonvoluntary_ctxt_switches:");
  if (tid == pid) {
    s->peak += field (text, "VmHWM:") << 10;
  }
}

static void add_process (pid_t pid, struct sample *s) {
  char path[64], text[4096];
  snprintf (path, sizeof (path), "/proc/%d/io", (int) pid);
  read_text (path, text, sizeof (text));
  s->reads += field (text, "syscr:");
  s->writes += field (text, "syscw:");
  snprintf (path, sizeof (path), "/proc/%d/statm", (int) pid);
  read_text (path, text, sizeof (text));
  const char *resident = strchr (text, ' ');
  if (resident) {
    s->rss += strtoull (resident, NULL, 10) * (uint64_t) sysconf (_SC_PAGESIZE);
  }
}

/* The first line: user nice system idle iowait irq softirq steal. */
static void add_machine (struct sample *s) {
  enum { IDLE_TIME = 3, IO_WAIT = 4, STEAL = 7, FIELDS = 8 };
  char text[4096];
  read_text ("/proc/stat", text, sizeof (text));
  char *p = strchr (text, ' ');
  for (int i = 0; p && i < FIELDS; i++) {
    uint64_t v = strtoull (p, &p, 10);
    s->ticks += v;
    if (i == STEAL) {
      s->steal = v;
    } else if (i != IDLE_TIME && i != IO_WAIT) {
      s->busy += v;
    }
  }
}

void sample_take (struct sample *s) {
  pid_t pids[MAX_PROCESSES];
  memset (s, 0, sizeof (*s));
  for_each_thread (add_thread, s);
  int n = proxy_processes (pids);
  for (int i = 0; i < n; i++) {
    add_process (pids[i], s);
  }
  for (int i = 0; i < counters; i++) {
    uint64_t v = 0;
    if (read (counter[i], &v, sizeof (v)) == sizeof (v)) {
      s->syscalls += v;
    }
  }
  add_machine (s);
  s->generator = clock_ns (CLOCK_PROCESS_CPUTIME_ID);
  s->middle_end = middle_end_cpu_ns ();
  s->done = clients.done;
  s->bytes = clients.bytes;
  s->time = now_ns ();
}
