/*
 * A connection that one thread closes once all is written, and that fails in another at the same time: it has failed.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bell.h"
#include "host.h"
#include "legacy_names.h"

enum { ROUNDS = 100000, END = 1 << 30, WORKING = 2, FAILED = 3, WRITE_CLOSE = 5, STOP_READ = 0x800 };

static struct async_job *job;
static int round_of_both, round_that_failed;

static struct connection_info *info (void) {
  return (struct connection_info *) (job + 1);
}

static int nothing (struct async_job *of, int op, void *thread) {
  (void) of;
  (void) op;
  (void) thread;
  return 0;
}

static void wait_beyond (int *place, int value) {
  for (int looks = 0; __atomic_load_n (place, __ATOMIC_ACQUIRE) <= value; looks++) {
    if (looks > 1000) {
      sched_yield ();
    }
  }
}

static void *fails (void *none) {
  for (int i = 0; round_that_failed < END; i++) {
    wait_beyond (&round_of_both, i);
    fail_connection (job, -1);
    __atomic_store_n (&round_that_failed, round_of_both, __ATOMIC_RELEASE);
  }
  return none;
}

/* As the original does it; here the other thread is let in between. */
static void close_in_two_steps (void) {
  if (__atomic_load_n (&info ()->status, __ATOMIC_RELAXED) == WORKING) {
    __atomic_fetch_or (&info ()->flags, STOP_READ, __ATOMIC_SEQ_CST);
    sched_yield ();
    __atomic_store_n (&info ()->status, WRITE_CLOSE, __ATOMIC_RELAXED);
  }
}

/* `closes control` must fail: where the threads seldom run at the same time, that takes a while. */
int main (int argc, char **argv) {
  int control = argc > 1 && !strcmp (argv[1], "control"), wrong = 0, i;
  double start = seconds ();
  pthread_t other;
  init_async_jobs ();
  /* It stays locked: no signal runs. */
  job = create_async_job ((void *) nothing, 0, -2, sizeof (struct connection_info), 0, 1, NULL);
  pthread_create (&other, NULL, fails, NULL);
  for (i = 1; i <= ROUNDS || (control && !wrong && seconds () < start + 5); i++) {
    info ()->flags = info ()->error = 0;
    info ()->status = WORKING;
    __atomic_store_n (&round_of_both, i, __ATOMIC_RELEASE);
    /* The other thread sees that a little later: how much, differs. */
    for (volatile int pause = i % 300; pause; pause--) {
    }
    if (control) {
      close_in_two_steps ();
    } else {
      connection_write_close (job);
    }
    wait_beyond (&round_that_failed, i - 1);
    wrong += info ()->status != FAILED;
  }
  __atomic_store_n (&round_of_both, END, __ATOMIC_RELEASE);
  pthread_join (other, NULL);
  if (wrong) {
    printf ("FAIL a connection that fails has failed: not so in %d of %d rounds\n", wrong, i - 1);
  }
  return wrong != 0;
}
