/*
 * Prints the current case when a provider crashes or hangs, before the program ends.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_CRASH_H
#define HARNESS_CRASH_H

#include "options.h"
#include "sample.h"

void crash_watch (const struct options *o);
/* Sets the current case. The pointers are read only in a crash. */
void crash_case (const char *name, const struct draw *d, const struct sample *s);
void crash_row (const char *file, const long *line);
/* Reports progress: the case counts as hanging a minute from now. */
void crash_alive (double now);
/* Restores the default signal handling, for a child process whose parent handles its crash. */
void crash_default (void);

#endif
