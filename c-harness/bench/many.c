/*
 * Families that compare the drop-in with the original: see many.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "many.h"

#include "relink.h"

enum { TRIED = 1000 };

struct side sides[2] = { { .lib = &dropin }, { .lib = &original } };

int side_number (const struct side *s) {
  return (int) (s - sides);
}

void first_number (struct side *s) {
  s->number = 88172645463325252u;
}

uint64_t next_number (struct side *s) {
  s->number ^= s->number << 13;
  s->number ^= s->number >> 7;
  return s->number ^= s->number << 17;
}

static void compete_one (const struct many *m, const struct many_test *t, size_t count) {
  static struct work w;
  for (int i = 0; i < 2; i++) {
    first_number (&sides[i]);
    sides[i].count = count;
    if (m->fill) {
      m->fill (&sides[i], count);
    }
  }
  t->ours (&w, TRIED);
  uint64_t sum = w.sum;
  t->theirs (&w, TRIED);
  if (w.sum != sum) {
    refuse ("%s with %zu %s: ours gives another result", t->function, count, m->things);
  }
  /* The results of fewer calls by one side cannot be compared. */
  compete (&(struct bout) { .family = m->family,
                            .function = t->function,
                            .size = count,
                            .work = &w,
                            .compare = NOTHING,
                            .run = { [OURS] = t->ours, [ORIGINAL] = t->theirs } });
  for (int i = 0; i < 2 && m->empty; i++) {
    m->empty (&sides[i]);
  }
}

void compete_many (const struct many *m) {
  static const size_t no_size[] = { 0 };
  const size_t *counts = m->counts ? m->counts : no_size;
  for (size_t c = 0; c < (m->counts ? m->count_count : 1); c++) {
    for (size_t t = 0; t < m->test_count; t++) {
      compete_one (m, &m->tests[t], counts[c]);
    }
  }
}
