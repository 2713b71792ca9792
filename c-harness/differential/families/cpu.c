/*
 * Processor identification.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "function.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#define HAVE_CPUID 1
#else
#define HAVE_CPUID 0
#endif

enum { MAGIC = 0x280147b8, ANY_CORE = 0x00ffffff };

static void generate_nothing (struct sample *s, const struct draw *d) {
  put_u32 (s, (uint32_t) d->index);
}

/* The top byte of ebx is the number of the core, which varies. */
static bool run_cpuid (struct provider *p, const struct sample *s, struct outcome *o) {
  kdb_cpuid_t leaf;
  (void) s;
  memset (&leaf, 0xa5, sizeof (leaf));
  outcome_add (o, p->abi->cpuid (p, &leaf));
  outcome_add (o, leaf.magic);
  outcome_add (o, leaf.ebx & ANY_CORE);
  outcome_add (o, leaf.ecx);
  outcome_add (o, leaf.edx);
  return true;
}

static bool is_leaf_1 (struct provider *p, const struct draw *d, char *why, size_t room) {
  kdb_cpuid_t leaf = { 0 }, again = { 0 };
  int status = p->abi->cpuid (p, &leaf);
  (void) d;
#if HAVE_CPUID
  unsigned a = 0, b = 0, c = 0, e = 0;
  __get_cpuid (1, &a, &b, &c, &e);
  p->abi->cpuid (p, &again);
  snprintf (why, room, "status %d, magic %#x ebx %#x ecx %#x edx %#x; the instruction says %#x %#x %#x", status,
            (unsigned) leaf.magic, (unsigned) leaf.ebx, (unsigned) leaf.ecx, (unsigned) leaf.edx, b, c, e);
  return status == 0 && leaf.magic == MAGIC && ((unsigned) leaf.ebx & ANY_CORE) == (b & ANY_CORE) &&
         (unsigned) leaf.ecx == c && (unsigned) leaf.edx == e && !memcmp (&leaf, &again, sizeof (leaf));
#else
  snprintf (why, room, "status %d, magic %#x on a processor without CPUID", status, (unsigned) leaf.magic);
  /* The legacy function has no status; without CPUID it returns zeros. */
  again.magic = p->abi == &boundary_abi ? 0 : MAGIC;
  return (p->abi == &boundary_abi ? status < 0 : status == 0) && !memcmp (&leaf, &again, sizeof (leaf));
#endif
}

static const struct function functions[] = {
  { "kdb_cpuid", "cpu", "status magic ebx ecx edx", CAN_CPUID, 1000, generate_nothing, run_cpuid, NULL, NULL },
  { 0 },
};

static const struct difference_test tests[] = { { 0 } };

static const struct property properties[] = {
  { "kdb_cpuid/is-leaf-1", "cpu", CAN_CPUID, 100, is_leaf_1 },
  { 0 },
};

const struct family cpu_family = { "cpu", functions, tests, properties, false };
