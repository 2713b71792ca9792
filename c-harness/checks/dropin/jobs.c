/*
 * Jobs where the original crashes, aborts, loses a job or a timer; and real threads: classes, subclasses, waking main.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host.h"
#include "legacy_names.h"
#include "sentences.h"

enum { RUN = 0, AUX = 1, ALARM = 4, FINISH = 7, IO = 1, CPU = 2, MAIN = 3, OTHER = 4, SUB = 5, LOCKED = 0x10000 };
#define ALLOW(class, signal) ((unsigned long long) (class) << (32 + 4 * (signal)) | 0x1000000u << (signal))

/* The harness declares what it compares. */
int create_job_class (int class, int min, int max, int only);
int create_new_job_class_sub (int class, int min, int max, int subclasses);
int create_job_class_threads (int class);
int create_job_thread (int class);
int insert_connection_into_job_list (struct async_job *list, struct async_job *connection);
void check_main_thread (void);
void update_all_thread_stats (void);
/* ... and no thread-local variables. */
extern __thread double now_of_thread __asm__ ("precise_now");
extern volatile int status_of_main __asm__ ("main_thread_interrupt_status");

/* The reading end of the engine's pipe. */
static int bell;

int pipe2 (int ends[2], int flags) {
  typedef int pipe_t (int *, int);
  int result = ((pipe_t *) dlsym (RTLD_NEXT, "pipe2")) (ends, flags);
  bell = ends[0];
  return result;
}

/* How often main was woken since the last call; waits a while for the first time. */
static int wakeups (void) {
  struct pollfd first = { .fd = bell, .events = POLLIN };
  int bytes = 0;
  poll (&first, 1, 1000);
  char rest[400];
  expect (bell > 0 && ioctl (bell, FIONREAD, &bytes) == 0 && bytes < (int) sizeof (rest), "the pipe's contents");
  expect (!bytes || read (bell, rest, (size_t) bytes) == bytes, "the pipe is emptied");
  return bytes / 4;
}

/* ---- threads that cannot be made, or are not ---- */

static enum { REAL, REFUSED, PRETENDED } threads;

int pthread_create (pthread_t *id, const pthread_attr_t *attributes, void *(*run) (void *), void *argument) {
  typedef int create_t (pthread_t *, const pthread_attr_t *, void *(*) (void *), void *);
  static pthread_t pretended = 1;
  if (threads == REFUSED) {
    return EAGAIN;
  }
  if (threads == PRETENDED) {
    *id = pretended++;
    return 0;
  }
  create_t *real = (create_t *) dlsym (RTLD_NEXT, "pthread_create");
  return real (id, attributes, run, argument);
}

/* ---- jobs ---- */

struct counted {
  int runs, inside, most;
  struct async_job *signals; /* sends that job RUN */
};

static struct counted *counted (struct async_job *job) {
  return (struct counted *) ((char *) (job + 1) + 48);
}

static int run_counted (struct async_job *job, int signal, struct job_thread *thread) {
  struct counted *c = counted (job);
  (void) thread;
  if (signal == FINISH) {
    return job_free (1, job);
  }
  if (c->signals) {
    job_signal (1, job_incref (c->signals), RUN);
  }
  __atomic_add_fetch (&c->runs, 1, __ATOMIC_SEQ_CST);
  return 0;
}

static struct async_job *new_job (unsigned long long signals, int subclass, int type) {
  struct async_job *job = create_async_job (run_counted, signals, subclass, 48 + (int) sizeof (struct counted),
                                            (unsigned long long) type, 1, NULL);
  unlock_job (1, job_incref (job));
  return job;
}

static int runs (struct async_job *job) {
  return __atomic_load_n (&counted (job)->runs, __ATOMIC_SEQ_CST);
}

/* Within five seconds. */
static int comes_true (int (*is_true) (struct async_job *), struct async_job *job) {
  for (int i = 0; i < 5000 && !is_true (job); i++) {
    usleep (1000);
  }
  return is_true (job);
}

