/*
 * Runs calls that may abort or never return in a child process.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_CHILD_H
#define HARNESS_CHILD_H

#include <stdbool.h>

enum child_end { CHILD_RETURNED, CHILD_ABORTED, CHILD_CRASHED, CHILD_DIVIDED, CHILD_HUNG, CHILD_FAILED };

/* Calls `f` in a child process, silently, and kills it after `milliseconds`. */
enum child_end run_in_child (void (*f) (void *), void *arg, int milliseconds);
const char *child_end_name (enum child_end e);
/* True if the child crashed, aborted or hung, or a sanitizer ended it with a report. */
bool child_lost (enum child_end e);

#endif
