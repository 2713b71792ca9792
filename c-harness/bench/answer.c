/*
 * The answer: five sentences with this run's figures. A sentence whose cells were not measured is left out.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"

const struct cell *dropin_cell (const char *function, const char *label, size_t size) {
  for (int i = 0; i < cell_count; i++) {
    const struct cell *c = &cells[i];
    if (!strcmp (c->family, "dropin") && !strcmp (c->function, function) && c->size == size &&
        (label ? c->label && !strcmp (c->label, label) : !c->label)) {
      return c;
    }
  }
  return NULL;
}

/* The ratio to the original; 0 if it was not measured. */
static double ratio_of (const char *function, size_t size) {
  const struct cell *c = dropin_cell (function, NULL, size);
  return c && c->measured[ORIGINAL] ? c->ratio[ORIGINAL].median : 0;
}

/* From the summary that `make bench-proxy` wrote. */
static void say_whole_proxy (FILE *f, const char *section) {
  char line[400];
  double least, greatest;
  FILE *in = section ? fopen (section, "r") : NULL;
  while (in && fgets (line, sizeof (line), in)) {
    if (sscanf (line, "**CPU per message: %lf to %lf", &least, &greatest) == 2) {
      fprintf (
          f,
          "A relinked proxy takes %.2f to %.2f of the original's CPU per message ([the whole proxy](#the-whole-proxy)).\n",
          least, greatest);
      fclose (in);
      return;
    }
  }
  if (in) {
    fclose (in);
  }
  fputs ("What relinking does to the CPU of a whole proxy was not measured for this file.\n", f);
}

static void say_how_many (FILE *f) {
  int all = 0, slower = 0;
  for (int i = 0; i < cell_count; i++) {
    if (cells[i].measured[ORIGINAL]) {
      all++;
      slower += cells[i].ratio[ORIGINAL].median < 1 - NOISE;
    }
  }
  fprintf (f,
           "Of %d cases that were measured beside the original, a function on one input each, ours is slower in %d.\n",
           all, slower);
}

static void say_checksums (FILE *f) {
  double small = ratio_of ("crc32_partial", 64), large = ratio_of ("crc32_partial", 65536);
  double small_c = ratio_of ("crc32c_partial", 64), large_c = ratio_of ("crc32c_partial", 65536);
  if (small > 0 && large > 0 && small_c > 0 && large_c > 0) {
    fprintf (
        f,
        "CRC-32 is %.1f times as fast as the original's on 64 bytes and %.1f times on 64 KiB, CRC-32C %.1f and %.1f times.\n",
        small, large, small_c, large_c);
  }
}

static void say_digests (FILE *f) {
  double md5 = ratio_of ("md5", 65536);
  double sha1 = ratio_of ("sha1", 64), sha256 = ratio_of ("sha256", 64);
  double large1 = ratio_of ("sha1", 65536), large256 = ratio_of ("sha256", 65536);
  if (md5 > 0 && sha1 > 0 && sha256 > 0 && large1 > 0 && large256 > 0) {
    fprintf (
        f,
        "MD5 is %.1f times as fast; SHA-1 and SHA-256 are %.1f and %.1f times as fast on 64 bytes, %.1f and %.1f times on 64 KiB.\n",
        md5, sha1, sha256, large1, large256);
  }
}

static void say_slowest (FILE *f) {
  const struct cell *worst = NULL;
  for (int i = 0; i < cell_count; i++) {
    const struct cell *c = &cells[i];
    if (!strcmp (c->family, "dropin") && c->measured[ORIGINAL] &&
        (!worst || c->ratio[ORIGINAL].median < worst->ratio[ORIGINAL].median)) {
      worst = c;
    }
  }
  if (worst) {
    fprintf (f, "The drop-in's least ratio is that of `%s`%s%s: %.2f, %.1f ns instead of %.1f.\n", worst->function,
             worst->label ? " on " : "", worst->label ? worst->label : "", worst->ratio[ORIGINAL].median,
             worst->ns[OURS].median, worst->ns[ORIGINAL].median);
  }
}

void report_answer (FILE *f, const char *whole_proxy) {
  if (!is_present (ORIGINAL)) {
    fputs ("The original was not there, so nothing is compared: `make bench LEGACY_LIB=path/to/libkdb.a`.\n", f);
    return;
  }
  say_whole_proxy (f, whole_proxy);
  say_how_many (f);
  say_checksums (f);
  say_digests (f);
  say_slowest (f);
}
