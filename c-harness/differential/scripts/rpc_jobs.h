/*
 * Jobs for scripts of queries, in one thread: the library's own, or where it has none, some that go on as those do.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_RPC_JOBS_H
#define DIFFERENTIAL_RPC_JOBS_H

#include "legacy_types.h"

struct job_thread;
typedef int (*job_function) (struct async_job *job, int signal, struct job_thread *thread);

void rpc_jobs_begin (void);
/* A job of a script's, locked, with a timer; and the end of a call in it. */
struct async_job *rpc_job_new (job_function run, int bytes);
void rpc_job_unlock (struct async_job *job);
/* These two take over a reference. */
void rpc_job_signal (struct async_job *job, int signal);
void rpc_job_drop (struct async_job *job);
/* Runs what waits. */
void rpc_jobs_run (void);
/* Time goes by; timers fire. */
void rpc_jobs_wait (double seconds);
/* How many there are. */
long long rpc_jobs_alive (void);

#endif
