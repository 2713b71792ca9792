/*
 * Shrinks a script on which two sides differ: fewer steps, fewer threads, smaller arguments.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "crash.h"
#include "script.h"
#include "verdict.h"

enum { ENOUGH = 2000, SECONDS = 20 };

struct search {
  struct side *ours, *other;
  struct script *best;
  int tried;
  double until;
};

static bool enough (const struct search *q) {
  return q->tried >= ENOUGH || seconds_now () > q->until;
}

static int lines_in_common (const char *a, const char *b) {
  int n = 0;
  for (; *a && *a == *b; a++, b++) {
    n += *a == '\n';
  }
  return n;
}

/* Keeps `s` if the sides still differ on it, cut after the step at which they differ. */
static bool still_differs (struct search *q, const struct script *s) {
  char text[SCRIPT_TEXT];
  const char *a, *b;
  if (!s->steps || enough (q)) {
    return false;
  }
  q->tried++;
  crash_alive (seconds_now ());
  script_print (s, text, sizeof (text));
  sides_run (q->ours, q->other, text, &a, &b);
  if (!strcmp (a, b)) {
    return false;
  }
  int same = lines_in_common (a, b);
  *q->best = *s;
  q->best->steps = same < s->steps ? same + 1 : s->steps;
  return true;
}

static bool drop_steps (struct search *q) {
  bool any = false;
  for (int chunk = q->best->steps / 2; chunk; chunk /= 2) {
    /* From the end, because late steps are rarely needed by earlier ones. */
    for (int at = q->best->steps - chunk; at >= 0; at--) {
      struct script s = *q->best;
      if (at + chunk > s.steps) {
        continue;
      }
      memmove (&s.step[at], &s.step[at + chunk], (size_t) (s.steps - at - chunk) * sizeof (s.step[0]));
      s.steps -= chunk;
      any = still_differs (q, &s) || any;
    }
  }
  return any;
}

static bool drop_threads (struct search *q) {
  bool any = false;
  struct script s = *q->best;
  for (int i = 0; i < s.steps; i++) {
    any = any || s.step[i].thread;
    s.step[i].thread = 0;
  }
  if (!any || still_differs (q, &s)) {
    return any;
  }
  any = false;
  for (int i = 0; i < q->best->steps; i++) {
    /* Tries the first thread, else the lowest number that works. */
    for (int t = 0; i < q->best->steps && t < q->best->step[i].thread; t++) {
      s = *q->best;
      s.step[i].thread = t;
      any = still_differs (q, &s) || any;
    }
  }
  return any;
}

/* Tries to lower an argument towards zero or its least value: by the whole distance, half of it, a quarter ... one. */
static bool lower_argument (struct search *q, int step, int k) {
  long low = q->best->step[step].operation->argument[k].low, goal = low < 0 ? 0 : low;
  bool any = false;
  for (long way = q->best->step[step].argument[k] - goal; way;) {
    struct script s = *q->best;
    s.step[step].argument[k] -= way;
    if (still_differs (q, &s)) {
      any = true;
    }
    long left = step < q->best->steps ? q->best->step[step].argument[k] - goal : 0;
    way = way / 2;
    if (way && ((way < 0) != (left < 0) || labs (way) > labs (left))) {
      way = left / 2;
    }
  }
  return any;
}

static bool lower_arguments (struct search *q) {
  bool any = false;
  for (int i = 0; i < q->best->steps; i++) {
    for (int k = 0; i < q->best->steps && k < argument_count (q->best->step[i].operation); k++) {
      any = lower_argument (q, i, k) || any;
    }
  }
  return any;
}

int script_shrink (struct script *s, struct side *ours, struct side *other) {
  struct search q = { ours, other, s, 0, seconds_now () + SECONDS };
  struct script whole = *s;
  if (still_differs (&q, &whole)) {
    bool any = true;
    while (any && !enough (&q)) {
      any = drop_steps (&q);
      any = drop_threads (&q) || any;
      any = lower_arguments (&q) || any;
    }
  }
  return q.tried;
}
