/*
 * The results of a run: a row for everything that was compared, progress, and the final counts.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_VERDICT_H
#define HARNESS_VERDICT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "options.h"

struct verdict_row {
  char name[64];
  const char *family, *kind; /* "function", "difference", "property", "vectors" */
  uint64_t cases, mismatches, explained, not_applicable;
  double seconds;
  char note[600];   /* the reason why no case ran, or a list of omitted parts */
  char *first;      /* the first mismatch, ready to print */
  double started, last_shown;
  uint64_t shown_at;
};

struct verdict_row *verdict_begin (const char *name, const char *family, const char *kind);
void verdict_end (struct verdict_row *row);
/* Keeps the text if it is the row's first mismatch. */
void verdict_mismatch (struct verdict_row *row, char *text);
/* The row has a mismatch, and --first asks for no more. */
bool verdict_enough (const struct options *o, const struct verdict_row *row);
/* Prints progress on stderr, but not too often. */
void verdict_progress (struct verdict_row *row, uint64_t done, uint64_t total);
double seconds_now (void);

/* Prints the rows, and the first mismatch of each. */
void verdict_print (void);
/* Prints the counts, after verdict_print, and writes the JSON file if one was requested. Returns the exit status.
   `more_failed`: the number of failures besides the rows'. `more_json` writes more members of the JSON object, each after a
   comma; it may be NULL. */
int verdict_finish (const struct options *o, int more_failed, void (*more_json) (FILE *f));

#endif
