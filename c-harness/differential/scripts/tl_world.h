/*
 * What surrounds places to read from and to write to: a connection, and what is sent by it. The same for both sides.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_TL_WORLD_H
#define DIFFERENTIAL_TL_WORLD_H

#include <stdbool.h>

#include "legacy_types.h"

enum { NOWHERE, MEMORY, MESSAGE, TO_CONNECTION };

/* A connection that speaks RPC. */
extern struct async_job *tl_world_connection;

void tl_world_begin (void);
/* Readies a thread, as a job thread's start. False, and the step does not apply, where states are not the library's own. */
bool tl_world_ready (void);
/* What was logged since the capture of stderr began, without the times. */
void tl_world_say_log (void);
void tl_world_note_header (const struct tl_query_header *header);

#endif
