/*
 * Compares scripts: with another library, step by step, or with the recorded logs of the original.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "scripts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crash.h"
#include "relink.h"
#include "script.h"
#include "verdict.h"

/* So many scripts of a family are drawn; fewer where its functions are so slow that they take longer than that. */
enum { DRAWN = 3000, SECONDS = 30, RECORDED = 30 };

static const char *shell_word (const char *s) {
  return s ? s : "";
}

static const char *family_name (const struct script_family *f) {
  return f ? f->name : "mixed";
}

/* Selected by the family's name or as "scripts". */
static bool selected (const struct options *o, const struct script_family *f) {
  char name[64];
  snprintf (name, sizeof (name), "scripts/%s", family_name (f));
  return !o->only || !strcmp (o->only, "scripts") || !strcmp (o->only, name);
}

/* ---- the sides ---- */

static struct side *ours, *other;

static void stop_scripts (void) {
  if (ours) {
    side_stop (ours);
  }
  if (other) {
    side_stop (other);
  }
  ours = other = NULL;
}

void start_scripts (const struct options *o, const char *ours_library, const char *other_library,
                    const char *other_role) {
  /* The boundary keeps no state between calls except clock readings. */
  if ((o->only && strncmp (o->only, "scripts", 7)) || (o->abi && !strcmp (o->abi, "boundary"))) {
    return;
  }
  atexit (stop_scripts);
  ours = ours_library ? side_start ("OURS", ours_library) : NULL;
  if (ours && !side_legacy (ours)) {
    stop_scripts ();
  } else if (other_library) {
    other = side_start (other_role, other_library);
  }
}

/* ---- rows ---- */

static struct verdict_row *begin_row (const struct script_family *f) {
  char name[64];
  snprintf (name, sizeof (name), "scripts/%s", family_name (f));
  return verdict_begin (name, family_name (f), "script");
}

/* The numbers of steps that were run, and of steps that were not. */
struct counts {
  uint64_t steps, skipped, threads;
};

static void count_steps (struct counts *c, const char *log) {
  for (const char *at = log, *end; *at && *at != '='; at = end + 1) {
    end = strchr (at, '\n');
    if (!end) {
      break;
    }
    const char *name = memchr (at, ':', (size_t) (end - at)), *thread = memchr (at, '@', (size_t) (end - at));
    c->steps++;
    c->skipped += name && !strncmp (name, ": skipped", 9);
    c->threads += name && thread && thread < name;
  }
}

static void note_counts (struct verdict_row *row, const struct counts *c) {
  snprintf (row->note, sizeof (row->note),
            "%" PRIu64 " steps, %" PRIu64 " of them on other threads, %" PRIu64 " without effect", c->steps, c->threads,
            c->skipped);
}

/* Prints the first line that differs, of both logs. */
static void print_difference (FILE *out, const char *ours, const char *other, const char *other_name) {
  int step = 1;
  while (*ours && *other) {
    int n = (int) strcspn (ours, "\n"), m = (int) strcspn (other, "\n");
    if (n != m || memcmp (ours, other, (size_t) n)) {
      break;
    }
    ours += n + (ours[n] != 0);
    other += m + (other[m] != 0);
    step++;
  }
  fprintf (out, "  step %d, ours: %.*s\n  %*s: %.*s\n", step, (int) strcspn (ours, "\n"), ours, step < 10 ? 12 : 13,
           other_name, (int) strcspn (other, "\n"), other);
}

/* ---- against another library ---- */

static void print_again (FILE *out, const struct options *o, const char *script) {
  fprintf (out, "  again:    %s scripts --ours %s --legacy %s --run '%s'\n", o->program, shell_word (o->ours),
           shell_word (o->legacy), script);
}

/* `a` and `b` are the logs that differ; shrinking overwrites them. */
static char *describe (const struct options *o, struct script *s, const char *a, const char *b) {
  char *text = NULL, *met = NULL, line[SCRIPT_TEXT];
  size_t len;
  FILE *out = open_memstream (&met, &len);
  print_difference (out, a, b, "original");
  fclose (out);
  out = open_memstream (&text, &len);
  int before = s->steps, tried = script_shrink (s, ours, other);
  script_print (s, line, sizeof (line));
  sides_run (ours, other, line, &a, &b);
  fprintf (out, "  script:   %d steps, %d before shrinking (%d tries)\n", s->steps, before, tried);
  if (strcmp (a, b)) {
    print_difference (out, a, b, "original");
  } else {
    fprintf (out, "  it does not differ each time; it did so:\n%s", met);
  }
  free (met);
  print_again (out, o, line);
  fclose (out);
  return text;
}

