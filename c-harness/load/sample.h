/*
 * All counters of the proxy's processes, of this one and of the machine, at one moment.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_SAMPLE_H
#define LOAD_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

struct sample {
  uint64_t time;
  uint64_t cpu, wait, voluntary, involuntary, reads, writes, syscalls, rss, peak; /* the proxy's */
  uint64_t generator, middle_end; /* CPU time of this program, and of its middle-end */
  uint64_t busy, steal, ticks;    /* the machine's */
  uint64_t done, bytes;
};

void sample_take (struct sample *s);

/* System calls of each thread are counted between these two, where the kernel has the tracepoint and allows it; that
 * slows each call a little. */
void syscalls_open (void);
void syscalls_close (void);
bool syscalls_are_counted (void);

#endif
