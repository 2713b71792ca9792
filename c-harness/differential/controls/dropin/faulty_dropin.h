/*
 * What the wrappers share: the drop-in's names, and which fault is planted.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_FAULTY_DROPIN_H
#define DIFFERENTIAL_FAULTY_DROPIN_H

#include <stdbool.h>

#include "legacy.h"

#define X(name, type, can) extern __typeof__ (type) name;
LEGACY_SYMBOLS (X)
#undef X

/* Is this the fault to plant? */
bool fault (const char *name);

#endif
