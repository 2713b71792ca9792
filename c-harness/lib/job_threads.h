/*
 * What objects of the drop-in ask of the threads' objects while they are loaded, in place of jobs/jobs and common/mp-queue where
 * these stay in C and are not there: every thread is one of the job system's. Weak: the real ones go first.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_JOB_THREADS_H
#define HARNESS_JOB_THREADS_H

/* The definitions: as code (job_threads.c), and as a text that is compiled later (relink.c). */
#define JOB_THREADS                                                                                    \
  struct thread_callback {                                                                             \
    struct thread_callback *next;                                                                      \
    void (*new_thread) (void);                                                                         \
  };                                                                                                   \
  void register_thread_callback (struct thread_callback *callback);                                    \
  int get_this_thread_id (void);                                                                       \
  __attribute__ ((weak)) int max_job_thread_id;                                                        \
  __attribute__ ((weak)) void register_thread_callback (struct thread_callback *callback) {            \
    callback->new_thread ();                                                                           \
  }                                                                                                    \
  __attribute__ ((weak)) int get_this_thread_id (void) {                                               \
    static int count;                                                                                  \
    static __thread int number;                                                                        \
    return number ? number : (number = __sync_add_and_fetch (&count, 1));                              \
  }

#endif
