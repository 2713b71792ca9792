/*
 * Threads without a job system: see job_threads.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "job_threads.h"

JOB_THREADS
