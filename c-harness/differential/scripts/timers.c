/*
 * The timers of a thread: in which order they fire, what their functions do to the heap meanwhile, and the statistics of
 * all threads. Each thread has timers of its own.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <math.h>
#include <string.h>

#include "rpc_world.h"
#include "script.h"

enum { TIMERS = 12, MANY = 200, PAGE = 600 };

/* What a timer's function does besides telling that it was called. */
enum action { NOTHING, REMOVE, SET, SET_ITSELF, TELL_STATISTICS, ACTIONS };

struct timer {
  struct event_timer et; /* first, as in the payload of a job */
  int number;
  enum action action;
  int other; /* whom the action is about */
  double delay;
};

static struct timer timers[THREADS][TIMERS + MANY];
/* How many more times a function may set a timer: none goes on for ever. */
static __thread int settings;

static struct timer *timer_at (long number) {
  return &timers[this_thread ()][number];
}

static double *now (void) {
  return thread_local_at ("precise_now");
}

/* The original's job threads do this at their start. */
static void be_registered (void) {
  if (!*(void **) thread_local_at ("jobs_module_stat_timers")) {
    lib->jobs_module_thread_init_timers ();
  }
}

static void note_statistics (void) {
  char page[PAGE];
  struct stats_buffer sb;
  lib->sb_init (&sb, page, sizeof (page));
  int length = lib->timers_prepare_stat (&sb);
  note_bytes ("page", page, (size_t) length);
}

static int fire (struct event_timer *et) {
  struct timer *t = (struct timer *) et, *other = timer_at (t->other);
  note ("fires %d", t->number);
  switch (t->action) {
  case REMOVE:
    note ("removes %d: %d", t->other, lib->remove_event_timer (&other->et));
    break;
  case SET:
  case SET_ITSELF:
    if (settings > 0) {
      settings--;
      other = t->action == SET ? other : t;
      other->et.wakeup_time = *now () + t->delay;
      note ("sets %d: %d", other->number, lib->insert_event_timer (&other->et));
    }
    break;
  case TELL_STATISTICS:
    note_statistics ();
    break;
  default:
    break;
  }
  return t->number;
}

static void begin (void) {
  *lib->max_job_thread_id = 8;
  for (int thread = 0; thread < THREADS; thread++) {
    for (int i = 0; i < TIMERS + MANY; i++) {
      timers[thread][i] = (struct timer) { .et = { .wakeup = fire }, .number = i };
    }
  }
}

static void observe (void) {
  be_registered ();
  note ("size %d first %g places", *(int *) thread_local_at ("et_heap_size"), lib->timers_get_first ());
  for (int i = 0; i < TIMERS; i++) {
    note ("%d", timer_at (i)->et.h_idx);
  }
}

static void set_to (struct timer *t, double time) {
  be_registered ();
  t->et.wakeup_time = time;
  int place = lib->insert_event_timer (&t->et);
  note ("%d", place);
}

/* Quarters of seconds: many are equal. */
static void set (const long *a) {
  set_to (timer_at (a[0]), (double) a[1] / 4);
}

/* The wait for the longest is just below what an int holds. */
static void set_odd (const long *a) {
  static const double times[] = { -0.0, -1e300, -INFINITY, 1e-310, 2147483.0 };
  set_to (timer_at (a[0]), times[a[1]]);
}

static void set_many (const long *a) {
  char text[MANY];
  be_registered ();
  memcpy (text, numbered_bytes (a[0], sizeof (text)), sizeof (text));
  for (long i = 0; i < a[1]; i++) {
    struct timer *t = timer_at (TIMERS + i);
    t->et.wakeup_time = (double) (unsigned char) text[i] / (double) a[2];
    lib->insert_event_timer (&t->et);
  }
}

static void remove_one (const long *a) {
  be_registered ();
  note ("%d", lib->remove_event_timer (&timer_at (a[0])->et));
}

