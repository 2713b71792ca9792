/*
 * The legacy ABI: adapters of the functions that use the system: /proc, the log, timers and message buffers.
 * Interposition (interpose.h) supplies what they read, and captures what they write.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "legacy_adapters.h"
#include "interpose.h"
#include "own.h"

/* The original writes a name of 256 bytes or more past its array and past the structure, into this extra space. */
static union {
  struct proc_stats stats;
  char room[1 << 17];
} overrun;

int legacy_stat_file (struct provider *p, int pid, int tid, struct proc_stats *out, bool *touched) {
  memset (&overrun, 0xa5, sizeof (struct proc_stats));
  struct proc_stats before = overrun.stats;
  int ok = F (p)->read_proc_stats (pid, tid, &overrun.stats);
  *out = overrun.stats;
  *touched = !ok && memcmp (out, &before, sizeof (before));
  return ok ? 0 : -1;
}

int legacy_stat_text (struct provider *p, const char *text, size_t len, struct proc_stats *out, bool *touched) {
  fake_proc_begin (text, len);
  int status = legacy_stat_file (p, 1, 0, out, touched);
  fake_proc_end ();
  return status;
}

int legacy_statm (struct provider *p, const char *text, size_t len, int m, long page, long long *values,
                  bool *touched) {
  (void) page; /* the machine's own */
  long long before[8];
  memcpy (before, values, sizeof (before));
  fake_proc_begin (text, len);
  int status = F (p)->am_get_memory_usage (1, values, m);
  fake_proc_end ();
  *touched = status < 0 && memcmp (before, values, sizeof (before));
  return status;
}

int legacy_meminfo (struct provider *p, const char *text, size_t len, struct memory_summary *out, bool *touched) {
  am_memory_stat_t s, before;
  memset (&s, 0xa5, sizeof (s));
  before = s;
  fake_proc_begin (text, len);
  int status = F (p)->am_get_memory_stats (&s, 2 /* the machine's, not the process's */);
  fake_proc_end ();
  *touched = status < 0 && memcmp (&s, &before, sizeof (s));
  *out = (struct memory_summary) { s.mem_free, s.mem_cached, s.swap_total, s.swap_free, status < 0 ? 0 : 15 };
  if (status == 0 &&
      s.swap_used != (long long) ((unsigned long long) s.swap_total - (unsigned long long) s.swap_free)) {
    return -2;
  }
  return status;
}

int legacy_log_prefix (struct provider *p, const struct log_fields *f, char *out, size_t room) {
  /* The proxy adds 1900 and 1, wrapping. */
  struct tm t = { .tm_year = (int) ((unsigned) f->year - 1900u),
                  .tm_mon = (int) ((unsigned) f->mon - 1u),
                  .tm_mday = f->mday,
                  .tm_hour = f->hour,
                  .tm_min = f->min,
                  .tm_sec = f->sec };
  fake_pid (f->pid);
  fake_local_time (&t, f->usec);
  catch_stderr_begin ();
  F (p)->kprintf ("%s", "");
  size_t len;
  const char *text = catch_stderr_end (&len);
  fake_clock_end ();
  if (len >= room) {
    return -1;
  }
  memcpy (out, text, len);
  out[len] = 0;
  return (int) len;
}

static int timers_fired;

static int on_wakeup (struct event_timer *et) {
  (void) et;
  timers_fired++;
  return 0;
}

int legacy_timer_wait (struct provider *p, double wakeup, double now, struct timer_result *out) {
  struct event_timer et = { .wakeup = on_wakeup, .wakeup_time = wakeup };
  double kept = *F (p)->precise_now;
  timers_fired = 0;
  catch_stderr_begin (); /* it may refuse the timer */
  F (p)->insert_event_timer (&et);
  catch_stderr_end (&(size_t) { 0 });
  *F (p)->precise_now = now;
  out->wait = F (p)->thread_run_timers ();
  out->fired = timers_fired > 0;
  F (p)->remove_event_timer (&et);
  *F (p)->precise_now = kept;
  return 0;
}

int timer_wait_without_number (const struct provider *ours, double wakeup) {
  return !ours->drop_in ? 0 : isnan (wakeup) ? 100000 : 1;
}

/* ---- message buffers ---- */

enum { CLASSES = 16, HEAD_MAGIC = 0x2dfecca3 };

/* Frees the chunks of the previous table. */
static void drop_chunks (struct provider *p) {
  for (int i = 0; i < CLASSES; i++) {
    struct msg_buffers_chunk *head = &F (p)->ChunkHeaders[i];
    struct msg_buffers_chunk *c = head->ch_next;
    while (c && c != head) {
      struct msg_buffers_chunk *next = c->ch_next;
      F (p)->free_mp_queue (c->free_block_queue);
      free (c);
      --*F (p)->allocated_buffer_chunks;
      c = next;
    }
    F (p)->ChunkSave[i] = NULL;
    memset (head, 0, sizeof (*head));
  }
}

