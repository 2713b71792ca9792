/*
 * Scripts in which a call of the C library fails: the first one, the second, ... until none is left; for each group of
 * functions and each way to fail. Ours must answer as the original does where that survives the same; where it does not, or
 * has no such call, ours may answer in its own way or end with its sentence, and must never crash or hang.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "relink.h"
#include "script.h"
#include "scripts.h"
#include "verdict.h"

/* Scripts drawn for each family, besides those by hand; and a bound for calls in a script. */
enum { DRAWN = 4, CALLS = 400 };

/* Families that take long have short scripts of their own, and no others. */
static const char *const short_dh[] = { "dh.start;dh.first(0)", "dh.start;dh.known_third(8,3,0)",
                                        "dh.start@1;dh.strange_second(8,1)", NULL };
static const char *const short_connections[] = {
  "connections.listen(0);connections.open(0);connections.echo(0,10);connections.leave(0,0)",
  "connections.target(0,1,0);connections.lose;connections.drop(0)", NULL
};
static const char *const short_client[] = {
  "rpc_client.open(3,0,0);rpc_client.connect;rpc_client.nonce(1,0,13);rpc_client.handshake(1,0,13);rpc_client.data(4,3,0)",
  "rpc_client.open(7,0,0);rpc_client.connect;rpc_client.nonce(3,8,13);rpc_client.handshake(0,1,13);rpc_client.data(1,3,0)",
  NULL
};
static const char *const short_server[] = {
  "rpc_server.open(3,0,0);rpc_server.nonce(1,0,13);rpc_server.handshake(1,0,13);rpc_server.data(4,3,0);rpc_server.data(5,6,0)",
  "rpc_server.open(7,0,0);rpc_server.nonce(3,0,13);rpc_server.handshake(0,1,13);rpc_server.data(1,3,0)", NULL
};
static const struct {
  const char *name, *const *scripts;
} short_scripts[] = {
  { "dh", short_dh },
  { "connections", short_connections },
  { "rpc_client", short_client },
  { "rpc_server", short_server },
};

static const char *const *short_scripts_of (const struct script_family *f) {
  for (size_t i = 0; i < sizeof (short_scripts) / sizeof (short_scripts[0]); i++) {
    if (!strcmp (f->name, short_scripts[i].name)) {
      return short_scripts[i].scripts;
    }
  }
  return NULL;
}

static struct side *ours, *other;

/* The logs of the original for one script and one group, and whether one of them does not survive. */
static struct {
  char *log[CALLS + 1];
  int count, made;
  bool dies;
} original;

static const char *end_of (const char *log) {
  const char *end = strstr (log, "\n= ");
  return end ? end + 1 : log;
}

static void forget (void) {
  while (original.count) {
    free (original.log[--original.count]);
  }
  original.made = 0;
  original.dies = false;
}

static void keep (const char *log) {
  if (original.count <= CALLS) {
    original.log[original.count++] = strdup (log);
  }
}

static bool known (const char *log) {
  for (int i = 0; i < original.count; i++) {
    if (!strcmp (original.log[i], log)) {
      return true;
    }
  }
  return false;
}

static void ask_original (const char *script, enum fault_group group) {
  const char *whole = side_run (other, script);
  keep (whole);
  for (unsigned long n = 1; n <= CALLS; n++) {
    const char *log = side_run_failing (other, script, group, n);
    if (!side_faults (other)->made) {
      break;
    }
    original.made++;
    original.dies |= strcmp (end_of (log), end_of (original.log[0])) != 0;
    keep (log);
  }
}

struct counts {
  unsigned long as_original, own, ends;
};

/* Is what ours did all right? */
static bool is_good (const char *log, const char *whole, enum fault_group group, struct counts *counts) {
  bool ends = strcmp (end_of (log), end_of (whole)) != 0;
  if (other && known (log)) {
    counts->as_original++;
    return true;
  }
  static const char *const never[] = { "= crashes\n", "= hangs\n", "= divides by zero\n", "= is killed\n" };
  for (size_t i = 0; ends && i < sizeof (never) / sizeof (never[0]); i++) {
    if (!strcmp (end_of (log), never[i])) {
      return false;
    }
  }
  if (ends) {
    counts->ends++;
    return !other || group == FAULT_MEMORY || original.dies;
  }
  counts->own++;
  return !other || !original.made || original.dies;
}

