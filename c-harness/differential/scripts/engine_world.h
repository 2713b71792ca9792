/*
 * A whole engine without threads and sockets: jobs that run when they are signalled, timers, and an event loop whose turns take a
 * quarter of a second of a clock of its own. The same for both sides: these definitions go before those of the library under
 * test. While no script uses it each calls the library's own.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_ENGINE_WORLD_H
#define DIFFERENTIAL_ENGINE_WORLD_H

#include <stdbool.h>

#include "legacy_types.h"

/* From now on the definitions are these. At the turns whose number is a multiple of `every` the signal arrives (0: never), after
   `turns` turns the last one. */
void engine_world_begin (int turns, int signal, int every, int last_signal);
/* ... and now the library's own again. */
void engine_world_end (void);

bool engine_world_is_on (void);

/* The log's level from when there are threads: what a library says of its secret before is its own. */
extern int engine_world_verbosity;

/* A job for a call of the script's own; and whether its timer is set. */
struct async_job *engine_world_job (void);
bool engine_world_armed (struct async_job *job);

#endif
