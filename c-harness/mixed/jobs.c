/*
 * Jobs of the original's own C library, whose functions and ours work on the same jobs at the same time: its threads run them,
 * and three more send signals, take references and give them back, now by its functions, now by ours. No two runs of a job
 * overlap, no signal is lost, and each job ends once.
 *
 * With an argument a job is also run without its lock, which must be noticed.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "jobs_host.h"

/* The original's. */
typedef int job_function (struct async_job *job, int signal, struct job_thread *thread);
extern struct job_thread JobThreads[JOBS_HOST_THREADS];
extern struct job_class JobClasses[JOBS_HOST_CLASSES];
extern char MainJobQueue[];
extern int main_thread_interrupt_status;
extern __thread struct job_thread *this_job_thread;
extern __thread struct jobs_module_stat_jobs *jobs_module_stat_jobs;
void jobs_module_thread_init_jobs (void);
void jobs_module_thread_init_mp_queue (void);
void wakeup_main_thread (void);
void *alloc_mp_queue_w (void);
void free_mp_queue (void *queue);
long mpq_push_w (void *queue, void *value, int flags);
void *mpq_pop_nw (void *queue, int flags);
int rwm_free (struct raw_message *message);
int init_async_jobs (void);
int create_new_job_class (int class, int least, int most);
struct async_job *create_async_job (job_function *run, unsigned long long signals, int subclass, int bytes,
                                    unsigned long long type, int tag, struct async_job *parent);
int unlock_job (int tag, struct async_job *job);
void job_signal (int tag, struct async_job *job, int signal);
struct async_job *job_incref (struct async_job *job);
void job_decref (int tag, struct async_job *job);
int job_free (int tag, struct async_job *job);
int run_pending_main_jobs (void);

static void *own_thread (void) {
  return this_job_thread;
}

static void *own_stats (void) {
  return jobs_module_stat_jobs;
}

static void push (void *queue, void *value) {
  mpq_push_w (queue, value, 0);
}

static void *pop (void *queue) {
  return mpq_pop_nw (queue, JOBS_HOST_TRIES);
}

static void free_message (void *message) {
  rwm_free (message);
}

static void fail (const char *sentence) {
  fprintf (stderr, "FAILED: mixed: %s\n", sentence);
  abort ();
}

enum { SENDERS = 3, FIRST_SENDER = 200, JOBS = 8, FIRST_CLASS = 4, CLASSES = 3, SIGNALS = 200000, NO_CLASS = 15 };

static struct async_job *jobs[JOBS];
static int finished, overlaps;
static bool control;

struct payload {
  int inside, pending, runs;
};

static struct payload *payload_of (struct async_job *job) {
  return (struct payload *) (void *) (job + 1);
}

static int run (struct async_job *job, int signal, struct job_thread *thread) {
  struct payload *p = payload_of (job);
  (void) thread;
  if (__atomic_add_fetch (&p->inside, 1, __ATOMIC_SEQ_CST) != 1) {
    __atomic_add_fetch (&overlaps, 1, __ATOMIC_SEQ_CST);
  }
  if (signal == JOB_FINISH) {
    int ours = p->runs & 1;
    __atomic_add_fetch (&finished, 1, __ATOMIC_SEQ_CST);
    return ours ? mtproxy_ffi_jobs_job_free (job) : job_free (1, job);
  }
  p->runs++;
  __atomic_store_n (&p->pending, 0, __ATOMIC_SEQ_CST);
  for (volatile int i = 0; i < 20; i++) {
  }
  __atomic_sub_fetch (&p->inside, 1, __ATOMIC_SEQ_CST);
  return 0;
}

