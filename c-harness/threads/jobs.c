/*
 * Queues and jobs that many threads use at once. What a message holds, and what a job counts, is plain memory: a queue hands the
 * one on in order, a job's lock the other, or ThreadSanitizer reports a race. No message may be lost, and no signal, which would
 * leave one in its queue. `jobs control` counts without the lock.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "legacy_names.h"

struct mp_queue;
struct mp_queue *alloc_mp_queue_w (void);
long mpq_push_w (struct mp_queue *queue, void *value, int flags);
void *mpq_pop_nw (struct mp_queue *queue, int flags);
void *mpq_pop_w (struct mp_queue *queue, int flags);

enum {
  RUN = 0,
  FINISH = 7,
  MAIN = 3,
  FIRST_CLASS = 4,
  CLASSES = 3,
  SENDERS = 3,
  JOBS = 6,
  MESSAGES = 20000,
  TRIES = 4
};
#define ALLOW(class, signal) ((unsigned long long) (class) << (32 + 4 * (signal)) | 0x1000000u << (signal))

struct message {
  int number, sender, job;
};

/* The payload of a job. */
struct counted {
  struct mp_queue *queue;
  long runs, sum, last[SENDERS];
};

static struct async_job *jobs[JOBS];
static int finished, received, wrong;
static bool control;

static struct counted *counted (struct async_job *job) {
  return (struct counted *) (void *) (job + 1);
}

/* Each sender's messages come in their order. */
static void take (struct counted *c, struct message *m) {
  c->sum += m->number;
  if (m->number <= c->last[m->sender]) {
    __atomic_add_fetch (&wrong, 1, __ATOMIC_RELAXED);
  }
  c->last[m->sender] = m->number;
  free (m);
  __atomic_add_fetch (&received, 1, __ATOMIC_RELAXED);
}

static int run (struct async_job *job, int signal, struct job_thread *thread) {
  struct counted *c = counted (job);
  (void) thread;
  if (signal == FINISH) {
    __atomic_add_fetch (&finished, 1, __ATOMIC_RELEASE);
    return job_free (1, job);
  }
  c->runs++;
  for (struct message *m; (m = mpq_pop_nw (c->queue, TRIES));) {
    take (c, m);
  }
  return 0;
}

static void *send (void *arg) {
  int sender = (int) (size_t) arg;
  for (int i = 1; i <= MESSAGES; i++) {
    struct async_job *job = jobs[(i + sender) % JOBS];
    struct message *m = malloc (sizeof (*m));
    *m = (struct message) { .number = i, .sender = sender };
    mpq_push_w (counted (job)->queue, m, 0);
    if (control) {
      counted (job)->runs++;
    }
    job_signal (1, job_incref (job), RUN);
  }
  return NULL;
}

/* Two that only wait, at one queue. */
static struct mp_queue *shared;
static long popped[2];

static void *pop (void *arg) {
  int number = (int) (size_t) arg;
  for (int i = 0; i < MESSAGES; i++) {
    struct message *m = mpq_pop_w (shared, TRIES);
    popped[number] += m->number;
    free (m);
  }
  return NULL;
}

static void fail (const char *what) {
  fprintf (stderr, "FAILED: jobs: %s\n", what);
  exit (1);
}

int main (int argc, char **argv) {
  pthread_t senders[SENDERS], poppers[2];
  long sum = 0, expected = 0;
  control = argc > 1;
  (void) argv;
  alarm (300);
  init_async_jobs ();
  for (int i = 0; i < CLASSES; i++) {
    create_new_job_class (FIRST_CLASS + i, 1 + i, 1 + i);
  }
  /* Of main's class, and of classes with one, two and three threads. */
  for (int i = 0; i < JOBS; i++) {
    int class = MAIN + i % (CLASSES + 1);
    jobs[i] =
        create_async_job (run, ALLOW (class, RUN) | ALLOW (class, FINISH), 0, sizeof (struct counted), 0, 1, NULL);
    counted (jobs[i])->queue = alloc_mp_queue_w ();
    unlock_job (1, job_incref (jobs[i]));
  }
  shared = alloc_mp_queue_w ();
  for (size_t i = 0; i < 2; i++) {
    pthread_create (&poppers[i], NULL, pop, (void *) i);
  }
  for (size_t i = 0; i < SENDERS; i++) {
    pthread_create (&senders[i], NULL, send, (void *) i);
  }
  for (int i = 1; i <= 2 * MESSAGES; i++) {
    struct message *m = malloc (sizeof (*m));
    m->number = i;
    expected += i;
    mpq_push_w (shared, m, 0);
    run_pending_main_jobs ();
  }
  for (int i = 0; i < SENDERS; i++) {
    expected += (long) MESSAGES * (MESSAGES + 1) / 2;
  }
  while (__atomic_load_n (&received, __ATOMIC_RELAXED) < SENDERS * MESSAGES) {
    run_pending_main_jobs ();
    sched_yield ();
  }
  for (int i = 0; i < SENDERS; i++) {
    pthread_join (senders[i], NULL);
  }
  for (int i = 0; i < 2; i++) {
    pthread_join (poppers[i], NULL);
    sum += popped[i];
  }
  for (int i = 0; i < JOBS; i++) {
    struct async_job *job = jobs[i];
    while (!try_lock_job (job, 0, 0)) {
      run_pending_main_jobs ();
      sched_yield ();
    }
    sum += counted (job)->sum;
    unlock_job (1, job);
  }
  while (__atomic_load_n (&finished, __ATOMIC_ACQUIRE) < JOBS) {
    run_pending_main_jobs ();
    sched_yield ();
  }
  if (sum != expected || wrong) {
    fail (wrong ? "messages in another order" : "messages are lost, or came twice");
  }
  printf ("%d messages to %d jobs in %d classes, %d through a queue that two wait for\n", SENDERS * MESSAGES, JOBS,
          CLASSES + 1, 2 * MESSAGES);
  return 0;
}
