/*
 * A non-blocking connection to a port of 127.0.0.1.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_CONNECT_H
#define LOAD_CONNECT_H

#include <stdbool.h>

/* -1 with errno where there is none. `many`: its source port is taken in turn, and outside the ephemeral range: once
 * most of that is in TIME_WAIT, the kernel's search for a free port costs more than the connection, and the proxy's own
 * bind() fails. */
int connect_loopback (int port, bool many, bool *at_once);

#endif
