/*
 * Recorded results of the rest: process identities, the log, and the network's small functions.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "interpose.h"
#include "vectors.h"

/* ---- process identities ---- */

struct process_id parse_pid (const char *text) {
  struct process_id pid = { 0 };
  char *at = (char *) (uintptr_t) text;
  pid.ip = (unsigned) strtoul (at, &at, 10);
  pid.port = (short) strtol (at + 1, &at, 10);
  pid.pid = (unsigned short) strtoul (at + 1, &at, 10);
  pid.utime = (int) strtol (at + 1, &at, 10);
  return pid;
}

/* c:IP, s:IP:PORT or m, joined by ; */
static void run_ops (struct row *row, struct process_id pid, const char *ops, char *text, size_t room) {
  size_t n = 0;
  for (const char *at = ops; *at; at += strcspn (at, ";"), at += *at == ';') {
    char *end = NULL;
    enum pid_op op = *at == 'c' ? PID_CLIENT : *at == 's' ? PID_SERVER : PID_COMMON;
    uint32_t ip = op == PID_COMMON ? 0 : (uint32_t) strtoul (at + 2, &end, 10);
    int port = op == PID_SERVER ? (int) strtol (end + 1, NULL, 10) : 0;
    if (row->p->abi->pid_init (row->p, &pid, op, ip, port) != 0) {
      snprintf (text, room, "fails");
      return;
    }
    n += (size_t) snprintf (text + n, room - n, "%s%u,%d,%u,%d", n ? ";" : "", pid.ip, pid.port, pid.pid, pid.utime);
  }
}

/* fn x y ops getpid time out */
static enum row_result pid (struct row *row) {
  struct process_id x = parse_pid (cell (row, 1));
  if (cell_is (row, 0, "init")) {
    char text[1000] = "";
    if (lacks (row, CAN_PID_INIT)) {
      return ROW_SKIPPED;
    }
    fake_pid ((int) cell_int (row, 4));
    fake_time (cell_int (row, 5));
    run_ops (row, x, cell (row, 3), text, sizeof (text));
    fake_clock_end ();
    out_text (row, 6, text);
    return ROW_COMPARED;
  }
  struct process_id y = parse_pid (cell (row, 2));
  bool matches = cell_is (row, 0, "matches_pid");
  if (lacks (row, matches ? CAN_MATCHES_PID : CAN_NEWER)) {
    return ROW_SKIPPED;
  }
  out_int (row, 6, matches ? row->p->abi->matches_pid (row->p, &x, &y) : row->p->abi->newer (row->p, &x, &y));
  return ROW_COMPARED;
}

/* pid year mon mday hour min sec usec len text */
static enum row_result log_prefix (struct row *row) {
  char text[256];
  if (lacks (row, CAN_LOG_PREFIX)) {
    return ROW_SKIPPED;
  }
  int v[8];
  for (size_t i = 0; i < 8; i++) {
    v[i] = (int) cell_int (row, i);
  }
  struct log_fields fields = { v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7] };
  int len = row->p->abi->log_prefix (row->p, &fields, text, sizeof (text));
  out_int (row, 8, len);
  out_hex (row, 9, text, len < 0 ? 0 : (size_t) len);
  if (len >= 0 && text[len]) {
    snprintf (row->why, sizeof (row->why), "no NUL after the text");
    return ROW_FAILED;
  }
  return ROW_COMPARED;
}

/* fn in out */
static enum row_result epoll_flags (struct row *row) {
  bool conv = cell_is (row, 0, "conv");
  if (lacks (row, conv ? CAN_EPOLL_CONV : CAN_EPOLL_UNCONV)) {
    return ROW_SKIPPED;
  }
  int in = (int) cell_int (row, 1);
  out_int (row, 2, conv ? row->p->abi->epoll_conv (row->p, in) : row->p->abi->epoll_unconv (row->p, in));
  return ROW_COMPARED;
}

static double from_bits (const char *hex) {
  uint64_t bits = strtoull (hex, NULL, 16);
  double v;
  memcpy (&v, &bits, sizeof (v));
  return v;
}

/* class wakeup now wakeup_bits now_bits fired run_timers_ret wait_msec */
static enum row_result timers (struct row *row) {
  struct timer_result t = { false, 0 };
  if (lacks (row, CAN_TIMERS)) {
    return ROW_SKIPPED;
  }
  row->p->abi->timer_wait (row->p, from_bits (cell (row, 3)), from_bits (cell (row, 4)), &t);
  if (differs (row, TIMER_WAIT_SATURATES) && (cell_is (row, 0, "wrap") || cell_is (row, 0, "ub"))) {
    snprintf (row->why, sizeof (row->why), "waits %d ms", t.wait);
    return on_purpose (row, TIMER_WAIT_SATURATES, t.wait == INT_MAX);
  }
  if (is_boundary (row) && cell_is (row, 0, "expired")) {
    row->difference = TIMER_DUE_IS_ZERO;
  }
  out_int (row, 5, t.fired);
  out_int (row, 7, t.fired && !is_boundary (row) ? 0 : t.wait);
  if (!is_boundary (row)) {
    out_int (row, 6, t.wait);
  }
  return ROW_COMPARED;
}

/* sizes hint index size */
static enum row_result buffers (struct row *row) {
  int sizes[64], count = 0;
  if (lacks (row, CAN_BUFFERS)) {
    return ROW_SKIPPED;
  }
  for (const char *at = cell (row, 0); *at && count < 64; at += strcspn (at, ","), at += *at == ',') {
    sizes[count++] = atoi (at);
  }
  int class = row->p->abi->buffer_class (row->p, sizes, count, (int) cell_int (row, 1));
  out_int (row, 2, class);
  out_int (row, 3, class >= 0 && class < count ? sizes[class] : -1);
  return ROW_COMPARED;
}

const struct vector_file system_files[] = {
  { "pid.tsv", "process_id", "fn x y ops getpid time out", pid },
  { "log_prefix.tsv", "log_prefix", "pid year mon mday hour min sec usec len text", log_prefix },
  { "epoll_flags.tsv", "net", "fn in out", epoll_flags },
  { "timers.tsv", "net", "class wakeup now wakeup_bits now_bits fired run_timers_ret wait_msec", timers },
  { "buffers.tsv", "net", "sizes hint index size", buffers },
  { "traps.tsv", "traps", "fn args outcome", trap },
  { 0 },
};
