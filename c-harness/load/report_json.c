/*
 * All figures of all rounds, as one JSON object.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <math.h>

#include "base.h"
#include "report.h"

static const char *const variant_key[] = { "drop_in", "original" };

static void put_string (FILE *f, const char *key, const char *text) {
  fprintf (f, "\"%s\": \"", key);
  for (; *text; text++) {
    if ((unsigned char) *text < ' ') {
      fprintf (f, "\\u%04x", (unsigned) *text);
    } else {
      fprintf (f, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    }
  }
  fputc ('"', f);
}

/* JSON has no NaN. */
static void put_number (FILE *f, double v) {
  if (isfinite (v)) {
    fprintf (f, "%.6g", v);
  } else {
    fputs ("null", f);
  }
}

static void put_figure (FILE *f, const struct result *r, enum figure figure, const struct comparison *c) {
  fprintf (f, "\"%s\": {", figure_key (figure));
  for (int v = 0; v < settings.variants; v++) {
    fprintf (f, "%s\"%s\": [", v ? ", " : "", variant_key[v]);
    for (int i = 0; i < settings.rounds; i++) {
      fputs (i ? ", " : "", f);
      put_number (f, r->value[v][figure][i]);
    }
    fputc (']', f);
  }
  if (c->compared) {
    fprintf (f, ", \"ratio\": %.5g, \"ratio_least\": %.5g, \"ratio_greatest\": %.5g", c->ratio, c->least, c->greatest);
  }
  fputc ('}', f);
}

static void put_mode (FILE *f, int mode) {
  const struct mode *m = &settings.modes[mode];
  const char *why = disturbance (mode);
  char name[512];
  mode_name (m, name, sizeof (name));
  fputs ("    {", f);
  put_string (f, "mode", name);
  if (m->messages) {
    fprintf (f, ", \"messages\": %llu", (unsigned long long) m->messages);
  } else {
    fprintf (f, ", \"seconds\": %g", m->seconds);
  }
  if (why) {
    fputs (", ", f);
    put_string (f, "disturbed", why);
  }
  fputs (",\n     \"figures\": {", f);
  const char *between = "";
  for (int i = 0; i < FIGURES; i++) {
    struct comparison c;
    if (compare (&results[mode], (enum figure) i, &c)) {
      fprintf (f, "%s\n      ", between);
      put_figure (f, &results[mode], (enum figure) i, &c);
      between = ",";
    }
  }
  fputs ("}}", f);
}

void write_json (FILE *f) {
  fputs ("{", f);
  for (int v = 0; v < settings.variants; v++) {
    put_string (f, variant_key[v], settings.command[v]);
    fputs (", ", f);
  }
  fprintf (f, "\"rounds\": %d, \"pinned\": %s, \"intact\": %s,\n", settings.rounds, settings.pin ? "true" : "false",
           has_failed () ? "false" : "true");
  if (has_failed ()) {
    fputc (' ', f);
    put_string (f, "failure", failure ());
    fputs (",\n", f);
  }
  fputs (" \"modes\": [", f);
  const char *between = "\n";
  for (int i = 0; i < settings.mode_count; i++) {
    if (results[i].done) {
      fputs (between, f);
      put_mode (f, i);
      between = ",\n";
    }
  }
  fputs ("]}\n", f);
}
