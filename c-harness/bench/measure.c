/*
 * Measuring. Each contender has its own number of calls per batch, so that a batch takes settings.batch_ns. The contenders
 * take turns, one batch each per round, and each round starts with another one. A ratio is taken within a round, in which
 * frequency, neighbours and temperature are the same for all. A process reports medians over the rounds (see repeat.c).
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "relink.h"

enum { MAX_ROUNDS = 101, VERIFIED_CALLS = 3, COUNTED_CALLS = 10 };

struct cell *cells;
int cell_count, differing;

/* The thread's own CPU time, which excludes other processes on this CPU. */
double now_ns (void) {
  struct timespec t;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

static int by_value (const void *a, const void *b) {
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

struct spread spread_of (double *values, int count) {
  qsort (values, (size_t) count, sizeof (*values), by_value);
  struct spread s = { values[count / 2], values[count / 10], values[count - 1 - count / 10] };
  return s;
}

static double batch (run_fn *run, struct work *w, long calls) {
  double start = now_ns ();
  run (w, calls);
  return now_ns () - start;
}

static long calibrate (run_fn *run, struct work *w) {
  long calls = 1;
  double took = batch (run, w, calls);
  while (took < settings.batch_ns / 4 && calls < 1L << 28) {
    calls *= 4;
    took = batch (run, w, calls);
  }
  calls = (long) ((double) calls * settings.batch_ns / (took > 1 ? took : 1));
  return calls > 0 ? calls : 1;
}

static uint64_t fnv (const uint8_t *bytes, size_t len) {
  uint64_t h = 14695981039346656037u;
  for (size_t i = 0; i < len; i++) {
    h = (h ^ bytes[i]) * 1099511628211u;
  }
  return h;
}

/* A contender's result, as one number. */
static uint64_t result_of (const struct bout *b, int c) {
  struct work *w = b->work;
  memset (w->out, 0, sizeof (w->out));
  b->run[c](w, VERIFIED_CALLS);
  return (b->value[c] ? b->value[c](w) : fnv (w->out, b->out_len)) ^ w->sum;
}

static bool same_as_ours (const struct bout *b, int c) {
  if (b->compare == NOTHING || c == EMPTY) {
    return true;
  }
  if (b->compare == SAME_SECOND) {
    b->run[OURS](b->work, 1);
    double ours_says = b->work->seconds;
    b->run[c](b->work, 1);
    return b->work->seconds - ours_says < 1 && ours_says - b->work->seconds < 1;
  }
  return result_of (b, c) == result_of (b, OURS);
}

static struct cell *add_cell (const struct bout *b) {
  if (cell_count % 256 == 0) {
    cells = realloc (cells, sizeof (*cells) * (size_t) (cell_count + 256));
    if (!cells) {
      refuse ("out of memory");
    }
  }
  struct cell *cell = &cells[cell_count++];
  *cell = (struct cell) {
    .family = b->family, .function = b->function, .label = b->label, .size = b->size, .offset = b->offset
  };
  return cell;
}

static void measure (const struct bout *b, struct cell *cell, int rounds) {
  static double ns[CONTENDERS][MAX_ROUNDS], ratio[MAX_ROUNDS];
  long calls[CONTENDERS] = { 0 };
  for (int c = 0; c < CONTENDERS; c++) {
    calls[c] = cell->measured[c] ? calibrate (b->run[c], b->work) : 0;
  }
  for (int round = 0; round < rounds; round++) {
    for (int turn = 0; turn < CONTENDERS; turn++) {
      int c = (turn + round) % CONTENDERS;
      if (cell->measured[c]) {
        ns[c][round] = batch (b->run[c], b->work, calls[c]) / (double) calls[c];
      }
    }
  }
  for (int c = CONTENDERS - 1; c >= 0; c--) {
    if (!cell->measured[c]) {
      continue;
    }
    for (int round = 0; round < rounds; round++) {
      ratio[round] = ns[c][round] / ns[OURS][round];
    }
    cell->ratio[c] = spread_of (ratio, rounds);
    cell->ns[c] = spread_of (ns[c], rounds); /* sorts: OURS comes last */
  }
}

/* Markers for instruction counts: callgrind dumps and clears its counters before each call of them (see instructions.sh).
   The compiler can neither inline nor drop the calls. */
__attribute__ ((noinline)) void count_starts (void) {
  __asm__ volatile ("" : : : "memory");
}

__attribute__ ((noinline)) void count_stops (void) {
  __asm__ volatile ("" : : : "memory");
}

/* Prints a line for each pair of counts. The first call, which may determine the CPU's features, is counted apart. */
static void count (const struct bout *b) {
  b->run[OURS](b->work, 1);
  count_starts ();
  b->run[OURS](b->work, COUNTED_CALLS);
  count_stops ();
  printf ("%d\t%s\t%s\t%zu\t%d\n", COUNTED_CALLS, b->function, b->label ? b->label : "-", b->size, b->offset);
  fflush (stdout);
}

void compete (const struct bout *b) {
  if (settings.count) {
    /* The kernel's work for a file, and the staleness of a clock, vary from run to run. */
    if (b->compare != SAME_SECOND && strcmp (b->function, "stat_file")) {
      count (b);
    }
    return;
  }
  struct cell *cell = add_cell (b);
  for (int c = 0; c < CONTENDERS; c++) {
    cell->measured[c] = b->run[c] != NULL;
    if (cell->measured[c] && !same_as_ours (b, c)) {
      if (!settings.one_of_many) {
        fprintf (stderr, "bench: %s%s%s, %zu bytes at +%d: %s gives another result than ours; not timed\n", b->function,
                 b->label ? " " : "", b->label ? b->label : "", b->size, b->offset,
                 contender_name ((enum contender) c));
      }
      cell->measured[c] = false;
      differing++;
    }
  }
  measure (b, cell, settings.rounds);
}
