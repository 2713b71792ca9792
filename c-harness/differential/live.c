/*
 * Live comparison: runs the generated cases of every row through both providers.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "crash.h"
#include "function.h"
#include "modes.h"
#include "relink.h"
#include "scripts.h"
#include "verdict.h"

static bool selected (const struct options *o, const char *name, const char *family) {
  return !o->only || !strcmp (o->only, name) || !strcmp (o->only, family);
}

static const char *shell_word (const char *s) {
  return s ? s : "";
}

/* Prints the command that reproduces a mismatch. */
static void print_command (FILE *f, const struct options *o, const char *name, const struct draw *d,
                           const struct sample *s) {
  fprintf (f, "  again:    %s %s --ours %s%s%s --only %s ", o->program, o->mode, shell_word (o->ours),
           o->legacy ? " --legacy " : "", shell_word (o->legacy), name);
  if (s->len && s->len <= 400) {
    fprintf (f, "--case ");
    print_hex (f, s->data, s->len);
    fprintf (f, "\n");
  } else {
    fprintf (f, "--seed %" PRIu64 " --index %" PRIu64 "\n", d->seed, d->index);
  }
}

static char *describe (const struct options *o, const struct function *f, const struct draw *d, const struct sample *s,
                       const struct outcome *got, const struct outcome *want) {
  char *text = NULL;
  size_t len;
  FILE *out = open_memstream (&text, &len);
  fprintf (out, "  input:    ");
  print_hex (out, s->data, s->len);
  fprintf (out, "\n  ours:     ");
  outcome_print (out, got, f->fields);
  fprintf (out, "\n  original: ");
  if (want) {
    outcome_print (out, want, f->fields);
  } else {
    fprintf (out, "(not called: %s)", "it would not return");
  }
  fprintf (out, "\n");
  print_command (out, o, f->name, d, s);
  fclose (out);
  return text;
}

/* Runs one case. `loud`: print both outcomes even if they agree. */
static void meet (struct verdict_row *row, const struct options *o, const struct function *f, struct provider *ours,
                  struct provider *original, const struct draw *d, const struct sample *s, bool loud) {
  static struct outcome got, want;
  outcome_clear (&got);
  outcome_clear (&want);
  if (!f->run (ours, s, &got)) {
    if (loud) {
      refuse ("%s: these bytes are no case of it", f->name);
    }
    return;
  }
  row->cases++;
  bool exact = false;
  enum difference known = f->spare ? f->spare (s, &got, &exact) : NO_DIFFERENCE;
  bool called = known == NO_DIFFERENCE;
  if (called) {
    f->run (original, s, &want);
    if (!outcome_equal (&got, &want) && f->explain) {
      struct meeting m = { s, ours, original, &got, &want, false };
      known = f->explain (&m);
      /* Another provider's difference explains nothing. */
      known = difference_of (known, ours) ? known : NO_DIFFERENCE;
      exact = m.exact;
    }
  }
  if (known) {
    difference_met (row, known, exact);
  }
  bool failed = known ? !exact : !outcome_equal (&got, &want);
  if (failed || loud) {
    char *text = describe (o, f, d, s, &got, called ? &want : NULL);
    if (loud) {
      printf ("%s %s%s\n%s", f->name,
              failed  ? "differs"
              : known ? "differs on purpose: "
                      : "agrees",
              !failed && known ? difference_name (known) : "", text);
    }
    if (failed) {
      verdict_mismatch (row, text);
    } else {
      free (text);
    }
  }
}

static const char *lacking (const struct provider *a, const struct provider *b, enum ability needs) {
  return a->lacks[needs] ? a->lacks[needs] : b->lacks[needs];
}

static bool left_out (struct verdict_row *row, const struct provider *ours, const struct provider *original,
                      enum ability needs) {
  const char *name = lacking (ours, original, needs);
  if (name) {
    snprintf (row->note, sizeof (row->note), "not compared: %s lacks %s", ours->lacks[needs] ? "ours" : "the original",
              name);
    verdict_end (row);
  }
  return name != NULL;
}

static void run_function (const struct options *o, const struct function *f, struct provider *ours,
                          struct provider *original) {
  static struct sample s;
  struct verdict_row *row = verdict_begin (f->name, f->family, "function");
  struct draw d = { o->seed, hash_name (f->name), 0 };
  if (left_out (row, ours, original, f->needs)) {
    return;
  }
  if (o->case_hex) {
    if (!sample_from_hex (&s, o->case_hex)) {
      refuse ("--case: these are no hexadecimal digits");
    }
    meet (row, o, f, ours, original, &d, &s, true);
    verdict_end (row);
    return;
  }
  crash_case (f->name, &d, &s);
  uint64_t total = o->index_given ? 1 : o->cases ? o->cases : f->cases;
  for (uint64_t i = 0; i < total && !verdict_enough (o, row); i++) {
    d.index = o->index_given ? o->index : i;
    sample_clear (&s);
    f->generate (&s, &d);
    meet (row, o, f, ours, original, &d, &s, o->index_given);
    if (i % 256 == 0) {
      verdict_progress (row, i, total);
    }
  }
  verdict_end (row);
}

