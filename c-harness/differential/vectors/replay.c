/*
 * Replays recorded vectors, and records new ones.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "calls.h"
#include "crash.h"
#include "modes.h"
#include "relink.h"
#include "scripts.h"
#include "vectors.h"
#include "verdict.h"

static const struct vector_file *const groups[] = { checksum_files, parser_files, system_files, NULL };

static const struct vector_file *file_named (const char *name) {
  for (int g = 0; groups[g]; g++) {
    for (const struct vector_file *f = groups[g]; f->name; f++) {
      if (!strcmp (f->name, name)) {
        return f;
      }
    }
  }
  return NULL;
}

static size_t split (char *line, char **cells) {
  size_t n = 0;
  for (char *at = line; at && n < COLUMNS;) {
    cells[n++] = at;
    at = strchr (at, '\t');
    if (at) {
      *at++ = 0;
    }
  }
  return n;
}

/* The first line must name the columns that the file's function expects. */
static size_t check_columns (const struct vector_file *f, char *line) {
  size_t columns = 1;
  for (char *c = line; *c; c++) {
    columns += *c == '\t';
    *c = *c == '\t' ? ' ' : *c;
  }
  if (line[0] != '#' || strcmp (line + 1, f->columns)) {
    refuse ("vectors: %s has other columns than this program knows", f->name);
  }
  return columns;
}

struct walk {
  const struct options *o;
  const struct vector_file *f;
  struct provider *p;
  struct verdict_row *verdict;
  FILE *record; /* where to write rows, NULL for a replay */
  long number;
};

/* Notes the reasons for skipping rows, each once. */
static void note_reason (struct verdict_row *v, const char *why) {
  size_t used = strlen (v->note);
  v->not_applicable++;
  if (!strstr (v->note, why) && used + strlen (why) + 20 < sizeof (v->note)) {
    snprintf (v->note + used, sizeof (v->note) - used, "%s%s", used ? "; " : "not applicable: ", why);
  }
}

static const char *column_name (const struct vector_file *f, size_t column, char *name, size_t room) {
  const char *at = f->columns;
  while (column-- && at) {
    at = strchr (at, ' ');
    at = at ? at + 1 : at;
  }
  at = at ? at : "";
  snprintf (name, room, "%.*s", (int) strcspn (at, " "), at);
  return name;
}

static void print_inputs (FILE *out, const struct walk *w, const struct row *row) {
  char name[64];
  fprintf (out, "  row:      %s line %ld:", w->f->name, w->number);
  for (size_t i = 0; i < row->columns; i++) {
    if (!row->out[i] && strcmp (row->cell[i], "-")) {
      fprintf (out, " %s=%s", column_name (w->f, i, name, sizeof (name)), row->cell[i]);
    }
  }
  fprintf (out, "\n");
}

static void fail (struct walk *w, const struct row *row, enum row_result result) {
  char *text = NULL, name[64];
  size_t len;
  FILE *out = open_memstream (&text, &len);
  print_inputs (out, w, row);
  if (result == ROW_FAILED) {
    fprintf (out, "  seen:     %s\n", row->why);
  }
  for (size_t i = 0; result == ROW_COMPARED && i < row->columns; i++) {
    if (row->out[i] && strcmp (row->out[i], row->cell[i])) {
      fprintf (out, "  ours:     %s %s\n  recorded: %s %s\n", column_name (w->f, i, name, sizeof (name)), row->out[i],
               name, row->cell[i]);
    }
  }
  fprintf (out, "  again:    %s replay --ours %s --vectors %s --only %s --line %ld\n", w->o->program, w->o->ours,
           w->o->vectors, w->f->name, w->number);
  fclose (out);
  verdict_mismatch (w->verdict, text);
}

static void replay_row (struct walk *w, struct row *row) {
  enum row_result result = w->f->run (row);
  bool same = true, any = false;
  for (size_t i = 0; i < row->columns; i++) {
    any = any || row->out[i];
    same = same && (!row->out[i] || !strcmp (row->out[i], row->cell[i]));
  }
  if (result == ROW_SKIPPED) {
    note_reason (w->verdict, row->why);
    return;
  }
  w->verdict->cases++;
  if (row->difference) {
    difference_met (w->verdict, row->difference, result == ROW_PASSED || (result == ROW_COMPARED && same));
  }
  if (result == ROW_FAILED || (result == ROW_COMPARED && (!any || !same))) {
    fail (w, row, result);
  }
}

static void record_row (struct walk *w, struct row *row) {
  enum row_result result = w->f->run (row);
  if (result == ROW_COMPARED) {
    w->verdict->cases++;
  } else {
    note_reason (w->verdict, row->why[0] ? row->why : "kept as they were");
  }
  for (size_t i = 0; i < row->columns; i++) {
    bool fresh = result == ROW_COMPARED && row->out[i];
    w->verdict->mismatches += fresh && strcmp (row->out[i], row->cell[i]) != 0;
    fprintf (w->record, "%s%s", i ? "\t" : "", fresh ? row->out[i] : row->cell[i]);
  }
  fputc ('\n', w->record);
}

