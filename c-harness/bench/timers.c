/*
 * The timers of a thread, as many as a proxy has connections: each moved, each taken out and put in again, and each fired and
 * set anew.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>

#include "bench.h"
#include "relink.h"

enum { MOST = 100000, TRIED = 1000 };

/* A timer lies at the start of a job's payload, so that two are never in one cache line. */
struct job {
  struct event_timer et;
  char rest[224];
};

/* One library's timers. Both see the same numbers, call by call. */
struct side {
  const struct legacy_symbols *lib;
  struct job *jobs;
  uint64_t number, count;
};

static struct side sides[2] = { { .lib = &dropin }, { .lib = &original } };

static uint64_t next_number (struct side *s) {
  s->number ^= s->number << 13;
  s->number ^= s->number >> 7;
  return s->number ^= s->number << 17;
}

static struct event_timer *any_timer (struct side *s) {
  return &s->jobs[next_number (s) % s->count].et;
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
  s->number = 88172645463325252u;
  s->count = count;
  *s->lib->precise_now = 1;
  for (size_t i = 0; i < count; i++) {
    s->jobs[i].et = (struct event_timer) { .wakeup = fire_again };
    insert (s, &s->jobs[i].et);
  }
}

static void empty (struct side *s) {
  for (size_t i = 0; i < s->count; i++) {
    s->lib->remove_event_timer (&s->jobs[i].et);
  }
}

void bench_timers (void) {
  static struct work w;
  static const size_t counts[] = { 10, 1000, MOST };
  static const struct {
    const char *function;
    run_fn *ours, *theirs;
  } tests[] = {
    { "insert_event_timer, moves", dropin_move, original_move },
    { "remove_event_timer, insert_event_timer", dropin_again, original_again },
    { "thread_run_timers, fires", dropin_fire, original_fire },
    { "thread_run_timers, none due", dropin_idle, original_idle },
    { "timers_get_first", dropin_first, original_first },
  };
  if (!is_present (DROPIN) || !is_present (ORIGINAL)) {
    return;
  }
  for (int i = 0; i < 2; i++) {
    sides[i].jobs = calloc (MOST, sizeof (*sides[i].jobs));
    if (!sides[i].jobs) {
      refuse ("out of memory");
    }
  }
  for (size_t c = 0; c < sizeof (counts) / sizeof (counts[0]); c++) {
    for (size_t t = 0; t < sizeof (tests) / sizeof (tests[0]); t++) {
      fill (&sides[0], counts[c]);
      fill (&sides[1], counts[c]);
      tests[t].ours (&w, TRIED);
      uint64_t sum = w.sum;
      tests[t].theirs (&w, TRIED);
      if (w.sum != sum) {
        refuse ("%s with %zu timers: ours gives another result", tests[t].function, counts[c]);
      }
      /* Each call depends on those before: the results of fewer calls by one side cannot be compared. */
      compete (&(struct bout) { .family = "timers",
                                .function = tests[t].function,
                                .size = counts[c],
                                .work = &w,
                                .compare = NOTHING,
                                .run = { [OURS] = tests[t].ours, [ORIGINAL] = tests[t].theirs } });
      empty (&sides[0]);
      empty (&sides[1]);
    }
  }
  free (sides[0].jobs);
  free (sides[1].jobs);
}
