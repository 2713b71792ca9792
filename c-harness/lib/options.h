/*
 * The command line of a comparison.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_OPTIONS_H
#define HARNESS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
  const char *mode, *ours, *legacy, *abi, *only, *case_hex, *json, *vectors, *out, *run;
  uint64_t seed, cases, index;
  bool seed_given, index_given;
  bool first; /* a row ends at its first mismatch */
  long line;
  const char *program; /* argv[0] */
};

#endif