/* The original lets only job threads send: a sender is one, of a class that has no jobs. */
static void *send (void *arg) {
  size_t number = FIRST_SENDER + (size_t) arg;
  unsigned x = (unsigned) number;
  this_job_thread = &JobThreads[number];
  *this_job_thread =
      (struct job_thread) { .id = (int) number, .thread_class = NO_CLASS, .job_class_mask = 1, .status = 1 };
  jobs_module_thread_init_jobs ();
  jobs_module_thread_init_mp_queue ();
  for (int i = 0; i < SIGNALS; i++) {
    x = x * 1664525u + 1013904223u;
    struct async_job *job = jobs[x >> 24 & (JOBS - 1)];
    __atomic_store_n (&payload_of (job)->pending, 1, __ATOMIC_SEQ_CST);
    if (x & 0x100) {
      job_incref (job);
    } else {
      mtproxy_ffi_jobs_job_incref (job);
    }
    if (x & 0x200) {
      job_signal (1, job, x >> 16 & 1);
    } else {
      mtproxy_ffi_jobs_job_signal (job, x >> 16 & 1);
    }
    if (control && x & 0x1000) {
      run (job, JOB_RUN, this_job_thread);
    }
    if (i % 4096 == 0) {
      usleep (100);
    }
  }
  return NULL;
}

static void run_main (void) {
  run_pending_main_jobs ();
  mtproxy_ffi_jobs_run_pending_main_jobs ();
  usleep (20);
}

int main (int argc, char **argv) {
  static mtproxy_ffi_jobs_host_t host;
  pthread_t senders[SENDERS];
  int runs = 0;
  (void) argv;
  control = argc > 1;
  alarm (120);
  host = (mtproxy_ffi_jobs_host_t) { sizeof (host),
                                     sizeof (struct async_job),
                                     sizeof (struct job_thread),
                                     sizeof (struct job_class),
                                     JobThreads,
                                     JobClasses,
                                     MainJobQueue,
                                     &main_thread_interrupt_status,
                                     wakeup_main_thread,
                                     own_thread,
                                     own_stats,
                                     alloc_mp_queue_w,
                                     free_mp_queue,
                                     push,
                                     pop,
                                     free_message,
                                     fail };
  init_async_jobs ();
  for (int i = 0; i < CLASSES; i++) {
    create_new_job_class (FIRST_CLASS + i, 1 + i, 1 + i);
  }
  if (mtproxy_ffi_jobs_attach (&host) < 0) {
    fail ("the original's tables are refused");
  }
  for (int i = 0; i < JOBS; i++) {
    int class = JOB_MAIN_CLASS + i % (CLASSES + 1);
    uint64_t signals = JOB_ALLOW (class, JOB_RUN) | JOB_ALLOW (class, JOB_AUX) | JOB_ALLOW (class, JOB_FINISH);
    void *made = NULL;
    if (i & 4) {
      made = create_async_job (run, signals, 0, sizeof (struct payload), 0, 1, NULL);
    } else {
      mtproxy_ffi_jobs_create_async_job ((mtproxy_ffi_job_function_t) (void *) run, signals, 0, sizeof (struct payload),
                                         0, NULL, &made);
    }
    jobs[i] = made;
    job_incref (jobs[i]);
    if (i & 1) {
      unlock_job (1, jobs[i]);
    } else {
      mtproxy_ffi_jobs_unlock_job (jobs[i]);
    }
  }
  for (size_t i = 0; i < SENDERS; i++) {
    if (pthread_create (&senders[i], NULL, send, (void *) i)) {
      return 2;
    }
  }
  for (int i = 0; i < SENDERS; i++) {
    while (pthread_tryjoin_np (senders[i], NULL)) {
      run_main ();
    }
  }
  for (int i = 0; i < JOBS; i++) {
    /* A signal that is lost is waited for until the alarm. */
    while (__atomic_load_n (&payload_of (jobs[i])->pending, __ATOMIC_SEQ_CST)) {
      run_main ();
    }
  }
  for (int i = 0; i < JOBS; i++) {
    runs += payload_of (jobs[i])->runs;
    if (i & 2) {
      job_decref (1, jobs[i]);
    } else {
      mtproxy_ffi_jobs_job_decref (jobs[i]);
    }
  }
  while (__atomic_load_n (&finished, __ATOMIC_SEQ_CST) < JOBS) {
    run_main ();
  }
  if (overlaps) {
    fail ("runs of a job overlap");
  }
  printf ("mixed: %d signals by the original's functions and ours, %d runs in its threads, %d jobs ended\n",
          SENDERS * SIGNALS, runs, finished);
  return 0;
}
