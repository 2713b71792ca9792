/*
 * The functions of the boundary as a provider has them, for rows that call them without an adapter.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_BOUNDARY_H
#define DIFFERENTIAL_BOUNDARY_H

#include "mtproxy_ffi.h"
#include "provider.h"

struct boundary_symbols {
#define FUNCTION(name) __typeof__ (mtproxy_ffi_##name) *name;
#include "boundary.def"
#undef FUNCTION
};

#endif
