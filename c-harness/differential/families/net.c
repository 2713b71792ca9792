/*
 * Event flags, the wait for the next timer, classes of message buffers.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "function.h"

/* All values of the low 16 bits, then random ones. */
static void generate_flags (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u32 (s, d->index < 65536     ? (uint32_t) d->index
              : rng_chance (&r, 4) ? 1u << rng_below (&r, 32) | 1u << rng_below (&r, 32)
                                   : (uint32_t) rng_next (&r));
}

static bool run_conv (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  outcome_add (o, p->abi->epoll_conv (p, (int) take_u32 (&c)));
  return !c.bad;
}

static bool run_unconv (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  outcome_add (o, p->abi->epoll_unconv (p, (int) take_u32 (&c)));
  return !c.bad;
}

/* ---- timers ---- */

static void put_double (struct sample *s, double v) {
  uint64_t bits;
  memcpy (&bits, &v, sizeof (bits));
  put_u64 (s, bits);
}

static double take_double (struct cursor *c) {
  uint64_t bits = take_u64 (c);
  double v;
  memcpy (&v, &bits, sizeof (v));
  return v;
}

/* A clock reading and a wake-up near it: milliseconds, fractions of them and neighbouring doubles; sometimes any double. */
static void generate_timer (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  double now = rng_chance (&r, 4) ? 0 : (double) rng_below (&r, 4000000000) + (double) rng_below (&r, 1000000) * 1e-6;
  double wait;
  switch (rng_below (&r, 6)) {
  case 0:
    wait = (double) rng_below (&r, 100000) / 1000.0;
    break;
  case 1:
    wait = (double) rng_below (&r, 1000000000) * 1e-9;
    break;
  case 2:
    wait = -(double) rng_below (&r, 100000) / 1000.0;
    break;
  case 3:
    wait = (double) rng_below (&r, 2147483) + (double) rng_below (&r, 1000) / 1000.0;
    break;
  case 4:
    wait = 2147483.0 + (double) rng_below (&r, 1000000) * 1e-6;
    break;
  default:
    wait = (double) (rng_next (&r) >> rng_below (&r, 64)) * 1e-3;
  }
  double wakeup = now + wait;
  unsigned steps = (unsigned) rng_below (&r, 3);
  while (steps--) {
    wakeup = nextafter (wakeup, rng_chance (&r, 2) ? INFINITY : -INFINITY);
  }
  if (rng_chance (&r, 64)) {
    uint64_t bits = rng_next (&r);
    memcpy (&wakeup, &bits, sizeof (wakeup));
    wakeup = rng_chance (&r, 8) ? INFINITY : wakeup;
    now = rng_chance (&r, 8) ? -INFINITY : now;
  }
  /* Not a number: the tests below. */
  put_double (s, isnan (wakeup) || isnan (wakeup - now) ? now : wakeup);
  put_double (s, now);
}

static bool run_timer (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  double wakeup = take_double (&c), now = take_double (&c);
  struct timer_result t = { false, 0 };
  if (c.bad || isnan (wakeup) || isnan (now)) {
    return false;
  }
  outcome_add (o, p->abi->timer_wait (p, wakeup, now, &t));
  outcome_add (o, t.fired);
  outcome_add (o, t.wait);
  return true;
}

static enum difference explain_timer (struct meeting *m) {
  struct cursor c = cursor_of (m->in);
  double wakeup = take_double (&c), now = take_double (&c);
  int64_t ours_fired = m->got->value[1], ours = m->got->value[2], fired = m->want->value[1], wait = m->want->value[2];
  if (wakeup <= now) {
    m->exact = fired == 1 && wait == 100000 && ours_fired == 1 && ours == 0;
    return TIMER_DUE_IS_ZERO;
  }
  if ((wakeup - now) * 1000 >= 2147483647.0) {
    m->exact = fired == 0 && (wait == INT_MIN || wait == INT_MIN + 1) && ours_fired == 0 && ours == INT32_MAX;
    return TIMER_WAIT_SATURATES;
  }
  return NO_DIFFERENCE;
}

