/*
 * The machine: its CPU model, the CPU's features, and the one CPU on which all contenders run.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

struct machine machine;

static void read_model (void) {
  char line[4096];
  FILE *f = fopen ("/proc/cpuinfo", "r");
  snprintf (machine.model, sizeof (machine.model), "unknown CPU");
  while (f && fgets (line, sizeof (line), f)) {
    char *value = strstr (line, ": ");
    if (value && (!strncmp (line, "model name", 10) || !strncmp (line, "Processor", 9))) {
      value[strcspn (value, "\n")] = 0;
      snprintf (machine.model, sizeof (machine.model), "%.150s", value + 2);
      break;
    }
  }
  if (f) {
    fclose (f);
  }
}

#if defined(__x86_64__)
#include <cpuid.h>

static void add (char *list, size_t room, const char *word) {
  size_t n = strlen (list);
  snprintf (list + n, room - n, "%s%s", n ? ", " : "", word);
}

static bool sha_extensions (void) {
  unsigned a, b, c, d;
  return __get_cpuid_count (7, 0, &a, &b, &c, &d) && b >> 29 & 1;
}

/* AMD's family 26 and later, which execute several CRC32 instructions a cycle. */
static bool crc32_side_by_side (void) {
  unsigned signature, b, c, d;
  return __builtin_cpu_is ("amd") && __get_cpuid (1, &signature, &b, &c, &d) &&
         (signature >> 8 & 15) + (signature >> 20 & 255) >= 26;
}

static void read_features (void) {
  __builtin_cpu_init ();
  machine.sse42 = __builtin_cpu_supports ("sse4.2");
  bool avx2 = __builtin_cpu_supports ("avx2");
  bool avx512 = __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512vl");
  machine.pclmul = __builtin_cpu_supports ("pclmul");
  /* The compiler's function also checks that the operating system saves the registers. */
  machine.vpclmul = __builtin_cpu_supports ("vpclmulqdq") && (avx2 || avx512);
  machine.vector_bytes = machine.vpclmul ? (avx512 ? 64 : 32) : 16;
  machine.fused = machine.vector_bytes == 64 && crc32_side_by_side ();
  machine.sha_ni = sha_extensions ();
  const struct {
    bool has;
    const char *name;
  } features[] = { { machine.sse42, "SSE4.2" }, { machine.pclmul, "PCLMULQDQ" },   { avx2, "AVX2" },
                   { avx512, "AVX-512" },       { machine.vpclmul, "VPCLMULQDQ" }, { machine.sha_ni, "SHA-NI" } };
  for (size_t i = 0; i < sizeof (features) / sizeof (features[0]); i++) {
    if (features[i].has) {
      add (machine.features, sizeof (machine.features), features[i].name);
    }
  }
  snprintf (machine.path, sizeof (machine.path), "checksums: %s; digests: MD5 scalar, SHA %s",
            machine.fused               ? "VPCLMULQDQ on 512 bits, and CRC32 at once for CRC-32C"
            : machine.vpclmul && avx512 ? "VPCLMULQDQ on 512 bits"
            : machine.vpclmul           ? "VPCLMULQDQ on 256 bits"
            : machine.pclmul            ? "PCLMULQDQ on 128 bits for CRC-32, three streams of CRC32 for CRC-32C"
            : machine.sse42             ? "SSE4.2 for CRC-32C, tables for CRC-32"
                                        : "tables",
            machine.sha_ni ? "by SHA-NI" : "scalar");
}
#else
static void read_features (void) {
  snprintf (machine.features, sizeof (machine.features), "not looked at on this architecture");
  snprintf (machine.path, sizeof (machine.path), "not known on this architecture");
}
#endif

/* Pins the process to its current CPU. */
static void pin (void) {
  cpu_set_t set;
  machine.cpu = sched_getcpu ();
  CPU_ZERO (&set);
  CPU_SET ((size_t) (machine.cpu < 0 ? 0 : machine.cpu), &set);
  if (machine.cpu < 0 || sched_setaffinity (0, sizeof (set), &set) < 0) {
    fprintf (stderr, "bench: cannot stay on one CPU; the spread will be larger\n");
    machine.cpu = -1;
  }
}

void look_at_machine (void) {
  read_model ();
  read_features ();
  pin ();
}
