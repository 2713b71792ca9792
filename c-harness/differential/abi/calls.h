/*
 * How often each exported function of the replaced objects was called, in this program and in the scripts' processes.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_CALLS_H
#define DIFFERENTIAL_CALLS_H

#include "provider.h"

/* Before the scripts' processes start: the counts are theirs, too. */
void calls_begin (void);
/* From now on calls through the provider's table are counted, if it is our drop-in. */
void calls_count (struct provider *p);
/* Is that the function of the table? The library knows the function itself, the table what counts its calls. */
bool calls_same (const void *function, const void *in_table);
/* Prints each function with the number of its calls. Returns how many were never called. */
int calls_print (const struct provider *ours);

#endif
