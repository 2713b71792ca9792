/*
 * Queues: what comes out, when they are empty, their semaphores; rings by themselves; the numbers of threads and the pointers
 * that they publish; the statistics of all threads.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "http_host.h"
#include "script.h"

enum { QUEUES = 3, RINGS = 2, BASE = 0x1000, PAGE = 1000 };

/* In place, or allocated; plain, or with a semaphore. */
static struct mp_queue places[QUEUES], *queues[QUEUES];
static bool waits[QUEUES];
static struct mp_queue_block *rings[RINGS];
static struct mp_semaphore semaphore;
static void *cell;
static int next_item;

static void begin (void) {
  *lib->max_job_thread_id = 8;
  memset (places, 0, sizeof (places));
  memset (queues, 0, sizeof (queues));
  memset (rings, 0, sizeof (rings));
  semaphore = (struct mp_semaphore) { 0, 0 };
  cell = &places[0];
  next_item = 0;
}

/* The original's job threads do this at their start. */
static void be_registered (void) {
  if (!*(void **) thread_local_at ("jobs_module_stat_mp_queue")) {
    lib->jobs_module_thread_init_mp_queue ();
  }
}

static void *new_item (void) {
  return (void *) (long) (BASE + ++next_item);
}

static void note_item (const void *item) {
  note ("%ld", item ? (long) item - BASE : 0);
}

static void observe (void) {
  be_registered ();
  for (int i = 0; i < QUEUES; i++) {
    if (queues[i]) {
      note ("queue %d magic %x empty %d items %d", i, (unsigned) queues[i]->mq_magic, lib->mpq_is_empty (queues[i]),
            queues[i]->mq_sem.value);
    }
  }
  note ("semaphore %d waiting %d", semaphore.value, semaphore.waiting);
}

static void make (const long *a) {
  long i = a[0];
  be_registered ();
  if (queues[i]) {
    skip ();
    return;
  }
  waits[i] = a[1] != 0;
  if (a[2]) {
    queues[i] = waits[i] ? lib->alloc_mp_queue_w () : lib->alloc_mp_queue ();
  } else {
    queues[i] = &places[i];
    (waits[i] ? lib->init_mp_queue_w : lib->init_mp_queue) (queues[i]);
  }
}

static void drop (const long *a) {
  struct mp_queue *queue = queues[a[0]];
  be_registered ();
  if (!queue) {
    skip ();
    return;
  }
  queues[a[0]] = NULL;
  if (queue == &places[a[0]]) {
    lib->clear_mp_queue (queue);
    note ("magic %d", queue->mq_magic);
  } else {
    lib->free_mp_queue (queue);
  }
}

static bool push_one (long i) {
  return (waits[i] ? lib->mpq_push_w : lib->mpq_push) (queues[i], new_item (), 0) >= 0;
}

static void *pop_one (long i, long tries) {
  return waits[i] ? lib->mpq_pop_nw (queues[i], (int) tries) : lib->mpq_pop (queues[i], (int) tries);
}

static void push (const long *a) {
  be_registered ();
  if (!queues[a[0]]) {
    skip ();
    return;
  }
  note ("%d", push_one (a[0]));
}

/* Beyond the ends of blocks. */
static void push_many (const long *a) {
  int pushed = 0;
  be_registered ();
  if (!queues[a[0]]) {
    skip ();
    return;
  }
  for (long i = 0; i < a[1]; i++) {
    pushed += push_one (a[0]);
  }
  note ("%d", pushed);
}

static void pop (const long *a) {
  be_registered ();
  if (!queues[a[0]]) {
    skip ();
    return;
  }
  note_item (pop_one (a[0], a[1]));
}

static void pop_many (const long *a) {
  long sum = 0, count = 0;
  be_registered ();
  if (!queues[a[0]]) {
    skip ();
    return;
  }
  for (long i = 0; i < a[1]; i++) {
    void *item = pop_one (a[0], 4);
    count += item != NULL;
    sum = sum * 31 + (long) item;
  }
  note ("%ld items: %lx", count, (unsigned long) sum);
}

/* Each item taken before the next is pushed. */
static void push_and_pop (const long *a) {
  be_registered ();
  if (!queues[a[0]]) {
    skip ();
    return;
  }
  for (long i = 0; i < a[1]; i++) {
    push_one (a[0]);
    if (i == a[1] - 1) {
      note_item (pop_one (a[0], 1));
    } else {
      pop_one (a[0], 1);
    }
  }
}

