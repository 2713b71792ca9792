/*
 * The report of the measurement, drop-in against original, as text, JSON and Markdown.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "figures.h"
#include "settings.h"

/* Every round of every mode; the drop-in is 0, the original 1. */
struct result {
  bool done;
  double value[2][FIGURES][MAX_ROUNDS];
};
extern struct result results[MAX_MODES];

/* One figure over all rounds. A ratio is drop-in / original within one round. */
struct comparison {
  double median[2];
  bool compared;
  double ratio, least, greatest;
};
/* False where the mode has no such figure. */
bool compare (const struct result *r, enum figure f, struct comparison *c);

/* CPU per message over all modes that send through open connections: the least and the greatest median ratio, and of
 * all single rounds. False where nothing was compared. */
struct cpu_span {
  double least, greatest, least_round, greatest_round;
};
bool cpu_span (struct cpu_span *s);
/* Why a rate or a latency of this mode says little about the proxy; null where it says enough. */
const char *disturbance (int mode);
/* "5 rounds of 3 s": in words, for one mode. */
void rounds_text (const struct mode *m, char *out, size_t cap);

void text_start (FILE *f);
void text_mode (FILE *f, int mode);
void text_end (FILE *f);
void write_json (FILE *f);
void write_markdown (FILE *f);

#endif
