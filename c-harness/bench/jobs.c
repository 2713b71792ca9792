/*
 * Jobs: signals that main runs at once, signals from inside a job, which wait in main's queue, signals to another thread and
 * back, and a job's whole life.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <sched.h>

#include "bench.h"
#include "relink.h"

enum { TRIED = 1000, RUN = 0, FINISH = 7, MAIN = 3, OTHER = 4 };
#define ALLOW(class, signal) ((unsigned long long) (class) << (32 + 4 * (signal)) | 0x1000000u << (signal))

/* One library's jobs. */
struct side {
  const struct legacy_symbols *lib;
  struct async_job *plain, *outer, *other;
  long ran;
};

static struct side sides[2] = { { .lib = &dropin }, { .lib = &original } };

static struct side *side_of (struct async_job *job) {
  return *(struct side **) (job + 1);
}

static int run_plain (struct async_job *job, int signal, struct job_thread *thread) {
  (void) signal;
  (void) thread;
  __atomic_store_n (&side_of (job)->ran, side_of (job)->ran + 1, __ATOMIC_RELEASE);
  return 0;
}

static int run_outer (struct async_job *job, int signal, struct job_thread *thread) {
  struct side *s = side_of (job);
  (void) signal;
  (void) thread;
  s->lib->job_signal (1, s->lib->job_incref (s->plain), RUN);
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
  long before = __atomic_load_n (&s->ran, __ATOMIC_ACQUIRE);
  signal_job (s, s->other);
  while (__atomic_load_n (&s->ran, __ATOMIC_ACQUIRE) == before) {
    sched_yield ();
  }
}

#define BOTH(name, ...)                                                \
  CALLS (dropin_##name, struct side *const s = &sides[0]; __VA_ARGS__) \
  CALLS (original_##name, struct side *const s = &sides[1]; __VA_ARGS__)

BOTH (at_once, signal_job (s, s->plain); sum++)
BOTH (queued, signal_job (s, s->outer); sum += (uint64_t) s->lib->run_pending_main_jobs ())
BOTH (across, signal_other (s); sum++)
BOTH (life, s->lib->schedule_job (1, make (s, MAIN, run_short)); sum++)

void bench_jobs (void) {
  static struct work w;
  static const struct {
    const char *function;
    run_fn *ours, *theirs;
  } tests[] = {
    { "job_signal, runs at once", dropin_at_once, original_at_once },
    { "job_signal, run_pending_main_jobs", dropin_queued, original_queued },
    { "job_signal, another thread runs it", dropin_across, original_across },
    { "create_async_job, schedule_job, job_free", dropin_life, original_life },
  };
  if (!is_present (DROPIN) || !is_present (ORIGINAL)) {
    return;
  }
  for (int i = 0; i < 2; i++) {
    struct side *s = &sides[i];
    s->lib->init_async_jobs ();
    s->lib->create_new_job_class (OTHER, 1, 1);
    s->plain = make (s, MAIN, run_plain);
    s->outer = make (s, MAIN, run_outer);
    s->other = make (s, OTHER, run_plain);
    s->lib->unlock_job (1, s->lib->job_incref (s->plain));
    s->lib->unlock_job (1, s->lib->job_incref (s->outer));
    s->lib->unlock_job (1, s->lib->job_incref (s->other));
  }
  for (size_t t = 0; t < sizeof (tests) / sizeof (tests[0]); t++) {
    tests[t].ours (&w, TRIED);
    uint64_t sum = w.sum;
    tests[t].theirs (&w, TRIED);
    if (w.sum != sum) {
      refuse ("%s: ours gives another result", tests[t].function);
    }
    compete (&(struct bout) { .family = "jobs",
                              .function = tests[t].function,
                              .work = &w,
                              .compare = NOTHING,
                              .run = { [OURS] = tests[t].ours, [ORIGINAL] = tests[t].theirs } });
  }
}
