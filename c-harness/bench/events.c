/*
 * The heap of events: descriptors that are taken out and queued again, moved, and called.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "many.h"

enum { FIRST = 1000, MOST = 100000, BATCH = 16 };

static struct event_descr *any_event (struct side *s) {
  return s->lib->Events + FIRST + next_number (s) % s->count;
}

static int handle (int fd, void *data, struct event_descr *ev) {
  (void) data;
  (void) ev;
  return fd > 0 ? 0 : -3;
}

static uint64_t queue_again (struct side *s, struct event_descr *e) {
  uint64_t sum = (uint64_t) s->lib->remove_event_from_heap (e, 0);
  e->priority = (int) (next_number (s) >> 60);
  return sum + (uint64_t) s->lib->put_event_into_heap_tail (e, (int) (next_number (s) >> 44));
}

/* Those that came first are called, as many as came. */
static uint64_t turn (struct side *s) {
  uint64_t sum = 0;
  for (int i = 0; i < BATCH; i++) {
    sum += (uint64_t) s->lib->put_event_into_heap_tail (s->lib->Events + FIRST + MOST + i, 0);
  }
  return sum + (uint64_t) s->lib->epoll_runqueue ();
}

#define BOTH(name, ...)                                                \
  CALLS (dropin_##name, struct side *const s = &sides[0]; __VA_ARGS__) \
  CALLS (original_##name, struct side *const s = &sides[1]; __VA_ARGS__)

BOTH (again, sum += queue_again (s, any_event (s)))
BOTH (move, sum += (uint64_t) s->lib->put_event_into_heap_tail (any_event (s), (int) (next_number (s) >> 44)))
BOTH (turn, sum += turn (s))

static void fill (struct side *s, size_t count) {
  for (size_t i = 0; i < count; i++) {
    s->lib->epoll_sethandler ((int) (FIRST + i), (int) (next_number (s) >> 60), handle, NULL);
    s->lib->put_event_into_heap_tail (s->lib->Events + FIRST + i, 1 << 30);
  }
  for (int i = 0; i < BATCH; i++) {
    s->lib->epoll_sethandler (FIRST + MOST + i, -1, handle, NULL);
  }
}

static void empty (struct side *s) {
  for (size_t i = 0; i < MOST + BATCH; i++) {
    s->lib->epoll_close ((int) (FIRST + i));
  }
}

void bench_events (void) {
  static const size_t counts[] = { 10, 1000, MOST };
  static const struct many_test tests[] = {
    TEST ("remove_event_from_heap, put_event_into_heap_tail", again),
    TEST ("put_event_into_heap_tail, moves", move),
    TEST ("16 x put_event_into_heap_tail, epoll_runqueue", turn),
  };
  if (is_present (DROPIN) && is_present (ORIGINAL)) {
    compete_many (&(struct many) { "events", "events", tests, 3, counts, 3, fill, empty });
  }
}
