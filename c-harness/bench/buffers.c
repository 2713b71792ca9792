/*
 * Message buffers: one of each class allocated and freed; more than a thread keeps; while another thread does the same; and freed
 * by another thread than the one that allocated them.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "bench.h"
#include "relink.h"

enum { AT_A_TIME = 100, ROOM = 256 };

static uint64_t use (const struct legacy_symbols *lib, int bytes) {
  struct msg_buffer *b = lib->alloc_msg_buffer (NULL, bytes);
  uint64_t size = (uint64_t) b->chunk->buffer_size;
  b->refcnt = 0;
  return size + (uint64_t) lib->free_msg_buffer (b);
}

static uint64_t use_many (const struct legacy_symbols *lib, int bytes) {
  struct msg_buffer *b[AT_A_TIME];
  uint64_t sum = 0;
  for (int i = 0; i < AT_A_TIME; i++) {
    b[i] = lib->alloc_msg_buffer (NULL, bytes);
    sum += (uint64_t) b[i]->chunk->buffer_size;
  }
  for (int i = 0; i < AT_A_TIME; i++) {
    b[i]->refcnt = 0;
    sum += (uint64_t) lib->free_msg_buffer (b[i]);
  }
  return sum;
}

/* ---- a second thread, on another CPU ---- */

static struct {
  const struct legacy_symbols *lib; /* what it is to use; NULL: it waits */
  int bytes;
  bool frees, end;
  /* What it shall free; a place without is NULL. */
  struct msg_buffer *place[ROOM];
  unsigned next; /* of the first thread */
} second;

static void be_registered (const struct legacy_symbols *lib) {
  lib->jobs_module_thread_init_mp_queue ();
  lib->jobs_module_thread_init_raw_msg_buffer ();
}

static void *run_second (void *unused) {
  cpu_set_t others;
  CPU_ZERO (&others);
  for (int i = 0; i < CPU_SETSIZE; i++) {
    if (i != machine.cpu) {
      CPU_SET (i, &others);
    }
  }
  /* Where there is no other CPU, the two take turns. */
  sched_setaffinity (0, sizeof (others), &others);
  be_registered (&dropin);
  be_registered (&original);
  for (unsigned at = 0; !__atomic_load_n (&second.end, __ATOMIC_ACQUIRE);) {
    const struct legacy_symbols *lib = __atomic_load_n (&second.lib, __ATOMIC_ACQUIRE);
    struct msg_buffer *b = lib ? __atomic_load_n (&second.place[at % ROOM], __ATOMIC_ACQUIRE) : NULL;
    if (b) {
      b->refcnt = 0;
      lib->free_msg_buffer (b);
      __atomic_store_n (&second.place[at++ % ROOM], NULL, __ATOMIC_RELEASE);
    } else if (lib && !second.frees) {
      use (lib, second.bytes);
    } else {
      sched_yield ();
    }
  }
  return unused;
}

static void wait_for_place (unsigned at) {
  while (__atomic_load_n (&second.place[at % ROOM], __ATOMIC_ACQUIRE)) {
    sched_yield ();
  }
}

static uint64_t hand_over (const struct legacy_symbols *lib, int bytes) {
  struct msg_buffer *b = lib->alloc_msg_buffer (NULL, bytes);
  uint64_t size = (uint64_t) b->chunk->buffer_size;
  wait_for_place (second.next);
  __atomic_store_n (&second.place[second.next++ % ROOM], b, __ATOMIC_RELEASE);
  return size;
}

static void with_second (const struct legacy_symbols *lib, int bytes, bool frees) {
  second.bytes = bytes;
  second.frees = frees;
  __atomic_store_n (&second.lib, lib, __ATOMIC_RELEASE);
}

static void without_second (void) {
  for (unsigned i = 0; i < ROOM; i++) {
    wait_for_place (i);
  }
  __atomic_store_n (&second.lib, NULL, __ATOMIC_RELEASE);
}

/* ---- the cells ---- */

#define SIDE(side, lib)                                         \
  CALLS (side##_alone, sum += use (lib, (int) w->number))       \
  CALLS (side##_many, sum += use_many (lib, (int) w->number))   \
  static void side##_beside (struct work *w, long calls) {      \
    with_second (lib, (int) w->number, false);                  \
    side##_alone (w, calls);                                    \
    without_second ();                                          \
  }                                                             \
  CALLS (side##_hands, sum += hand_over (lib, (int) w->number)) \
  static void side##_over (struct work *w, long calls) {        \
    with_second (lib, (int) w->number, true);                   \
    side##_hands (w, calls);                                    \
    without_second ();                                          \
  }
SIDE (dropin, &dropin)
SIDE (original, &original)
#undef SIDE

void bench_buffers (void) {
  static struct work w;
  static const int bytes[] = { 48, 512, 2048, 16384, 262144 };
  static const struct {
    const char *function;
    run_fn *ours, *theirs;
    int from, to; /* the classes */
  } tests[] = {
    { "alloc_msg_buffer, free_msg_buffer", dropin_alone, original_alone, 48, 262144 },
    { "... 100 at a time", dropin_many, original_many, 512, 16384 },
    { "... while another thread does the same", dropin_beside, original_beside, 512, 2048 },
    { "... which another thread frees", dropin_over, original_over, 512, 2048 },
  };
  pthread_t id;
  if (!is_present (DROPIN) || !is_present (ORIGINAL)) {
    return;
  }
  dropin.init_msg_buffers (0);
  original.init_msg_buffers (0);
  if (pthread_create (&id, NULL, run_second, NULL)) {
    refuse ("no second thread");
  }
  for (size_t t = 0; t < sizeof (tests) / sizeof (tests[0]); t++) {
    for (size_t i = 0; i < sizeof (bytes) / sizeof (bytes[0]); i++) {
      if (bytes[i] < tests[t].from || bytes[i] > tests[t].to) {
        continue;
      }
      w.number = bytes[i];
      compete (&(struct bout) { .family = "buffers",
                                .function = tests[t].function,
                                .size = (size_t) bytes[i],
                                .work = &w,
                                .run = { [OURS] = tests[t].ours, [ORIGINAL] = tests[t].theirs } });
    }
  }
  __atomic_store_n (&second.end, true, __ATOMIC_RELEASE);
  pthread_join (id, NULL);
}
