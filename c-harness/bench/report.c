/*
 * The report, written as padded Markdown tables.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "relink.h"

enum { COLUMNS = 14, ROWS = 96, TEXT = 40 };

static struct {
  char text[ROWS][COLUMNS][TEXT];
  int rows, columns;
} grid;

static void next_row (void) {
  if (++grid.rows > ROWS) {
    refuse ("a table has more than %d rows", ROWS);
  }
}

static void start_grid (void) {
  memset (&grid, 0, sizeof (grid));
  next_row ();
}

static void put (int column, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
static void put (int column, const char *format, ...) {
  va_list ap;
  va_start (ap, format);
  vsnprintf (grid.text[grid.rows - 1][column], TEXT, format, ap);
  va_end (ap);
  grid.columns = column >= grid.columns ? column + 1 : grid.columns;
}

/* The width in characters: "±" has two bytes. */
static int width_of (const char *text) {
  int n = 0;
  for (; *text; text++) {
    n += (*text & 0xc0) != 0x80;
  }
  return n;
}

static void print_grid (FILE *f, int left) {
  int width[COLUMNS];
  for (int c = 0; c < grid.columns; c++) {
    width[c] = 3;
    for (int r = 0; r < grid.rows; r++) {
      int n = width_of (grid.text[r][c]);
      width[c] = n > width[c] ? n : width[c];
    }
  }
  for (int r = 0; r < grid.rows; r++) {
    for (int c = 0; c < grid.columns; c++) {
      int pad = width[c] - width_of (grid.text[r][c]);
      fprintf (f, "| %*s%s%*s ", c < left ? 0 : pad, "", grid.text[r][c], c < left ? pad : 0, "");
    }
    fputs ("|\n", f);
    for (int c = 0; r == 0 && c < grid.columns; c++) {
      fputs (c < left ? "|:" : "|-", f);
      for (int i = 0; i < width[c]; i++) {
        fputc ('-', f);
      }
      fputs (c < left ? "-" : ":", f);
    }
    if (r == 0) {
      fputs ("|\n", f);
    }
  }
  fputc ('\n', f);
}

static double percent (const struct spread *s) {
  return s->median > 0 ? 50 * (s->high - s->low) / s->median : 0;
}

static const char *bytes (size_t size) {
  static char text[32];
  if (size >= 1 << 20) {
    snprintf (text, sizeof (text), "%zu Mi", size >> 20);
  } else if (size >= 1024) {
    snprintf (text, sizeof (text), "%zu Ki", size >> 10);
  } else {
    snprintf (text, sizeof (text), "%zu", size);
  }
  return text;
}

/* "aligned / misaligned", of the misaligned ratios the lowest. */
static void put_ratio (int column, const struct cell *first, int count, enum contender c) {
  double worst = 0;
  bool below = false;
  for (int i = 0; i < count; i++) {
    double ratio = first[i].ratio[c].median;
    if (i && first[i].measured[c] && (worst == 0 || ratio < worst)) {
      worst = ratio;
    }
    below |= c == ORIGINAL && first[i].below;
  }
  const char *mark = below ? "**" : "";
  if (!first->measured[c]) {
    put (column, "-");
  } else if (worst > 0) {
    put (column, "%s%.2f / %.2f%s", mark, first->ratio[c].median, worst, mark);
  } else {
    put (column, "%s%.2f%s", mark, first->ratio[c].median, mark);
  }
}

static bool used (const struct cell *from, const struct cell *to, enum contender c) {
  for (; from < to; from++) {
    if (from->measured[c]) {
      return true;
    }
  }
  return false;
}

