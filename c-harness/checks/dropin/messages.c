/*
 * Messages where the original aborts, corrupts its memory or keeps buffers: a full pool, one byte at a time, what was read to
 * its end, cuts at the start; and clones that many threads add to.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "host.h"
#include "legacy_names.h"
#include "sentences.h"

enum { MOST = 70000, STRANGERS = 60, SEGMENTS = 63, THREADS = 6, PART = 0x8341aa7, MESSAGE = 0x23513473 };

static const long chunk_bytes = (1L << 21) - 64;
static const int sizes[] = { 48, 512, 2048, 16384, 262144 };
static struct msg_buffer *held[MOST];
static char bytes[10000], fetched[10000];
static long rounds;

static int used (void) {
  struct buffers_stat s;
  fetch_buffers_stat (&s);
  return s.total_used_buffers;
}

static int holds (struct raw_message *raw, const char *expected, int len) {
  rwm_check (raw);
  return raw->total_bytes == len && rwm_fetch_lookup (raw, fetched, len + 1) == len &&
         !memcmp (fetched, expected, (size_t) len);
}

static struct raw_message message (int len) {
  struct raw_message raw;
  expect (rwm_create (&raw, bytes, len) == len, "a message is made");
  return raw;
}

/* As a connection makes it of what it has received. */
static struct raw_message received (int len) {
  struct raw_message raw;
  struct msg_buffer *buffer = alloc_msg_buffer (NULL, 2048);
  struct msg_part *part = new_msg_part (NULL, buffer);
  rwm_init (&raw, 0);
  memcpy ((char *) (buffer + 1), bytes, (size_t) len);
  raw.first = raw.last = part;
  part->data_end = raw.last_offset = raw.total_bytes = len;
  return raw;
}

/* Cure 7. */
static void one_byte_at_a_time (void) {
  static struct raw_message in[STRANGERS];
  for (int i = 0; i < STRANGERS; i++) {
    rwm_init (&in[i], 0);
  }
  for (int segment = 0; segment < SEGMENTS; segment++) {
    for (int i = 0; i < STRANGERS; i++) {
      struct raw_message raw = received (1);
      rwm_union (&in[i], &raw);
    }
  }
  expect (used () == STRANGERS && in[0].total_bytes == SEGMENTS, "what comes byte by byte takes one buffer");
  for (int i = 0; i < STRANGERS; i++) {
    rwm_free (&in[i]);
  }
  expect (used () == 0, "... which is given back");
}

/* Cure 8. */
static void drained (void) {
  struct raw_message raw = message (300);
  expect (rwm_fetch_data (&raw, fetched, 100) == 100 && used () == 1, "what is left stays");
  expect (rwm_skip_data (&raw, 200) == 200 && used () == 0, "what was read to its end has no buffer");
  rwm_push_data (&raw, bytes, 50);
  expect (rwm_trunc (&raw, 0) == 0 && used () == 0, "nor what was cut to nothing");
  expect (raw.magic == MESSAGE && rwm_free (&raw) == 0, "it is a message still");
}

/* Cure 9. */
static void type_of_an_empty_packet (void) {
  struct raw_message raw = message (3);
  int type = -1;
  rwm_trunc (&raw, 3 & -4);
  expect (rwm_fetch_lookup (&raw, &type, 4) == 4 && type == 0, "an empty packet has the type 0");
  expect (rwm_fetch_data (&raw, &type, 4) == 0 && rwm_fetch_lookup (&raw, fetched, 5) == 0, "and no bytes");
  rwm_free (&raw);
}

/* Takes all buffers of all classes. */
static int fill (void) {
  int count = 0;
  for (int class = 0; class < 5; class ++) {
    while (count < MOST && (held[count] = alloc_msg_buffer (NULL, sizes[class]))) {
      count++;
    }
  }
  return count;
}

static void release (int count) {
  while (count) {
    held[--count]->refcnt = 0;
    free_msg_buffer (held[count]);
  }
}

