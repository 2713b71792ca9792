/*
 * What connections need besides connections: see connections.c, connection_targets.c and connection_parts.c.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_CONNECTIONS_H
#define DIFFERENTIAL_CONNECTIONS_H

#include <stdbool.h>

#include "legacy.h"

enum { MAGIC = 0x11ef55aa, RAW = 0x40000, TYPE_KINDS = 5, RULES = 8, TARGETS = 2, TURNS = 3 };
/* A port where nobody listens. */
enum { REFUSING = 1 };

/* The type whose connections send back what comes. */
extern struct conn_functions connections_echo;
/* How many of its connections were closed. */
extern int connections_closed;
/* No new descriptor is low enough. */
extern bool connections_have_no_room;

static inline struct connection_info *connection_info_of (struct async_job *job) {
  return (struct connection_info *) (job + 1);
}

/* Not in the main thread: the step is skipped. */
bool connections_elsewhere (void);
void connections_turn (void);
/* Turns until it holds; false after seconds that only a machine that stands still takes. */
bool connections_drive (bool (*holds) (void));
/* A listener on loopback, and its port. */
int connections_listen (int *number);

void connections_begin_targets (void);
bool connections_have_targets (void);
void connections_accept_peers (void);
/* Until the first target has its connections again. */
void connections_await_targets (void);
void connections_target (const long *a);
void connections_lose (const long *a);
void connections_drop (const long *a);

void connections_type (const long *a);
void connections_nat (const long *a);
void connections_later (const long *a);
void connections_pieces (const long *a);
void connections_page (const long *a);
void connections_count (const long *a);

#endif