/* One function at all its sizes. */
static void report_sizes (FILE *f, const struct cell *from, const struct cell *to) {
  fprintf (f, "### %s\n\n", from->function);
  start_grid ();
  static const char *const heads[] = { "bytes", "ours, ns", "±%", "GB/s", "misaligned, ns" };
  int column = 0;
  for (; column < 5; column++) {
    put (column, "%s", heads[column]);
  }
  for (int c = ORIGINAL; c < EMPTY; c++) {
    if (used (from, to, (enum contender) c)) {
      put (column++, "%s", contender_name ((enum contender) c));
      if (c == ORIGINAL) {
        put (column++, "±%%");
        put (column++, "limit");
      }
    }
  }
  while (from < to) {
    int count = 1;
    while (from + count < to && from[count].size == from->size) {
      count++;
    }
    next_row ();
    double ns = from->ns[OURS].median;
    put (0, "%s", bytes (from->size));
    put (1, "%.*f", ns < 1000 ? 1 : 0, ns);
    put (2, "%.0f", percent (&from->ns[OURS]));
    put (3, "%.2f", (double) from->size / ns);
    put (4, "%.*f", ns < 1000 ? 1 : 0, from[count - 1].ns[OURS].median);
    column = 5;
    for (int c = ORIGINAL; c < EMPTY; c++) {
      if (used (from, to, (enum contender) c) || (from->measured[c])) {
        put_ratio (column++, from, count, (enum contender) c);
        if (c == ORIGINAL) {
          char limit[32];
          limit_text (from, limit, sizeof (limit));
          put (column++, "%.0f", percent (&from->ratio[c]));
          put (column++, "%s", limit);
        }
      }
    }
    from += count;
  }
  print_grid (f, 0);
}

/* A family of single cases. */
static void report_cases (FILE *f, const struct cell *from, const struct cell *to) {
  bool with_empty = used (from, to, EMPTY);
  start_grid ();
  static const char *const heads[] = { "function", "case", "bytes", "ours, ns",       "±%",          "theirs, ns",
                                       "ratio",    "±%",   "limit", "empty call, ns", "crossing, ns" };
  for (int c = 0; c < (with_empty ? 11 : 9); c++) {
    put (c, "%s", heads[c]);
  }
  for (; from < to; from++) {
    next_row ();
    enum contender against = from->measured[LIBC] ? LIBC : ORIGINAL;
    char limit[32];
    limit_text (from, limit, sizeof (limit));
    put (0, "%s", from->function);
    put (1, "%s", from->label ? from->label : "");
    if (from->size) {
      put (2, "%zu", from->size);
    }
    put (3, "%.2f", from->ns[OURS].median);
    put (4, "%.0f", percent (&from->ns[OURS]));
    put (5, "-");
    put (8, "%s", limit);
    const char *mark = from->below ? "**" : "";
    if (from->measured[against]) {
      put (5, "%.2f%s", from->ns[against].median, against == LIBC ? " (libc)" : "");
      put (6, "%s%.2f%s", mark, from->ratio[against].median, mark);
      put (7, "%.0f", percent (&from->ratio[against]));
    }
    if (with_empty) {
      put (9, "%.2f", from->ns[EMPTY].median);
      put (10, "%.2f", from->ns[OURS].median - from->ns[EMPTY].median);
    }
  }
  print_grid (f, 2);
}

void report_tables (FILE *f) {
  static const struct {
    const char *family, *title;
  } titles[] = { { "checksum", "Checksums" },
                 { "digest", "Digests" },
                 { "scanner", "Config scanner" },
                 { "tl", "TL headers" },
                 { "procfs", "/proc texts and the log prefix" },
                 { "boundary", "The boundary itself" },
                 { "clock", "Clocks" },
                 { "dropin", "The drop-in" },
                 { "timers", "Timers: the size is how many there are" },
                 { "events", "Events: the size is how many are queued" },
                 { "objects", "HTTP, keys, ciphers, options, names of hosts" },
                 { "buffers", "Message buffers: the size is theirs" },
                 { "queue", "Queues between threads" },
                 { "messages", "Messages" },
                 { "jobs", "Jobs" } };
  const struct cell *end = cells + cell_count;
  for (size_t i = 0; i < sizeof (titles) / sizeof (titles[0]); i++) {
    bool sized = i < 2, headed = false;
    for (const struct cell *from = cells; from < end;) {
      const struct cell *to = from + 1;
      while (to < end && !strcmp (to->family, from->family) && (!sized || !strcmp (to->function, from->function))) {
        to++;
      }
      if (!strcmp (from->family, titles[i].family)) {
        if (!headed) {
          fprintf (f, "## %s\n\n", titles[i].title);
          headed = true;
        }
        (sized ? report_sizes : report_cases) (f, from, to);
      }
      from = to;
    }
  }
}
