/*
 * What our library does otherwise than the original, on purpose: met as described, or not.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_DIFFERENCES_H
#define DIFFERENTIAL_DIFFERENCES_H

#include <stdbool.h>
#include <stdio.h>

#include "provider.h"
#include "verdict.h"

/* What differs on purpose: one row each in docs/differences.md. */
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
/* Is it one of this provider's? A library with the legacy names that is not our drop-in has none. */
bool difference_of (enum difference d, const struct provider *ours);
/* ... and do the recorded vectors meet it? */
bool difference_recorded (enum difference d);
/* One case that differed on purpose; `exact`: just as described. */
void difference_met (struct verdict_row *row, enum difference d, bool exact);

/* Which of the deliberate differences of ours must have been met: any that were, those that vectors record, or all. */
enum must_meet { MEET_ANY, MEET_RECORDED, MEET_ALL };

/* Prints rows, differences and counts; returns the exit status. */
int comparison_finish (const struct options *o, const struct provider *ours, enum must_meet must);

#endif