static void walk_file (struct walk *w, FILE *in, uint64_t total) {
  char *line = NULL;
  size_t room = 0, columns = 0;
  ssize_t len;
  crash_row (w->f->name, &w->number);
  for (w->number = 1; !verdict_enough (w->o, w->verdict) && (len = getline (&line, &room, in)) >= 0; w->number++) {
    struct row row = { .p = w->p };
    line[strcspn (line, "\n")] = 0;
    if (w->number == 1) {
      if (w->record) {
        fprintf (w->record, "%s\n", line);
      }
      columns = check_columns (w->f, line);
      continue;
    }
    row.columns = split (line, row.cell);
    if (row.columns != columns) {
      refuse ("vectors: %s line %ld has %zu cells, not %zu", w->f->name, w->number, row.columns, columns);
    }
    if (w->record) {
      record_row (w, &row);
    } else if (!w->o->line || w->o->line == w->number) {
      replay_row (w, &row);
    }
    for (size_t i = 0; i < columns; i++) {
      free (row.out[i]);
    }
    verdict_progress (w->verdict, (uint64_t) w->number - 1, total);
  }
  free (line);
}

static uint64_t count_lines (FILE *f) {
  uint64_t n = 0;
  for (int c; (c = getc (f)) != EOF;) {
    n += c == '\n';
  }
  rewind (f);
  return n ? n - 1 : 0;
}

static void each_file (const struct options *o, struct provider *p, bool record) {
  for (int g = 0; groups[g]; g++) {
    for (const struct vector_file *f = groups[g]; f->name; f++) {
      char path[4200];
      if (o->only && strcmp (o->only, f->name) && strcmp (o->only, f->family)) {
        continue;
      }
      snprintf (path, sizeof (path), "%s/%s", o->vectors, f->name);
      FILE *in = fopen (path, "r");
      if (!in) {
        refuse ("vectors: %s: %s", path, strerror (errno));
      }
      struct walk w = { o, f, p, verdict_begin (f->name, f->family, "vectors"), NULL, 0 };
      if (record) {
        snprintf (path, sizeof (path), "%s/%s", o->out, f->name);
        w.record = fopen (path, "w");
        if (!w.record) {
          refuse ("record: %s: %s", path, strerror (errno));
        }
      }
      walk_file (&w, in, count_lines (in));
      fclose (in);
      if (record && fclose (w.record)) {
        refuse ("record: %s: %s", path, strerror (errno));
      }
      verdict_end (w.verdict);
    }
  }
}

/* Each file of the folder must be replayed. */
static void check_folder (const struct options *o) {
  DIR *dir = opendir (o->vectors);
  if (!dir) {
    refuse ("vectors: %s: %s", o->vectors, strerror (errno));
  }
  for (struct dirent *e; (e = readdir (dir));) {
    size_t len = strlen (e->d_name);
    if (len > 4 && !strcmp (e->d_name + len - 4, ".tsv") && !file_named (e->d_name)) {
      refuse ("vectors: this program does not know what to do with %s", e->d_name);
    }
  }
  closedir (dir);
}

int run_replay (const struct options *o) {
  static struct provider ours;
  check_folder (o);
  start_scripts (o, o->ours, NULL, NULL);
  provider_open (&ours, "OURS", o->ours, o->abi);
  calls_count (&ours);
  crash_watch (o);
  printf ("ours      %s (%s names)\nvectors   %s\n\n", o->ours, ours.abi->name, o->vectors);
  fflush (stdout);
  each_file (o, &ours, false);
  run_properties (&ours, o, "");
  replay_scripts (o);
  return comparison_finish (o, &ours, o->only ? MEET_ANY : MEET_RECORDED);
}

static void make_folder (const char *path) {
  if (mkdir (path, 0777) < 0 && errno != EEXIST) {
    refuse ("record: %s: %s", path, strerror (errno));
  }
}

int run_record (const struct options *o) {
  static struct provider original;
  if (!o->legacy) {
    refuse ("record needs an original: LEGACY_LIB=path/to/libkdb.a (--legacy)");
  }
  if (!o->out) {
    refuse ("record: where to? --out DIR");
  }
  make_folder (o->out);
  char scripts[4200];
  snprintf (scripts, sizeof (scripts), "%s/scripts", o->out);
  make_folder (scripts);
  struct stat from, to;
  if (stat (o->vectors, &from) == 0 && stat (o->out, &to) == 0 && from.st_ino == to.st_ino &&
      from.st_dev == to.st_dev) {
    refuse ("record: %s is where the inputs come from: choose another folder", o->out);
  }
  check_folder (o);
  start_scripts (o, NULL, o->legacy, "LEGACY_LIB");
  provider_open (&original, "LEGACY_LIB", o->legacy, "legacy");
  crash_watch (o);
  printf ("original  %s\ninputs    %s\noutputs   %s\n\nrecorded; 'mismatches' counts cells that changed\n\n", o->legacy,
          o->vectors, o->out);
  fflush (stdout);
  each_file (o, &original, true);
  record_scripts (o);
  /* A change is the purpose of recording: it is printed, and is not a failure. */
  return comparison_finish (o, &original, MEET_ANY) == 2 ? 2 : 0;
}
