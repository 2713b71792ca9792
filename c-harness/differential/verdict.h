/*
 * The verdict: a row for everything that was compared, the differences that were met, progress, and how it all ends.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_VERDICT_H
#define DIFFERENTIAL_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "function.h"

struct options {
  const char *mode, *ours, *legacy, *abi, *only, *case_hex, *json, *vectors, *out;
  uint64_t seed, cases, index;
  bool seed_given, index_given;
  long line;
  const char *program; /* how this program was called */
};

struct verdict_row {
  char name[64];
  const char *family, *kind; /* "function", "difference", "property", "vectors" */
  uint64_t cases, mismatches, explained, not_applicable;
  double seconds;
  char note[600];   /* why nothing was done, or what was left out */
  char *first;      /* the first mismatch, ready to print */
  double started, last_shown;
  uint64_t shown_at;
};

struct verdict_row *verdict_begin (const char *name, const char *family, const char *kind);
void verdict_end (struct verdict_row *row);
/* Keeps the text if it is the row's first mismatch. */
void verdict_mismatch (struct verdict_row *row, char *text);
/* One case that differed on purpose; `exact`: just as described. */
void verdict_difference (struct verdict_row *row, enum difference d, bool exact);
/* Shows progress on stderr when there was none for a while. */
void verdict_progress (struct verdict_row *row, uint64_t done, uint64_t total);
double seconds_now (void);

/* Which of the deliberate differences of ours must have been met: any that were, those that vectors record, or all. */
enum must_meet { MEET_ANY, MEET_RECORDED, MEET_ALL };

/* Prints everything, writes the JSON file if one is wanted, and returns the exit status. */
int verdict_finish (const struct options *o, const struct provider *ours, enum must_meet must);

/* Modes. Each returns the exit status. */
int run_live (const struct options *o);
int run_replay (const struct options *o);
int run_record (const struct options *o);
/* Those of one provider's properties that `only` selects. */
void run_properties (struct provider *p, const struct options *o, const char *role);

#endif
