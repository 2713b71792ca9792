/*
 * The deliberate differences between our library and the original, and how often a run met each.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_DIFFERENCES_H
#define DIFFERENTIAL_DIFFERENCES_H

#include <stdbool.h>
#include <stdio.h>

#include "provider.h"
#include "verdict.h"

/* Each has a row in docs/differences.md. */
enum difference {
  NO_DIFFERENCE,
  PID_FOLDED,
  FOREIGN_NOT_NEWER,
  BLANK_IN_COMM,
  LONG_COMM_CUT,
  UNTOUCHED_ON_FAILURE,
  WRAPPED_MARKER_ENDS,
  TIMER_WAIT_SATURATES,
  TIMER_DUE_IS_ZERO,
  CLOCK_REFUSED,
  LENGTH_UNSIGNED,
  LENGTH_EMPTY,
  POWER_NEGATIVE,
  NOTHING_TO_SEARCH,
  SHIFT_NOT_POSITIVE,
  TABLE_UNALIGNED,
  TABLE_SINGULAR,
  DESCRIPTOR_CLOSED,
  STAT_FILE_CUT,
  DIFFERENCES
};

const char *difference_name (enum difference d);
const char *difference_text (enum difference d);
/* True if this provider has the difference. A library with the legacy names that is not our drop-in has none. */
bool difference_of (enum difference d, const struct provider *ours);
/* True if the recorded vectors meet it. */
bool difference_recorded (enum difference d);
/* Counts one case of a difference; `exact`: it is exactly as described. */
void difference_met (struct verdict_row *row, enum difference d, bool exact);

/* Which of our deliberate differences the run must have met: none, those in the recorded vectors, or all. */
enum must_meet { MEET_ANY, MEET_RECORDED, MEET_ALL };

/* Prints rows, differences and counts; returns the exit status. */
int comparison_finish (const struct options *o, const struct provider *ours, enum must_meet must);

#endif