static void act (const long *a) {
  struct timer *t = timer_at (a[0]);
  t->action = (enum action) a[1];
  t->other = (int) a[2] % TIMERS;
  t->delay = (double) (a[2] / TIMERS) / 4;
}

static void set_now (const long *a) {
  *now () = (double) a[0] / 4;
}

static void run (const long *a) {
  be_registered ();
  settings = 20;
  /* What is logged of jobs has addresses: where there are some, they may have timers. */
  *lib->verbosity = a[0] == 3 && lib->jobs_get_allocated_memoty () ? 2 : (int) a[0];
  note ("%d", lib->thread_run_timers ());
  *lib->verbosity = 0;
}

static void statistics (const long *a) {
  static char prefix[] = "all_";
  *lib->jobs_module_state_prefix_timers = a[0] ? prefix : NULL;
  note_statistics ();
}

/* A job thread's start, once more. */
static void register_again (const long *a) {
  (void) a;
  lib->jobs_module_thread_init_timers ();
}

/* A timer that is not where it says it is. One that says it is in no heap would be in it twice. */
static void misplace (const long *a) {
  be_registered ();
  struct timer *t = timer_at (a[0]);
  if (t->et.h_idx + a[1] == 0) {
    skip ();
    return;
  }
  t->et.h_idx += (int) a[1];
  if (a[2]) {
    lib->insert_event_timer (&t->et);
  } else {
    note ("%d", lib->remove_event_timer (&t->et));
  }
}

static const struct operation operations[] = {
  { "set", set, { { "timer", 0, TIMERS - 1 }, { "quarters", -2, 20 } }, 12 },
  { "set_odd", set_odd, { { "timer", 0, TIMERS - 1 }, { "time", 0, 4 } }, 2 },
  { "set_many", set_many, { { "bytes", 0, 1000 }, { "count", 1, MANY }, { "divisor", 1, 50 } }, 1 },
  { "remove", remove_one, { { "timer", 0, TIMERS - 1 } }, 4 },
  { "act", act, { { "timer", 0, TIMERS - 1 }, { "action", 0, ACTIONS - 1 }, { "other", 0, 8 * TIMERS - 1 } }, 4 },
  { "now", set_now, { { "quarters", 0, 20 } }, 4 },
  { "run", run, { { "verbosity", 0, 3 } }, 6 },
  { "statistics", statistics, { { "prefix", 0, 1 } }, 2 },
  { "register", register_again, { { 0 } }, 1 },
  { "misplace", misplace, { { "timer", 0, TIMERS - 1 }, { "by", -2, 3 }, { "set", 0, 1 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "timers.set(0,8);timers.set(1,8);timers.set(2,8);timers.set(3,4);timers.set(0,4);timers.remove(1);timers.now(1);"
  "timers.run(3);timers.now(4);timers.run(0);timers.now(8);timers.run(0);timers.run(0);timers.statistics(0)",
  "timers.set_many(1,200,3);timers.set(0,1);timers.act(0,1,5);timers.set(5,2);timers.now(9);timers.run(0);"
  "timers.set_many(2,150,50);timers.run(0);timers.statistics(1)",
  "timers.set(0,4);timers.act(0,3,13);timers.now(4);timers.run(0);timers.act(1,2,2);timers.set(1,2);timers.set(2,3);"
  "timers.act(2,4,0);timers.run(0);timers.register;timers.statistics(0)",
  "timers.set(0,1)@1;timers.set(0,2)@2;timers.set(1,2);timers.statistics(0);timers.now(9)@1;timers.run(0)@1;timers.run(0)@2;"
  "timers.statistics(1)@3",
  "timers.set_odd(0,4);timers.run(3);timers.set_odd(1,2);timers.set_odd(2,1);timers.set_odd(3,0);timers.set_odd(4,3);"
  "timers.run(0)",
  "timers.set(0,4);timers.misplace(1,1,1)",
  "timers.set(0,4);timers.misplace(0,1,0)",
  NULL,
};

const struct script_family timers_scripts = { "timers", CAN_TIMER_HEAP, operations, begin, observe, fixed };
