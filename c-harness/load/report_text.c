/*
 * The table on a terminal: a heading per mode, a line per figure.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <sys/stat.h>

#include "report.h"

enum { LABEL = 36, NUMBER = 12 };

/* Characters, not bytes: µ is two. */
static int bytes_beyond_characters (const char *text) {
  int n = 0;
  for (; *text; text++) {
    n += (*text & 0xc0) == 0x80;
  }
  return n;
}

void text_start (FILE *f) {
  struct stat a, b;
  if (settings.variants == 1) {
    fprintf (f, "proxy: %s\n", settings.command[0]);
  } else {
    fprintf (f, "drop-in:  %s\noriginal: %s\n", settings.command[0], settings.command[1]);
    if (!stat (settings.command[0], &a) && !stat (settings.command[1], &b) && a.st_dev == b.st_dev &&
        a.st_ino == b.st_ino) {
      fputs ("Both are the same file: every ratio shows the noise of this machine.\n", f);
    }
  }
  fprintf (f, "%s\n\n", settings.pin ? "generator and proxy pinned to different cores" : "not pinned");
  fprintf (f, "%-*s %*s", LABEL, "", NUMBER, settings.variants == 1 ? "proxy" : "drop-in");
  if (settings.variants > 1) {
    fprintf (f, " %*s %8s  %s", NUMBER, "original", "ratio", "least-greatest");
  }
  fputc ('\n', f);
}

void text_mode (FILE *f, int mode) {
  const struct mode *m = &settings.modes[mode];
  char name[512], rounds[64];
  mode_name (m, name, sizeof (name));
  rounds_text (m, rounds, sizeof (rounds));
  fprintf (f, "%s; %s\n", name, rounds);
  for (int i = 0; i < FIGURES; i++) {
    struct comparison c;
    enum figure figure = (enum figure) i;
    if (!(settings.all_figures || figure_is_main (figure, m->kind)) || !compare (&results[mode], figure, &c)) {
      continue;
    }
    const char *label = figure_label (figure, m->kind);
    fprintf (f, "  %-*s", LABEL - 2 + bytes_beyond_characters (label), label);
    for (int v = 0; v < settings.variants; v++) {
      fprintf (f, " %*.*f", NUMBER, figure_digits (figure), c.median[v]);
    }
    if (c.compared) {
      fprintf (f, " %8.3f  %.3f-%.3f", c.ratio, c.least, c.greatest);
    }
    fputc ('\n', f);
  }
  const char *why = disturbance (mode);
  if (why) {
    fprintf (f, "  %s\n", why);
  }
  fflush (f);
}

void text_end (FILE *f) {
  struct cpu_span cpu;
  if (settings.variants > 1) {
    fputs ("\nratio: drop-in / original, the median over rounds in turns; then the least and the greatest round.\n"
           "A range that contains 1 shows no difference.",
           f);
    if (settings.rounds > 1) {
      fprintf (f, " By chance alone, one range in %llu does not.", 1ull << (settings.rounds - 1));
    }
    fputc ('\n', f);
  }
  if (cpu_span (&cpu)) {
    fprintf (f, "CPU per message: %.2f to %.2f of the original's (single rounds %.2f to %.2f)\n", cpu.least,
             cpu.greatest, cpu.least_round, cpu.greatest_round);
  }
  fputs ("every message came back intact\n", f);
}