static int has_run (struct async_job *job) {
  return runs (job) > 0;
}

static int is_alone (struct async_job *job) {
  return __atomic_load_n (&job->j_refcnt, __ATOMIC_SEQ_CST) == 1;
}

/* Cure 19: a timer that is moved while its ALARM is pending. */
static void moved_timer (void) {
  struct async_job *job = new_job (ALLOW (MAIN, RUN) | ALLOW (MAIN, FINISH), 0, 1);
  now_of_thread = 10;
  job_timer_insert (job, 10);
  expect (try_lock_job (job, 0, 0) == 1, "the job is busy");
  thread_run_timers ();
  expect (job->j_flags & 1 << (24 + ALARM), "its timer is due meanwhile");
  job_timer_insert (job, 107);
  expect (job_timer_check (job) == 0, "moved, it is not due any more");
  expect (job_timer_active (job) && job_timer_wakeup_time (job) == 107, "and keeps its new time");
  now_of_thread = 107;
  thread_run_timers ();
  expect (job_timer_check (job) == 1 && !job_timer_active (job), "at which it is due");
  unlock_job (1, job);
}

/* Cure 20: a job in main's queue when its class gets threads. */
static void early_job (void) {
  struct async_job *late = new_job (ALLOW (IO, RUN) | ALLOW (IO, FINISH), 0, 0);
  struct async_job *first = new_job (ALLOW (MAIN, RUN) | ALLOW (MAIN, FINISH), 0, 0);
  counted (first)->signals = late;
  job_signal (1, job_incref (first), RUN);
  expect (!runs (late) && late->j_flags & 1 << IO, "a job waits in main's queue");
  threads = REFUSED;
  expect (create_new_job_class (IO, 1, 1) == 0, "a thread that cannot be made is not counted");
  expect (said ("create_job_thread: pthread_create() failed"), "and the reason is told");
  threads = REAL;
  expect (create_job_class_threads (IO) == 1, "later there is one");
  run_pending_main_jobs ();
  expect (comes_true (has_run, late), "the job runs there");
  expect (comes_true (is_alone, late), "and no queue holds it");
  job_signal (1, job_incref (late), RUN);
  for (int i = 0; i < 5000 && runs (late) < 2; i++) {
    usleep (1000);
  }
  expect (runs (late) == 2, "and runs again");
  job_decref (1, first);
  job_decref (1, late);
}

/* A class whose threads cannot be made is main's, as before. */
static void refused_class (void) {
  struct async_job *job = new_job (ALLOW (6, RUN) | ALLOW (6, FINISH), 0, 0);
  threads = REFUSED;
  expect (create_new_job_class (6, 2, 2) == 0, "no thread of the class can be made");
  threads = REAL;
  job_signal (1, job_incref (job), RUN);
  expect (runs (job) == 1, "main serves it");
  job_decref (1, job);
}

/* ---- threads that run no jobs: the original crashes ---- */

static struct async_job *of_main;

static void *plain (void *made) {
  double random = drand48_j ();
  expect (random >= 0 && random < 1 && lrand48_j () >= 0, "a plain thread has random numbers");
  mrand48_j ();
  job_signal (1, job_incref (of_main), RUN);
  struct async_job *job = new_job (ALLOW (MAIN, RUN) | ALLOW (0, FINISH), 0, 1);
  job_timer_insert (job, 200);
  job_signal (1, job_incref (job), RUN);
  *(struct async_job **) made = job;
  return NULL;
}