/* Cure 14: the original aborts where it is full, or stores nothing. */
static void full_pool (void) {
  struct raw_message raw = message (100), two = message (3000), clone, tail;
  struct iovec entries[9];
  rwm_clone (&clone, &raw);
  int count = fill ();
  expect (count > 1000 && !alloc_msg_buffer (NULL, 512) && !alloc_msg_buffer (NULL, 2048), "the pool is full");
  expect (rwm_init (&tail, 5000) == 0 && tail.total_bytes == 0, "a long message has no room");
  expect (rwm_push_data (&tail, bytes, 2048) == 2048 && holds (&tail, bytes, 2048), "one of a buffer has");
  expect (rwm_push_data_front (&clone, "12345678", 8) == 8 && clone.total_bytes == 108,
          "and a header before a shared one");
  expect (rwm_push_data (&clone, "crc", 3) == 3, "and bytes behind it");
  char *place = rwm_prepend_alloc (&two, 1000);
  memcpy (place, bytes, 1000);
  expect (place && rwm_postpone_alloc (&two, 2000) != NULL, "and room at both ends");
  expect (rwm_push_data_front (&two, bytes, 9000) == 9000 && two.total_bytes == 15000, "of any length at the front");
  expect (rwm_prepare_iovec (&two, entries, 9, 9000) > 0 && !memcmp (entries[0].iov_base, bytes, entries[0].iov_len),
          "they are there");
  expect (rwm_union (&two, &tail) == 0 && rwm_union (&two, &clone) == 0 && two.total_bytes == 17159, "and are joined");
  expect (rwm_free (&two) > 5 && rwm_free (&raw) == 1, "and freed");
  release (count);
  expect (used () == 0, "nothing is left of it");
  raw = message (9000);
  expect (holds (&raw, bytes, 9000), "and then all is as before");
  rwm_free (&raw);
}

/* Cure 22. */
static void cuts_at_the_start (void) {
  struct raw_message raw = message (5000), tail, head;
  memset (&tail, 0x5a, sizeof (tail));
  expect (rwm_split (&raw, &tail, 0) == 0 && raw.total_bytes == 0 && holds (&tail, bytes, 5000), "all is the tail");
  expect (rwm_split_head (&head, &tail, 0) == 0 && head.total_bytes == 0 && holds (&tail, bytes, 5000),
          "nothing is the head");
  rwm_free (&head);
  rwm_free (&raw);
  /* The first part is empty, and nobody else's. */
  expect (rwm_fetch_data (&tail, fetched, 1920) == 1920, "a part is read to its end");
  expect (rwm_get_block_ptr_bytes (&tail) == 2048 && !memcmp (rwm_get_block_ptr (&tail), bytes + 1920, 2048),
          "the next one is the first");
  rwm_free (&tail);
  struct msg_buffer *buffer = alloc_msg_buffer (NULL, 512);
  struct msg_part *empty = new_msg_part (NULL, buffer);
  raw = message (100);
  empty->next = raw.first;
  raw.first = empty;
  raw.first_offset = 0;
  raw.first->next->offset = 128;
  expect (rwm_get_block_ptr_bytes (&raw) == 100 && holds (&raw, bytes, 100) && used () == 1,
          "an empty part is given back");
  rwm_free (&raw);
}

/* Cure 22: with one or two bytes of room the original reads the length that it changes. */
static void tl_strings (void) {
  for (int room = 0; room < 6; room++) {
    struct raw_message raw = message (1000);
    while (raw.first_offset > room) {
      rwm_push_data_front (&raw, "x", 1);
    }
    int len = raw.total_bytes;
    rwm_to_tl_string (&raw);
    expect (raw.total_bytes == (len + 7) / 4 * 4 && rwm_fetch_lookup (&raw, fetched, 4) == 4 &&
                !memcmp (fetched, (char[]) { '\376', (char) len, (char) (len >> 8), 0 }, 4),
            "the length is the string's");
    rwm_from_tl_string (&raw);
    expect (raw.total_bytes == len, "and back");
    rwm_free (&raw);
  }
}

