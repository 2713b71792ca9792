/*
 * The system's calls about sockets and interfaces, interposed: they note what they were asked for, fail when they are told
 * to, and work on sockets that lead nowhere. Until fake_sockets_begin they are the system's own.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_FAKE_SOCKET_H
#define HARNESS_FAKE_SOCKET_H

#include <stdbool.h>

void fake_sockets_begin (void);

enum socket_call {
  CALL_NONE,
  CALL_SOCKET,
  CALL_BIND,
  CALL_LISTEN,
  CALL_CONNECT,
  CALL_IPV6_ONLY,
  CALL_GET,
  CALL_REUSE,
  CALL_NO_DELAY,
};

/* From now on this call fails, with that error. */
void fake_sockets_fail (enum socket_call call, int cause);
/* The size of a new socket's buffers, and whether another one is refused. */
void fake_sockets_buffers (int size, bool refused);
/* What was asked of the last socket: the options in order of their numbers, with their last values, and where it was bound and
   connected. Begins anew with each socket. */
const char *fake_sockets_told (void);

/* An address of a network interface as text; without one the interface has no address. */
struct fake_interface {
  const char *name, *address, *mask;
};

/* From now on these are the machine's; with a negative count the list cannot be had. They are copied. */
void fake_interfaces (const struct fake_interface *all, int count);

#endif
