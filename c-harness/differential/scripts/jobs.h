/*
 * Jobs of the scripts: see jobs.c. The families of timers, messages and lists use the same ones.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_JOBS_H
#define DIFFERENTIAL_JOBS_H

#include "script.h"

enum { JOBS = 5, SIGNALS = 8 };
enum { RUN = 0, AUX = 1, MSG = 2, ALARM = 4, ABORT = 5, KILL = 6, FINISH = 7 };
enum { LOCKED = 0x10000, COMPLETED = 0x40000, DESTROYED = -0x7fffffff - 1 };
enum { MAIN_CLASS = 3, FIRST_CLASS = 5, ENGINE_CLASS = 8 };

/* What a job's function gets, besides noting that it was called. */
typedef int job_action_t (int number, struct async_job *job, int signal);

struct script_job {
  struct async_job *job; /* NULL once it is finished */
  int references;        /* those of the script */
  bool locked;           /* by the script */
};

extern struct script_job script_jobs[JOBS];

/* The job system of this process, with main and a job thread for each of the script's; once. */
void begin_jobs (void);
/* Makes the calling thread one of the job system's. */
void be_job_thread (void);
/* Makes job `number`, locked, with a payload of `bytes` after what its type asks for. `action` is called for each signal but
   FINISH. */
void make_job (int number, unsigned long long signals, int type, int bytes, struct async_job *parent,
               job_action_t *action);
/* The job, if the script has a reference; else NULL, and the step is skipped. */
struct async_job *held_job (long number);
/* The same, with a reference more. */
struct async_job *one_more (long number);
/* Gives the lock back, with a reference of its own. */
void unlock_held (long number);
/* Called when a connection fails: returns whether it is one of the script's; may be NULL. */
extern bool (*on_failure) (struct async_job *connection, int error);
/* Runs what is in the queue of this thread. */
void serve_queue (void);
/* The jobs that the script has a reference to. */
void observe_jobs (void);

#endif
