/*
 * The timers of a thread, as many as a proxy has connections: each moved, each taken out and put in again, and each fired and
 * set anew.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>

#include "many.h"
#include "relink.h"

enum { MOST = 100000 };

/* A timer lies at the start of a job's payload, so that two are never in one cache line. */
struct job {
  struct event_timer et;
  char rest[224];
};

static struct job *jobs[2];

static struct event_timer *any_timer (struct side *s) {
  return &jobs[side_number (s)][next_number (s) % s->count].et;
}

/* In the next 1,000 seconds, not at once. */
static double any_time (struct side *s) {
  return *s->lib->precise_now + (double) ((next_number (s) >> 44) + 1) / 1048.576;
}

static uint64_t insert (struct side *s, struct event_timer *et) {
  et->wakeup_time = any_time (s);
  return (uint64_t) s->lib->insert_event_timer (et);
}

#define BOTH(name, ...)                                                \
  CALLS (dropin_##name, struct side *const s = &sides[0]; __VA_ARGS__) \
  CALLS (original_##name, struct side *const s = &sides[1]; __VA_ARGS__)

BOTH (move, sum += insert (s, any_timer (s)))
BOTH (again, struct event_timer *et = any_timer (s); sum += (uint64_t) s->lib->remove_event_timer (et);
      sum += insert (s, et))
BOTH (first, sum += (uint64_t) s->lib->timers_get_first ())
BOTH (idle, sum += (uint64_t) s->lib->thread_run_timers ())

/* What fires is set anew at once, by its own function. */
static struct side *firing;

static int fire_again (struct event_timer *et) {
  return (int) insert (firing, et);
}

BOTH (fire, firing = s; *s->lib->precise_now = s->lib->timers_get_first ();
      sum += (uint64_t) s->lib->thread_run_timers ())

static void fill (struct side *s, size_t count) {
  *s->lib->precise_now = 1;
  for (size_t i = 0; i < count; i++) {
    jobs[side_number (s)][i].et = (struct event_timer) { .wakeup = fire_again };
    insert (s, &jobs[side_number (s)][i].et);
  }
}

static void empty (struct side *s) {
  for (size_t i = 0; i < s->count; i++) {
    s->lib->remove_event_timer (&jobs[side_number (s)][i].et);
  }
}

void bench_timers (void) {
  static const size_t counts[] = { 10, 1000, MOST };
  static const struct many_test tests[] = {
    TEST ("insert_event_timer, moves", move), TEST ("remove_event_timer, insert_event_timer", again),
    TEST ("thread_run_timers, fires", fire),  TEST ("thread_run_timers, none due", idle),
    TEST ("timers_get_first", first),
  };
  if (!is_present (DROPIN) || !is_present (ORIGINAL)) {
    return;
  }
  for (int i = 0; i < 2; i++) {
    jobs[i] = calloc (MOST, sizeof (*jobs[i]));
    if (!jobs[i]) {
      refuse ("out of memory");
    }
  }
  compete_many (&(struct many) { "timers", "timers", tests, 5, counts, 3, fill, empty });
  free (jobs[0]);
  free (jobs[1]);
}
