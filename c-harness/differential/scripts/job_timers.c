/*
 * The timers of jobs: armed, moved and disarmed, by main and by other threads; when the job gets ALARM; jobs around a function;
 * timer managers.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "jobs.h"

#include <string.h>

/* Every signal in main, or in thread 1. */
static const unsigned long long rules[] = { 0x33333333ff000000, 0x36333333ff000000 | 6ull << (32 + 4 * ALARM) };

/* What a job does at ALARM: check, and arm again by so many quarters of a second, unless 0. */
static long again[JOBS];

static struct async_job *around, *managers[THREADS];
static int rounds;

static double *now (void) {
  return thread_local_at ("precise_now");
}

static int on_signal (int number, struct async_job *job, int signal) {
  if (signal == ALARM) {
    note ("due %d", lib->job_timer_check (job));
    if (again[number]) {
      lib->job_timer_insert (job, *now () + (double) again[number] / 4);
    }
  }
  return 0;
}

static void begin (void) {
  begin_jobs ();
  managers[0] = lib->alloc_timer_manager (MAIN_CLASS);
}

static void observe (void) {
  be_job_thread ();
  observe_jobs ();
  for (int i = 0; i < JOBS; i++) {
    struct async_job *job = script_jobs[i].job;
    if (job && job->j_type & 1) {
      struct event_timer *timer = (struct event_timer *) (job + 1);
      note ("timer %d active %d time %g place %d owner %d", i, lib->job_timer_active (job),
            lib->job_timer_wakeup_time (job), timer->h_idx, timer->flags);
    }
  }
  struct job_thread *own = *(struct job_thread **) thread_local_at ("this_job_thread");
  note ("first %g thread %g manager refs %d", lib->timers_get_first (), own->wakeup_time, managers[0]->j_refcnt);
}

static void create (const long *a) {
  be_job_thread ();
  if (script_jobs[a[0]].job) {
    skip ();
    return;
  }
  again[a[0]] = a[2];
  make_job ((int) a[0], rules[a[1]], 1, 0, NULL, on_signal);
  struct event_timer *timer = (struct event_timer *) (script_jobs[a[0]].job + 1);
  memset (timer, 0xff, sizeof (*timer));
  lib->job_timer_init (script_jobs[a[0]].job);
  unlock_held (a[0]);
}

static void arm (const long *a) {
  be_job_thread ();
  struct async_job *job = held_job (a[0]);
  if (!job) {
    return;
  }
  /* Moved while its ALARM is pending, the original's timer is due at once and forgotten (cure 19): checks/dropin/jobs.c. */
  if (job->j_flags & 1 << (24 + ALARM)) {
    skip ();
    return;
  }
  lib->job_timer_insert (job, (double) a[1] / 4);
}

static void disarm (const long *a) {
  be_job_thread ();
  struct async_job *job = held_job (a[0]);
  if (job) {
    lib->job_timer_remove (job);
  }
}

static void unrefer (const long *a) {
  be_job_thread ();
  struct async_job *job = held_job (a[0]);
  if (job) {
    /* Its last reference must not be in a heap: the job would be freed there. */
    lib->job_timer_remove (job);
    script_jobs[a[0]].references--;
    lib->job_decref (1, job);
  }
}

static void set_now (const long *a) {
  be_job_thread ();
  *now () = (double) a[0] / 4;
}

static void run (const long *a) {
  (void) a;
  be_job_thread ();
  note ("%d", lib->thread_run_timers ());
}

static void serve (const long *a) {
  (void) a;
  serve_queue ();
}

static void check_all (const long *a) {
  (void) a;
  be_job_thread ();
  lib->jobs_check_all_timers ();
}

static double on_time (void *extra) {
  long *next = extra;
  note ("called at %g", *now ());
  return rounds-- > 0 ? *now () + (double) *next / 4 : *next % 2 ? 0 : -1;
}

