/*
 * The limits, and the cells below them. For use by hand (--check), not in a test, because measurements vary.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"

#define ANY_SIZE 0, SIZE_MAX

enum needs { NEEDS_NOTHING, NEEDS_WIDE_CLMUL };

/* The first row that matches a cell is its limit. `ratio`: the least speed relative to the original (LIBC: its stand-in).
   `extra`: the most nanoseconds above it (EMPTY: above an empty call). */
static const struct limit {
  const char *family, *function;
  size_t from, to;
  enum needs needs;
  enum contender against;
  double ratio, extra;
} limits[] = {
  { "checksum", "crc32", 4096, 16383, NEEDS_WIDE_CLMUL, ORIGINAL, 3.5, 0 },
  { "checksum", "crc32c", 4096, 16383, NEEDS_WIDE_CLMUL, ORIGINAL, 2.8, 0 },
  { "checksum", "", 16384, SIZE_MAX, NEEDS_WIDE_CLMUL, ORIGINAL, 3.5, 0 },
  { "checksum", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
  { "digest", "md5*", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1.55, 0 },
  { "digest", "", 0, 64, NEEDS_NOTHING, ORIGINAL, 3, 0 },
  { "digest", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
  { "scanner", "", 0, 7, NEEDS_NOTHING, ORIGINAL, 0, 1 },
  { "scanner", "", 65, SIZE_MAX, NEEDS_NOTHING, ORIGINAL, 3, 0 },
  { "scanner", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
  { "tl", "tlf_*", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 0, 5 },
  { "tl", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 3, 0 },
  { "procfs", "stat_file", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
  { "procfs", "stat", ANY_SIZE, NEEDS_NOTHING, LIBC, 5, 0 },
  { "procfs", "statm", ANY_SIZE, NEEDS_NOTHING, LIBC, 2, 0 },
  { "procfs", "", ANY_SIZE, NEEDS_NOTHING, LIBC, 3, 0 },
  { "boundary", "matches_pid", ANY_SIZE, NEEDS_NOTHING, EMPTY, 0, 2 },
  { "boundary", "epoll_conv_flags", ANY_SIZE, NEEDS_NOTHING, EMPTY, 0, 2 },
  { "boundary", "pick_size_index", ANY_SIZE, NEEDS_NOTHING, EMPTY, 0, 2 },
  { "clock", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
  { "dropin", "cfg_*", 0, 7, NEEDS_NOTHING, ORIGINAL, 0, 1 },
  { "dropin", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
  { "timers", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
  { "objects", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
  { "events", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
  { "buffers", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
  { "jobs", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
  { "queue", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
  { "messages", "", ANY_SIZE, NEEDS_NOTHING, ORIGINAL, 1, 0 },
};

/* A star stands for the rest of a name. */
static bool named (const struct limit *l, const struct cell *c) {
  size_t n = strcspn (l->function, "*");
  return !*l->function ||
         (l->function[n] ? !strncmp (l->function, c->function, n) : !strcmp (l->function, c->function));
}

void apply_limit (struct cell *c) {
  c->limit = NULL;
  c->below = false;
  for (size_t i = 0; i < sizeof (limits) / sizeof (limits[0]); i++) {
    const struct limit *l = &limits[i];
    if (!strcmp (l->family, c->family) && named (l, c) && c->size >= l->from && c->size <= l->to &&
        (l->needs != NEEDS_WIDE_CLMUL || machine.vpclmul)) {
      if (c->measured[l->against] && c->measured[OURS]) {
        double theirs = c->ns[l->against].median;
        c->limit = l;
        c->below = l->ratio > 0 ? c->ratio[l->against].median < l->ratio * (1 - NOISE)
                                : c->ns[OURS].median > theirs * (1 + NOISE) + l->extra;
      }
      return;
    }
  }
}

void limit_text (const struct cell *c, char *text, size_t room) {
  text[0] = 0;
  if (c->limit && c->limit->ratio > 0) {
    snprintf (text, room, "%.2f", c->limit->ratio);
  } else if (c->limit) {
    snprintf (text, room, "+%.0f ns", c->limit->extra);
  }
}

int count_below (void) {
  int below = 0;
  for (int i = 0; i < cell_count; i++) {
    below += cells[i].below;
  }
  return below;
}

/* "blanks, 100 B at +3". */
static const char *place_of (const struct cell *c) {
  static char text[120];
  char offset[24] = "", size[32] = "";
  if (c->offset) {
    snprintf (offset, sizeof (offset), " at +%d", c->offset);
  }
  if (c->size || !c->label) {
    snprintf (size, sizeof (size), "%s%zu B", c->label ? ", " : "", c->size);
  }
  snprintf (text, sizeof (text), "%s%s%s", c->label ? c->label : "", size, offset);
  return text;
}

static void report_one (FILE *f, const struct cell *c) {
  enum contender against = c->limit->against;
  fprintf (f, "%.2f at %s (%.2f ns against %.2f)", c->ratio[against].median, place_of (c), c->ns[OURS].median,
           c->ns[against].median);
}

/* One line for a function under one limit: how many cells are below it, and the worst. */
static void report_group (FILE *f, int first) {
  const struct cell *worst = NULL;
  int all = 0, below = 0;
  for (int i = first; i < cell_count; i++) {
    const struct cell *c = &cells[i];
    if (strcmp (c->function, cells[first].function) || c->limit != cells[first].limit) {
      continue;
    }
    all++;
    if (c->below) {
      enum contender against = c->limit->against;
      below++;
      worst = worst && worst->ratio[against].median <= c->ratio[against].median ? worst : c;
    }
  }
  if (worst) {
    char limit[32];
    limit_text (worst, limit, sizeof (limit));
    fprintf (f, "- %s, limit %s: %d of %d cells below, the worst ", worst->function, limit, below, all);
    report_one (f, worst);
    fputs ("\n", f);
  }
}

void report_verdict (FILE *f) {
  int judged = 0, below = count_below ();
  for (int i = 0; i < cell_count; i++) {
    judged += cells[i].limit != NULL;
  }
  if (!judged) {
    fprintf (f, "Nothing to judge: the original was not there.\n");
    return;
  }
  fprintf (f, "%d of %d cells with a limit are below it (noise allowance %.0f %%)%s\n", below, judged, NOISE * 100,
           below ? ":\n" : ".");
  for (int i = 0; i < cell_count; i++) {
    bool seen = !cells[i].limit;
    for (int k = 0; k < i && !seen; k++) {
      seen = cells[k].limit == cells[i].limit && !strcmp (cells[k].function, cells[i].function);
    }
    if (!seen) {
      report_group (f, i);
    }
  }
}
