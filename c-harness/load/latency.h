/*
 * Latencies of one measurement, in a histogram: exact below 128 ns, above it 64 buckets per power of two (1.6 % wide).
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_LATENCY_H
#define LOAD_LATENCY_H

#include <stdint.h>

void latency_clear (void);
void latency_add (uint64_t ns);
/* In µs; NAN where nothing was added. */
double latency_quantile (double q);
double latency_greatest (void);

#endif
