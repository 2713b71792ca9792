/*
 * What objects of the drop-in ask of the threads' objects while they are loaded, in place of jobs/jobs and common/mp-queue where
 * these stay in C and are not there: every thread is one of the job system's, and queues are for one thread, and need no memory,
 * because a harness may make it scarce for the library that is linked with them. Weak: the real ones go first.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_JOB_THREADS_H
#define HARNESS_JOB_THREADS_H

/* The definitions: as code (job_threads.c), and as a text that is compiled later (relink.c). */
#define JOB_THREADS                                                                         \
  struct thread_callback {                                                                  \
    struct thread_callback *next;                                                           \
    void (*new_thread) (void);                                                              \
  };                                                                                        \
  void register_thread_callback (struct thread_callback *callback);                         \
  int get_this_thread_id (void);                                                            \
  void jobs_check_all_timers (void);                                                        \
  __attribute__ ((weak)) void jobs_check_all_timers (void) {                                \
  }                                                                                         \
  __attribute__ ((weak)) int max_job_thread_id;                                             \
  __attribute__ ((weak)) void register_thread_callback (struct thread_callback *callback) { \
    callback->new_thread ();                                                                \
  }                                                                                         \
  __attribute__ ((weak)) int get_this_thread_id (void) {                                    \
    static int count;                                                                       \
    static __thread int number;                                                             \
    return number ? number : (number = __sync_add_and_fetch (&count, 1));                   \
  }                                                                                         \
  struct mp_queue {                                                                         \
    int first, count, used;                                                                 \
    void *value[256];                                                                       \
  };                                                                                        \
  struct mp_queue *alloc_mp_queue_w (void);                                                 \
  void free_mp_queue (struct mp_queue *queue);                                              \
  long mpq_push_w (struct mp_queue *queue, void *value, int flags);                         \
  void *mpq_pop_nw (struct mp_queue *queue, int flags);                                     \
  __attribute__ ((weak)) struct mp_queue *alloc_mp_queue_w (void) {                         \
    static struct mp_queue all[64];                                                         \
    for (int i = 0; i < 64; i++) {                                                          \
      if (!all[i].used) {                                                                   \
        all[i].used = 1;                                                                    \
        return &all[i];                                                                     \
      }                                                                                     \
    }                                                                                       \
    __builtin_trap ();                                                                      \
  }                                                                                         \
  __attribute__ ((weak)) void free_mp_queue (struct mp_queue *queue) {                      \
    queue->first = queue->count = queue->used = 0;                                          \
  }                                                                                         \
  __attribute__ ((weak)) long mpq_push_w (struct mp_queue *queue, void *value, int flags) { \
    if (flags || !value || queue->count == 256) {                                           \
      __builtin_trap ();                                                                    \
    }                                                                                       \
    queue->value[(queue->first + queue->count++) % 256] = value;                            \
    return 0;                                                                               \
  }                                                                                         \
  __attribute__ ((weak)) void *mpq_pop_nw (struct mp_queue *queue, int flags) {             \
    if (flags < 1) {                                                                        \
      __builtin_trap ();                                                                    \
    }                                                                                       \
    if (!queue->count) {                                                                    \
      return 0;                                                                             \
    }                                                                                       \
    queue->count--;                                                                         \
    queue->first = (queue->first + 1) % 256;                                                \
    return queue->value[(queue->first + 255) % 256];                                        \
  }

#endif
