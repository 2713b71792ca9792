/*
 * Jobs for scripts of queries, in one thread.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_RPC_JOBS_H
#define DIFFERENTIAL_RPC_JOBS_H

#include "legacy_types.h"

typedef int (*job_function) (struct async_job *job, int signal, struct job_thread *thread);

void rpc_jobs_begin (void);
/* A job of a script's, locked, with a timer. */
struct async_job *rpc_job_new (job_function run, int bytes);
/* Time goes by; timers fire. */
void rpc_jobs_wait (double seconds);
/* How many there are. */
long long rpc_jobs_alive (void);

#endif
