/*
 * The functions of queues, as the adapters of a mixed host call them: two threads push, the main thread sleeps for their items.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#include "host.h"
#include "mtproxy_ffi_bridge.h"

enum { PUSHERS = 2, ITEMS = 10000 };

/* The memory of a legacy `struct mp_queue`. */
struct queue {
  _Alignas (64) unsigned char bytes[192];
};

static struct queue plain, shared;

/* Each pusher's items ascend. */
static void *push_all (void *first) {
  for (uintptr_t i = 0; i < ITEMS; i++) {
    if (mtproxy_ffi_mpq_push_w (&shared, (void *) ((uintptr_t) first + i), 0) < 0) {
      return NULL;
    }
  }
  return first;
}

static int in_order (void) {
  pthread_t threads[PUSHERS];
  uintptr_t last[PUSHERS] = { 0 };
  for (uintptr_t i = 0; i < PUSHERS; i++) {
    if (pthread_create (&threads[i], NULL, push_all, (void *) (1 + i * ITEMS))) {
      return 0;
    }
  }
  int right = 1;
  for (int i = 0; i < PUSHERS * ITEMS; i++) {
    void *item = NULL;
    right &= mtproxy_ffi_mpq_pop_w (&shared, 4, &item) == 1;
    uintptr_t number = (uintptr_t) item, pusher = (number - 1) / ITEMS;
    right &= pusher < PUSHERS && number > last[pusher];
    last[pusher < PUSHERS ? pusher : 0] = number;
  }
  for (int i = 0; i < PUSHERS; i++) {
    void *done = NULL;
    right &= !pthread_join (threads[i], &done) && done;
  }
  return right;
}

void use_queue (void) {
  printf ("queues\n");
  expect (rust_ffi_queue_runs_in_rust (), "the bridge routes queues to Rust");
  int item = 5;
  void *out = NULL;
  expect (mtproxy_ffi_mpq_is_empty (&plain) == MTPROXY_FFI_EINVAL, "zeros are no queue");
  int made = mtproxy_ffi_mpq_init (&plain, 0);
  expect (made == 0 && mtproxy_ffi_mpq_init (&plain, 0) == MTPROXY_FFI_EINVAL, "a queue is made once");
  int64_t number = mtproxy_ffi_mpq_push (&plain, &item, 0);
  int empty = mtproxy_ffi_mpq_is_empty (&plain), taken = mtproxy_ffi_mpq_pop (&plain, 0, &out);
  expect (number >= 0 && !empty && taken == 1 && out == &item, "what is pushed is popped");
  expect (mtproxy_ffi_mpq_pop (&plain, 0, &out) == 0 && mtproxy_ffi_mpq_is_empty (&plain) == 1, "then it is empty");
  expect (mtproxy_ffi_mpq_push_w (&plain, &item, 0) == MTPROXY_FFI_EINVAL, "a plain queue counts no items");
  int cleared = mtproxy_ffi_mpq_clear (&plain);
  report ("mtproxy_ffi_mpq_init", "%d", made);
  report ("mtproxy_ffi_mpq_push", "number %d", (int) number);
  report ("mtproxy_ffi_mpq_is_empty", "%d", empty);
  report ("mtproxy_ffi_mpq_pop", "%d item", taken);
  report ("mtproxy_ffi_mpq_clear", "%d", cleared);

  expect (mtproxy_ffi_mpq_init (&shared, 1) == 0, "a queue that threads wait for");
  int right = in_order (), none = mtproxy_ffi_mpq_pop_nw (&shared, 4, &out);
  expect (right, "%d threads push, each one's items come in order", PUSHERS);
  expect (none == 0, "nothing is left");
  mtproxy_ffi_mpq_clear (&shared);
  printf ("  %d items of %d threads, in order\n", PUSHERS * ITEMS, PUSHERS);
  report ("mtproxy_ffi_mpq_push_w", "%d items of %d threads", PUSHERS * ITEMS, PUSHERS);
  report ("mtproxy_ffi_mpq_pop_w", "in order");
  report ("mtproxy_ffi_mpq_pop_nw", "then %d", none);
}
