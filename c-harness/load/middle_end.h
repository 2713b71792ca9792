/*
 * The middle-end: stands in for Telegram's servers. One thread, which answers nonces, handshakes and pings, and sends
 * every payload back as it came.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_MIDDLE_END_H
#define LOAD_MIDDLE_END_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "settings.h"

/* `cpus`: where its thread runs, or null. */
void middle_end_start (const cpu_set_t *cpus);
/* Moves its thread. */
void middle_end_move (const cpu_set_t *cpus);
int middle_end_port (void);
/* Connections past their handshake. */
int middle_end_ready (void);
/* CPU time of its thread. */
uint64_t middle_end_cpu_ns (void);

/* True once per run, when the planted fault is of this kind and enough messages went before it. */
bool fault_is_due (enum fault kind);

/* A listening socket on a free port of 127.0.0.1. */
int listen_loopback (int *port);

#endif