static void meet (struct verdict_row *row, const struct options *o, struct script *s, struct counts *counts) {
  char line[SCRIPT_TEXT];
  const char *a, *b;
  script_print (s, line, sizeof (line));
  sides_run (ours, other, line, &a, &b);
  row->cases++;
  count_steps (counts, b);
  if (strcmp (a, b)) {
    /* Shrinking takes time, so only the first mismatch is described. */
    verdict_mismatch (row, row->first ? NULL : describe (o, s, a, b));
  }
}

static void compare_family (const struct options *o, const struct script_family *f) {
  struct verdict_row *row = begin_row (f);
  struct draw d = { o->seed, hash_name (row->name), 0 };
  struct counts counts = { 0, 0, 0 };
  struct script s;
  char why[200];
  time_t begun = time (NULL);
  crash_case (row->name, NULL, NULL);
  for (int i = 0; f && !o->index_given && f->fixed && f->fixed[i] && !verdict_enough (o, row); i++) {
    if (!script_parse (&s, f->fixed[i], why, sizeof (why))) {
      refuse ("scripts: %s: %s", f->fixed[i], why);
    }
    meet (row, o, &s, &counts);
  }
  uint64_t total = o->index_given ? 1 : o->cases ? o->cases : DRAWN;
  for (uint64_t i = 0; i < total && !verdict_enough (o, row); i++) {
    d.index = o->index_given ? o->index : i;
    script_draw (&s, f, &d);
    meet (row, o, &s, &counts);
    verdict_progress (row, i, total);
    if (total == DRAWN && time (NULL) - begun > SECONDS) {
      break;
    }
  }
  note_counts (row, &counts);
  verdict_end (row);
}

static bool lacking (const struct script_family *f) {
  if (!side_lacks (ours, f->needs) && (!other || !side_lacks (other, f->needs))) {
    return false;
  }
  struct verdict_row *row = begin_row (f);
  snprintf (row->note, sizeof (row->note), "not compared: not all of its functions are there");
  verdict_end (row);
  return true;
}

void compare_scripts (const struct options *o) {
  if (!ours || !other) {
    return;
  }
  bool all = true;
  for (int i = 0; script_families[i]; i++) {
    if (selected (o, script_families[i]) && !lacking (script_families[i])) {
      compare_family (o, script_families[i]);
    }
    all = all && !side_lacks (ours, script_families[i]->needs) && !side_lacks (other, script_families[i]->needs);
  }
  if (all && selected (o, NULL)) {
    compare_family (o, NULL);
  }
}

static void check_names (const struct options *o) {
  if (!ours) {
    refuse ("scripts are of libraries with the proxy's names: %s is not one%s", o->ours,
            o->only ? ", or --only leaves none" : "");
  }
}

/* Runs one script and prints both logs. */
static int run_one (const struct options *o) {
  struct script s;
  char why[200], line[SCRIPT_TEXT];
  if (!script_parse (&s, o->run, why, sizeof (why))) {
    refuse ("--run: %s", why);
  }
  script_print (&s, line, sizeof (line));
  start_scripts (o, o->ours, o->legacy, "OTHER");
  check_names (o);
  const char *a = side_run (ours, line), *b = other ? side_run (other, line) : a;
  bool same = !strcmp (a, b);
  printf ("%s", a);
  if (!same) {
    printf ("\ndiffers:\n");
    print_difference (stdout, a, b, "original");
  } else if (other) {
    printf ("\nboth sides agree\n");
  }
  return same ? 0 : 1;
}

int run_scripts (const struct options *o) {
  if (o->run) {
    return run_one (o);
  }
  if (!o->legacy) {
    refuse ("scripts need another library to compare with: --legacy LIB, or LEGACY_LIB");
  }
  start_scripts (o, o->ours, o->legacy, "OTHER");
  check_names (o);
  printf ("ours      %s\nother     %s\nseed      %" PRIu64 "\n\n", o->ours, o->legacy, o->seed);
  fflush (stdout);
  compare_scripts (o);
  verdict_print ();
  return verdict_finish (o, 0, NULL);
}

