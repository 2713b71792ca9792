/*
 * Shared by the wrappers: the drop-in's names, and the planted fault.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_FAULTY_DROPIN_H
#define DIFFERENTIAL_FAULTY_DROPIN_H

#include <stdbool.h>

#include "legacy_names.h"

/* Is this the fault to plant? */
bool fault (const char *name);

#endif
