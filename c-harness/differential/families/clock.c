/*
 * Clocks. Two readings are never equal, so the libraries are not compared: each provider's readings must lie between two
 * readings of the machine's clock, must never go back, and must stay cached exactly as long as the rules say.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "function.h"

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
static long long ticks (void) {
  return (long long) __rdtsc ();
}
#elif defined(__aarch64__)
/* The virtual counter. */
static long long ticks (void) {
  long long t;
  __asm__ volatile ("isb\n\tmrs %0, cntvct_el0" : "=r"(t) : : "memory");
  return t;
}
#else
/* Without a counter a tick is a nanosecond. */
static long long ticks (void) {
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}
#endif

/* What rules in cycles are in ticks: ARM's counter runs at a rate of its own, and the rules count 2 GHz. */
static long long steps (long long cycles) {
#if defined(__aarch64__)
  unsigned long long rate;
  __asm__ volatile ("mrs %0, cntfrq_el0" : "=r"(rate));
  return (long long) ((unsigned long long) cycles * rate / 2000000000ULL);
#else
  return cycles;
#endif
}

/* Doubles near today's seconds are 2.4e-7 apart. */
static const double STEP = 5e-7;

static double machine (clockid_t id) {
  struct timespec t;
  clock_gettime (id, &t);
  return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

static void spin (long long until) {
  while (ticks () <= until) {
  }
}

static bool monotonic (struct provider *p, const struct draw *d, char *why, size_t room) {
  (void) d;
  double kept = p->abi->precise_now (p), low = machine (CLOCK_MONOTONIC);
  long long tick_low = ticks ();
  double t = p->abi->utime_monotonic (p);
  long long tick_high = ticks (), stamp = p->abi->clock_value (p, PRECISE_NOW_RDTSC);
  double high = machine (CLOCK_MONOTONIC), now = p->abi->precise_now (p);
  snprintf (why, room, "between %.9f and %.9f: %.9f, before it %.9f, kept %.9f with ticks %lld of %lld..%lld", low,
            high, t, kept, now, stamp, tick_low, tick_high);
  return low - STEP <= t && t <= high + STEP && kept <= t && now == t && tick_low <= stamp && stamp <= tick_high;
}

static bool wall (struct provider *p, const struct draw *d, char *why, size_t room) {
  (void) d;
  double low = machine (CLOCK_REALTIME);
  long long tick_low = ticks ();
  double t = p->abi->utime (p, CLOCK_REALTIME);
  long long tick_high = ticks (), stamp = p->abi->clock_value (p, PRECISE_TIME_RDTSC);
  double high = machine (CLOCK_REALTIME);
  long long kept = p->abi->clock_value (p, PRECISE_TIME);
  snprintf (why, room, "between %.6f and %.6f: %.6f, kept %lld with ticks %lld of %lld..%lld", low, high, t, kept,
            stamp, tick_low, tick_high);
  return low - STEP <= t && t <= high + STEP && kept == (long long) (t * 4294967296.0) && tick_low <= stamp &&
         stamp <= tick_high;
}

/* Reading any other clock does not change the kept reading. */
static bool other_clocks (struct provider *p, const struct draw *d, char *why, size_t room) {
  static const clockid_t ids[] = { CLOCK_MONOTONIC,     CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
                                   CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,    CLOCK_MONOTONIC_COARSE,
                                   CLOCK_BOOTTIME };
  clockid_t id = ids[d->index % (sizeof (ids) / sizeof (ids[0]))];
  long long kept = p->abi->clock_value (p, PRECISE_TIME), stamp = p->abi->clock_value (p, PRECISE_TIME_RDTSC);
  double now = p->abi->precise_now (p), low = machine (id), t = p->abi->utime (p, id), high = machine (id);
  snprintf (why, room, "clock %d between %.9f and %.9f: %.9f", (int) id, low, high, t);
  return low - STEP <= t && t <= high + STEP && kept == p->abi->clock_value (p, PRECISE_TIME) &&
         stamp == p->abi->clock_value (p, PRECISE_TIME_RDTSC) && now == p->abi->precise_now (p);
}

/* A reading is kept for exactly 1,000,000 cycles. */
static bool double_time (struct provider *p, const struct draw *d, char *why, size_t room) {
  const long long KEPT = steps (1000000);
  (void) d;
  spin (ticks () + KEPT + KEPT / 8);
  double low = machine (CLOCK_REALTIME);
  long long first_low = ticks ();
  double first = p->abi->double_time (p);
  long long first_high = ticks ();
  double high = machine (CLOCK_REALTIME), second = p->abi->double_time (p);
  long long second_high = ticks ();
  bool kept = second == first || second_high - first_low >= KEPT;
  spin (first_high + KEPT + KEPT / 8);
  double third_low = machine (CLOCK_REALTIME), third = p->abi->double_time (p), third_high = machine (CLOCK_REALTIME);
  bool whole = fabs (first * 1e6 - nearbyint (first * 1e6)) < 0.6;
  snprintf (why, room, "%.6f of %.6f..%.6f, then %.6f %s, after %lld ticks %.6f of %.6f..%.6f", first, low, high,
            second, kept ? "as it should" : "though kept", KEPT, third, third_low, third_high);
  return low - 2e-6 <= first && first <= high + STEP && kept && third_low - 2e-6 <= third &&
         third <= third_high + STEP && whole;
}

/* The clock is read again only if the kept reading is more than `precision` ticks old. */
static bool precise_time (struct provider *p, const struct draw *d, char *why, size_t room) {
  struct rng r = rng_at (d, d->index);
  unsigned precision = rng_chance (&r, 8) ? 0 : rng_chance (&r, 8) ? 0xffffffff : (unsigned) rng_below (&r, 400000);
  p->abi->utime (p, CLOCK_REALTIME);
  long long stamp = p->abi->clock_value (p, PRECISE_TIME_RDTSC), kept = p->abi->clock_value (p, PRECISE_TIME);
  spin (stamp + steps ((long long) rng_below (&r, 500000)));
  long long before = ticks (), t = p->abi->precise_time (p, precision), after = ticks ();
  long long new_stamp = p->abi->clock_value (p, PRECISE_TIME_RDTSC), new_kept = p->abi->clock_value (p, PRECISE_TIME);
  long long limit = steps (precision);
  bool may_keep = before - stamp <= limit, may_read = after - stamp > limit;
  bool read = new_stamp != stamp;
  snprintf (why, room, "precision %u, %lld to %lld ticks old: %s", precision, before - stamp, after - stamp,
            read ? "read again" : "kept");
  return (read ? may_read : may_keep) && t == new_kept && (read || t == kept) &&
         fabs ((double) t / 4294967296.0 - machine (CLOCK_REALTIME)) < 1.0;
}

static void *in_thread (void *arg) {
  struct provider *p = arg;
  static double seen[2];
  seen[0] = p->abi->precise_now (p);
  seen[1] = (double) p->abi->clock_value (p, PRECISE_NOW_RDTSC);
  p->abi->utime_monotonic (p);
  return seen;
}

/* A new thread starts from 0 and does not change the others' readings. dlsym returned this thread's legacy variables, so
   only a boundary provider can be called from another thread. */
static bool thread_local (struct provider *p, const struct draw *d, char *why, size_t room) {
  (void) d;
  pthread_t thread;
  void *result = NULL;
  double before = p->abi->utime_monotonic (p);
  if (p->abi != &boundary_abi) {
    return true;
  }
  if (pthread_create (&thread, NULL, in_thread, p) || pthread_join (thread, &result)) {
    snprintf (why, room, "no thread");
    return false;
  }
  double *seen = result, after = p->abi->precise_now (p);
  snprintf (why, room, "a new thread sees %f and %f; this one's %.9f became %.9f", seen[0], seen[1], before, after);
  return seen[0] == 0 && seen[1] == 0 && before == after;
}

static void generate_clock (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u32 (s, 16 + (uint32_t) rng_below (&r, 1 << (4 + rng_below (&r, 26))));
}

struct call {
  struct provider *p;
  int id;
};

static void utime_in_child (void *arg) {
  struct call *call = arg;
  call->p->abi->utime (call->p, call->id);
}

static bool refused (struct provider *ours, struct provider *original, const struct sample *s, char *why, size_t room) {
  struct cursor c = cursor_of (s);
  int id = (int) take_u32 (&c);
  long long kept = ours->abi->clock_value (ours, PRECISE_TIME);
  double t = ours->abi->utime (ours, id);
  enum child_end end = run_in_child (utime_in_child, &(struct call) { original, id }, 2000);
  snprintf (why, room, "clock %d: ours %f, the original %s", id, t, child_end_name (end));
  return t == -1.0 && kept == ours->abi->clock_value (ours, PRECISE_TIME) && end == CHILD_ABORTED;
}

static bool invalid_clock (struct provider *p, const struct draw *d, char *why, size_t room) {
  static const int ids[] = { 12, 16, 99, 1000, 0x7fffffff };
  if (p->abi != &boundary_abi) {
    enum child_end end = run_in_child (utime_in_child, &(struct call) { p, ids[d->index % 5] }, 2000);
    snprintf (why, room, "clock %d: %s, and should abort", ids[d->index % 5], child_end_name (end));
    return end == CHILD_ABORTED;
  }
  double t = p->abi->utime (p, ids[d->index % 5]);
  snprintf (why, room, "clock %d gives %f", ids[d->index % 5], t);
  return t == -1.0;
}

static const struct function functions[] = { { 0 } };

static const struct difference_test tests[] = {
  { CLOCK_REFUSED, "clock", "get_utime/unknown", CAN_CLOCK, 50, generate_clock, refused },
  { 0 },
};

static const struct property properties[] = {
  { "get_utime_monotonic/bounds", "clock", CAN_CLOCK, 20000, monotonic },
  { "get_utime/bounds", "clock", CAN_CLOCK, 20000, wall },
  { "get_utime/other-clocks", "clock", CAN_CLOCK, 7000, other_clocks },
  { "get_utime/unknown", "clock", CAN_CLOCK, 5, invalid_clock },
  { "get_double_time/cache", "clock", CAN_CLOCK, 200, double_time },
  { "get_precise_time/cache", "clock", CAN_CLOCK, 2000, precise_time },
  { "precise_now/thread-local", "clock", CAN_CLOCK, 10, thread_local },
  { 0 },
};

const struct family clock_family = { "clock", functions, tests, properties, false };
