/*
 * Message buffers of the drop-in, from many threads: some allocate, write plain memory and hand on; the others read and free, so
 * that each buffer comes back to a thread by way of another. `buffers control` writes to what it has freed, when others have it.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "legacy_names.h"

enum { PAIRS = 4, ROUNDS = 20000, CHUNKS = 3, WORDS = 5, LATER = 200 };

static const int sizes[] = { 48, 512, 2048 };
static struct mp_queue *queues[PAIRS];
static int failed, is_control;

static long *words_of (struct msg_buffer *b) {
  return (long *) (void *) (b + 1);
}

static void *allocate (void *number) {
  long own = (long) number, none = 0;
  for (long i = 0; i < ROUNDS;) {
    struct msg_buffer *b = alloc_msg_buffer (NULL, sizes[i % 3]);
    if (!b) {
      none++;
      continue;
    }
    for (int word = 0; word < WORDS; word++) {
      words_of (b)[word] = own << 32 | i;
    }
    mpq_push_w (queues[own], b, 0);
    i++;
  }
  mpq_push_w (queues[own], (void *) 1, 0);
  return (void *) none;
}

static void *release (void *number) {
  struct msg_buffer *freed[LATER] = { NULL };
  long own = (long) number;
  for (long i = 0;; i++) {
    struct msg_buffer *b = mpq_pop_w (queues[own], 4);
    if ((long) b == 1) {
      return NULL;
    }
    for (int word = 0; word < WORDS; word++) {
      if (words_of (b)[word] != (own << 32 | i)) {
        __atomic_store_n (&failed, 1, __ATOMIC_RELAXED);
      }
    }
    b->refcnt = 0;
    free_msg_buffer (b);
    if (is_control && freed[i % LATER]) {
      words_of (freed[i % LATER])[4] = 0;
    }
    freed[i % LATER] = b;
  }
}

int main (int argc, char **argv) {
  pthread_t ids[2 * PAIRS];
  struct buffers_stat s;
  is_control = argc > 1 && !strcmp (argv[1], "control");
  max_job_thread_id = 1;
  init_msg_buffers (CHUNKS * ((1L << 21) - 64));
  for (long i = 0; i < PAIRS; i++) {
    queues[i] = alloc_mp_queue_w ();
    pthread_create (&ids[2 * i], NULL, allocate, (void *) i);
    pthread_create (&ids[2 * i + 1], NULL, release, (void *) i);
  }
  for (int i = 0; i < 2 * PAIRS; i++) {
    pthread_join (ids[i], NULL);
  }
  fetch_buffers_stat (&s);
  printf ("%d buffers by %d threads, %d left", PAIRS * ROUNDS, 2 * PAIRS, s.total_used_buffers);
  return failed || s.total_used_buffers;
}