/* ---- threads that no job system started ---- */

static pthread_barrier_t together;

/* Adds to a clone of a chain that the others add to as well; hands parts on by freeing what another made. */
static void *add_to_clone (void *made) {
  struct raw_message *own = made;
  pthread_barrier_wait (&together);
  for (int i = 0; i < 40; i++) {
    char byte = (char) i;
    rwm_push_data (own, &byte, 1);
  }
  rwm_push_data_front (own, "head", 4);
  return NULL;
}

static void clones_in_threads (void) {
  struct raw_message clones[THREADS];
  pthread_t threads[THREADS];
  char expected[2100];
  for (long round = 0; round < rounds; round++) {
    int len = round % 2 ? 100 : 2000;
    struct raw_message raw = message (len);
    for (int t = 0; t < THREADS; t++) {
      rwm_clone (&clones[t], &raw);
    }
    rwm_free (&raw);
    for (int t = 0; t < THREADS; t++) {
      pthread_create (&threads[t], NULL, add_to_clone, &clones[t]);
    }
    for (int t = 0; t < THREADS; t++) {
      pthread_join (threads[t], NULL);
    }
    memcpy (expected, "head", 4);
    memcpy (expected + 4, bytes, (size_t) len);
    for (int i = 0; i < 40; i++) {
      expected[4 + len + i] = (char) i;
    }
    for (int t = 0; t < THREADS; t++) {
      expect (holds (&clones[t], expected, len + 44), "a thread's clone has what that thread added");
      rwm_free (&clones[t]);
    }
  }
  expect (used () == 0, "threads leave no buffer");
}

/* ---- what ends the process ---- */

static void unite_with_itself (void) {
  struct raw_message raw = message (10);
  rwm_union (&raw, &raw);
}

static void free_twice (void) {
  struct raw_message raw = message (10);
  rwm_free (&raw);
  rwm_free (&raw);
}

static void negative (void) {
  struct raw_message raw = message (10);
  rwm_push_data (&raw, bytes, -1);
}

static void too_short (void) {
  struct raw_message raw = message (10);
  rwm_crc32 (&raw, 11);
}

static void wrong_block (void) {
  struct raw_message raw = message (10), to = message (10);
  rwm_encrypt_decrypt_to (&raw, &to, 10, NULL, 32);
}

static void damaged_part (void) {
  struct raw_message raw = message (10);
  raw.first->magic = 7;
  rwm_free (&raw);
}

static void damaged_length (void) {
  struct raw_message raw = message (10);
  raw.total_bytes = 100;
  rwm_fetch_data (&raw, fetched, 50);
}

/* `messages control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  const char *told = getenv ("ROUNDS");
  rounds = told ? 1 + atol (told) / 20 : 500;
  /* The main thread's number, so that sums have it. */
  max_job_thread_id = 1;
  for (size_t i = 0; i < sizeof (bytes); i++) {
    bytes[i] = (char) (i * 7 + i / 251);
  }
  pthread_barrier_init (&together, NULL, THREADS);
  listen_to_stderr ();
  init_msg_buffers (4 * chunk_bytes);
  one_byte_at_a_time ();
  drained ();
  type_of_an_empty_packet ();
  full_pool ();
  cuts_at_the_start ();
  tl_strings ();
  clones_in_threads ();
  expect_end (unite_with_itself, "rwm_union: the message itself");
  expect_end (free_twice, "a message was expected that is alive");
  expect_end (negative, "a number of a message's bytes is negative");
  expect_end (too_short, "a message is shorter than it must be");
  expect_end (wrong_block, "a block is 1, 2, 4, 8 or 16 bytes");
  expect_end (damaged_part, "a message's parts were overwritten");
  expect_end (damaged_length, "a message's parts were overwritten");
  return stop_listening ();
}
