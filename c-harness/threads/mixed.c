/*
 * Jobs of a mixed host, from many threads: three threads send messages to jobs of main and of classes with one and two threads,
 * while others take references and give them back. Each message is taken once, in its sender's order, and each job ends once.
 *
 * With an argument it counts the runs of a job without the job's lock too, which ThreadSanitizer must report.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "jobs_host.h"

enum { FIRST_CLASS = 4, CLASSES = 2, SENDERS = 3, JOBS = 6, MESSAGES = 20000 };

struct message {
  int number, sender;
};

/* The payload of a job. */
struct counted {
  void *queue;
  long runs, sum, last[SENDERS];
};

static void *jobs[JOBS];
static int finished, received, wrong;
static long sums;
static bool control;

static struct counted *counted (void *job) {
  return (struct counted *) (void *) ((struct async_job *) job + 1);
}

static int32_t run (void *job, int32_t signal, void *thread) {
  struct counted *c = counted (job);
  (void) thread;
  if (signal == JOB_FINISH) {
    __atomic_add_fetch (&sums, c->sum, __ATOMIC_RELAXED);
    __atomic_add_fetch (&finished, 1, __ATOMIC_RELEASE);
    return mtproxy_ffi_jobs_job_free (job);
  }
  c->runs++;
  for (void *item = NULL; mtproxy_ffi_mpq_pop_nw (c->queue, JOBS_HOST_TRIES, &item) > 0;) {
    struct message *m = item;
    c->sum += m->number;
    if (m->number <= c->last[m->sender]) {
      __atomic_store_n (&wrong, 1, __ATOMIC_RELAXED);
    }
    c->last[m->sender] = m->number;
    free (m);
    __atomic_add_fetch (&received, 1, __ATOMIC_RELAXED);
  }
  return 0;
}

static void *send (void *arg) {
  int sender = (int) (size_t) arg;
  for (int i = 1; i <= MESSAGES; i++) {
    void *job = jobs[(i + sender) % JOBS];
    struct message *m = malloc (sizeof (*m));
    *m = (struct message) { .number = i, .sender = sender };
    mtproxy_ffi_mpq_push_w (counted (job)->queue, m, 0);
    if (control) {
      counted (job)->runs++;
    }
    mtproxy_ffi_jobs_job_incref (job);
    mtproxy_ffi_jobs_job_signal (job, JOB_RUN);
    mtproxy_ffi_jobs_job_incref (job);
    mtproxy_ffi_jobs_job_decref (job);
  }
  return NULL;
}

int main (int argc, char **argv) {
  static const struct jobs_host_library library = { mtproxy_ffi_mpq_init,   mtproxy_ffi_mpq_clear,
                                                    mtproxy_ffi_mpq_push_w, mtproxy_ffi_mpq_pop_nw,
                                                    mtproxy_ffi_mpq_pop_w,  mtproxy_ffi_jobs_process_one_job };
  pthread_t senders[SENDERS];
  long expected = (long) SENDERS * MESSAGES * (MESSAGES + 1) / 2;
  (void) argv;
  control = argc > 1;
  alarm (300);
  jobs_host_begin (&library);
  if (mtproxy_ffi_jobs_attach (jobs_host_lent ()) < 0) {
    return 2;
  }
  for (int i = 0; i < 3; i++) {
    jobs_host_start (FIRST_CLASS + (i & 1)); /* two threads, and one */
  }
  for (int i = 0; i < JOBS; i++) {
    int class = JOB_MAIN_CLASS + i % (CLASSES + 1);
    mtproxy_ffi_jobs_create_async_job (run, JOB_ALLOW (class, JOB_RUN) | JOB_ALLOW (class, JOB_FINISH), 0,
                                       sizeof (struct counted), 0, NULL, &jobs[i]);
    counted (jobs[i])->queue = jobs_host_lent ()->alloc_queue ();
    mtproxy_ffi_jobs_job_incref (jobs[i]);
    mtproxy_ffi_jobs_unlock_job (jobs[i]);
  }
  for (size_t i = 0; i < SENDERS; i++) {
    if (pthread_create (&senders[i], NULL, send, (void *) i)) {
      return 2;
    }
  }
  while (__atomic_load_n (&received, __ATOMIC_RELAXED) < SENDERS * MESSAGES) {
    mtproxy_ffi_jobs_run_pending_main_jobs ();
    sched_yield ();
  }
  for (int i = 0; i < SENDERS; i++) {
    pthread_join (senders[i], NULL);
  }
  for (int i = 0; i < JOBS; i++) {
    mtproxy_ffi_jobs_job_decref (jobs[i]);
  }
  while (__atomic_load_n (&finished, __ATOMIC_ACQUIRE) < JOBS) {
    mtproxy_ffi_jobs_run_pending_main_jobs ();
    sched_yield ();
  }
  jobs_host_end ();
  if (sums != expected || wrong || mtproxy_ffi_jobs_run_pending_main_jobs ()) {
    fprintf (stderr, "FAILED: mixed: %s\n", wrong ? "messages in another order" : "messages are lost, or came twice");
    return 1;
  }
  printf ("%d messages to %d jobs of a host in %d classes\n", SENDERS * MESSAGES, JOBS, CLASSES + 1);
  return 0;
}
