/*
 * Parses, prints and draws scripts.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "script.h"

#include <stdlib.h>
#include <string.h>

int argument_count (const struct operation *o) {
  int n = 0;
  while (n < ARGUMENTS && o->argument[n].name) {
    n++;
  }
  return n;
}

void step_print (const struct step *s, char *text, size_t room) {
  int n = argument_count (s->operation);
  size_t len = (size_t) snprintf (text, room, "%s.%s", s->family->name, s->operation->name);
  for (int i = 0; i < n && len < room; i++) {
    len += (size_t) snprintf (text + len, room - len, "%s%ld%s", i ? "," : "(", s->argument[i], i + 1 == n ? ")" : "");
  }
  if (s->thread && len < room) {
    snprintf (text + len, room - len, "@%d", s->thread);
  }
}

void script_print (const struct script *s, char *text, size_t room) {
  size_t len = 0;
  text[0] = 0;
  for (int i = 0; i < s->steps && len + 1 < room; i++) {
    if (i) {
      text[len++] = ';';
    }
    step_print (&s->step[i], text + len, room - len);
    len += strlen (text + len);
  }
}

static const struct script_family *family_named (const char *name, size_t len) {
  for (int i = 0; script_families[i]; i++) {
    if (strlen (script_families[i]->name) == len && !memcmp (script_families[i]->name, name, len)) {
      return script_families[i];
    }
  }
  return NULL;
}

static const struct operation *operation_named (const struct script_family *f, const char *name, size_t len) {
  for (const struct operation *o = f->operations; o->name; o++) {
    if (strlen (o->name) == len && !memcmp (o->name, name, len)) {
      return o;
    }
  }
  return NULL;
}

/* Parses one step and returns the position after it; NULL if there is none. */
static const char *step_parse (struct step *s, const char *at, char *why, size_t room) {
  size_t name = strcspn (at, "."), len;
  s->family = at[name] ? family_named (at, name) : NULL;
  if (!s->family) {
    snprintf (why, room, "there is no family '%.*s'", (int) strcspn (at, ".;"), at);
    return NULL;
  }
  at += name + 1;
  len = strcspn (at, "(@;");
  s->operation = operation_named (s->family, at, len);
  if (!s->operation) {
    snprintf (why, room, "%s has no operation '%.*s'", s->family->name, (int) len, at);
    return NULL;
  }
  at += len;
  int n = argument_count (s->operation);
  for (int i = 0; i < n; i++) {
    const struct range *r = &s->operation->argument[i];
    char *end = NULL;
    if (*at == (i ? ',' : '(')) {
      s->argument[i] = strtol (at + 1, &end, 10);
    }
    if (!end || end == at + 1 || s->argument[i] < r->low || s->argument[i] > r->high) {
      snprintf (why, room, "%s.%s: its %s is a number from %ld to %ld", s->family->name, s->operation->name, r->name,
                r->low, r->high);
      return NULL;
    }
    at = end;
  }
  at += n && *at == ')';
  s->thread = 0;
  if (*at == '@' && at[1] >= '0' && at[1] < '0' + THREADS) {
    s->thread = at[1] - '0';
    at += 2;
  }
  if (*at && *at != ';') {
    snprintf (why, room, "what is '%.20s' behind %s.%s?", at, s->family->name, s->operation->name);
    return NULL;
  }
  return at;
}

bool script_parse (struct script *s, const char *text, char *why, size_t room) {
  memset (s, 0, sizeof (*s));
  for (const char *at = text; *at;) {
    at += strspn (at, "; ");
    if (!*at) {
      break;
    }
    if (s->steps == STEPS) {
      snprintf (why, room, "more than %d steps", STEPS);
      return false;
    }
    at = step_parse (&s->step[s->steps], at, why, room);
    if (!at) {
      return false;
    }
    s->steps++;
  }
  snprintf (why, room, "no steps");
  return s->steps > 0;
}

/* Mostly small numbers; of wide ranges also the ends and powers of two. */
static long draw_argument (struct rng *r, const struct range *range) {
  uint64_t width = (uint64_t) range->high - (uint64_t) range->low;
  if (width < 64 || rng_chance (r, 3)) {
    return range->low + (long) (width + 1 ? rng_below (r, width + 1) : rng_next (r));
  }
  uint64_t v = rng_edge (r);
  v = v > width ? v % (width + 1) : v;
  return rng_chance (r, 4) ? range->high - (long) v : range->low + (long) v;
}

static uint64_t weight_of (const struct operation *o) {
  return o->weight == BY_HAND ? 0 : o->weight ? o->weight : 1;
}

static const struct operation *draw_operation (struct rng *r, const struct script_family *f) {
  uint64_t all = 0, at;
  for (const struct operation *o = f->operations; o->name; o++) {
    all += weight_of (o);
  }
  at = rng_below (r, all);
  for (const struct operation *o = f->operations; o->name; o++) {
    uint64_t weight = weight_of (o);
    if (at < weight) {
      return o;
    }
    at -= weight;
  }
  return f->operations;
}

static bool may_meet (const struct script_family *f, const struct script_family *other) {
  struct world a = world_of (f), b = world_of (other);
  return f == other || !((a.owns & (b.owns | b.minds)) | (a.minds & b.owns));
}

/* A family that may meet those of the steps before. */
static const struct script_family *draw_family (struct rng *r, const struct script *s) {
  uint64_t families = 0;
  while (script_families[families]) {
    families++;
  }
  while (1) {
    const struct script_family *f = script_families[rng_below (r, families)];
    int before = 0;
    while (before < s->steps && may_meet (f, s->step[before].family)) {
      before++;
    }
    if (before == s->steps) {
      return f;
    }
  }
}

void script_draw (struct script *s, const struct script_family *family, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  int thread = 0;
  bool threads = rng_chance (&r, 3);
  memset (s, 0, sizeof (*s));
  int steps = 1 + (int) rng_below (&r, rng_chance (&r, 4) ? STEPS : STEPS / 2);
  for (; s->steps < steps; s->steps++) {
    struct step *step = &s->step[s->steps];
    step->family = family ? family : draw_family (&r, s);
    step->operation = draw_operation (&r, step->family);
    for (int k = 0; k < argument_count (step->operation); k++) {
      step->argument[k] = draw_argument (&r, &step->operation->argument[k]);
    }
    if (threads && rng_chance (&r, 2)) {
      thread = (int) rng_below (&r, THREADS);
    }
    step->thread = thread;
  }
}
