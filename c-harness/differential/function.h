/*
 * The rows of the harness. To add a function, write one row and one generator in the file of its family, which
 * calls p->boundary (abi/boundary.h) or p->legacy (lib/legacy.h), or an adapter that several rows share (abi/provider.h).
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_FUNCTION_H
#define DIFFERENTIAL_FUNCTION_H

#include "child.h"
#include "differences.h"
#include "provider.h"
#include "sample.h"

/* One case, after both sides have run it. */
struct meeting {
  const struct sample *in;
  struct provider *ours, *original;
  const struct outcome *got, *want;
  bool exact; /* set by explain: the difference is exactly as described */
};

struct function {
  const char *name, *family;
  const char *fields; /* names of the outcome's values */
  enum ability needs;
  uint64_t cases; /* default */
  void (*generate) (struct sample *s, const struct draw *d);
  /* False: the bytes are not a case of this row. */
  bool (*run) (struct provider *p, const struct sample *s, struct outcome *o);
  /* For an input that the original must not get: returns which difference this is, and sets `exact` if ours did as
     described. */
  enum difference (*spare) (const struct sample *s, const struct outcome *ours, bool *exact);
  /* For outcomes that differ: returns which difference this is, if any. */
  enum difference (*explain) (struct meeting *m);
};

/* The test of a difference; `run` returns true if both sides do exactly what is described. */
struct difference_test {
  enum difference difference;
  const char *family, *name;
  enum ability needs;
  uint64_t cases;
  void (*generate) (struct sample *s, const struct draw *d);
  bool (*run) (struct provider *ours, struct provider *original, const struct sample *s, char *why, size_t room);
};

/* A property that each provider must have alone, because there is nothing to compare: clocks, the processor. */
struct property {
  const char *name, *family;
  enum ability needs;
  uint64_t cases;
  bool (*holds) (struct provider *p, const struct draw *d, char *why, size_t room);
};

struct family {
  const char *name;
  const struct function *functions;
  const struct difference_test *tests;
  const struct property *properties;
  bool legacy_only; /* no such functions at the boundary */
};

/* The functions of the stat row, which the recorded texts need too. */
enum difference explain_stat (struct meeting *m);
bool run_stat (struct provider *p, const struct sample *s, struct outcome *o);

/* Each of the arrays ends with a row without a name. */
extern const struct family checksum_family, digest_family, process_id_family, cpu_family, clock_family, config_family,
    tl_family, procfs_family, log_prefix_family, net_family, queue_family, jobs_family, dropin_checksum_family,
    dropin_digest_family, dropin_config_family, dropin_stats_family, dropin_log_family;
extern const struct family *const families[];

#endif
