/*
 * Queues: an item that one thread puts in and takes out, a queue's whole life, items for a second thread that sleeps while it has
 * none, one that comes back, and items of two threads for two others.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <sched.h>

#include "many.h"
#include "relink.h"

enum { TRIES = 4, ITEMS = 16 };

/* One library's queues: with a semaphore, without, to its second thread, and back; from two threads to two others, with one that
   tells a sender how many items to send, and one that tells of the senders' ends. */
static struct own {
  struct mp_queue *waiting, *plain, *there, *back, *numbers, *shared, *ends;
  long taken; /* by the second thread */
  bool answers;
} own[2];

static struct own *own_of (const struct side *s) {
  return &own[side_number (s)];
}

static char item;

static uint64_t put_and_take (struct side *s) {
  s->lib->mpq_push_w (own_of (s)->waiting, &item, 0);
  return s->lib->mpq_pop_nw (own_of (s)->waiting, TRIES) == &item;
}

static uint64_t put_and_take_plain (struct side *s) {
  s->lib->mpq_push (own_of (s)->plain, &item, 0);
  return s->lib->mpq_pop (own_of (s)->plain, 0) == &item;
}

static uint64_t put_and_take_some (struct side *s) {
  uint64_t sum = 0;
  for (int i = 0; i < ITEMS; i++) {
    s->lib->mpq_push_w (own_of (s)->waiting, &item, 0);
  }
  for (int i = 0; i < ITEMS; i++) {
    sum += s->lib->mpq_pop_nw (own_of (s)->waiting, TRIES) == &item;
  }
  return sum;
}

static uint64_t life (struct side *s) {
  struct mp_queue *q = s->lib->alloc_mp_queue_w ();
  s->lib->mpq_push_w (q, &item, 0);
  uint64_t sum = s->lib->mpq_pop_nw (q, TRIES) == &item;
  s->lib->free_mp_queue (q);
  return sum;
}

/* ---- the second thread ---- */

static void *run_second (void *arg) {
  struct side *s = arg;
  struct own *o = own_of (s);
  s->lib->jobs_module_thread_init_mp_queue ();
  for (;;) {
    void *taken = s->lib->mpq_pop_w (o->there, TRIES);
    if (__atomic_load_n (&o->answers, __ATOMIC_RELAXED)) {
      s->lib->mpq_push_w (o->back, taken, 0);
    } else {
      __atomic_store_n (&o->taken, o->taken + 1, __ATOMIC_RELEASE);
    }
  }
  return NULL;
}

static void there_and_back (struct side *s, long calls) {
  struct own *o = own_of (s);
  __atomic_store_n (&o->answers, true, __ATOMIC_RELAXED);
  for (long i = 0; i < calls; i++) {
    s->lib->mpq_push_w (o->there, &item, 0);
    s->lib->mpq_pop_w (o->back, TRIES);
  }
}

static void across (struct side *s, long calls) {
  struct own *o = own_of (s);
  long before = __atomic_load_n (&o->taken, __ATOMIC_ACQUIRE);
  __atomic_store_n (&o->answers, false, __ATOMIC_RELAXED);
  for (long i = 0; i < calls; i++) {
    s->lib->mpq_push_w (o->there, &item, 0);
  }
  while (__atomic_load_n (&o->taken, __ATOMIC_ACQUIRE) != before + calls) {
    sched_yield ();
  }
}

/* ---- two and two ---- */

static char end;

static void *run_sender (void *arg) {
  struct side *s = arg;
  struct own *o = own_of (s);
  s->lib->jobs_module_thread_init_mp_queue ();
  for (;;) {
    for (uintptr_t left = (uintptr_t) s->lib->mpq_pop_w (o->numbers, TRIES); left; left--) {
      s->lib->mpq_push_w (o->shared, &item, 0);
    }
    s->lib->mpq_push_w (o->shared, &end, 0);
  }
  return NULL;
}

static void *run_taker (void *arg) {
  struct side *s = arg;
  struct own *o = own_of (s);
  s->lib->jobs_module_thread_init_mp_queue ();
  for (;;) {
    if (s->lib->mpq_pop_w (o->shared, TRIES) == &end) {
      s->lib->mpq_push_w (o->ends, &end, 0);
    }
  }
  return NULL;
}

/* This thread is the other sender. A sender's items come in its order, so its end comes last. Only this thread's time counts,
   so it does not sleep. */
static void two_and_two (struct side *s, long calls) {
  struct own *o = own_of (s);
  s->lib->mpq_push_w (o->numbers, (void *) (uintptr_t) calls, 0);
  for (long i = 0; i < calls; i++) {
    s->lib->mpq_push_w (o->shared, &item, 0);
  }
  s->lib->mpq_push_w (o->shared, &end, 0);
  for (int ended = 0; ended < 2;) {
    if (s->lib->mpq_pop_nw (o->ends, TRIES)) {
      ended++;
    } else {
      sched_yield ();
    }
  }
}

#define WHOLE(name)                                          \
  static void dropin_##name (struct work *w, long calls) {   \
    name (&sides[0], calls);                                 \
    w->sum = (uint64_t) calls;                               \
  }                                                          \
  static void original_##name (struct work *w, long calls) { \
    name (&sides[1], calls);                                 \
    w->sum = (uint64_t) calls;                               \
  }

BOTH (one, sum += put_and_take (s))
BOTH (plain, sum += put_and_take_plain (s))
BOTH (some, sum += put_and_take_some (s))
BOTH (life, sum += life (s))
WHOLE (across)
WHOLE (there_and_back)
WHOLE (two_and_two)

/* They sleep when the program ends. */
static void start (void *(*run) (void *), struct side *s) {
  pthread_t id;
  if (pthread_create (&id, NULL, run, s)) {
    refuse ("no other thread");
  }
}

void bench_queue (void) {
  static const struct many_test tests[] = {
    TEST ("mpq_push_w, mpq_pop_nw", one),
    TEST ("mpq_push, mpq_pop", plain),
    TEST ("16 x mpq_push_w, 16 x mpq_pop_nw", some),
    TEST ("alloc_mp_queue_w, an item, free_mp_queue", life),
    TEST ("mpq_push_w, another thread: mpq_pop_w", across),
    TEST ("... which pushes it back, mpq_pop_w", there_and_back),
    TEST ("2 threads: mpq_push_w, 2 others: mpq_pop_w", two_and_two),
  };
  if (!is_present (DROPIN) || !is_present (ORIGINAL)) {
    return;
  }
  for (int i = 0; i < 2; i++) {
    const struct legacy_symbols *lib = sides[i].lib;
    own[i] = (struct own) {
      .waiting = lib->alloc_mp_queue_w (),
      .plain = lib->alloc_mp_queue (),
      .there = lib->alloc_mp_queue_w (),
      .back = lib->alloc_mp_queue_w (),
      .numbers = lib->alloc_mp_queue_w (),
      .shared = lib->alloc_mp_queue_w (),
      .ends = lib->alloc_mp_queue_w (),
    };
    start (run_second, &sides[i]);
    start (run_sender, &sides[i]);
    start (run_taker, &sides[i]);
    start (run_taker, &sides[i]);
  }
  compete_many (&(struct many) { .family = "queue", .things = "items", .tests = tests, .test_count = 7 });
}
