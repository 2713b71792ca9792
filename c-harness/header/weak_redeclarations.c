/*
 * A C file like those of a mixed host: it includes the header and declares every function weak. It must compile without a
 * warning. The declarations are made from src/ffi/api.tsv.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "boundary_weak.h"

typedef void function_t (void);

function_t *const functions[] = {
#define FUNCTION(name) (function_t *) mtproxy_ffi_##name,
#include "boundary.def"
#undef FUNCTION
};
