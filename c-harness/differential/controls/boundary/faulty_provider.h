/*
 * Shared by the wrappers.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_FAULTY_PROVIDER_H
#define DIFFERENTIAL_FAULTY_PROVIDER_H

#include <stdbool.h>

#include "mtproxy_ffi.h"

struct real {
#define FUNCTION(name) __typeof__ (mtproxy_ffi_##name) *name;
#include "boundary.def"
#undef FUNCTION
};

extern struct real real;

/* True if `name` is the fault to plant. */
bool fault (const char *name);

#endif
