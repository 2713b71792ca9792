/*
 * The figures of one measurement, from two samples and the latencies.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_FIGURES_H
#define LOAD_FIGURES_H

#include <stdbool.h>

#include "sample.h"
#include "settings.h"

enum figure {
  CPU_MESSAGE,
  RELAY,
  RATE,
  GBIT,
  P50,
  P99,
  P999,
  GREATEST,
  WAKEUPS_MESSAGE,
  WAKEUPS,
  CPU_PERCENT,
  RSS,
  PEAK,
  RSS_CLIENT,
  SWITCHED_MESSAGE,
  SWITCHED,
  READS,
  WRITES,
  SYSCALLS,
  WAITING,
  GENERATOR,
  MIDDLE_END,
  OTHERS,
  STOLEN,
  FIGURES
};

/* NAN where a mode has no such figure. */
void figures_fill (const struct mode *m, const struct sample *from, const struct sample *to, double x[FIGURES]);

const char *figure_key (enum figure f);
const char *figure_label (enum figure f, enum kind kind);
int figure_digits (enum figure f);
/* It belongs into the short table of this kind of mode. */
bool figure_is_main (enum figure f, enum kind kind);
/* A ratio of it says something about the proxies: it is no figure of the machine's disturbance. */
bool figure_compares (enum figure f);

#endif
