/*
 * All clients of one measurement: the event loop around them.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_CLIENTS_H
#define LOAD_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "client.h"

void clients_start (const struct mode *m, int port);
void clients_stop (void);

/* Runs the loop until `stop` says so (true), or until the time is up or something failed (false). */
bool clients_run (bool (*stop) (void), uint64_t until);
/* Opens all, in waves, each with one echo. */
void clients_open_all (void);
/* Opens all at once, each of which is opened again when its echo is back. */
void clients_open_again_and_again (void);
/* Each may have sent `limit` messages since it was opened. */
void clients_let_send (uint32_t limit);
/* Until so many more messages are answered, or the time is up. */
bool clients_run_messages (uint64_t messages, uint64_t until);
/* Stops sending, and waits until every answer is back. */
void clients_drain (void);

#endif
