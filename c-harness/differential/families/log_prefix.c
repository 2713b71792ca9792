/*
 * The prefix of a log line.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "function.h"

enum { FIELDS = 8 };

/* pid, year, month, day, hour, minute, second, microsecond: a date, with some fields out of their range. */
static void generate_fields (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  uint32_t f[FIELDS] = { (uint32_t) rng_below (&r, 4194304), 1970 + (uint32_t) rng_below (&r, 200),
                         1 + (uint32_t) rng_below (&r, 12),  1 + (uint32_t) rng_below (&r, 31),
                         (uint32_t) rng_below (&r, 24),      (uint32_t) rng_below (&r, 60),
                         (uint32_t) rng_below (&r, 61),      (uint32_t) rng_below (&r, 1000000) };
  unsigned edges = rng_chance (&r, 3) ? (unsigned) rng_next (&r) : 0;
  for (unsigned i = 0; i < FIELDS; i++) {
    put_u32 (s, edges >> i & 1 ? (uint32_t) rng_edge (&r) : f[i]);
  }
}

static bool run_prefix (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  int f[FIELDS];
  for (int i = 0; i < FIELDS; i++) {
    f[i] = (int) take_u32 (&c);
  }
  if (c.bad) {
    return false;
  }
  struct log_fields fields = { f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7] };
  char text[256];
  int len = p->abi->log_prefix (p, &fields, text, sizeof (text));
  outcome_add (o, len);
  outcome_text (o, text, len < 0 ? 0 : (size_t) len + 1); /* its NUL as well */
  return true;
}

static const struct function functions[] = {
  { "log_prefix", "log_prefix", "length", CAN_LOG_PREFIX, 200000, generate_fields, run_prefix, NULL, NULL },
  { 0 },
};

static const struct difference_test tests[] = { { 0 } };
static const struct property properties[] = { { 0 } };

const struct family log_prefix_family = { "log_prefix", functions, tests, properties, false };
