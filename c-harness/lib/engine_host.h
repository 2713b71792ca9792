/*
 * What the drop-in's objects of engine/ ask of legacy objects that are not under test. The harness has these for both sides: it
 * hands each call to a function of the script's, if there is one.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_ENGINE_HOST_H
#define HARNESS_ENGINE_HOST_H

#include <stdbool.h>

#include "legacy_types.h"

extern void (*on_terminal_attributes) (void);
/* Returns a socket, or -1 and sets errno. The address is in network byte order. */
extern int (*on_server_socket) (int port, unsigned address, int backlog, int mode);
extern void (*on_server_init) (void *type, void *methods);
/* Returns false where the usage ends the process. */
extern bool (*on_usage) (void);
/* A call that has at most two numbers, by its function's name. */
extern void (*on_network_call) (const char *name, long a, long b);

#endif