static void run_test (const struct options *o, const struct difference_test *t, struct provider *ours,
                      struct provider *original) {
  static struct sample s;
  struct verdict_row *row = verdict_begin (t->name, t->family, "difference");
  struct draw d = { o->seed, hash_name (t->name), 0 };
  if (left_out (row, ours, original, t->needs)) {
    return;
  }
  if (!difference_of (t->difference, ours)) {
    snprintf (row->note, sizeof (row->note), "not a difference of this library");
    verdict_end (row);
    return;
  }
  crash_case (t->name, &d, &s);
  uint64_t total = o->index_given || o->case_hex ? 1 : o->cases && o->cases < t->cases ? o->cases : t->cases;
  for (uint64_t i = 0; i < total && !verdict_enough (o, row); i++) {
    char why[400] = "";
    d.index = o->index_given ? o->index : i;
    sample_clear (&s);
    if (!o->case_hex) {
      t->generate (&s, &d);
    } else if (!sample_from_hex (&s, o->case_hex)) {
      refuse ("--case: these are no hexadecimal digits");
    }
    bool exact = t->run (ours, original, &s, why, sizeof (why));
    row->cases++;
    difference_met (row, t->difference, exact);
    if (!exact) {
      char *text = NULL;
      size_t len;
      FILE *out = open_memstream (&text, &len);
      fprintf (out, "  should be: %s\n  input:    ", difference_text (t->difference));
      print_hex (out, s.data, s.len);
      fprintf (out, "\n  seen:     %s\n", why);
      print_command (out, o, t->name, &d, &s);
      fclose (out);
      verdict_mismatch (row, text);
    }
    verdict_progress (row, i, total);
  }
  verdict_end (row);
}

void run_properties (struct provider *p, const struct options *o, const char *role) {
  for (int n = 0; families[n]; n++) {
    if (families[n]->legacy_only && p->abi == &boundary_abi) {
      continue;
    }
    for (const struct property *f = families[n]->properties; f->name; f++) {
      char name[64];
      snprintf (name, sizeof (name), "%s%s%s", f->name, *role ? " " : "", role);
      if (!selected (o, f->name, f->family) || o->line) {
        continue;
      }
      struct verdict_row *row = verdict_begin (name, f->family, "property");
      if (left_out (row, p, p, f->needs)) {
        continue;
      }
      crash_case (f->name, NULL, NULL);
      uint64_t total = o->cases && o->cases < f->cases ? o->cases : f->cases;
      for (uint64_t i = 0; i < total && !verdict_enough (o, row); i++) {
        struct draw d = { o->seed, hash_name (f->name), i };
        char why[400] = "";
        row->cases++;
        if (!f->holds (p, &d, why, sizeof (why))) {
          char *text = NULL;
          size_t len;
          FILE *out = open_memstream (&text, &len);
          fprintf (out, "  seen:     %s\n  again:    %s %s --ours %s --only %s\n", why, o->program, o->mode,
                   shell_word (o->ours), f->name);
          fclose (out);
          verdict_mismatch (row, text);
        }
        verdict_progress (row, i, total);
      }
      verdict_end (row);
    }
  }
}

int run_live (const struct options *o) {
  static struct provider ours, original;
  if (!o->legacy) {
    refuse ("live needs an original: LEGACY_LIB=path/to/libkdb.a (--legacy)");
  }
  start_scripts (o, o->ours, o->legacy, "LEGACY_LIB");
  provider_open (&ours, "OURS", o->ours, o->abi);
  provider_open (&original, "LEGACY_LIB", o->legacy, "legacy");
  provider_distinct (&ours, &original);
  calls_count (&ours);
  crash_watch (o);
  printf ("ours      %s (%s names)\noriginal  %s (%s)\nseed      %" PRIu64 "\n\n", o->ours, ours.abi->name, o->legacy,
          original.abi->name, o->seed);
  fflush (stdout);
  for (int n = 0; families[n]; n++) {
    if (families[n]->legacy_only && ours.abi == &boundary_abi) {
      continue;
    }
    for (const struct function *f = families[n]->functions; f->name; f++) {
      if (selected (o, f->name, f->family)) {
        run_function (o, f, &ours, &original);
      }
    }
    for (const struct difference_test *t = families[n]->tests; t->name; t++) {
      if (selected (o, t->name, t->family)) {
        run_test (o, t, &ours, &original);
      }
    }
  }
  run_properties (&ours, o, "");
  run_properties (&original, o, "(original)");
  compare_scripts (o);
  return comparison_finish (o, &ours, o->only ? MEET_ANY : MEET_ALL);
}