static void generate_nan (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  double number = (double) rng_below (&r, 1000000) * 0.125;
  put_double (s, d->index % 3 == 1 ? number : NAN);
  put_double (s, d->index % 3 == 0 ? number : NAN);
}

struct call {
  struct provider *p;
  const struct sample *s;
};

static void timer_in_child (void *arg) {
  struct call *call = arg;
  struct cursor c = cursor_of (call->s);
  double wakeup = take_double (&c), now = take_double (&c);
  struct timer_result t;
  call->p->abi->timer_wait (call->p, wakeup, now, &t);
}

static bool nan_is_no_wait (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                            size_t room) {
  struct cursor c = cursor_of (s);
  double wakeup = take_double (&c), now = take_double (&c);
  struct timer_result t = { false, -1 };
  ours->abi->timer_wait (ours, wakeup, now, &t);
  enum child_end end = run_in_child (timer_in_child, &(struct call) { original, s }, 2000);
  snprintf (why, room, "wakeup %g, now %g: ours %d, the original %s", wakeup, now, t.wait, child_end_name (end));
  return t.wait == timer_wait_without_number (ours, wakeup) && end == CHILD_ABORTED;
}

/* ---- buffer classes ---- */

enum { HINTS = 512, CLASSES = 16 };

/* Count, sizes, hint; one table serves many hints. The first table is the built-in one; most are sorted, as required. */
static void generate_buffer (struct sample *s, const struct draw *d) {
  static const int built_in[] = { 48, 512, 2048, 16384, 262144 };
  struct rng table = rng_at (d, d->index / HINTS), r = rng_at (d, ~d->index);
  int sizes[CLASSES], count = d->index < HINTS ? 5 : 1 + (int) rng_below (&table, CLASSES);
  bool sorted = !rng_chance (&table, 4);
  for (int i = 0; i < count; i++) {
    int size = 16 * (1 + (int) rng_below (&table, rng_chance (&table, 2) ? 20 : 30000));
    sizes[i] = d->index < HINTS ? built_in[i] : sorted && i && size <= sizes[i - 1] ? sizes[i - 1] + 16 : size;
  }
  put_u8 (s, (unsigned) count);
  for (int i = 0; i < count; i++) {
    put_u32 (s, (uint32_t) sizes[i]);
  }
  int hint = sizes[rng_below (&r, (uint64_t) count)] + (int) rng_below (&r, 5) - 2;
  put_u32 (s, rng_chance (&r, 4) ? (uint32_t) rng_edge (&r) : (uint32_t) hint);
}

static bool run_buffer (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  int sizes[CLASSES], count = (int) take_u8 (&c);
  if (count < 1 || count > CLASSES) {
    return false;
  }
  for (int i = 0; i < count; i++) {
    sizes[i] = (int) take_u32 (&c);
    if (sizes[i] < 16 || sizes[i] > 1000000) {
      return false; /* no chunk could hold them */
    }
  }
  int hint = (int) take_u32 (&c);
  outcome_add (o, p->abi->buffer_class (p, sizes, count, hint));
  return !c.bad;
}

static const struct function functions[] = {
  { "epoll_conv_flags", "net", "epoll", CAN_EPOLL_CONV, 1000000, generate_flags, run_conv, NULL, NULL },
  { "epoll_unconv_flags", "net", "flags", CAN_EPOLL_UNCONV, 1000000, generate_flags, run_unconv, NULL, NULL },
  { "thread_run_timers", "net", "status fired wait", CAN_TIMERS, 500000, generate_timer, run_timer, NULL,
    explain_timer },
  { "alloc_msg_buffer", "net", "class", CAN_BUFFERS, 50000, generate_buffer, run_buffer, NULL, NULL },
  { 0 },
};

static const struct difference_test tests[] = {
  { TIMER_WAIT_SATURATES, "net", "thread_run_timers/nan", CAN_TIMERS, 30, generate_nan, nan_is_no_wait },
  { 0 },
};

static const struct property properties[] = { { 0 } };

const struct family net_family = { "net", functions, tests, properties, false };
