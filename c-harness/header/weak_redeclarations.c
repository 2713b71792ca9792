/*
 * A legacy C file that includes the header and declares all 46 functions weak: no warning, and each reference is
 * weak. See ../host/weak.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "weak.h"

typedef void function_t (void);

function_t *const functions[] = {
#define FUNCTION(name) (function_t *) name,
#include "functions.def"
#undef FUNCTION
};

typedef char all_46[sizeof (functions) / sizeof (functions[0]) == 46 ? 1 : -1];
