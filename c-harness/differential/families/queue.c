/*
 * Queues, by one thread: what each pop gives, and when a queue is empty.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "function.h"

enum { MOST_STEPS = 400, SIZE = 192 };

enum step { PUSH, POP, WAIT, LOOK, STEPS };

/* The kind of the queue, then one byte a step: long runs of pushes and of pops, which cross the ends of blocks. */
static void generate (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u8 (s, (unsigned) rng_below (&r, 2));
  int steps = 1 + (int) rng_below (&r, MOST_STEPS);
  put_u32 (s, (uint32_t) steps);
  enum step step = PUSH;
  for (int i = 0, run = 0; i < steps; i++) {
    if (!run--) {
      run = (int) rng_below (&r, rng_chance (&r, 4) ? 200 : 6);
      step = rng_chance (&r, 2) ? PUSH : POP;
    }
    put_u8 (s, rng_chance (&r, 8) ? rng_chance (&r, 2) ? WAIT : LOOK : step);
  }
}

#define SEEN_NOTHING 0xcbf29ce484222325u

/* A step's result joins what the steps before gave. */
static uint64_t joined (uint64_t all, uint64_t result) {
  return (all ^ result) * 0x100000001b3u;
}

static bool run_steps (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  bool waits = take_u8 (&c) & 1;
  int steps = (int) take_u32 (&c), popped = 0, held = 0;
  if (steps < 0 || steps > MOST_STEPS) {
    return false;
  }
  void *queue = aligned_alloc (64, SIZE);
  if (!queue) {
    return false;
  }
  memset (queue, 0, SIZE);
  int status = p->abi->queue (p, waits ? QUEUE_INIT_W : QUEUE_INIT, queue, NULL);
  uint64_t seen = SEEN_NOTHING;
  for (int i = 0; i < steps && !c.bad; i++) {
    void *item = (void *) (uintptr_t) (i + 1);
    enum step step = take_u8 (&c) % STEPS;
    if (step == PUSH) {
      status |= p->abi->queue (p, waits ? QUEUE_PUSH_W : QUEUE_PUSH, queue, &item);
      held++;
    } else if (step == LOOK) {
      seen = joined (seen, (uint64_t) p->abi->queue (p, QUEUE_IS_EMPTY, queue, NULL));
    } else {
      /* A pop may sleep only where there is an item. */
      enum queue_op op = !waits ? QUEUE_POP : step == WAIT && held ? QUEUE_POP_W : QUEUE_POP_NW;
      status |= p->abi->queue (p, op, queue, &item);
      seen = joined (seen, (uintptr_t) item);
      popped += item != NULL;
      held -= item != NULL;
    }
  }
  status |= p->abi->queue (p, QUEUE_CLEAR, queue, NULL);
  outcome_add (o, status);
  outcome_add (o, popped);
  outcome_add (o, (int64_t) seen);
  free (queue);
  return !c.bad;
}

/* The same steps on numbers in a row. */
static void run_model (const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  take_u8 (&c);
  int steps = (int) take_u32 (&c), first = 0, end = 0, items[MOST_STEPS];
  uint64_t seen = SEEN_NOTHING;
  for (int i = 0; i < steps; i++) {
    enum step step = take_u8 (&c) % STEPS;
    if (step == PUSH) {
      items[end++] = i + 1;
    } else if (step == LOOK) {
      seen = joined (seen, first == end);
    } else {
      seen = joined (seen, first < end ? (uint64_t) items[first++] : 0);
    }
  }
  outcome_add (o, 0);
  outcome_add (o, first);
  outcome_add (o, (int64_t) seen);
}

static bool as_the_model (struct provider *p, const struct draw *d, char *why, size_t room) {
  struct sample s = { NULL, 0, 0 };
  struct outcome got = { 0 }, want = { 0 };
  generate (&s, d);
  run_model (&s, &want);
  bool same = run_steps (p, &s, &got) && !memcmp (got.value, want.value, sizeof (got.value));
  snprintf (why, room, "%" PRId64 " popped, not %" PRId64 ", or others", got.value[1], want.value[1]);
  sample_release (&s);
  return same;
}

static const struct function functions[] = {
  { "mpq_push", "mp_queue", "status popped seen", CAN_QUEUE, 100000, generate, run_steps, NULL, NULL },
  { 0 },
};

static const struct difference_test tests[] = { { 0 } };
static const struct property properties[] = {
  { "mpq_push/model", "mp_queue", CAN_QUEUE, 20000, as_the_model },
  { 0 },
};

const struct family queue_family = { "mp_queue", functions, tests, properties, false };
