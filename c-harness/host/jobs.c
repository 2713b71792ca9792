/*
 * The functions of jobs, as the adapters of a mixed host call them: this file has the legacy tables, and lends them.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "jobs_host.h"
#include "mtproxy_ffi_bridge.h"

#ifdef __LP64__

enum { FIRST_CLASS = 4, CLASSES = 2, JOBS = 6, SENDERS = 2, SIGNALS = 5000 };

struct payload {
  int runs, result, answer;
  void *other; /* is sent a signal by each run */
};

static char order[64];
static int finished;

static struct payload *payload_of (void *job) {
  return (struct payload *) ((struct async_job *) job + 1);
}

static int32_t run (void *job, int32_t signal, void *thread) {
  struct payload *p = payload_of (job);
  (void) thread;
  if (signal == JOB_FINISH) {
    __atomic_add_fetch (&finished, 1, __ATOMIC_RELEASE);
    return mtproxy_ffi_jobs_job_free (job);
  }
  p->runs++;
  return p->result;
}

/* As `run`, and writes down the signal; then signals another job. */
static int32_t run_in_order (void *job, int32_t signal, void *thread) {
  struct payload *p = payload_of (job);
  size_t len = strlen (order);
  if (len < sizeof (order) - 1) {
    order[len] = (char) ('0' + signal);
  }
  if (signal != JOB_FINISH && p->other) {
    mtproxy_ffi_jobs_job_incref (p->other);
    mtproxy_ffi_jobs_job_signal (p->other, JOB_AUX);
  }
  return run (job, signal, thread);
}

#define ALL(class)                                                                        \
  (JOB_ALLOW (class, JOB_RUN) | JOB_ALLOW (class, JOB_AUX) | JOB_ALLOW (class, JOB_MSG) | \
   JOB_ALLOW (class, JOB_ABORT) | JOB_ALLOW (class, JOB_FINISH))

static void *make (mtproxy_ffi_job_function_t function, uint64_t signals, void *parent) {
  void *job = NULL;
  int status =
      mtproxy_ffi_jobs_create_async_job (function, signals, 0, (int32_t) sizeof (struct payload), 0, parent, &job);
  expect (status == 0 && job && (uintptr_t) job % 64 == 0, "a job is made");
  return job;
}

/* What one thread sees: the highest signal goes first, a job that runs is not interrupted, and the last reference ends it. */
static void use_alone (void) {
  void *job = make (run_in_order, ALL (JOB_MAIN_CLASS), NULL), *other = make (run_in_order, ALL (JOB_MAIN_CLASS), NULL);
  struct payload *p = payload_of (job);
  order[0] = 0;
  for (int signal = JOB_RUN; signal <= JOB_MSG; signal++) {
    mtproxy_ffi_jobs_job_incref (job);
    mtproxy_ffi_jobs_job_signal (job, signal);
  }
  expect (!*order, "a job that is locked waits");
  int counted = mtproxy_ffi_jobs_job_incref (job), unlocked = mtproxy_ffi_jobs_unlock_job (job);
  expect (unlocked == 0 && !strcmp (order, "210"), "then its signals run, the highest first");
  expect (mtproxy_ffi_jobs_unlock_job (job) == MTPROXY_FFI_EINVAL, "who has no lock cannot give it back");
  report ("mtproxy_ffi_jobs_job_incref", "%d", counted);
  report ("mtproxy_ffi_jobs_unlock_job", "%d, order %s", unlocked, order);

  mtproxy_ffi_jobs_job_incref (other);
  int scheduled = mtproxy_ffi_jobs_schedule_job (other);
  expect (scheduled == 0 && payload_of (other)->runs == 1, "a job that is scheduled runs");
  report ("mtproxy_ffi_jobs_schedule_job", "%d, %d run", scheduled, payload_of (other)->runs);
  p->other = other;
  mtproxy_ffi_jobs_job_incref (job);
  int sent = mtproxy_ffi_jobs_job_signal (job, JOB_RUN);
  expect (payload_of (other)->runs == 1, "a signal that is sent by a job waits in the queue");
  int pending = mtproxy_ffi_jobs_run_pending_main_jobs ();
  expect (sent == 0 && pending == 1 && payload_of (other)->runs == 2, "where main finds it");
  report ("mtproxy_ffi_jobs_job_signal", "%d", sent);
  report ("mtproxy_ffi_jobs_run_pending_main_jobs", "%d job", pending);

  long long before = jobs_host_stats ()->jobs_allocated_memory;
  int given = mtproxy_ffi_jobs_job_decref (job);
  long long freed = before - jobs_host_stats ()->jobs_allocated_memory;
  expect (finished == 1 && freed == 64 + (long long) sizeof (struct payload), "the last reference ends a job");
  mtproxy_ffi_jobs_job_decref (other);
  expect (finished == 2, "... and the other");
  report ("mtproxy_ffi_jobs_job_decref", "%d", given);
  report ("mtproxy_ffi_jobs_job_free", "%lld bytes", freed);

  /* A parent waits for its child. */
  void *parent = make (run, ALL (JOB_MAIN_CLASS), NULL);
  mtproxy_ffi_jobs_job_incref (parent);
  mtproxy_ffi_jobs_unlock_job (parent);
  mtproxy_ffi_jobs_job_incref (parent);
  void *child = make (run, ALL (JOB_MAIN_CLASS) | 6, parent);
  payload_of (child)->result = 0x100;
  expect (((struct async_job *) parent)->j_children == 1, "a parent counts its children");
  mtproxy_ffi_jobs_schedule_job (child);
  expect (payload_of (parent)->runs == 1 && finished == 3, "the last child that is completed runs it");
  mtproxy_ffi_jobs_job_decref (parent);
  expect (finished == 4 && mtproxy_ffi_jobs_run_pending_main_jobs () == 0, "nothing is left");
  report ("mtproxy_ffi_jobs_create_async_job", "%d jobs", finished);
}

