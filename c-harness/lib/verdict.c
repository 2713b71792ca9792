/*
 * Results: see verdict.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crash.h"
#include "relink.h"

enum { ROWS = 300 };

static struct verdict_row rows[ROWS];
static int row_count;
double seconds_now (void) {
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

struct verdict_row *verdict_begin (const char *name, const char *family, const char *kind) {
  struct verdict_row *row = &rows[row_count < ROWS - 1 ? row_count++ : row_count];
  memset (row, 0, sizeof (*row));
  snprintf (row->name, sizeof (row->name), "%s", name);
  row->family = family;
  row->kind = kind;
  row->started = row->last_shown = seconds_now ();
  return row;
}

static bool on_terminal (void) {
  static int known = -1;
  if (known < 0) {
    known = isatty (2);
  }
  return known;
}

static bool shown_on_line;

void verdict_end (struct verdict_row *row) {
  row->seconds = seconds_now () - row->started;
  if (shown_on_line) {
    fputs ("\r\033[K", stderr);
    shown_on_line = false;
  }
}

void verdict_mismatch (struct verdict_row *row, char *text) {
  row->mismatches++;
  if (row->first) {
    free (text);
  } else {
    row->first = text;
  }
}

bool verdict_enough (const struct options *o, const struct verdict_row *row) {
  return o->first && row->mismatches;
}

/* On a terminal one line that is rewritten; in a log a line every ten seconds. */
void verdict_progress (struct verdict_row *row, uint64_t done, uint64_t total) {
  double now = seconds_now (), every = on_terminal () ? (shown_on_line ? 0.3 : 2) : 10;
  crash_alive (now);
  if (now - row->last_shown < every) {
    return;
  }
  row->last_shown = now;
  double rate = (double) done / (now - row->started);
  fprintf (stderr, "%s%-28s %" PRIu64 " of %" PRIu64 ", %.0f/s, %.0f s left%s", on_terminal () ? "\r\033[K" : "",
           row->name, done, total, rate, (double) (total - done) / rate, on_terminal () ? "" : "\n");
  shown_on_line = on_terminal ();
}

static void print_row (const struct verdict_row *row) {
  if (!row->cases && row->note[0]) {
    printf ("  %-32s %10s  %s\n", row->name, "-", row->note);
    return;
  }
  double rate = row->seconds > 0 ? (double) row->cases / row->seconds : 0;
  printf ("  %-32s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %12.0f %8.2f\n", row->name, row->cases, row->mismatches,
          row->explained, rate, row->seconds);
  if (row->note[0]) {
    printf ("  %-32s %10s  %s\n", "", "", row->note);
  }
}

void verdict_print (void) {
  printf ("  %-32s %10s %10s %10s %12s %8s\n", "function", "cases", "mismatches", "on purpose", "cases/s", "seconds");
  for (int i = 0; i < row_count; i++) {
    print_row (&rows[i]);
  }
  for (int i = 0; i < row_count; i++) {
    if (rows[i].first) {
      printf ("\n%s: first of %" PRIu64 " mismatches\n%s", rows[i].name, rows[i].mismatches, rows[i].first);
    }
  }
}

static void json_text (FILE *f, const char *text) {
  fputc ('"', f);
  for (; *text; text++) {
    unsigned char c = (unsigned char) *text;
    if (c == '"' || c == '\\') {
      fprintf (f, "\\%c", c);
    } else if (c < ' ' || c > '~') {
      fprintf (f, "\\u%04x", c);
    } else {
      fputc (c, f);
    }
  }
  fputc ('"', f);
}

static void write_json (const struct options *o, uint64_t passed, uint64_t failed, void (*more) (FILE *f)) {
  FILE *f = fopen (o->json, "w");
  if (!f) {
    refuse ("%s: %s", o->json, strerror (errno));
  }
  fprintf (f, "{\n  \"mode\": \"%s\",\n  \"ours\": ", o->mode);
  json_text (f, o->ours ? o->ours : "");
  fprintf (f, ",\n  \"original\": ");
  json_text (f, o->legacy ? o->legacy : "");
  fprintf (f, ",\n  \"seed\": %" PRIu64 ",\n  \"passed\": %" PRIu64 ",\n  \"failed\": %" PRIu64 ",\n  \"rows\": [",
           o->seed, passed, failed);
  for (int i = 0; i < row_count; i++) {
    const struct verdict_row *r = &rows[i];
    fprintf (f,
             "%s\n    { \"name\": \"%s\", \"family\": \"%s\", \"kind\": \"%s\", \"cases\": %" PRIu64
             ", \"mismatches\": %" PRIu64 ", \"on_purpose\": %" PRIu64 ", \"not_applicable\": %" PRIu64
             ", \"seconds\": %.3f, \"note\": ",
             i ? "," : "", r->name, r->family, r->kind, r->cases, r->mismatches, r->explained, r->not_applicable,
             r->seconds);
    json_text (f, r->note);
    fprintf (f, ", \"first_mismatch\": ");
    json_text (f, r->first ? r->first : "");
    fprintf (f, " }");
  }
  fprintf (f, "\n  ]");
  if (more) {
    more (f);
  }
  fprintf (f, "\n}\n");
  if (fclose (f)) {
    refuse ("%s: %s", o->json, strerror (errno));
  }
}

int verdict_finish (const struct options *o, int more_failed, void (*more_json) (FILE *f)) {
  uint64_t cases = 0, mismatches = 0, not_applicable = 0;
  for (int i = 0; i < row_count; i++) {
    cases += rows[i].cases;
    mismatches += rows[i].mismatches;
    not_applicable += rows[i].not_applicable;
  }
  uint64_t failed = mismatches + (uint64_t) more_failed;
  if (o->json) {
    write_json (o, cases - mismatches, failed, more_json);
  }
  for (int i = 0; i < row_count; i++) {
    free (rows[i].first);
  }
  printf ("\n");
  if (!cases) {
    printf ("nothing was compared%s%s\n", o->only ? ": there is no " : "", o->only ? o->only : "");
    return 2;
  }
  if (not_applicable) {
    printf ("%" PRIu64 " not applicable\n", not_applicable);
  }
  printf ("%" PRIu64 " passed, %" PRIu64 " failed\n", cases - mismatches, failed);
  return failed ? 1 : 0;
}
