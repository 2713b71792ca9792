/*
 * Timers where the original aborts, spins or crashes: times that are no numbers, long waits, threads that no job system
 * started.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "legacy_names.h"
#include "sentences.h"

/* The harness's declarations have no thread-local variables. */
extern __thread double now_of_thread __asm__ ("precise_now");
extern __thread struct jobs_module_stat_timers *own_block __asm__ ("jobs_module_stat_timers");

static int fired;

static int fire (struct event_timer *et) {
  (void) et;
  return ++fired;
}

/* Cure 19: a wait that is too long for an int, with which the event loop of the original spins. */
static void long_waits (void) {
  static const double times[] = { 2147483.648, 3e6, 1e300, INFINITY };
  for (size_t i = 0; i < sizeof (times) / sizeof (times[0]); i++) {
    struct event_timer et = { .wakeup = fire, .wakeup_time = times[i] };
    expect (insert_event_timer (&et) == 1 && thread_run_timers () == INT_MAX, "a long wait is INT_MAX");
    expect (remove_event_timer (&et) == 1, "and its timer can be removed");
  }
  struct event_timer et = { .wakeup = fire, .wakeup_time = 2147483.5 };
  insert_event_timer (&et);
  expect (thread_run_timers () == 2147483501, "the wait below is exact");
  remove_event_timer (&et);
}

/* Cure 19: not a number, with which the original aborts when it runs its timers. */
static void not_numbers (void) {
  struct event_timer et = { .wakeup = fire, .wakeup_time = NAN };
  expect (insert_event_timer (&et) == 0 && et.h_idx == 0, "a time that is not a number is refused");
  expect (said ("insert_event_timer: the time of a timer is not a number"), "with a sentence");
  expect (thread_run_timers () == 100000, "and nothing is due ever");
  et.wakeup_time = 1;
  expect (insert_event_timer (&et) == 1, "a number is not");
  now_of_thread = NAN;
  expect (thread_run_timers () == 1 && !fired, "at a time that is not a number the host asks again");
  now_of_thread = 0;
  et.wakeup_time = NAN;
  expect (insert_event_timer (&et) == 0 && remove_event_timer (&et) == 0, "a timer that is moved there is out");
}

static long total (const char *name) {
  char page[600], line[60];
  struct stats_buffer sb;
  sb_init (&sb, page, sizeof (page));
  timers_prepare_stat (&sb);
  snprintf (line, sizeof (line), "\n%s\t", name);
  char *at = strstr (page, line);
  return at ? atol (at + strlen (line)) : -1;
}

static void *unregistered (void *arg) {
  struct event_timer et = { .wakeup = fire, .wakeup_time = -1 };
  (void) arg;
  expect (!own_block, "a plain thread has no block of its own");
  expect (insert_event_timer (&et) == 1 && timers_get_first () == -1, "a plain thread has timers");
  expect (thread_run_timers () == 100000 && et.h_idx == 0, "and they fire");
  return NULL;
}

static void threads (void) {
  pthread_t id;
  long before = total ("event_timer_alarms");
  fired = 0;
  expect (own_block != NULL, "the first thread was registered before main");
  pthread_create (&id, NULL, unregistered, NULL);
  pthread_join (id, NULL);
  expect (fired == 1 && total ("event_timer_alarms") == before + 1, "and they are counted");
  expect (total ("total_timers") == 0, "none is left");
}

static void insert_misplaced (void) {
  struct event_timer et = { .h_idx = 7, .wakeup = fire };
  insert_event_timer (&et);
}

static void remove_misplaced (void) {
  struct event_timer et = { .h_idx = -1, .wakeup = fire };
  remove_event_timer (&et);
}

/* `timers control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  listen_to_stderr ();
  long_waits ();
  not_numbers ();
  threads ();
  expect_end (insert_misplaced, "a timer that is not in the heap of this thread");
  expect_end (remove_misplaced, "a timer that is not in the heap of this thread");
  return stop_listening ();
}