static void plain_thread (void) {
  pthread_t id;
  struct async_job *made = NULL, *manager = alloc_timer_manager (MAIN);
  long long memory = jobs_get_allocated_memoty ();
  of_main = new_job (ALLOW (MAIN, RUN) | ALLOW (MAIN, FINISH), 0, 0);
  status_of_main = 1;
  pthread_create (&id, NULL, plain, &made);
  pthread_join (id, NULL);
  expect (wakeups () == 1 && status_of_main == 2, "a thread that gives main a job wakes it, once");
  status_of_main = 0;
  expect (run_pending_main_jobs () >= 2 && runs (of_main) == 1 && runs (made) == 1,
          "a plain thread signals and makes jobs");
  expect (job_timer_active (made) && ((struct event_timer *) (made + 1))->h_idx > 0, "their timers are main's");
  job_timer_remove (made);
  job_decref (1, made);
  job_decref (1, of_main);
  job_decref (1, manager);
  expect (jobs_get_allocated_memoty () == memory, "and nothing is left of them");
}

/* ---- threads of classes ---- */

static struct counted all;

static int run_inside (struct async_job *job, int signal, struct job_thread *thread) {
  static struct counted subclasses[4];
  struct counted *own = &subclasses[job->j_subclass + 1];
  (void) thread;
  if (signal == FINISH) {
    return job_free (1, job);
  }
  int inside = __atomic_add_fetch (&own->inside, 1, __ATOMIC_SEQ_CST);
  int others = __atomic_add_fetch (&all.inside, 1, __ATOMIC_SEQ_CST);
  if (inside != 1 || (job->j_subclass == -1 && others != 1)) {
    __atomic_add_fetch (&all.most, 1, __ATOMIC_SEQ_CST);
  }
  usleep (100);
  __atomic_sub_fetch (&all.inside, 1, __ATOMIC_SEQ_CST);
  __atomic_sub_fetch (&own->inside, 1, __ATOMIC_SEQ_CST);
  __atomic_add_fetch (&all.runs, 1, __ATOMIC_SEQ_CST);
  return 0;
}

static int all_ran (struct async_job *job) {
  (void) job;
  return __atomic_load_n (&all.runs, __ATOMIC_SEQ_CST) == 200;
}

static void subclasses (void) {
  expect (create_new_job_class_sub (SUB, 3, 3, 3) == 3, "a class with subclasses");
  for (int i = 0; i < 200; i++) {
    struct async_job *job =
        create_async_job (run_inside, ALLOW (SUB, RUN) | ALLOW (0, FINISH) | 0x800000, i % 4 - 1, 8, 0, 1, NULL);
    schedule_job (1, job);
  }
  expect (comes_true (all_ran, NULL), "each job of each subclass runs once");
  expect (all.most == 0, "never two of one subclass, and none beside those of subclass -1");
}

/* Sets its timer in its own thread. */
static int run_timer (struct async_job *job, int signal, struct job_thread *thread) {
  (void) thread;
  if (signal == FINISH) {
    return job_free (1, job);
  }
  if (signal == RUN) {
    job_timer_insert (job, 0.5);
  } else if (signal == ALARM && job_timer_check (job)) {
    __atomic_add_fetch (&counted (job)->runs, 1, __ATOMIC_SEQ_CST);
  }
  return 0;
}

static int is_armed (struct async_job *job) {
  return ((volatile struct event_timer *) (job + 1))->h_idx > 0 && status_of_main == 2;
}

static void timer_of_a_thread (void) {
  expect (create_new_job_class (OTHER, 1, 1) == 1, "a class of one thread");
  struct async_job *job =
      create_async_job (run_timer, ALLOW (OTHER, RUN) | ALLOW (OTHER, ALARM) | ALLOW (OTHER, FINISH), 0,
                        48 + (int) sizeof (struct counted), 1, 1, NULL);
  status_of_main = 1;
  schedule_job (1, job_incref (job));
  expect (comes_true (is_armed, job) && wakeups () == 1, "a thread that sets its first timer wakes main");
  status_of_main = 0;
  now_of_thread = 0.4;
  jobs_check_all_timers ();
  expect (!runs (job), "which has it run when it is due");
  now_of_thread = 0.6;
  for (int i = 0; i < 5000 && !runs (job); i++) {
    jobs_check_all_timers ();
    usleep (1000);
  }
  expect (runs (job) == 1, "and then it fires, in its thread");
  job_decref (1, job);
}

