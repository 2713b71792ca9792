/*
 * See jobs_host.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "jobs_host.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __LP64__

struct job_thread jobs_host_threads[JOBS_HOST_THREADS];
struct job_class jobs_host_classes[JOBS_HOST_CLASSES];
int jobs_host_wake_ups, jobs_host_main_status;
void (*jobs_host_says) (const char *sentence);

/* The memory of a legacy `struct mp_queue`. */
static struct {
  _Alignas (64) unsigned char bytes[192];
} main_queue;

static struct jobs_host_library call;
static _Thread_local struct job_thread *this_thread;
static _Thread_local struct jobs_module_stat_jobs stats;
static int last_thread;

static void die (const char *what) {
  fprintf (stderr, "jobs_host: %s\n", what);
  abort ();
}

static void wake_main (void) {
  __atomic_add_fetch (&jobs_host_wake_ups, 1, __ATOMIC_RELAXED);
}

static void *own_thread (void) {
  return this_thread;
}

static void *own_stats (void) {
  return &stats;
}

static void *new_queue (void) {
  void *queue = aligned_alloc (64, sizeof (main_queue));
  if (!queue) {
    return NULL;
  }
  memset (queue, 0, sizeof (main_queue));
  if (call.init (queue, 1) < 0) {
    free (queue);
    return NULL;
  }
  return queue;
}

static void free_queue (void *queue) {
  call.clear (queue);
  free (queue);
}

static void push (void *queue, void *value) {
  if (call.push (queue, value, 0) < 0) {
    die ("a queue takes nothing");
  }
}

static void *pop (void *queue) {
  void *value = NULL;
  return call.pop (queue, JOBS_HOST_TRIES, &value) > 0 ? value : NULL;
}

static void free_message (void *message) {
  struct raw_message *m = message;
  m->magic = 0;
}

static void fail (const char *sentence) {
  if (jobs_host_says) {
    jobs_host_says (sentence);
  }
  die (sentence);
}

static const mtproxy_ffi_jobs_host_t lent = {
  .host_size = sizeof (mtproxy_ffi_jobs_host_t),
  .job_size = sizeof (struct async_job),
  .thread_size = sizeof (struct job_thread),
  .class_size = sizeof (struct job_class),
  .threads = jobs_host_threads,
  .classes = jobs_host_classes,
  .main_queue = &main_queue,
  .main_status = &jobs_host_main_status,
  .wake_main = wake_main,
  .this_thread = own_thread,
  .this_stats = own_stats,
  .alloc_queue = new_queue,
  .free_queue = free_queue,
  .push = push,
  .pop = pop,
  .free_message = free_message,
  .fail = fail,
};

const mtproxy_ffi_jobs_host_t *jobs_host_lent (void) {
  return &lent;
}

struct jobs_module_stat_jobs *jobs_host_stats (void) {
  return &stats;
}

void jobs_host_be (struct job_thread *thread) {
  this_thread = thread;
}

static struct job_thread *new_thread (int class, int mask, void *queue) {
  struct job_thread *thread = &jobs_host_threads[++last_thread];
  thread->id = last_thread;
  thread->thread_class = class;
  thread->job_class_mask = mask;
  thread->job_queue = queue;
  thread->job_class = &jobs_host_classes[class];
  thread->status = 1;
  return thread;
}

void jobs_host_begin (const struct jobs_host_library *library) {
  if (last_thread) {
    return;
  }
  call = *library;
  if (call.init (&main_queue, 1) < 0) {
    die ("no queue for main");
  }
  for (int i = 1; i < JOBS_HOST_CLASSES; i++) {
    jobs_host_classes[i].job_queue = (struct mp_queue *) (void *) &main_queue;
  }
  this_thread = new_thread (JOB_MAIN_CLASS, 0xffff, &main_queue);
  this_thread->pthread_id = pthread_self ();
}

/* What ends a thread that takes it out of its queue. */
static char the_end;

static void *serve (void *entry) {
  this_thread = entry;
  for (void *job = NULL; call.wait (this_thread->job_queue, JOBS_HOST_TRIES, &job) >= 0; job = NULL) {
    if (job == &the_end) {
      break;
    }
    if (job) {
      call.process (job);
    }
  }
  return NULL;
}

void jobs_host_start (int class) {
  struct job_class *of = &jobs_host_classes[class];
  pthread_t handle;
  if (!of->cur_threads++) {
    of->job_queue = new_queue ();
    jobs_host_threads[1].job_class_mask &= ~(1 << class);
  }
  struct job_thread *thread = new_thread (class, 1 | 1 << class, of->job_queue);
  if (pthread_create (&handle, NULL, serve, thread)) {
    die ("no thread");
  }
  thread->pthread_id = handle;
}

void jobs_host_end (void) {
  for (int i = 2; i <= last_thread; i++) {
    push (jobs_host_threads[i].job_queue, &the_end);
  }
  for (int i = 2; i <= last_thread; i++) {
    pthread_join (jobs_host_threads[i].pthread_id, NULL);
  }
}

#endif
