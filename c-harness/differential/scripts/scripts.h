/*
 * The script engine's part of each mode.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_SCRIPTS_H
#define DIFFERENTIAL_SCRIPTS_H

#include <stdbool.h>

#include "options.h"

/* Starts the sides, where --only leaves any script and the libraries have the proxy's names: before this program loads
   them itself, so that a script meets a library that nobody has called. Ends what it started at the program's end. */
void start_scripts (const struct options *o, const char *ours, const char *other, const char *other_role);
/* Rows of drawn scripts, ours against --legacy; of recorded logs (--vectors); and recording them (--out). */
void compare_scripts (const struct options *o);
void replay_scripts (const struct options *o);
void record_scripts (const struct options *o);
/* The mode of its own, which takes --run. */
int run_scripts (const struct options *o);

#endif