static void statistics (void) {
  static char page[10000];
  struct stats_buffer sb;
  update_all_thread_stats ();
  sb_init (&sb, page, sizeof (page));
  jobs_prepare_stat (&sb);
  /* Main, one of IO, one of class 4, three of class 5: whichever asked the queues first for its number. */
  expect (strstr (page, "\ntot_threads\t0 1 0 1  1 3 0 0  0 0 0 0  0 0 0 0\n") != NULL,
          "each thread counts for its own class");
  expect (strstr (page, "\nload_average_total\t") && strstr (page, "\njobs_running\t0 0 0 0  0 0"),
          "the page is whole");
}

static void many_threads (void) {
  threads = PRETENDED;
  int made = create_job_class (CPU, 300, 300, 0);
  expect (made > 200 && made < 255, "of 300 threads as many are made as there is room for");
  expect (create_job_thread (CPU) == -1, "and no more");
  _exit (failed);
}

/* ---- jobs that end themselves, and jobs that are signalled after their end ---- */

static int ended;

/* Unregisters everything: its timer, and its maker's reference, which is the last one but that of the signal. */
static int run_last (struct async_job *job, int signal, struct job_thread *thread) {
  (void) thread;
  if (signal == FINISH) {
    ended++;
    return job_free (1, job);
  }
  job_timer_remove (job);
  job_decref (1, job);
  expect (!ended && !job_timer_active (job), "a job that unregisters itself is there until its function returns");
  return 0;
}

static void own_end (void) {
  long long memory = jobs_get_allocated_memoty ();
  struct async_job *job =
      create_async_job (run_last, ALLOW (MAIN, RUN) | ALLOW (MAIN, ALARM) | ALLOW (MAIN, FINISH), 0, 48, 1, 1, NULL);
  unlock_job (1, job_incref (job));
  job_timer_insert (job, 1e9);
  job_signal (1, job_incref (job), RUN);
  expect (ended == 1 && jobs_get_allocated_memoty () == memory, "... and ends then, once");
}

static void completed_job (void) {
  enum { RUN_PARENT = 2, WAKE_PARENT = 4 };
  long long memory = jobs_get_allocated_memoty ();
  struct async_job *parent = new_job (ALLOW (MAIN, RUN) | ALLOW (MAIN, FINISH), 0, 0);
  struct async_job *job =
      create_async_job (run_counted, ALLOW (MAIN, RUN) | ALLOW (MAIN, FINISH) | RUN_PARENT | WAKE_PARENT, 0,
                        48 + (int) sizeof (struct counted), 0, 1, job_incref (parent));
  complete_job (job);
  complete_job (job);
  expect (runs (parent) == 1 && !parent->j_children && is_alone (parent), "a parent hears of an end once");
  unlock_job (1, job_incref (job));
  job_signal (1, job_incref (job), RUN);
  expect (runs (job) == 1 && runs (parent) == 1 && is_alone (job), "a completed job runs at a signal, as any other");
  job_decref (1, job);
  job_decref (1, parent);
  expect (jobs_get_allocated_memoty () == memory, "and nothing is left of it");
}

/* ---- what no host may do ---- */

/* Memory that is no job. */
static _Alignas (64) struct async_job foreign[4];

static void signal_foreign (void) {
  job_signal (1, foreign, RUN);
}

static void give_up_foreign (void) {
  job_decref (1, foreign);
}

static void unlock_no_job (void) {
  unlock_job (1, foreign);
}

static void schedule_no_job (void) {
  schedule_job (1, foreign);
}

static void free_foreign (void) {
  foreign->j_align = 64;
  job_free (1, foreign);
}

static struct async_job *of_other;

static void *lock_it (void *job) {
  try_lock_job (job, 0, 0);
  return NULL;
}

static void unlock_foreign (void) {
  pthread_t id;
  struct async_job *job = new_job (ALLOW (MAIN, RUN), 0, 0);
  pthread_create (&id, NULL, lock_it, job);
  pthread_join (id, NULL);
  unlock_job (1, job);
}