static void meet (struct verdict_row *row, const struct options *o, const char *script, enum fault_group group,
                  unsigned long n, const char *log, const char *whole, struct counts *counts) {
  row->cases++;
  if (is_good (log, whole, group, counts)) {
    return;
  }
  char *text = NULL;
  size_t len;
  FILE *out = open_memstream (&text, &len);
  fprintf (out, "  failing:  call %lu, %s\n  script:   %s\n  ours:\n%s\n", n, fault_names[group], script, log);
  if (other) {
    bool same = (int) n < original.count;
    fprintf (out, "  the original never does so, whichever of its %d calls fails; %s:\n%s\n", original.made,
             same ? "if the same one does" : "without a fault", original.log[same ? n : 0]);
  }
  fprintf (out, "  again:    %s faults --ours %s%s%s --only %s\n", o->program, o->ours, o->legacy ? " --legacy " : "",
           o->legacy ? o->legacy : "", row->name);
  fclose (out);
  verdict_mismatch (row, text);
}

static void try_group (struct verdict_row *row, const struct options *o, const char *script, const char *whole,
                       enum fault_group group, struct counts *counts) {
  if (other) {
    ask_original (script, group);
  }
  for (unsigned long n = 1; n <= CALLS; n++) {
    const char *log = side_run_failing (ours, script, group, n);
    if (!side_faults (ours)->made) {
      break;
    }
    meet (row, o, script, group, n, log, whole, counts);
  }
  forget ();
}

static void try_script (struct verdict_row *row, const struct options *o, const struct script *s,
                        struct counts *counts) {
  char script[SCRIPT_TEXT], *whole;
  script_print (s, script, sizeof (script));
  whole = strdup (side_run (ours, script));
  struct fault_counts calls = *side_faults (ours);
  for (int group = 0; whole && group < FAULT_GROUP_COUNT; group++) {
    if (calls.calls[group]) {
      try_group (row, o, script, whole, (enum fault_group) group, counts);
    }
  }
  free (whole);
}

static bool takes_long (const struct script *s) {
  for (int i = 0; i < s->steps; i++) {
    if (s->step[i].operation->weight == BY_HAND) {
      return true;
    }
  }
  return false;
}

static void try_family (const struct options *o, const struct script_family *f, const char *const *scripts) {
  char name[64], why[200];
  snprintf (name, sizeof (name), "faults/%s", f->name);
  if (o->only && strcmp (o->only, name) && strcmp (o->only, "faults")) {
    return;
  }
  struct verdict_row *row = verdict_begin (name, f->name, "fault");
  struct draw d = { 1, hash_name (name), 0 };
  struct counts counts = { 0, 0, 0 };
  struct script s;
  if (side_lacks (ours, f->needs) || (other && side_lacks (other, f->needs))) {
    snprintf (row->note, sizeof (row->note), "not compared: not all of its functions are there");
    verdict_end (row);
    return;
  }
  const char *const *by_hand = scripts ? scripts : f->fixed;
  for (int i = 0; by_hand && by_hand[i]; i++) {
    if (!script_parse (&s, by_hand[i], why, sizeof (why))) {
      refuse ("faults: %s: %s", by_hand[i], why);
    }
    if (!takes_long (&s)) {
      try_script (row, o, &s, &counts);
    }
  }
  for (d.index = 0; !scripts && d.index < (o->cases ? o->cases : DRAWN); d.index++) {
    script_draw (&s, f, &d);
    try_script (row, o, &s, &counts);
  }
  snprintf (row->note, sizeof (row->note), "%lu as the original, %lu in its own way, %lu ended with a sentence",
            counts.as_original, counts.own, counts.ends);
  verdict_end (row);
}

int run_faults (const struct options *o) {
  sides_with_faults = true;
  ours = side_start ("OURS", o->ours);
  if (!side_legacy (ours)) {
    refuse ("faults are for libraries with the proxy's names: %s is not one", o->ours);
  }
  other = o->legacy ? side_start ("OTHER", o->legacy) : NULL;
  printf ("ours      %s\nother     %s\n\n", o->ours, o->legacy ? o->legacy : "none");
  fflush (stdout);
  for (int i = 0; script_families[i]; i++) {
    try_family (o, script_families[i], short_scripts_of (script_families[i]));
  }
  side_stop (ours);
  if (other) {
    side_stop (other);
  }
  verdict_print ();
  return verdict_finish (o, 0, NULL);
}
