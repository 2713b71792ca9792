/*
 * The script engine, as used by the program's modes.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_SCRIPTS_H
#define DIFFERENTIAL_SCRIPTS_H

#include <stdbool.h>

#include "options.h"

/* Starts the sides, if --only selects a script and the libraries have the proxy's names. Called before this program loads
   the libraries itself, so that scripts run on fresh ones. The sides end with the program. */
void start_scripts (const struct options *o, const char *ours, const char *other, const char *other_role);
/* Compares drawn scripts, ours against --legacy; replays recorded logs (--vectors); or records them (--out). */
void compare_scripts (const struct options *o);
void replay_scripts (const struct options *o);
void record_scripts (const struct options *o);
/* The mode `scripts`, which takes --run. */
int run_scripts (const struct options *o);
/* The mode `faults`. */
int run_faults (const struct options *o);

#endif
