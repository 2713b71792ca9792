/*
 * The functions that the drop-in calls in its host, and the legacy library defines in objects that are not under test:
 * the network statistics. The harness defines them for both sides.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_HOST_H
#define HARNESS_HOST_H

#include <stddef.h>

/* Sets the text that prepare_stats writes, as far as it fits, and the length that it returns. */
void host_stats (const char *text, int result);

#endif
