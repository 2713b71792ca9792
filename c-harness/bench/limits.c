/*
 * The bound of each function on this machine, and its speed in percent of the bound.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"

enum { AT = 65536 };

static double our_speed (const char *function, size_t size) {
  for (int i = 0; i < cell_count; i++) {
    if (!strcmp (cells[i].function, function) && cells[i].size == size && !cells[i].offset) {
      return (double) size / cells[i].ns[OURS].median;
    }
  }
  return 0;
}

static void row (FILE *f, const char *function, const char *what, double bound, size_t size) {
  double speed = our_speed (function, size);
  if (bound > 0 && speed > 0) {
    fprintf (f, "| %-7s | %-70s | %7zu | %6.2f | %6.2f | %4.0f |\n", function, what, size, bound, speed,
             100 * speed / bound);
  }
}

/* MD5 in integer registers has 64 steps. The chain from one step's word to the next step's is: the sum of function and
   word, an addition, a rotation, an addition. The word reaches the function's result through two operations in the rounds of
   F and I, and through one in those of G and H: 5 + 4 + 4 + 5 cycles a step, 16 steps each, for 64 bytes. (AVX-512 has the
   function in one instruction: 4 cycles in every round, if vector instructions take one cycle.) */
static double md5_bound (double cycle) {
  return 64 / (16 * (5 + 4 + 4 + 5) * cycle);
}

void report_limits (FILE *f) {
  const double *p = probes;
  if (p[CYCLE] <= 0) {
    fprintf (f, "Not measured on this architecture.\n");
    return;
  }
  double clmul = p[WIDE_CLMUL] > 0 ? machine.vector_bytes / (2 * p[WIDE_CLMUL])
                 : p[CLMUL] > 0    ? 16 / (2 * p[CLMUL])
                                   : 0;
  double crc32 = p[CRC32] > 0 ? 8 / p[CRC32] : 0;
  fprintf (f, "Measured in the same run: a cycle takes %.3f ns (%.2f GHz)", p[CYCLE], 1 / p[CYCLE]);
  if (p[CLMUL] > 0) {
    fprintf (f, "; a PCLMULQDQ on 128 bits %.3f ns", p[CLMUL]);
  }
  if (p[WIDE_CLMUL] > 0) {
    fprintf (f, ", a VPCLMULQDQ on %d bits %.3f ns (throughput)", machine.vector_bytes * 8, p[WIDE_CLMUL]);
  }
  if (p[CRC32] > 0) {
    fprintf (f, "; a CRC32 of 8 bytes %.3f ns (throughput)", p[CRC32]);
  }
  if (p[SHA256RNDS2] > 0) {
    fprintf (f, "; SHA1RNDS4 %.2f ns, SHA256RNDS2 %.2f ns (latency)", p[SHA1RNDS4], p[SHA256RNDS2]);
  }
  fprintf (f, "; reading 64 KiB over and over %.0f GB/s, 1 MiB %.0f GB/s (memchr).\n\n", p[READ_64K], p[READ_1M]);
  fprintf (f, "| %-7s | %-70s | %7s | %6s | %6s | %4s |\n", "", "bounded by", "bytes", "bound", "ours", "%");
  fprintf (f, "|:--------|:-----------------------------------------------------------------------|--------:|-------:|"
              "-------:|-----:|\n");
  for (int c = 0; c < 2; c++) {
    const char *function = c ? "crc32c" : "crc32";
    if (c && machine.fused) {
      row (f, function, "carry-less multiplication and the CRC32 instruction, both all the time", clmul + crc32, AT);
    } else {
      row (f, function, "carry-less multiplication: two per register of input", clmul, AT);
    }
    row (f, function, "reading, 64 KiB", p[READ_64K], AT);
    row (f, function, "reading, 1 MiB", p[READ_1M], 1 << 20);
  }
  row (f, "md5", "its dependency chain in integer registers: 64 steps, 4.5 cycles a byte", md5_bound (p[CYCLE]), AT);
  if (p[SHA256RNDS2] > 0) {
    row (f, "sha1", "20 SHA1RNDS4 per 64 bytes, each waiting for the one before", 64 / (20 * p[SHA1RNDS4]), AT);
    row (f, "sha256", "32 SHA256RNDS2 per 64 bytes, each waiting for the one before", 64 / (32 * p[SHA256RNDS2]), AT);
  }
  fprintf (f, "\nBound and ours in GB/s.\n");
}
