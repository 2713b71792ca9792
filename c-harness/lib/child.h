/*
 * Calls that may not return, in a process of their own.
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
/* It crashed, aborted or hung; under a sanitizer also: it was ended with a report. */
bool child_lost (enum child_end e);

#endif
