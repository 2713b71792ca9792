/*
 * The modes of the program. Each returns the exit status.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_MODES_H
#define DIFFERENTIAL_MODES_H

#include "options.h"
#include "provider.h"

/* Generated cases through both providers. */
int run_live (const struct options *o);
/* Compares recorded vectors with ours, or records them from an original. */
int run_replay (const struct options *o);
int run_record (const struct options *o);
/* Runs the properties that `only` selects on one provider. */
void run_properties (struct provider *p, const struct options *o, const char *role);

#endif