static void make_around (const long *a) {
  static long next;
  be_job_thread ();
  if (around) {
    skip ();
    return;
  }
  next = a[0];
  rounds = (int) a[1];
  around = lib->job_timer_alloc (MAIN_CLASS, on_time, &next);
  lib->job_timer_insert (around, (double) a[0] / 4);
  note ("refs %d flags %x", around->j_refcnt, (unsigned) around->j_flags);
}

static void abort_around (const long *a) {
  be_job_thread ();
  if (around && rounds > 0) {
    lib->job_signal (1, lib->job_incref (around), ABORT);
    note ("refs %d flags %x", around->j_refcnt, (unsigned) around->j_flags);
    if (a[0]) {
      lib->job_decref (1, around);
      around = NULL;
    }
  } else {
    skip ();
  }
}

static void manager (const long *a) {
  be_job_thread ();
  struct async_job *job = lib->alloc_timer_manager ((int) a[0]);
  note ("mains %d refs %d", job == managers[0], job->j_refcnt);
}

/* In main: a manager's timers are its thread's. */
static void ask_manager (const long *a) {
  be_job_thread ();
  if (this_thread ()) {
    skip ();
    return;
  }
  struct job_thread *own = *(struct job_thread **) thread_local_at ("this_job_thread");
  note ("%x", (unsigned) lib->do_timer_manager_job (managers[0], (int) a[0], own));
}

static const struct operation operations[] = {
  { "create", create, { { "job", 0, JOBS - 1 }, { "rules", 0, 1 }, { "again", 0, 6 } }, 8 },
  { "arm", arm, { { "job", 0, JOBS - 1 }, { "quarters", -4, 20 } }, 12 },
  { "disarm", disarm, { { "job", 0, JOBS - 1 } }, 4 },
  { "unrefer", unrefer, { { "job", 0, JOBS - 1 } }, 1 },
  { "now", set_now, { { "quarters", 0, 20 } }, 6 },
  { "run", run, { { 0 } }, 8 },
  { "serve", serve, { { 0 } }, 8 },
  { "check_all", check_all, { { 0 } }, 2 },
  { "around", make_around, { { "quarters", 1, 8 }, { "rounds", 0, 3 } }, 2 },
  { "abort", abort_around, { { "unrefer", 0, 1 } }, 1 },
  { "manager", manager, { { "class", 1, 15 } }, 1 },
  { "ask_manager", ask_manager, { { "signal", 0, 7 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "job_timers.create(0,0,0);job_timers.arm(0,4);job_timers.now(3);job_timers.run;job_timers.now(4);job_timers.run;"
  "job_timers.run;job_timers.unrefer(0)",
  "job_timers.create(0,0,2);job_timers.create(1,0,0);job_timers.arm(0,4);job_timers.arm(1,4);job_timers.arm(0,8);job_timers.now(8);"
  "job_timers.run;job_timers.arm(0,-4);job_timers.run;job_timers.disarm(1)",
  "job_timers.create(0,0,0);job_timers.arm(0,4);job_timers.arm(0,8)@1;job_timers.now(5);job_timers.run;job_timers.serve;"
  "job_timers.now(9);job_timers.run;job_timers.arm(0,12)@2;job_timers.disarm(0)@1;job_timers.serve;job_timers.run",
  "job_timers.create(0,1,0);job_timers.arm(0,4);job_timers.now(4);job_timers.run;job_timers.serve@1;job_timers.serve",
  "job_timers.around(2,2);job_timers.now(2);job_timers.run;job_timers.now(4);job_timers.run;job_timers.now(6);job_timers.run;"
  "job_timers.check_all",
  "job_timers.around(1,3);job_timers.abort(0);job_timers.now(8);job_timers.run;job_timers.abort(1);job_timers.run",
  "job_timers.manager(3);job_timers.manager(5);job_timers.ask_manager(0);job_timers.ask_manager(1);job_timers.ask_manager(4)",
  NULL,
};

const struct script_family job_timers_scripts = { "job_timers", CAN_JOBS, operations, begin, observe, fixed };