static void unlock_twice (void) {
  struct async_job *job = new_job (ALLOW (MAIN, RUN), 0, 0);
  job_incref (job);
  unlock_job (1, job);
}

static void free_twice (void) {
  struct async_job *job = create_async_job (run_counted, ALLOW (MAIN, FINISH), 0, 100, 0, 1, NULL);
  job_free (1, job);
  job_free (1, job);
}

static void last_reference_unhandled (void) {
  job_decref (1, new_job (ALLOW (MAIN, RUN), 0, 0));
}

static int fail (struct async_job *job, int signal, struct job_thread *thread) {
  (void) job;
  (void) signal;
  (void) thread;
  return -1;
}

static void failing_job (void) {
  schedule_job (1, create_async_job (fail, ALLOW (MAIN, RUN), 0, 0, 0, 1, NULL));
}

static void signal_8 (void) {
  job_signal (1, of_other, 8);
}

static void null_job (void) {
  job_signal (1, NULL, 0);
}

static void no_timer (void) {
  job_timer_insert (of_other, 1);
}

static void no_messages (void) {
  job_message_queue_get (of_other);
}

static void class_0 (void) {
  create_job_class (0, 1, 1, 0);
}

static void class_16 (void) {
  create_job_class (16, 1, 1, 0);
}

static void class_of_main (void) {
  create_job_class (MAIN, 1, 1, 0);
}

static void fewer_than_least (void) {
  create_job_class (7, 2, 1, 0);
}

static void class_twice (void) {
  create_new_job_class (OTHER, 1, 1);
}

static void connection_in_list (void) {
  insert_connection_into_job_list (NULL, NULL);
}

static void *be_main (void *nothing) {
  check_main_thread ();
  return nothing;
}

static void other_main (void) {
  pthread_t id;
  pthread_create (&id, NULL, be_main, NULL);
  pthread_join (id, NULL);
}

static void misuse (void) {
  of_other = new_job (ALLOW (MAIN, RUN), 0, 0);
  expect_end (signal_foreign, "a job without references is referred to");
  expect_end (give_up_foreign, "a job without references is referred to");
  expect_end (unlock_no_job, "a job is locked by another thread");
  expect_end (schedule_no_job, "a job that must be locked is not locked");
  expect_end (free_foreign, "the job is freed already, or is no job");
  expect_end (unlock_foreign, "a job is locked by another thread");
  expect_end (unlock_twice, "a job that must be locked is not locked");
  expect_end (free_twice, "the job is freed already");
  expect_end (last_reference_unhandled, "unhandled JS_FINISH");
  expect_end (failing_job, "error while invoking method 0 of job");
  expect_end (signal_8, "a number that is no signal");
  expect_end (null_job, "a null pointer where a job must be");
  expect_end (no_timer, "a job without a timer");
  expect_end (no_messages, "a job without a message queue");
  expect_end (class_0, "a number that is no class of jobs");
  expect_end (class_16, "a number that is no class of jobs");
  expect_end (class_of_main, "a number that is no class of jobs");
  expect_end (fewer_than_least, "a class of jobs with fewer threads");
  expect_end (class_twice, "a class of jobs is declared twice");
  expect_end (connection_in_list, "a connection cannot wait for a list");
  expect_end (other_main, "must be called by the main thread");
}

/* `jobs control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  listen_to_stderr ();
  expect (run_pending_main_jobs () == -1 && init_async_jobs () == 1, "main is the first job thread");
  create_main_thread_pipe ();
  moved_timer ();
  refused_class ();
  plain_thread ();
  own_end (); /* before another thread has jobs, which count */
  early_job ();
  completed_job ();
  timer_of_a_thread ();
  subclasses ();
  statistics ();
  misuse ();
  pid_t child = fork ();
  if (!child) {
    many_threads ();
  }
  int status = 1;
  waitpid (child, &status, 0);
  expect (status == 0, "a full table of threads");
  return stop_listening ();
}
