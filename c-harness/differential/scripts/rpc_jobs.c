/*
 * Jobs for scripts of queries: see rpc_jobs.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "rpc_jobs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine_world.h"
#include "http_host.h"
#include "own.h"
#include "script.h"

enum { JOBS = 64, ROOM = 704, JOBS_ACTIVE_AT = 144, HAS_TIMER = 1 };
enum { RUN = 0, ALARM = 4, ABORT = 5, FINISH = 7, SIGNALS = 8, COMPLETED = 0x100 };
enum { LOCKED = 0x10000, IS_COMPLETED = 0x40000, PARENT_ERROR = 1, PARENT_RUN = 2, PARENT_WAKEUP = 4 };
static const int DESTROYED = -0x7fffffff - 1;

/* True where the library has no jobs. */
static bool on;
static double clock_now;
static long long active_before;

/* ---- some jobs ---- */

static struct job {
  struct async_job head;
  char room[ROOM];
  bool queued, lives;
} jobs[JOBS];
static int alive;
/* Those that wait to be run. */
static struct job *queue[JOBS];
static int waiting;
static struct job *running;

static struct job *job_of (struct async_job *job) {
  struct job *j = (struct job *) (void *) job;
  if (j < jobs || j >= jobs + JOBS || !j->lives) {
    note ("not a job;");
    abort ();
  }
  return j;
}

static unsigned pending (const struct job *j) {
  return ((unsigned) j->head.j_flags >> 24) & ((unsigned) j->head.j_status >> 24);
}

static void add_signals (struct job *j, unsigned signals) {
  j->head.j_flags = (int) ((unsigned) j->head.j_flags | signals << 24);
}

static void drop (struct async_job *job);
static void send (struct async_job *job, int signal);

/* Its parent hears of it. */
static void complete (struct job *j) {
  struct async_job *parent = j->head.j_parent;
  if (j->head.j_flags & IS_COMPLETED) {
    return;
  }
  j->head.j_flags |= IS_COMPLETED;
  j->head.j_parent = NULL;
  if (!parent) {
    return;
  }
  if (parent->j_flags & IS_COMPLETED) {
    drop (parent);
  } else if (j->head.j_error && j->head.j_status & PARENT_ERROR) {
    parent->j_error = parent->j_error ? parent->j_error : j->head.j_error;
    parent->j_children -= (j->head.j_status & PARENT_WAKEUP) != 0;
    send (parent, ABORT);
  } else if (j->head.j_status & PARENT_WAKEUP && --parent->j_children == 0 && j->head.j_status & PARENT_RUN) {
    send (parent, RUN);
  } else {
    drop (parent);
  }
}

/* Runs what waits for it, or queues it; with a reference and the lock, which are given back. */
static void unlock (struct job *j) {
  for (;;) {
    if (!pending (j)) {
      j->head.j_flags &= ~LOCKED;
      if (--j->head.j_refcnt) {
        return;
      }
      j->head.j_refcnt = 1;
      j->head.j_flags |= LOCKED;
      add_signals (j, 1u << FINISH);
      continue;
    }
    if (running) {
      j->head.j_flags &= ~LOCKED;
      if (j->queued) {
        drop (&j->head);
      } else {
        j->queued = true;
        queue[waiting++] = j;
      }
      return;
    }
    int signal = SIGNALS - 1;
    while (!(pending (j) >> signal & 1)) {
      signal--;
    }
    j->head.j_flags = (int) ((unsigned) j->head.j_flags & ~(1u << (24 + signal)));
    running = j;
    int result = ((job_function) j->head.j_execute) (&j->head, signal, NULL);
    running = NULL;
    if (result == DESTROYED) {
      return;
    }
    if (result == -1) {
      abort ();
    }
    add_signals (j, (unsigned) result & 0xff);
    if (result & COMPLETED) {
      complete (j);
    }
  }
}

static void send (struct async_job *job, int signal) {
  struct job *j = job_of (job);
  bool was = (unsigned) job->j_flags >> (24 + signal) & 1;
  add_signals (j, 1u << signal);
  if (was || job->j_flags & LOCKED) {
    drop (job);
  } else {
    job->j_flags |= LOCKED;
    unlock (j);
  }
}

static void drop (struct async_job *job) {
  if (--job_of (job)->head.j_refcnt == 0) {
    job->j_refcnt = 1;
    send (job, FINISH);
  }
}

static void run_queue (void) {
  while (waiting) {
    struct job *j = queue[0];
    memmove (queue, queue + 1, (size_t) --waiting * sizeof (queue[0]));
    j->queued = false;
    j->head.j_flags |= LOCKED;
    unlock (j);
  }
}

static struct async_job *create (job_function function, unsigned long long signals, int subclass, int bytes,
                                 unsigned long long type, struct async_job *parent) {
  struct job *j = jobs;
  while (j < jobs + JOBS && j->lives) {
    j++;
  }
  if (j == jobs + JOBS || bytes > ROOM) {
    abort ();
  }
  memset (j, 0, sizeof (*j));
  alive++;
  j->lives = true;
  j->head.j_flags = LOCKED;
  j->head.j_refcnt = 1;
  j->head.j_status = (int) signals;
  j->head.j_sigclass = (int) (signals >> 32);
  j->head.j_type = (unsigned) type;
  j->head.j_subclass = subclass;
  j->head.j_custom_bytes = bytes;
  j->head.j_execute = (void *) function;
  j->head.j_parent = parent;
  if (parent && signals & PARENT_WAKEUP) {
    parent->j_children++;
  }
  return &j->head;
}

