/*
 * Jobs: signals that main runs at once, signals from inside a job, which wait in main's queue, signals to another thread and
 * back, and a job's whole life.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <sched.h>

#include "many.h"

enum { RUN = 0, FINISH = 7, MAIN = 3, OTHER = 4 };
#define ALLOW(class, signal) ((unsigned long long) (class) << (32 + 4 * (signal)) | 0x1000000u << (signal))

/* One library's jobs. */
static struct own {
  struct async_job *plain, *outer, *other;
  long ran;
} own[2];

static struct side *side_of (struct async_job *job) {
  return *(struct side **) (job + 1);
}

static struct own *own_of (const struct side *s) {
  return &own[side_number (s)];
}

static int run_plain (struct async_job *job, int signal, struct job_thread *thread) {
  (void) signal;
  (void) thread;
  long *ran = &own_of (side_of (job))->ran;
  __atomic_store_n (ran, *ran + 1, __ATOMIC_RELEASE);
  return 0;
}

static int run_outer (struct async_job *job, int signal, struct job_thread *thread) {
  struct side *s = side_of (job);
  (void) signal;
  (void) thread;
  s->lib->job_signal (1, s->lib->job_incref (own_of (s)->plain), RUN);
  return 0;
}

static int run_short (struct async_job *job, int signal, struct job_thread *thread) {
  (void) thread;
  return signal == FINISH ? side_of (job)->lib->job_free (1, job) : 0;
}

static struct async_job *make (struct side *s, int class, int (*run) (struct async_job *, int, struct job_thread *)) {
  struct async_job *job =
      s->lib->create_async_job (run, ALLOW (class, RUN) | ALLOW (class, FINISH), 0, 256, 0, 1, NULL);
  *(struct side **) (job + 1) = s;
  return job;
}

static void signal_job (struct side *s, struct async_job *job) {
  s->lib->job_signal (1, s->lib->job_incref (job), RUN);
}

/* Until the other thread has run it. */
static void signal_other (struct side *s) {
  long before = __atomic_load_n (&own_of (s)->ran, __ATOMIC_ACQUIRE);
  signal_job (s, own_of (s)->other);
  while (__atomic_load_n (&own_of (s)->ran, __ATOMIC_ACQUIRE) == before) {
    sched_yield ();
  }
}

#define BOTH(name, ...)                                                \
  CALLS (dropin_##name, struct side *const s = &sides[0]; __VA_ARGS__) \
  CALLS (original_##name, struct side *const s = &sides[1]; __VA_ARGS__)

BOTH (at_once, signal_job (s, own_of (s)->plain); sum++)
BOTH (queued, signal_job (s, own_of (s)->outer); sum += (uint64_t) s->lib->run_pending_main_jobs ())
BOTH (across, signal_other (s); sum++)
BOTH (life, s->lib->schedule_job (1, make (s, MAIN, run_short)); sum++)

void bench_jobs (void) {
  static const struct many_test tests[] = {
    TEST ("job_signal, runs at once", at_once),
    TEST ("job_signal, run_pending_main_jobs", queued),
    TEST ("job_signal, another thread runs it", across),
    TEST ("create_async_job, schedule_job, job_free", life),
  };
  if (!is_present (DROPIN) || !is_present (ORIGINAL)) {
    return;
  }
  for (int i = 0; i < 2; i++) {
    struct side *s = &sides[i];
    s->lib->init_async_jobs ();
    s->lib->create_new_job_class (OTHER, 1, 1);
    own[i] = (struct own) { make (s, MAIN, run_plain), make (s, MAIN, run_outer), make (s, OTHER, run_plain), 0 };
    s->lib->unlock_job (1, s->lib->job_incref (own[i].plain));
    s->lib->unlock_job (1, s->lib->job_incref (own[i].outer));
    s->lib->unlock_job (1, s->lib->job_incref (own[i].other));
  }
  compete_many (&(struct many) { .family = "jobs", .things = "jobs", .tests = tests, .test_count = 4 });
}
