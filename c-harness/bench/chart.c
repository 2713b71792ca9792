/*
 * The chart: a bar for each of some functions of the drop-in at a typical size, as SVG. It has no background, and follows the
 * reader's light or dark mode.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "relink.h"

enum { WIDTH = 880, TOP = 58, ROW = 28, BAR = 16, LEFT = 270, PLOT = 400, VALUE = 60 };

/* What a proxy calls: its frames, its handshakes, its configuration, its log and its statistics. */
static const struct row {
  const char *function, *label, *text;
  size_t size;
} rows[] = {
  { "crc32_partial", NULL, "crc32_partial, 1 KiB", 1024 },
  { "crc32_partial", NULL, "crc32_partial, 64 KiB", 65536 },
  { "crc32c_partial", NULL, "crc32c_partial, 1 KiB", 1024 },
  { "compute_crc32_combine", NULL, "compute_crc32_combine, 1000 B", 1000 },
  { "md5", NULL, "md5, 256 B", 256 },
  { "sha1", NULL, "sha1, 64 B", 64 },
  { "sha256", NULL, "sha256, 64 B", 64 },
  { "sha256", NULL, "sha256, 64 KiB", 65536 },
  { "a configuration", "20 lines", "a configuration of 20 lines", 700 },
  { "cfg_skspc", "a blank", "cfg_skspc, a blank", 1 },
  { "kprintf", "to /dev/null", "kprintf, a line", 0 },
  { "read_proc_stats", "its own", "read_proc_stats", 0 },
  { "get_utime_monotonic", NULL, "get_utime_monotonic", 0 },
};
enum { ROWS = sizeof (rows) / sizeof (rows[0]) };

static const struct cell *cell_of_row (int i) {
  const struct cell *c = dropin_cell (rows[i].function, rows[i].label, rows[i].size);
  return c && c->measured[ORIGINAL] ? c : NULL;
}

/* The last number of the axis. */
static int axis_end (void) {
  int end = 2;
  for (int i = 0; i < ROWS; i++) {
    const struct cell *c = cell_of_row (i);
    while (c && c->ratio[ORIGINAL].median > end) {
      end++;
    }
  }
  return end;
}

static void style (FILE *f) {
  fputs ("<style>\n"
         "text { font: 13px system-ui, -apple-system, \"Segoe UI\", \"DejaVu Sans\", sans-serif; fill: #1f2328; }\n"
         ".title { font-size: 15px; font-weight: 600; }\n"
         ".name { text-anchor: end; }\n"
         ".axis { text-anchor: middle; }\n"
         ".small { font-size: 12px; }\n"
         ".grid { stroke: #d1d9e0; }\n"
         ".one, .spread { stroke: #1f2328; stroke-width: 1.5; }\n"
         ".faster { fill: #54a0ee; }\n"
         ".slower { fill: #e8823a; }\n"
         "@media (prefers-color-scheme: dark) {\n"
         "text { fill: #e6edf3; }\n"
         ".grid { stroke: #3d444d; }\n"
         ".one, .spread { stroke: #e6edf3; }\n"
         ".faster { fill: #2f6fc0; }\n"
         ".slower { fill: #b4591a; }\n"
         "}\n"
         "</style>\n",
         f);
}

static double x_of (double ratio, int end) {
  return LEFT + PLOT * (ratio < end ? ratio : end) / end;
}

static void put_row (FILE *f, const struct row *r, const struct cell *c, int top, int end) {
  const struct spread *s = &c->ratio[ORIGINAL];
  double middle = top + ROW / 2.0, low = x_of (s->low, end), high = x_of (s->high, end);
  fprintf (f, "<text class=\"name\" x=\"%d\" y=\"%.1f\">%s</text>\n", LEFT - 10, middle + 4.5, r->text);
  fprintf (f, "<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n",
           s->median < 1 ? "slower" : "faster", LEFT, middle - BAR / 2.0, x_of (s->median, end) - LEFT, BAR);
  fprintf (f, "<path class=\"spread\" d=\"M%.1f %.1fH%.1f\"/>\n", low, middle, high);
  fprintf (f, "<text x=\"%.1f\" y=\"%.1f\">%.2f</text>\n", high + 7, middle + 4.5, s->median);
  int digits = c->ns[ORIGINAL].median < 100 ? 1 : 0;
  fprintf (f, "<text class=\"small\" x=\"%d\" y=\"%.1f\">%.*f → %.*f ns</text>\n", LEFT + PLOT + VALUE, middle + 4.5,
           digits, c->ns[ORIGINAL].median, digits, c->ns[OURS].median);
}

static void put_chart (FILE *f, int count) {
  int end = axis_end (), bottom = TOP + count * ROW;
  fprintf (f,
           "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n",
           WIDTH, bottom + 46, WIDTH, bottom + 46);
  fputs ("<title>The original's time divided by ours, for functions of the drop-in</title>\n", f);
  style (f);
  fprintf (f, "<text class=\"title\" x=\"%d\" y=\"22\">The original's time divided by ours</text>\n", LEFT);
  fprintf (
      f,
      "<text class=\"small\" x=\"%d\" y=\"42\">right of the line at 1.0 ours is faster; thin: 10th to 90th percentile</text>\n",
      LEFT);
  for (int i = 0; i <= end; i++) {
    double x = x_of (i, end);
    fprintf (f, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>\n", x, TOP, bottom);
    fprintf (f, "<text class=\"axis\" x=\"%.1f\" y=\"%d\">%d.0</text>\n", x, bottom + 18, i);
  }
  for (int i = 0, top = TOP; i < ROWS; i++) {
    const struct cell *c = cell_of_row (i);
    if (c) {
      put_row (f, &rows[i], c, top, end);
      top += ROW;
    }
  }
  fprintf (f, "<path class=\"one\" d=\"M%.1f %dV%d\"/>\n", x_of (1, end), TOP - 6, bottom + 4);
  fprintf (f, "<text class=\"small\" x=\"%d\" y=\"%d\">%s</text>\n</svg>\n", LEFT, bottom + 38, machine.model);
}

bool write_chart (const char *path) {
  int count = 0;
  for (int i = 0; i < ROWS; i++) {
    count += cell_of_row (i) != NULL;
  }
  if (!count) {
    return false;
  }
  FILE *f = fopen (path, "w");
  if (!f) {
    refuse ("%s: %s", path, strerror (errno));
  }
  put_chart (f, count);
  if (fclose (f)) {
    refuse ("%s: %s", path, strerror (errno));
  }
  return true;
}