/* ---- recorded logs ---- */

static FILE *open_log (const char *folder, const struct script_family *f, const char *mode) {
  char path[4200];
  snprintf (path, sizeof (path), "%s/scripts/%s.log", folder, f->name);
  FILE *file = fopen (path, mode);
  if (!file) {
    refuse ("scripts: %s: %s", path, strerror (errno));
  }
  return file;
}

struct recorded {
  long line, next_line;
  char script[SCRIPT_TEXT], log[SCRIPT_LOG];
};

/* Reads the next script of a file: each line is a step with its notes, and the last one starts with `=`. */
static bool read_recorded (FILE *in, struct recorded *r) {
  char *line = NULL;
  size_t room = 0, script = 0, log = 0;
  bool whole = false;
  r->line = r->next_line;
  while (!whole && getline (&line, &room, in) >= 0) {
    size_t len = strlen (line), name = strcspn (line, ":");
    r->next_line++;
    if (*line == '#') {
      r->line = r->next_line;
      continue;
    }
    whole = *line == '=';
    if (log + len >= sizeof (r->log) || (!whole && script + name + 2 >= sizeof (r->script))) {
      refuse ("scripts: line %ld is too much", r->next_line - 1);
    }
    memcpy (r->log + log, line, len + 1);
    log += len;
    if (!whole) {
      script += (size_t) sprintf (r->script + script, "%s%.*s", script ? ";" : "", (int) name, line);
    }
  }
  free (line);
  return whole;
}

static void replay_family (const struct options *o, const struct script_family *f) {
  static struct recorded r;
  struct verdict_row *row = begin_row (f);
  struct counts counts = { 0, 0, 0 };
  FILE *in = open_log (o->vectors, f, "r");
  for (r.next_line = 1; !verdict_enough (o, row) && read_recorded (in, &r);) {
    if (o->line && o->line != r.line) {
      continue;
    }
    crash_row (row->name, &r.line);
    crash_alive (seconds_now ());
    const char *log = side_run (ours, r.script);
    row->cases++;
    count_steps (&counts, log);
    if (strcmp (log, r.log)) {
      char *text = NULL;
      size_t len;
      FILE *out = open_memstream (&text, &len);
      print_difference (out, log, r.log, "recorded");
      fprintf (out, "  again:    %s replay --ours %s --vectors %s --only %s --line %ld\n", o->program, o->ours,
               o->vectors, row->name, r.line);
      fclose (out);
      verdict_mismatch (row, text);
    }
  }
  fclose (in);
  note_counts (row, &counts);
  verdict_end (row);
}

void replay_scripts (const struct options *o) {
  for (int i = 0; ours && script_families[i]; i++) {
    if (selected (o, script_families[i]) && !lacking (script_families[i])) {
      replay_family (o, script_families[i]);
    }
  }
}

static void record_script (struct verdict_row *row, FILE *out, const struct script *s) {
  char line[SCRIPT_TEXT];
  script_print (s, line, sizeof (line));
  crash_alive (seconds_now ());
  fputs (side_run (other, line), out);
  row->cases++;
}

void record_scripts (const struct options *o) {
  for (int i = 0; other && script_families[i]; i++) {
    const struct script_family *f = script_families[i];
    struct verdict_row *row = begin_row (f);
    struct draw d = { 1, hash_name (row->name), 0 };
    struct script s;
    char why[200];
    FILE *out = open_log (o->out, f, "w");
    fprintf (
        out,
        "# A line for each step: family.operation(arguments)@thread: what was noted; then how the script ended.\n");
    for (int k = 0; f->fixed && f->fixed[k]; k++) {
      if (!script_parse (&s, f->fixed[k], why, sizeof (why))) {
        refuse ("scripts: %s: %s", f->fixed[k], why);
      }
      record_script (row, out, &s);
    }
    for (d.index = 0; d.index < RECORDED; d.index++) {
      script_draw (&s, f, &d);
      record_script (row, out, &s);
    }
    if (fclose (out)) {
      refuse ("scripts: %s", strerror (errno));
    }
    verdict_end (row);
  }
}
