/*
 * Message buffers where the original crashes, aborts or starves: chunks that stay with a class for ever, a chunk of each class
 * for each thread, threads that no job system started; and buffers that many threads hand on.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "legacy_names.h"
#include "sentences.h"

/* Not compared with the original's, and so not declared. */
void free_msg_buffers_chunk (struct msg_buffers_chunk *C);
void free_msg_buffers_chunk_internal (struct msg_buffers_chunk *C, struct msg_buffers_chunk *CH);

enum { CLASSES = 5, MOST = 3 * 30716, SHARERS = 8, WANDERERS = 4 };

static const long chunk_bytes = (1L << 21) - 64;
static const int sizes[CLASSES] = { 48, 512, 2048, 16384, 262144 }, in_chunk[CLASSES] = { 30716, 3940, 1013, 127, 7 };

/* How many buffers wander. Fewer under valgrind. */
static long rounds;

/* The harness's declarations have no arrays. */
static struct msg_buffers_chunk *head_of (int class) {
  static struct msg_buffers_chunk *volatile first = &ChunkHeaders;
  return first + class;
}

static int give_back (struct msg_buffer *b) {
  b->refcnt = 0;
  return free_msg_buffer (b);
}

/* Takes all there are, or `most`; returns how many. */
static struct msg_buffer *held[MOST];

static int fill (int class, int most) {
  int count = 0;
  while (count < most && (held[count] = alloc_msg_buffer (NULL, sizes[class]))) {
    count++;
  }
  return count;
}

static void release (int count) {
  while (count) {
    give_back (held[--count]);
  }
}

static struct buffers_stat state (void) {
  struct buffers_stat s;
  fetch_buffers_stat (&s);
  return s;
}

/* Usage is 0 in between, and the original has no buffer for the second class. */
static void classes_take_turns (void) {
  for (int turn = 0; turn < 2 * CLASSES; turn++) {
    int class = turn * 2 % CLASSES, count;
    init_msg_buffers (3 * chunk_bytes);
    count = fill (class, MOST);
    expect (count == 3 * in_chunk[class], "each class can have all chunks");
    expect (state ().total_used_buffers == count && !alloc_msg_buffer (NULL, sizes[(class + 1) % CLASSES]),
            "and then no other has one");
    expect (msg_buffer_reach_limit (0.2) == 1, "much is in use");
    release (count);
    expect (state ().total_used_buffers == 0 && state ().total_used_buffers_size == 0, "nothing is in use");
  }
}

static void empty_chunks_go (void) {
  init_msg_buffers (40 * chunk_bytes);
  int count = fill (2, 20 * in_chunk[2]);
  expect (state ().allocated_buffer_chunks >= 20, "so many buffers take so many chunks");
  release (count);
  fetch_buffers_stat (&(struct buffers_stat) { 0 });
  give_back (alloc_msg_buffer (NULL, 48));
  expect (state ().allocated_buffer_chunks <= CLASSES, "empty chunks are given back");
  expect (state ().allocated_buffer_bytes == state ().allocated_buffer_chunks * chunk_bytes, "and are not counted");
}

static pthread_barrier_t together;

/* Each thread has one buffer of each class at the same time. */
static void *share (void *unused) {
  struct msg_buffer *own[CLASSES];
  (void) unused;
  for (int class = 0; class < CLASSES; class ++) {
    own[class] = alloc_msg_buffer (NULL, sizes[class]);
    expect (own[class] != NULL || class == CLASSES - 1, "a thread has a buffer of a chunk that it shares");
  }
  pthread_barrier_wait (&together);
  for (int class = 0; class < CLASSES; class ++) {
    if (own[class]) {
      give_back (own[class]);
    }
  }
  return NULL;
}

static void threads_share (void) {
  pthread_t ids[SHARERS];
  init_msg_buffers (6 * chunk_bytes);
  pthread_barrier_init (&together, NULL, SHARERS);
  for (int i = 0; i < SHARERS; i++) {
    pthread_create (&ids[i], NULL, share, NULL);
  }
  for (int i = 0; i < SHARERS; i++) {
    pthread_join (ids[i], NULL);
  }
  expect (state ().allocated_buffer_chunks <= 6, "8 threads and 5 classes share 6 chunks");
  expect (state ().total_used_buffers == 0, "plain threads are counted");
  int count = fill (2, MOST);
  expect (count == 6 * in_chunk[2], "a thread that has ended keeps nothing");
  release (count);
}

/* ---- from hand to hand ---- */

static struct mp_queue *hands[WANDERERS];

/* Passes on what comes, or frees it; its bytes are the sender's. */
static void *pass_on (void *number) {
  long own = (long) number;
  for (;;) {
    struct msg_buffer *b = mpq_pop_w (hands[own], 4);
    if ((long) b == 1) {
      return NULL;
    }
    long *data = (long *) (void *) (b + 1);
    expect (data[1] == (long) b, "a buffer's bytes are its owner's");
    if (data[2]-- && own + 1 < WANDERERS) {
      mpq_push_w (hands[own + 1], b, 0);
    } else {
      give_back (b);
    }
  }
}

