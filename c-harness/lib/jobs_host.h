/*
 * A C program that has jobs: the legacy tables, queues of the library's, and threads; what it lends for its jobs to run in Rust.
 * On 64-bit machines, since the legacy structs have no other layout.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef JOBS_HOST_H
#define JOBS_HOST_H

#ifdef __LP64__

#include "legacy_types.h"
#include "mtproxy_ffi.h"

enum {
  JOB_RUN = 0,
  JOB_AUX = 1,
  JOB_MSG = 2,
  JOB_ABORT = 5,
  JOB_FINISH = 7,
  JOB_MAIN_CLASS = 3,
  JOBS_HOST_THREADS = 256,
  JOBS_HOST_CLASSES = 16,
  JOBS_HOST_TRIES = 4
};
#define JOB_ALLOW(class, signal) ((uint64_t) (class) << (32 + 4 * (signal)) | 0x1000000u << (signal))
#define JOB_FAST(class, signal) (JOB_ALLOW (class, signal) | 0x10000u << (signal))

/* The library's functions, which a program may have found by dlsym. */
struct jobs_host_library {
  int32_t (*init) (void *queue, int32_t waiting);
  int32_t (*clear) (void *queue);
  int64_t (*push) (void *queue, void *value, int32_t flags);
  int32_t (*pop) (void *queue, int32_t flags, void **out);
  int32_t (*wait) (void *queue, int32_t flags, void **out);
  int32_t (*process) (void *job);
};

extern struct job_thread jobs_host_threads[JOBS_HOST_THREADS];
extern struct job_class jobs_host_classes[JOBS_HOST_CLASSES];
/* How often main was woken, and main's status. */
extern int jobs_host_wake_ups, jobs_host_main_status;
/* Called with a sentence before the end. */
extern void (*jobs_host_says) (const char *sentence);

/* This thread is main from now on, once; main serves all classes. */
void jobs_host_begin (const struct jobs_host_library *library);

/* What it lends. */
const mtproxy_ffi_jobs_host_t *jobs_host_lent (void);

/* The calling thread's counters, and an entry of another class's, which a test may be for a while. */
struct jobs_module_stat_jobs *jobs_host_stats (void);
void jobs_host_be (struct job_thread *thread);

/* Gives a class a thread more, which serves its queue until the end. */
void jobs_host_start (int class);

/* Ends these threads; no job is in their queues. */
void jobs_host_end (void);

#endif

#endif
