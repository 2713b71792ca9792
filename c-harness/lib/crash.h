/*
 * When a provider crashes or hangs in a case: which case it was, before the program ends.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_CRASH_H
#define HARNESS_CRASH_H

#include "options.h"
#include "sample.h"

void crash_watch (const struct options *o);
/* What runs now; the pointers are looked at only in a crash. */
void crash_case (const char *name, const struct draw *d, const struct sample *s);
void crash_row (const char *file, const long *line);
/* Something went on: another minute before it counts as a hang. */
void crash_alive (double now);
/* In a child, a crash is its parent's business. */
void crash_default (void);

#endif
