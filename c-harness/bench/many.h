/*
 * Families that compare the drop-in with the original in one process: each call of theirs depends on those before, so both are
 * given the same numbers and the same state, and the results are compared before the measurement.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef BENCH_MANY_H
#define BENCH_MANY_H

#include "bench.h"

/* One library, with a state of its own. */
struct side {
  const struct legacy_symbols *lib;
  uint64_t number, count;
};

extern struct side sides[2];

/* 0 or 1, for what a family keeps for each. */
int side_number (const struct side *s);
/* Both sides get the same ones, call by call, from a start on. */
void first_number (struct side *s);
uint64_t next_number (struct side *s);

/* dropin_NAME and original_NAME, which make the calls for the side `s`. */
#define BOTH(name, ...)                                                \
  CALLS (dropin_##name, struct side *const s = &sides[0]; __VA_ARGS__) \
  CALLS (original_##name, struct side *const s = &sides[1]; __VA_ARGS__)
#define TEST(function, name) { function, dropin_##name, original_##name }

struct many_test {
  const char *function;
  run_fn *ours, *theirs;
};

struct many {
  const char *family, *things;
  const struct many_test *tests;
  size_t test_count;
  /* How many things there are, from test to test; NULL: the size does not matter. */
  const size_t *counts;
  size_t count_count;
  void (*fill) (struct side *s, size_t count);
  void (*empty) (struct side *s);
};

/* Both libraries are there. */
void compete_many (const struct many *m);

#endif