static bool installed (struct provider *p, const int *sizes, int count) {
  bool same = *F (p)->buffer_size_values == count;
  for (int i = 0; same && i < count; i++) {
    same = F (p)->ChunkHeaders[i].buffer_size == sizes[i];
  }
  return same;
}

/* The table of sizes is compiled in, so another one is installed by replacing its chunk headers. */
static void install (struct provider *p, const int *sizes, int count) {
  drop_chunks (p);
  for (int i = 0; i < count; i++) {
    struct msg_buffers_chunk *head = &F (p)->ChunkHeaders[i];
    head->magic = HEAD_MAGIC;
    head->buffer_size = sizes[i];
    head->ch_next = head->ch_prev = head;
  }
  *F (p)->buffer_size_values = count;
}

int legacy_buffer_class (struct provider *p, const int *sizes, int count, int hint) {
  if (count < 1 || count > CLASSES) {
    return -1;
  }
  if (!*F (p)->buffer_size_values) {
    F (p)->init_msg_buffers (0);
  }
  if (!installed (p, sizes, count)) {
    install (p, sizes, count);
  }
  struct msg_buffer *b = F (p)->alloc_msg_buffer (NULL, hint);
  if (!b) {
    return -2;
  }
  int class = (int) (b->chunk->ch_head - F (p)->ChunkHeaders);
  b->refcnt = 0;
  F (p)->free_msg_buffer (b);
  return class;
}

/* ---- queues ---- */

/* Attempts of a pop, as the proxy makes them. */
enum { TRIES = 4 };

int legacy_queue (struct provider *p, enum queue_op op, void *queue, void **item) {
  if (!*F (p)->jobs_module_stat_mp_queue) {
    F (p)->jobs_module_thread_init_mp_queue (); /* a queue is counted in its thread's statistics */
  }
  switch (op) {
  case QUEUE_INIT:
    F (p)->init_mp_queue (queue);
    return 0;
  case QUEUE_INIT_W:
    F (p)->init_mp_queue_w (queue);
    return 0;
  case QUEUE_CLEAR:
    F (p)->clear_mp_queue (queue);
    return 0;
  case QUEUE_PUSH:
    return F (p)->mpq_push (queue, *item, 0) < 0 ? -1 : 0;
  case QUEUE_POP:
    *item = F (p)->mpq_pop (queue, 0);
    return 0;
  case QUEUE_IS_EMPTY:
    return F (p)->mpq_is_empty (queue);
  case QUEUE_PUSH_W:
    return F (p)->mpq_push_w (queue, *item, 0) < 0 ? -1 : 0;
  case QUEUE_POP_W:
    *item = F (p)->mpq_pop_w (queue, TRIES);
    return 0;
  default:
    *item = F (p)->mpq_pop_nw (queue, TRIES);
    return 0;
  }
}

/* ---- jobs ---- */

/* This thread is main from now on. */
static void be_main (struct provider *p) {
  own_are_of (p);
  if (!*F (p)->jobs_module_stat_mp_queue) {
    F (p)->jobs_module_thread_init_mp_queue ();
  }
  if (!*F (p)->jobs_module_stat_jobs) {
    F (p)->jobs_module_thread_init_jobs ();
  }
  if (!*F (p)->this_job_thread) {
    F (p)->init_async_jobs ();
  }
}

int legacy_jobs (struct provider *p, enum jobs_op op, struct jobs_call *c) {
  be_main (p);
  switch (op) {
  case JOBS_CREATE:
    c->job = F (p)->create_async_job (c->run, c->signals, 0, c->bytes, 0, 1, c->parent);
    return 0;
  case JOBS_NOTIFY:
    c->job = F (p)->notify_job_create (c->number);
    return 0;
  case JOBS_SIGNAL:
    F (p)->job_signal (1, c->job, c->number);
    return 0;
  case JOBS_SCHEDULE:
    return F (p)->schedule_job (1, c->job);
  case JOBS_UNLOCK:
    return F (p)->unlock_job (1, c->job);
  case JOBS_INCREF:
    F (p)->job_incref (c->job);
    return 0;
  case JOBS_DECREF:
    F (p)->job_decref (1, c->job);
    return 0;
  case JOBS_RUN_PENDING:
    return F (p)->run_pending_main_jobs ();
  default:
    return F (p)->job_free (1, c->job);
  }
}
