/*
 * What connections need besides connections: see connections.c and connection_parts.c.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_CONNECTIONS_H
#define DIFFERENTIAL_CONNECTIONS_H

#include <stdbool.h>

enum { MAGIC = 0x11ef55aa, RAW = 0x40000, TYPE_KINDS = 5, RULES = 8 };

/* Not in the main thread: the step is skipped. */
bool connections_elsewhere (void);

void connections_type (const long *a);
void connections_nat (const long *a);
void connections_later (const long *a);
void connections_pieces (const long *a);
void connections_page (const long *a);
void connections_count (const long *a);

#endif