static void buffers_wander (void) {
  pthread_t ids[WANDERERS];
  init_msg_buffers (8 * chunk_bytes);
  for (long i = 0; i < WANDERERS; i++) {
    hands[i] = alloc_mp_queue_w ();
    pthread_create (&ids[i], NULL, pass_on, (void *) i);
  }
  for (long i = 0; i < rounds; i++) {
    struct msg_buffer *b = alloc_msg_buffer (NULL, sizes[i % 7 == 0 ? 1 : 2]);
    if (b) {
      long *data = (long *) (void *) (b + 1);
      data[1] = (long) b;
      data[2] = i % WANDERERS;
      mpq_push_w (hands[i % 3], b, 0);
    }
  }
  for (long i = 0; i < WANDERERS; i++) {
    mpq_push_w (hands[i], (void *) 1, 0);
    pthread_join (ids[i], NULL);
    free_mp_queue (hands[i]);
  }
  expect (state ().total_used_buffers == 0 && state ().total_used_buffers_size == 0, "all are back");
  int count = fill (3, MOST);
  expect (count == 8 * in_chunk[3], "and all chunks can be had");
  release (count);
}

/* The original frees such a chunk, and then uses it. */
static void separate_chunks (void) {
  struct msg_buffers_chunk *class = head_of (2);
  int before = allocated_buffer_chunks;
  struct msg_buffers_chunk *a = alloc_new_msg_buffers_chunk (class), *b = alloc_new_msg_buffers_chunk (class);
  expect (a && b && a->buffer_size == 2048 && allocated_buffer_chunks == before + 2, "two new chunks");
  free_msg_buffers_chunk (a);
  free_msg_buffers_chunk_internal (b, class);
  expect (allocated_buffer_chunks == before, "go as they came");
}

static void lower_the_cap (void) {
  init_msg_buffers (9 * chunk_bytes);
  release (fill (3, MOST));
  expect (init_msg_buffers (0) == 1 && max_buffer_chunks == 9, "0 keeps the cap");
  expect (init_msg_buffers (1) == 1 && max_buffer_chunks == 0, "what is not in use can be given up");
  expect (!alloc_msg_buffer (NULL, 1) && !alloc_new_msg_buffers_chunk (head_of (0)), "then there is none");
  init_msg_buffers (9 * chunk_bytes);
}

/* ---- what ends the process ---- */

static void free_twice (void) {
  struct msg_buffer *b = alloc_msg_buffer (NULL, 1), *c = alloc_msg_buffer (NULL, 1);
  give_back (b);
  give_back (b);
  give_back (c);
}

static void free_in_use (void) {
  free_msg_buffer (alloc_msg_buffer (NULL, 1));
}

static void free_nothing (void) {
  free_msg_buffer (NULL);
}

static void free_elsewhere (void) {
  struct msg_buffer *b = alloc_msg_buffer (NULL, 1);
  b->refcnt = 0;
  free_std_msg_buffer (alloc_msg_buffer (NULL, 2048)->chunk, b);
}

static void free_chunk_in_use (void) {
  free_msg_buffers_chunk (alloc_msg_buffer (NULL, 1)->chunk);
}

static void free_chunk_of_another_class (void) {
  free_msg_buffers_chunk_internal (alloc_new_msg_buffers_chunk (head_of (0)), head_of (1));
}

static void no_class (void) {
  alloc_msg_buffer_internal (NULL, head_of (5), NULL, 5);
}

static void lower_than_used (void) {
  fill (3, 1000);
  init_msg_buffers (chunk_bytes);
}

static void too_much (void) {
  init_msg_buffers ((1L << 40) + 1);
}

/* `buffers control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  const char *told = getenv ("ROUNDS");
  rounds = told ? atol (told) * 5 : 200000;
  /* The main thread's number, so that sums have it. */
  max_job_thread_id = 1;
  listen_to_stderr ();
  expect (!alloc_msg_buffer (NULL, 1) && buffer_size_values == CLASSES, "before the first cap there is none");
  classes_take_turns ();
  empty_chunks_go ();
  threads_share ();
  buffers_wander ();
  separate_chunks ();
  lower_the_cap ();
  expect_end (init_buffer_chunk_headers, "init_buffer_chunk_headers: it was called before");
  expect_end (free_twice, "free_msg_buffer: it is no buffer in use");
  expect_end (free_in_use, "free_msg_buffer: the buffer has references");
  expect_end (free_nothing, "free_msg_buffer: it is no buffer in use");
  expect_end (free_elsewhere, "a buffer of that chunk was expected");
  expect_end (free_chunk_in_use, "a new chunk of that class was expected");
  expect_end (free_chunk_of_another_class, "a new chunk of that class was expected");
  expect_end (no_class, "a class of buffers was expected");
  expect_end (lower_than_used, "init_msg_buffers: more is allocated already");
  expect_end (too_much, "init_msg_buffers: the size of the buffers is negative, or above");
  return stop_listening ();
}
