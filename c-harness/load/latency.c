/*
 * Latencies of one measurement: see latency.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "latency.h"

#include <math.h>
#include <string.h>

enum { BUCKETS = 64 * 60 };

static struct {
  uint64_t bucket[BUCKETS], count, greatest;
} all;

void latency_clear (void) {
  memset (&all, 0, sizeof (all));
}

void latency_add (uint64_t ns) {
  unsigned shift = ns < 128 ? 0 : 57 - (unsigned) __builtin_clzll (ns);
  unsigned bucket = shift * 64 + (unsigned) (ns >> shift);
  all.bucket[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
  all.count++;
  if (ns > all.greatest) {
    all.greatest = ns;
  }
}

double latency_greatest (void) {
  return all.count ? (double) all.greatest / 1000 : NAN;
}

double latency_quantile (double q) {
  uint64_t want = (uint64_t) ceil (q * (double) all.count), seen = 0;
  for (unsigned b = 0; b < BUCKETS && all.count; b++) {
    seen += all.bucket[b];
    if (seen >= want) {
      unsigned shift = b < 128 ? 0 : b / 64 - 1;
      double middle = (double) ((uint64_t) (b - shift * 64) << shift) + (double) (1ull << shift) / 2;
      return fmin (middle / 1000, latency_greatest ());
    }
  }
  return latency_greatest ();
}
