/*
 * Jobs for scripts of queries: see rpc_jobs.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "rpc_jobs.h"

#include "script.h"

enum { HAS_TIMER = 1 };

static double clock_now;

/* Of the first thread. */
static struct job_thread *job_thread;
static long long active_before;

void rpc_jobs_begin (void) {
  lib->init_async_jobs ();
  job_thread = *(struct job_thread **) thread_local_at ("this_job_thread");
  active_before = job_thread->jobs_active;
  rpc_jobs_wait (5000.5);
}

struct async_job *rpc_job_new (job_function run, int bytes) {
  /* All signals are allowed, in the engine's thread. */
  return lib->create_async_job (run, 0x88888888ff000000, -2, bytes, HAS_TIMER, 1, NULL);
}

void rpc_jobs_wait (double seconds) {
  clock_now += seconds;
  *(double *) thread_local_at ("precise_now") = clock_now;
  lib->thread_run_timers ();
}

long long rpc_jobs_alive (void) {
  return job_thread->jobs_active - active_before;
}
