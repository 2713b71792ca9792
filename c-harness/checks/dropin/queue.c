/*
 * Queues where the original crashes, aborts or sleeps for ever: threads that no job system started, more threads in a process's
 * life than there are numbers, and a semaphore that is looked at while a thread waits for it.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "legacy_names.h"
#include "sentences.h"

enum { LIVES = 1000, AT_A_TIME = 300 };

/* How often a sleeper is woken. Fewer under valgrind, which runs one thread at a time: one of them looks without pause. */
static long rounds;

/* The harness's declarations have no thread-local variables. */
extern __thread int number_of_thread __asm__ ("mpq_this_thread_id");

static struct mp_queue *there, *back;

/* A plain thread has no block for statistics and no number: it pushes, pops and makes queues all the same. */
static void *plain (void *item) {
  struct mp_queue *own = alloc_mp_queue_w ();
  mpq_push_w (own, item, 0);
  expect (mpq_pop_nw (own, 1) == item && !mpq_pop_nw (own, 4), "a plain thread has a queue");
  free_mp_queue (own);
  return (void *) (long) get_this_thread_id ();
}

static void plain_threads (void) {
  long most = 0;
  for (long i = 1; i <= LIVES; i++) {
    pthread_t id;
    void *number;
    pthread_create (&id, NULL, plain, (void *) i);
    pthread_join (id, &number);
    most = (long) number > most ? (long) number : most;
  }
  expect (most > 0 && most < 4, "the number of a thread that has ended is given again");
}

/* More threads at a time than there are numbers: they use queues without one. */
static pthread_barrier_t together;

static void *one_of_many (void *item) {
  pthread_barrier_wait (&together);
  for (int i = 0; i < 200; i++) {
    mpq_push_w (there, item, 0);
    expect (mpq_pop_w (there, 4) != NULL, "one of many has an item");
  }
  pthread_barrier_wait (&together);
  return NULL;
}

static void many_threads (void) {
  static pthread_t ids[AT_A_TIME];
  pthread_attr_t small;
  pthread_attr_init (&small);
  pthread_attr_setstacksize (&small, 65536);
  there = alloc_mp_queue_w ();
  pthread_barrier_init (&together, NULL, AT_A_TIME);
  for (long i = 0; i < AT_A_TIME; i++) {
    pthread_create (&ids[i], &small, one_of_many, (void *) (i + 1));
  }
  for (long i = 0; i < AT_A_TIME; i++) {
    pthread_join (ids[i], NULL);
  }
  expect (mpq_is_empty (there) == 1, "nothing is left of many threads");
  free_mp_queue (there);
}

/* Who looks for an item that a sleeper is woken for must not hide it, nor the next one. */
static int stop;

static void *look (void *unused) {
  (void) unused;
  while (!__atomic_load_n (&stop, __ATOMIC_SEQ_CST)) {
    void *item = mpq_pop_nw (there, 1);
    if (item) {
      mpq_push_w (there, item, 0);
    }
  }
  return NULL;
}

static void *answer (void *unused) {
  (void) unused;
  for (long i = 0; i < rounds; i++) {
    mpq_push_w (back, mpq_pop_w (there, 0), 0);
  }
  return NULL;
}

static void sleepers (void) {
  pthread_t looker, sleeper;
  there = alloc_mp_queue_w ();
  back = alloc_mp_queue_w ();
  pthread_create (&looker, NULL, look, NULL);
  pthread_create (&sleeper, NULL, answer, NULL);
  for (long i = 1; i <= rounds; i++) {
    mpq_push_w (there, (void *) i, 0);
    expect (mpq_pop_w (back, 0) == (void *) i, "a sleeper is woken");
  }
  pthread_join (sleeper, NULL);
  __atomic_store_n (&stop, 1, __ATOMIC_SEQ_CST);
  pthread_join (looker, NULL);
  free_mp_queue (there);
  free_mp_queue (back);
}

static void *take_number (void *unused) {
  (void) unused;
  get_this_thread_id ();
  pthread_barrier_wait (&together);
  return NULL;
}

static void too_many_numbers (void) {
  pthread_barrier_init (&together, NULL, AT_A_TIME);
  for (int i = 0; i < AT_A_TIME; i++) {
    pthread_t id;
    pthread_create (&id, NULL, take_number, NULL);
  }
  take_number (NULL);
}

static void pop_without_asking (void) {
  struct mp_queue *queue = alloc_mp_queue_w ();
  mpq_push_w (queue, queue, 0);
  mpq_pop (queue, 0);
  mpq_pop_nw (queue, 1);
}

static void push_nothing (void) {
  mpq_push_w (alloc_mp_queue_w (), NULL, 0);
}

static void free_what_is_no_queue (void) {
  static struct mp_queue none;
  clear_mp_queue (&none);
}

static void free_what_is_no_block (void) {
  static long none[32];
  free_mpq_block ((struct mp_queue_block *) none);
}

/* `queue control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  const char *told = getenv ("ROUNDS");
  rounds = told ? atol (told) : 20000;
  listen_to_stderr ();
  expect (get_this_thread_id () == 1 && number_of_thread == 1, "the first thread was registered before main");
  plain_threads ();
  many_threads ();
  sleepers ();
  expect_end (too_many_numbers, "more than 255 threads at a time");
  expect_end (pop_without_asking, "an item was taken from a queue without asking its semaphore");
  expect_end (push_nothing, "a null pointer is pushed");
  expect_end (free_what_is_no_queue, "it is no queue");
  expect_end (free_what_is_no_block, "it is no block");
  return stop_listening ();
}
