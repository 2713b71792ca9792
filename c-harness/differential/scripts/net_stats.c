/*
 * The statistics page of the network code: the process, the event loop, and the modules in their order.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "interpose.h"
#include "own.h"
#include "script.h"

enum { ROOM = 16384 };

static bool begun, named;

/* The modules that are not the library's on both sides. */
#define MODULES(X) X (connections) X (tl_parse) X (rpc_targets)
#define X(name)                                                \
  LEGACY (int, name##_prepare_stat, struct stats_buffer *sb) { \
    if (!begun) {                                              \
      return OWN (name##_prepare_stat) (sb);                   \
    }                                                          \
    lib->sb_printf (sb, "module\t" #name "\n");                \
    return sb->pos;                                            \
  }
MODULES (X)
#undef X

static void begin (void) {
  begun = true;
}

/* A page of which what time goes by, and what modules count, is left out. */
static void note_page (char *page, int length) {
  char *to = page;
  bool in_module = false, left_out = false;
  for (char *from = page; from < page + length; from++) {
    if (from == page || from[-1] == '\n') {
      in_module |= !strncmp (from, "module", 6);
      left_out = !strncmp (from, "time_after_epoll", 16) || !strncmp (from, "stats_generate_time", 19) ||
                 !strncmp (from, "pid\t", 4);
    }
    if ((!left_out && !in_module) || *from < '0' || *from > '9') {
      *to++ = *from;
    }
  }
  note_bytes ("page", page, (size_t) (to - page));
}

/* Threads that another family made have no place on the original's page: it aborts. */
static bool may_prepare (void) {
  if (*lib->max_job_thread_id) {
    skip ();
    return false;
  }
  return true;
}

static void prepare (const long *a) {
  (void) a;
  static char page[ROOM];
  if (!may_prepare ()) {
    return;
  }
  int length = lib->prepare_stats (page, ROOM);
  note ("%d %d", length == (int) strlen (page), *lib->my_pid != 0);
  note_page (page, length);
}

/* What does not fit is cut by pieces, which each design has of its own: the first line is in one. */
static void prepare_less (const long *a) {
  char page[256];
  if (!named) {
    skip ();
    return;
  }
  if (!may_prepare ()) {
    return;
  }
  memset (page, '~', sizeof (page));
  int length = lib->prepare_stats (page, (int) a[0]), size = a[0] > 0 ? (int) a[0] : 0;
  note ("%d %d", length >= 0 && (length < size || !size), page[size] == '~' && page[sizeof (page) - 1] == '~');
  char *end = size < 20 ? NULL : memchr (page, '\n', (size_t) size);
  note_bytes ("first line", page, end ? (size_t) (end - page) : 0);
}

static void set_process (const long *a) {
  *lib->my_pid = (int) a[0];
  named = true;
}

static void set_times (const long *a) {
  *lib->start_time = (int) a[0];
  *(int *) thread_local_at ("now") = (int) a[1];
}

static void set_idle (const long *a) {
  *(double *) thread_local_at ("tot_idle_time") = (double) a[0] / 8;
  *(double *) thread_local_at ("a_idle_time") = (double) a[1] / 8;
  *(double *) thread_local_at ("a_idle_quotient") = (double) a[2] / 8;
  note ("%d", lib->recent_idle_percent ());
}

static void set_identity (const long *a) {
  *lib->PID = (struct process_id) { (unsigned) a[0], (short) a[1], (unsigned short) a[1], (int) a[2] };
}

static void set_epoll (const long *a) {
  *(long long *) thread_local_at ("epoll_calls") = a[0] << 20;
  *(long long *) thread_local_at ("epoll_intr") = a[1];
}

static void output (const long *a) {
  (void) a;
  size_t len;
  int lines = 0;
  if (!may_prepare ()) {
    return;
  }
  catch_stderr_begin ();
  lib->output_std_stats ();
  const char *text = catch_stderr_end (&len);
  for (size_t i = 0; i < len; i++) {
    lines += text[i] == '\n';
  }
  note ("%d lines, %d", lines, strstr (text, "-- network statistics --\npid\t") != NULL);
}

static void write_op (const long *a) {
  (void) a;
  note ("%d", lib->op_stat_write (NULL));
}

static const struct operation operations[] = {
  { "prepare", prepare, { { 0 } }, 8 },
  { "prepare_less", prepare_less, { { "size", -2, 60 } }, 4 },
  { "process", set_process, { { "number", 1, 99999 } }, 8 },
  { "times", set_times, { { "start", 0, 1000 }, { "now", 0, 2000 } }, 4 },
  { "idle", set_idle, { { "slept", 0, 9000 }, { "recent", 0, 800 }, { "whole", 0, 800 } }, 4 },
  { "identity", set_identity, { { "ip", 0, 4294967295 }, { "port", 0, 65535 }, { "utime", -1, 2147483647 } }, 3 },
  { "epoll", set_epoll, { { "calls", 0, 1000000 }, { "interrupted", 0, 9 } }, 2 },
  { "write_op", write_op, { { 0 } }, 1 },
  { "output", output, { { 0 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "net_stats.prepare;net_stats.times(100,350);net_stats.idle(900,20,40);net_stats.identity(3232235777,40000,77);net_stats.epoll(3,4);"
  "net_stats.process(77);net_stats.prepare;net_stats.prepare_less(20);net_stats.prepare_less(1);net_stats.prepare_less(0)",
  "net_stats.process(5);net_stats.times(9,9);net_stats.idle(9,9,0);net_stats.prepare;net_stats.write_op;net_stats.output",
  NULL,
};

const struct script_family net_stats_scripts = { "net_stats", CAN_NET_STATS, operations, begin, NULL, fixed };
