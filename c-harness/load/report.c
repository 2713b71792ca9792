/*
 * Shared by all reports: see report.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct result results[MAX_MODES];

static int ascending (const void *a, const void *b) {
  const double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

static double median (const double *v, int n) {
  double sorted[MAX_ROUNDS];
  memcpy (sorted, v, (size_t) n * sizeof (*v));
  qsort (sorted, (size_t) n, sizeof (*sorted), ascending);
  return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

bool compare (const struct result *r, enum figure f, struct comparison *c) {
  double ratio[MAX_ROUNDS];
  if (isnan (r->value[0][f][0])) {
    return false;
  }
  *c = (struct comparison) { .least = INFINITY, .greatest = -INFINITY };
  c->compared = settings.variants > 1 && figure_compares (f);
  for (int v = 0; v < settings.variants; v++) {
    c->median[v] = median (r->value[v][f], settings.rounds);
  }
  for (int i = 0; i < settings.rounds && c->compared; i++) {
    ratio[i] = r->value[0][f][i] / r->value[1][f][i];
    c->compared = isfinite (ratio[i]);
    c->least = fmin (c->least, ratio[i]);
    c->greatest = fmax (c->greatest, ratio[i]);
  }
  if (c->compared) {
    c->ratio = median (ratio, settings.rounds);
  }
  return true;
}

bool cpu_span (struct cpu_span *s) {
  *s = (struct cpu_span) { INFINITY, -INFINITY, INFINITY, -INFINITY };
  for (int i = 0; i < settings.mode_count; i++) {
    struct comparison c;
    if (settings.modes[i].kind != CONNECT && results[i].done && compare (&results[i], CPU_MESSAGE, &c) && c.compared) {
      s->least = fmin (s->least, c.ratio);
      s->greatest = fmax (s->greatest, c.ratio);
      s->least_round = fmin (s->least_round, c.least);
      s->greatest_round = fmax (s->greatest_round, c.greatest);
    }
  }
  return s->least <= s->greatest;
}

const char *disturbance (int mode) {
  enum { FULL = 92, DISTURBED = 10 /* % of a core */ };
  bool by_generator = false, by_others = false;
  for (int v = 0; v < settings.variants; v++) {
    double value[FIGURES];
    for (int f = 0; f < FIGURES; f++) {
      value[f] = median (results[mode].value[v][f], settings.rounds);
    }
    bool proxy_is_full = value[CPU_PERCENT] > FULL && value[CPU_PERCENT] >= value[GENERATOR];
    by_generator |= !proxy_is_full && value[GENERATOR] > FULL;
    by_others |= value[OTHERS] > DISTURBED;
  }
  if (!mode_sends (&settings.modes[mode])) {
    return NULL;
  }
  return by_generator ? "the generator was the limit: compare CPU per message only"
         : by_others  ? "other processes were running: compare CPU per message only"
                      : NULL;
}

void rounds_text (const struct mode *m, char *out, size_t cap) {
  const char *s = settings.rounds == 1 ? "" : "s";
  if (m->messages) {
    snprintf (out, cap, "%d round%s of %llu messages", settings.rounds, s, (unsigned long long) m->messages);
  } else {
    snprintf (out, cap, "%d round%s of %g s", settings.rounds, s, m->seconds);
  }
}