static int schedule (struct async_job *job) {
  add_signals (job_of (job), 1u << RUN);
  unlock (job_of (job));
  return 0;
}

/* The heap is the library's own; it has a reference to a job. */
static struct event_timer *timer_of (struct async_job *job) {
  return (struct event_timer *) job_of (job)->head.j_custom;
}

static int fire (struct event_timer *timer) {
  struct async_job *job = (struct async_job *) (void *) ((char *) timer - sizeof (*job));
  if (timer->wakeup_time == timer->real_wakeup_time) {
    send (job, ALARM);
  } else {
    drop (job);
  }
  return 0;
}

static void arm (struct async_job *job, double at) {
  struct event_timer *timer = timer_of (job);
  bool was = timer->h_idx > 0;
  if (timer->real_wakeup_time == at) {
    return;
  }
  timer->real_wakeup_time = at;
  timer->wakeup = fire;
  timer->wakeup_time = at > 0 ? at : 0;
  if (at > 0) {
    lib->insert_event_timer (timer);
    job->j_refcnt += !was;
  } else {
    lib->remove_event_timer (timer);
    if (was) {
      drop (job);
    }
  }
}

static int due (struct async_job *job) {
  struct event_timer *timer = timer_of (job);
  int is = timer->real_wakeup_time != 0 && timer->real_wakeup_time == timer->wakeup_time;
  if (is) {
    arm (job, 0);
  }
  return is;
}

static const struct job_calls calls = { create, schedule, arm, due };

LEGACY (void, job_decref, int tag, struct async_job *job) {
  if (on) {
    drop (job);
  } else {
    OWN (job_decref) (tag, job);
  }
}

LEGACY (int, job_free, int tag, struct async_job *job) {
  if (!on) {
    return OWN (job_free) (tag, job);
  }
  job_of (job)->lives = false;
  alive--;
  return DESTROYED;
}

LEGACY (int, job_timer_active, struct async_job *job) {
  return on ? timer_of (job)->real_wakeup_time > 0 : OWN (job_timer_active) (job);
}

LEGACY (void, job_timer_remove, struct async_job *job) {
  if (on) {
    arm (job, 0);
  } else {
    OWN (job_timer_remove) (job);
  }
}

/* Message buffers ask for it, too, where there are no scripts. */
LEGACY (long, lrand48_j, void) {
  __typeof__ (&world_lrand48_j) real = thread_local_at ("lrand48_j");
  return real ? real () : lrand48 ();
}

/* ---- either ---- */

struct async_job *create_async_job (job_function run, unsigned long long signals, int subclass, int bytes,
                                    unsigned long long type, int tag, struct async_job *parent);

typedef void (*send_function) (int tag, struct async_job *job, int signal);
typedef int (*unlock_function) (int tag, struct async_job *job);
typedef int (*simple_function) (void);
typedef int (*queue_function) (void *queue);
/* A function whose address `own` gives. */
#define CALL_OWN(type, name) ((type) own (name))

static void send_own (struct async_job *job, int signal) {
  CALL_OWN (send_function, "job_signal") (1, job, signal);
}

/* Of the first thread. */
static char *job_thread;

static long long active (void) {
  return *(long long *) (job_thread + JOBS_ACTIVE_AT);
}

static _Alignas (64) char main_queue[192];

void rpc_jobs_begin (void) {
  on = !thread_local_at ("create_async_job");
  if (on) {
    on_job_calls = &calls;
    /* As with a first thread, and its queue. */
    *lib->max_job_thread_id |= *lib->max_job_thread_id == 0;
    CALL_OWN (queue_function, "init_mp_queue_w") (main_queue);
    on_job_signal = send;
  } else {
    on_job_signal = send_own;
    CALL_OWN (simple_function, "init_async_jobs") ();
    job_thread = *(char **) own ("this_job_thread");
    active_before = active ();
  }
  rpc_jobs_wait (5000.5);
}

struct async_job *rpc_job_new (job_function run, int bytes) {
  /* All signals are allowed, in the engine's thread. */
  return create_async_job (run, 0x88888888ff000000, -2, bytes, HAS_TIMER, 1, NULL);
}

void rpc_job_unlock (struct async_job *job) {
  if (on) {
    unlock (job_of (job));
  } else {
    CALL_OWN (unlock_function, "unlock_job") (1, job);
  }
}

void rpc_job_signal (struct async_job *job, int signal) {
  on_job_signal (job, signal);
}

void rpc_job_drop (struct async_job *job) {
  world_job_decref (1, job);
}

void rpc_jobs_run (void) {
  if (on) {
    run_queue ();
  } else {
    CALL_OWN (simple_function, "run_pending_main_jobs") ();
  }
}

void rpc_jobs_wait (double seconds) {
  clock_now += seconds;
  *(double *) own ("precise_now") = clock_now;
  lib->thread_run_timers ();
}

long long rpc_jobs_alive (void) {
  return on ? alive : active () - active_before;
}
