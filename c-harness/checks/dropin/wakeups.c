/*
 * A thread brings work to the event loop at random moments, as a job thread does, and waits until it is done: each time the loop
 * must find it or be woken. A lost wake-up ends with a timer, half a second later.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bell.h"
#include "host.h"
#include "legacy_names.h"

/* The harness's declarations have no thread-local variables, and not what a queue consists of. */
extern __thread double now_of_thread __asm__ ("precise_now");
extern char MainJobQueue[192];

enum { ROUNDS = 10000, MOST_ASLEEP = 40, READ = 4, LEVEL = 8 };

/* What is done wrong, for the controls: the status is read before the work is brought, or the loop does not look where it is. */
enum { NOTHING, WRONG_ORDER, NO_LOOK } wrong;

static int bell[2], answered, elsewhere, fired;

static int fire (struct event_timer *et) {
  (void) et;
  return ++fired;
}

/* How many jobs wait in the main queue. */
static int *place_of_work (void) {
  return wrong == NO_LOOK ? &elsewhere : (int *) (MainJobQueue + 128);
}

/* The kernel would run both threads on one processor, as one wakes the other: they would never meet. */
static bool run_on_processor (int number) {
  cpu_set_t set;
  CPU_ZERO (&set);
  CPU_SET (number, &set);
  return sched_setaffinity (0, sizeof (set), &set) == 0;
}

static void pause_for (unsigned turns) {
  for (volatile unsigned i = 0; i < turns; i++) {
  }
}

/* The round that was asked for whole, with its wake-up, and when. */
static int done;
static double done_at;

/* How long this thread has waited for a processor, in seconds. */
static double starved (void) {
  double ran = 0, waited = 0;
  FILE *file = fopen ("/proc/thread-self/schedstat", "r");
  if (file) {
    waited = fscanf (file, "%lf %lf", &ran, &waited) == 2 ? waited / 1e9 : 0;
    fclose (file);
  }
  return waited;
}

static void *ask (void *arg) {
  unsigned random = 7;
  run_on_processor (1);
  for (int round = 1; round <= ROUNDS; round++) {
    random = random * 1664525 + 1013904223;
    pause_for (random >> (wrong == WRONG_ORDER ? 27 : 20));
    int status = __atomic_load_n (&main_thread_interrupt_status, __ATOMIC_RELAXED);
    if (wrong == WRONG_ORDER) {
      pause_for (random >> 20);
    }
    __atomic_store_n (place_of_work (), 1, __ATOMIC_RELEASE);
    if (wrong != WRONG_ORDER) {
      __atomic_thread_fence (__ATOMIC_SEQ_CST);
      status = __atomic_load_n (&main_thread_interrupt_status, __ATOMIC_RELAXED);
    }
    int asleep = 1;
    if (status == 1 && __atomic_compare_exchange_n (&main_thread_interrupt_status, &asleep, 2, 0, __ATOMIC_RELAXED,
                                                    __ATOMIC_RELAXED)) {
      wake_up (bell[1]);
    }
    done_at = seconds ();
    __atomic_store_n (&done, round, __ATOMIC_RELEASE);
    while (__atomic_load_n (&answered, __ATOMIC_ACQUIRE) < round) {
      sched_yield ();
    }
  }
  return arg;
}

/* `wakeups control` and `wakeups control2` must fail. */
int main (int argc, char **argv) {
  pthread_t thread;
  int slept_on = 0, late = 0, asleep = 0;
  double longest = 0, before = 0;
  wrong = argc == 1 ? NOTHING : strcmp (argv[1], "control2") ? WRONG_ORDER : NO_LOOK;
  if (!run_on_processor (1) || !run_on_processor (0)) {
    printf ("wakeups: skipped: one processor\n");
    return wrong != NOTHING;
  }
  if (init_epoll () <= 0 || pipe2 (bell, O_NONBLOCK) < 0) {
    perror ("wakeups");
    return 2;
  }
  epoll_sethandler (bell[0], 0, ring, NULL);
  epoll_insert (bell[0], READ | LEVEL);
  pthread_create (&thread, NULL, ask, NULL);
  while (answered < ROUNDS && !slept_on) {
    struct event_timer et = { .wakeup = fire };
    fired = 0;
    get_utime_monotonic ();
    et.wakeup_time = now_of_thread + 0.5;
    insert_event_timer (&et);
    epoll_work (1);
    remove_event_timer (&et);
    if (__atomic_exchange_n (place_of_work (), 0, __ATOMIC_ACQ_REL)) {
      /* The other thread may itself be late between its steps. */
      double took = __atomic_load_n (&done, __ATOMIC_ACQUIRE) > answered ? seconds () - done_at : 0;
      asleep += fired && took > 0.4;
      /* On a busy machine it may be late for want of a processor: only what is left counts. */
      if (took > 0.005) {
        double now = starved ();
        if (now - before < took / 2 || asleep > MOST_ASLEEP) {
          slept_on = fired && took > 0.4;
          late++;
        }
        before = now;
      } else if (answered % 8 == 0) {
        before = starved ();
      }
      longest = took > longest ? took : longest;
      __atomic_store_n (&answered, answered + 1, __ATOMIC_RELEASE);
    }
  }
  printf ("wakeups: %d answers, %d after more than 5 ms, the last after %.3f ms\n", answered, late, longest * 1e3);
  /* A loop that sleeps on is late by half a second. */
  return slept_on || late > ROUNDS / 10;
}