/* What subscribes is run each time the notification is. */
static void use_notification (void) {
  enum { SUBSCRIBE = (int) 0x8934a894u };
  void *notification = NULL, *waits = make (run, ALL (JOB_MAIN_CLASS), NULL);
  int made = mtproxy_ffi_jobs_notify_job_create (JOB_MAIN_CLASS, &notification);
  expect (made == 0 && notification, "a notification is made");
  struct job_message_queue *queue = *(struct job_message_queue **) ((struct async_job *) notification + 1);
  struct job_message *message = calloc (1, sizeof (*message));
  if (!expect (queue && message, "it has a queue of messages")) {
    return;
  }
  mtproxy_ffi_jobs_job_incref (waits);
  mtproxy_ffi_jobs_unlock_job (waits);
  mtproxy_ffi_jobs_job_incref (waits);
  *message = (struct job_message) { .type = (unsigned) SUBSCRIBE, .flags = 1, .src = waits };
  message->message.magic = 1;
  mtproxy_ffi_mpq_push_w (queue->unsorted, message, 0);
  mtproxy_ffi_jobs_job_incref (notification);
  mtproxy_ffi_jobs_unlock_job (notification);
  mtproxy_ffi_jobs_job_incref (notification);
  mtproxy_ffi_jobs_job_signal (notification, JOB_MSG);
  ((struct async_job *) waits)->j_children++;
  mtproxy_ffi_jobs_job_incref (notification);
  mtproxy_ffi_jobs_job_signal (notification, JOB_RUN);
  mtproxy_ffi_jobs_run_pending_main_jobs ();
  expect (payload_of (waits)->runs == 1, "who subscribed is told");
  report ("mtproxy_ffi_jobs_notify_job_create", "%d, %d told", made, payload_of (waits)->runs);
  mtproxy_ffi_jobs_job_decref (notification);
  mtproxy_ffi_jobs_job_decref (waits);
}

static void *jobs[JOBS];

static void *send (void *arg) {
  for (int i = 0; i < SIGNALS; i++) {
    void *job = jobs[(size_t) i % JOBS];
    /* The lock keeps the runs of a job apart, wherever they are. */
    mtproxy_ffi_jobs_job_incref (job);
    mtproxy_ffi_jobs_job_signal (job, i % 3 ? JOB_RUN : JOB_AUX);
  }
  return arg;
}

/* Two threads signal jobs of main and of classes with threads. */
static int use_together (void) {
  pthread_t senders[SENDERS];
  int before = finished, pending = 0;
  for (int i = 0; i < CLASSES; i++) {
    jobs_host_start (FIRST_CLASS + i);
  }
  jobs_host_start (FIRST_CLASS);
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = make (run, ALL (JOB_MAIN_CLASS + i % (CLASSES + 1)), NULL);
    mtproxy_ffi_jobs_job_incref (jobs[i]);
    mtproxy_ffi_jobs_unlock_job (jobs[i]);
  }
  for (size_t i = 0; i < SENDERS; i++) {
    if (pthread_create (&senders[i], NULL, send, NULL)) {
      return expect (0, "a thread");
    }
  }
  for (int i = 0; i < SENDERS; i++) {
    pthread_join (senders[i], NULL);
  }
  pending += mtproxy_ffi_jobs_run_pending_main_jobs ();
  for (int i = 0; i < JOBS; i++) {
    mtproxy_ffi_jobs_job_decref (jobs[i]);
  }
  while (__atomic_load_n (&finished, __ATOMIC_ACQUIRE) < before + JOBS) {
    pending += mtproxy_ffi_jobs_run_pending_main_jobs ();
    sched_yield ();
  }
  expect (pending > 0, "main runs what is its own");
  jobs_host_end ();
  return JOBS;
}

void use_jobs (void) {
  printf ("jobs\n");
  expect (rust_ffi_jobs_run_in_rust (), "the bridge routes jobs to Rust");
  mtproxy_ffi_jobs_host_t other = *jobs_host_lent ();
  int again = mtproxy_ffi_jobs_attach (jobs_host_lent ()), stranger = mtproxy_ffi_jobs_attach (&other);
  expect (again == 0 && stranger == MTPROXY_FFI_EINVAL, "there is one host");
  report ("mtproxy_ffi_jobs_attach", "%d, another host %d", again, stranger);
  use_alone ();
  use_notification ();
  int ended = use_together ();
  printf ("  %d signals of %d threads, %d jobs of %d classes\n", SENDERS * SIGNALS, SENDERS, ended, CLASSES + 1);
  report ("mtproxy_ffi_jobs_process_one_job", "%d jobs of %d classes", ended, CLASSES + 1);
}

#else

void use_jobs (void) {
  printf ("jobs\n  stay in C: the legacy tables are those of 64-bit machines\n");
  expect (!rust_ffi_jobs_run_in_rust (), "the bridge leaves jobs in C");
}

#endif
