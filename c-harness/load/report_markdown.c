/*
 * The short table as a section of docs/benchmarks.md. It names no path of the machine.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base.h"
#include "report.h"

/* "5 rounds of 3 s", or without the time where modes differ. */
static void put_rounds (FILE *f) {
  char first[64], text[64];
  bool same = true;
  rounds_text (&settings.modes[0], first, sizeof (first));
  for (int i = 1; i < settings.mode_count; i++) {
    rounds_text (&settings.modes[i], text, sizeof (text));
    same = same && !strcmp (text, first);
  }
  if (!same) {
    strstr (first, " of")[0] = 0;
  }
  fputs (first, f);
}

static void put_machine (FILE *f) {
  struct utsname system;
  char text[4096];
  read_text ("/proc/cpuinfo", text, sizeof (text));
  char *model = strstr (text, "model name"), *from = model ? strchr (model, ':') : NULL;
  put_rounds (f);
  fprintf (f, " per mode. Machine: %.*s, %ld cores, Linux %s;\n%s.\n\n", from ? (int) strcspn (from + 2, "\n") : 7,
           from ? from + 2 : "unknown", sysconf (_SC_NPROCESSORS_ONLN), uname (&system) ? "?" : system.release,
           settings.pin ? "the generator and the proxy on different cores" : "not pinned");
}

static void put_summary (FILE *f) {
  struct cpu_span cpu;
  if (!cpu_span (&cpu)) {
    return;
  }
  fprintf (f, "**CPU per message: %.2f to %.2f of the original's**, over all modes (single rounds %.2f to %.2f).\n\n",
           cpu.least, cpu.greatest, cpu.least_round, cpu.greatest_round);
  fputs ("Both proxies pass the same messages in alternating rounds, and every byte that comes back is compared. A "
         "ratio is\n"
         "drop-in / original (below 1.00 the drop-in needs less), the median over the rounds; the range is the least "
         "and the\n"
         "greatest round. A range that contains 1.00 shows no difference; ",
         f);
  fprintf (f, "by chance alone, one range in %llu does not.\n\n", 1ull << (settings.rounds - 1));
  fputs (
      "A bare relay waits, reads and writes as often as any proxy must, and does nothing else: that part of the CPU\n"
      "is the machine's. In a virtual machine most of it wakes the other core; on one core nothing waits for that.\n\n",
      f);
}

static void put_mode (FILE *f, int mode) {
  const struct mode *m = &settings.modes[mode];
  char name[512];
  mode_name (m, name, sizeof (name));
  for (int i = 0; i < FIGURES; i++) {
    struct comparison c;
    enum figure figure = (enum figure) i;
    if (!figure_is_main (figure, m->kind) || !compare (&results[mode], figure, &c)) {
      continue;
    }
    fprintf (f, "| %s | %s |", name, figure_label (figure, m->kind));
    *name = 0; /* once per mode */
    for (int v = 0; v < settings.variants; v++) {
      fprintf (f, " %.*f |", figure_digits (figure), c.median[v]);
    }
    if (c.compared) {
      fprintf (f, " %.2f | %.2f-%.2f |", c.ratio, c.least, c.greatest);
    } else if (settings.variants > 1) {
      fputs (" | |", f);
    }
    fputc ('\n', f);
  }
}

static void put_disturbances (FILE *f) {
  const char *before = "\n";
  for (int i = 0; i < settings.mode_count; i++) {
    char name[512];
    const char *why = disturbance (i);
    if (why) {
      mode_name (&settings.modes[i], name, sizeof (name));
      fprintf (f, "%s- %s: %s\n", before, name, why);
      before = "";
    }
  }
}

void write_markdown (FILE *f) {
  fputs ("## The whole proxy\n\n", f);
  put_summary (f);
  put_machine (f);
  fputs (settings.variants > 1 ? "| mode | figure | drop-in | original | ratio | range |\n|:--|:--|--:|--:|--:|--:|\n"
                               : "| mode | figure | proxy |\n|:--|:--|--:|\n",
         f);
  for (int i = 0; i < settings.mode_count; i++) {
    put_mode (f, i);
  }
  put_disturbances (f);
}