/* Would sleep without an item. */
static void pop_waiting (const long *a) {
  be_registered ();
  if (!queues[a[0]] || !waits[a[0]] || queues[a[0]]->mq_sem.value <= 0) {
    skip ();
    return;
  }
  note_item (lib->mpq_pop_w (queues[a[0]], (int) a[1]));
}

static void post (const long *a) {
  (void) a;
  note ("%d", lib->mp_sem_post (&semaphore));
}

static void try_wait (const long *a) {
  (void) a;
  note ("%d", lib->mp_sem_trywait (&semaphore));
}

static void wait_for (const long *a) {
  (void) a;
  if (semaphore.value <= 0) {
    skip ();
    return;
  }
  note ("%d", lib->mp_sem_wait (&semaphore));
}

/* ---- threads ---- */

static void number (const long *a) {
  (void) a;
  be_registered ();
  int id = lib->get_this_thread_id ();
  void **row = *(void ***) thread_local_at ("thread_hazard_pointers");
  note ("%d of thread %d, row %d", id, *(int *) thread_local_at ("mpq_this_thread_id"),
        row == (void **) lib->mqb_hazard_ptr + 16 * id);
}

static bool nests;

static void keep (void *pointer) {
  note ("kept %d: %d%d%d", pointer == cell, lib->is_hazard_ptr (pointer, 3, 3), lib->is_hazard_ptr (pointer, 0, 2),
        lib->is_hazard_ptr (pointer, 0, 15));
  if (nests) {
    lib->get_ptr_multithread_copy (&cell, keep);
  }
}

static void copy (const long *a) {
  be_registered ();
  nests = a[1] == 9;
  cell = a[0] ? &places[a[0] - 1] : NULL;
  void *copied = lib->get_ptr_multithread_copy (&cell, keep);
  note ("%d, then %d", copied == cell, lib->is_hazard_ptr (&places[0], 3, 3));
}

static void publish (const long *a) {
  be_registered ();
  (*(void ***) thread_local_at ("thread_hazard_pointers"))[a[0]] = a[1] ? &semaphore : NULL;
}

static void published (const long *a) {
  be_registered ();
  note ("%d", lib->is_hazard_ptr (&semaphore, (int) a[0], (int) a[1]));
}

/* ---- rings ---- */

static void make_ring (const long *a) {
  if (rings[a[0]]) {
    skip ();
    return;
  }
  be_registered ();
  rings[a[0]] = lib->alloc_mpq_block (a[1] ? new_item () : NULL, 0, (int) a[2]);
}

static void drop_ring (const long *a) {
  if (!rings[a[0]]) {
    skip ();
    return;
  }
  lib->free_mpq_block (rings[a[0]]);
  rings[a[0]] = NULL;
}

static void push_ring (const long *a) {
  int pushed = 0;
  if (!rings[a[0]]) {
    skip ();
    return;
  }
  for (long i = 0; i < a[1]; i++) {
    pushed += lib->mpq_block_push (rings[a[0]], new_item ()) >= 0;
  }
  note ("%d", pushed);
}

static void pop_ring (const long *a) {
  long sum = 0, count = 0;
  if (!rings[a[0]]) {
    skip ();
    return;
  }
  for (long i = 0; i < a[1]; i++) {
    void *item = lib->mpq_block_pop (rings[a[0]]);
    count += item != NULL;
    sum = sum * 31 + (long) item;
  }
  note ("%ld items: %lx", count, (unsigned long) sum);
}

/* ---- statistics ---- */

/* The counts of blocks are each design's own. */
static void statistics (const long *a) {
  if (http_host_used ()) {
    skip (); /* buffers of messages have queues in the original */
    return;
  }
  static char prefix[] = "all_";
  char page[PAGE];
  struct stats_buffer sb;
  *lib->jobs_module_state_prefix_mp_queue = a[0] ? prefix : NULL;
  lib->sb_init (&sb, page, sizeof (page));
  int length = lib->mp_queue_prepare_stat (&sb);
  bool is_block = false;
  char *to = page;
  for (char *from = page; from < page + length; from++) {
    if (from == page || from[-1] == '\n') {
      is_block = strncmp (from, "mpq_blocks", 10) == 0 || strncmp (from, "mpq_small", 9) == 0;
    }
    if (!is_block || *from < '0' || *from > '9') {
      *to++ = *from;
    }
  }
  note_bytes ("page", page, (size_t) (to - page));
}

static void register_again (const long *a) {
  (void) a;
  lib->jobs_module_thread_init_mp_queue ();
}

