/*
 * What the drop-in asks of the program around it, and the legacy library has in objects that are not under test: the
 * resolver, the statistics of the network, the time of the start. The program's own take their place for both sides.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_HOST_H
#define HARNESS_HOST_H

#include <stddef.h>

extern int start_time;

/* What prepare_stats writes, as far as it fits, and returns (the length that it would need). */
void host_stats (const char *text, int result);
/* The last name that was asked for, "" for none. */
const char *host_asked (void);
void host_forget (void);

#endif
