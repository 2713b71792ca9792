/*
 * A relay that passes bytes on and does nothing else: what the system calls and wake-ups of a message cost on this machine.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_RELAY_H
#define LOAD_RELAY_H

#include <sched.h>
#include <stdint.h>

enum { RELAY_LARGEST = 64 << 10 };

/* A child process of its own waits, reads and writes once for each direction, as a proxy must. Returns its CPU per message of
 * `size` bytes and its echo, one in flight, in µs; NAN where a run failed. `relay` and `echo`: where the child and the other
 * end run, or null. `size` is at most RELAY_LARGEST. */
double relay_cpu_us (uint32_t size, double seconds, const cpu_set_t *relay, const cpu_set_t *echo);

#endif