/* What ends the process. */
static void misuse (const long *a) {
  long i = a[0];
  be_registered ();
  if (!queues[i]) {
    skip ();
    return;
  }
  switch (a[1]) {
  case 0:
    lib->init_mp_queue (queues[i]);
    break;
  case 1:
    lib->init_mp_queue_w (queues[i]);
    break;
  case 2:
    waits[i] ? skip () : (void) lib->mpq_pop_nw (queues[i], 1);
    break;
  case 3:
    waits[i] ? skip () : (void) lib->mpq_push_w (queues[i], new_item (), 0);
    break;
  case 4:
    waits[i] ? skip () : (void) lib->mpq_pop_w (queues[i], 1);
    break;
  default:
    if (queues[i] == &places[i]) {
      lib->clear_mp_queue (queues[i]);
      lib->clear_mp_queue (queues[i]);
    } else {
      skip ();
    }
  }
}

#define QUEUE { "queue", 0, QUEUES - 1 }
#define RING { "ring", 0, RINGS - 1 }

static const struct operation operations[] = {
  { "make", make, { QUEUE, { "waits", 0, 1 }, { "alloc", 0, 1 } }, 16 },
  { "drop", drop, { QUEUE }, 2 },
  { "push", push, { QUEUE }, 10 },
  { "push_many", push_many, { QUEUE, { "count", 1, 300 } }, 3 },
  { "pop", pop, { QUEUE, { "tries", 0, 4 } }, 10 },
  { "pop_many", pop_many, { QUEUE, { "count", 1, 300 } }, 3 },
  { "push_and_pop", push_and_pop, { QUEUE, { "count", 1, 5000 } }, 2 },
  { "pop_waiting", pop_waiting, { QUEUE, { "tries", 0, 4 } }, 3 },
  { "post", post, { { 0 } }, 2 },
  { "try_wait", try_wait, { { 0 } }, 2 },
  { "wait", wait_for, { { 0 } }, 1 },
  { "number", number, { { 0 } }, 2 },
  { "copy", copy, { { "what", 0, QUEUES }, { "nests", 0, 9 } }, 3 },
  { "publish", publish, { { "place", 3, 15 }, { "on", 0, 1 } }, 2 },
  { "published", published, { { "first", 0, 15 }, { "last", 0, 15 } }, 3 },
  { "make_ring", make_ring, { RING, { "first", 0, 1 }, { "small", 0, 1 } }, 8 },
  { "drop_ring", drop_ring, { RING }, 1 },
  { "push_ring", push_ring, { RING, { "count", 1, 40 } }, 4 },
  { "pop_ring", pop_ring, { RING, { "count", 1, 40 } }, 4 },
  { "statistics", statistics, { { "prefix", 0, 1 } }, 2 },
  { "register", register_again, { { 0 } }, 1 },
  { "misuse", misuse, { QUEUE, { "what", 0, 5 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "queue.make(0,1,1);queue.push(0);queue.push(0)@1;queue.pop(0,1)@2;queue.pop(0,0);queue.pop_waiting(0,0);queue.pop(0,4);"
  "queue.statistics(0);queue.drop(0);queue.statistics(1)",
  "queue.make(0,0,0);queue.push_many(0,300);queue.pop_many(0,63);queue.pop_many(0,300);queue.push_and_pop(0,5000);queue.drop(0);"
  "queue.statistics(0);queue.make(0,1,0);queue.push(0);queue.pop(0,4);queue.drop(0)",
  "queue.make_ring(0,1,1);queue.push_ring(0,40);queue.push_ring(0,40);queue.pop_ring(0,40);queue.push_ring(0,1);"
  "queue.pop_ring(0,40);queue.drop_ring(0);queue.make_ring(0,0,0);queue.pop_ring(0,3);queue.push_ring(0,40);queue.pop_ring(0,40)",
  "queue.number;queue.number@1;queue.number@3;queue.publish(3,1)@1;queue.published(0,15);queue.published(3,3)@1;"
  "queue.published(4,15)@1;queue.publish(5,1);queue.published(3,5);queue.copy(0,0);queue.copy(1,0)@2",
  "queue.copy(1,9)",
  "queue.post;queue.post;queue.wait;queue.wait@1;queue.try_wait",
  "queue.make(0,0,1);queue.misuse(0,2)",
  "queue.make(1,1,1);queue.misuse(1,0)",
  "queue.make(1,1,0);queue.misuse(1,5)",
  "queue.statistics(0)@1;queue.make(0,0,1)@1;queue.drop(0)@2;queue.register;queue.make(1,1,0);queue.statistics(0)@3",
  NULL,
};

const struct script_family queue_scripts = { "queue", CAN_QUEUE, operations, begin, observe, fixed };
