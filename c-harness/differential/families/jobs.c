/*
 * Jobs, by one thread, which is main: which signal runs when, what each step leaves of each job, and that each job ends once.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "function.h"

enum { JOBS = 4, MOST_STEPS = 60, MOST_ACTIONS = 40, NOTIFICATION = JOBS - 1 };
enum { RUN, AUX, MSG, ALARM = 4, ABORT, KILL, FINISH, SIGNALS };
enum { MAIN_CLASS = 3, OTHER_CLASS = 6, COMPLETED = 0x100, WAITS = 6 };

/* One byte a step: its kind, its job, and a signal. */
enum step { CREATE, SIGNAL, SCHEDULE, UNLOCK, REFER, UNREFER, PENDING, STEPS };

#define ALLOW(class, signal) ((uint64_t) (class) << (32 + 4 * (signal)) | 0x1000000u << (signal))
#define FAST(class, signal) (ALLOW (class, signal) | 0x10000u << (signal))
#define ENDS(class) (ALLOW (class, RUN) | ALLOW (class, ABORT) | ALLOW (class, FINISH))

/* Main serves class 6 too, which has no threads. */
static const uint64_t rules[] = {
  ENDS (MAIN_CLASS) | ALLOW (MAIN_CLASS, AUX) | ALLOW (MAIN_CLASS, MSG) | ALLOW (MAIN_CLASS, KILL),
  FAST (0, RUN) | FAST (0, ABORT) | FAST (0, FINISH) | FAST (MAIN_CLASS, AUX),
  ENDS (OTHER_CLASS) | FAST (OTHER_CLASS, MSG) | ALLOW (MAIN_CLASS, ALARM),
  FAST (MAIN_CLASS, RUN) | ALLOW (0, AUX) | ALLOW (OTHER_CLASS, ABORT) | FAST (0, FINISH),
};
enum { RULES = sizeof (rules) / sizeof (rules[0]) };

static struct one {
  struct async_job *job;
  int references, runs[SIGNALS], finished;
  bool locked, lives;
  uint8_t act[SIGNALS];
} jobs[JOBS];

static struct provider *running;
static int actions, created, finished;
static bool ends;
static char text[OUTCOME_TEXT];
static size_t text_len;

static void say (char what, int job, int signal) {
  if (text_len + 4 < sizeof (text)) {
    text_len += (size_t) snprintf (text + text_len, sizeof (text) - text_len, "%c%d%d ", what, job, signal);
  }
}

static int call (enum jobs_op op, struct async_job *job, int number) {
  return running->abi->jobs (running, op, &(struct jobs_call) { .job = job, .number = number });
}

static void send (struct async_job *job, int signal) {
  call (JOBS_INCREF, job, 0);
  call (JOBS_SIGNAL, job, signal);
}

/* What a job does at a signal: nothing, or signals to another and to itself, or it is completed. */
static int act (struct async_job *job, uint8_t what) {
  struct one *other = &jobs[what / 8 % JOBS];
  if (ends) {
    return COMPLETED;
  }
  if (actions-- <= 0) {
    return 0;
  }
  switch (what % 8) {
  case 0:
  case 1:
    if (other->job && other->references) {
      send (other->job, what / 32 % FINISH);
    }
    return 0;
  case 2:
    send (job, what / 32 % FINISH);
    return 0;
  case 3:
    return 1 << what / 32 % FINISH; /* a signal to itself */
  case 4:
    return COMPLETED;
  default:
    return 0;
  }
}

static int run_job (struct async_job *job, int signal, struct job_thread *thread) {
  int number = *(int *) (void *) (job + 1);
  struct one *one = &jobs[number];
  say ('r', number, signal);
  one->runs[signal]++;
  if (!thread || !(job->j_flags & 0x10000)) {
    say ('?', number, signal); /* not locked */
  }
  if (signal == FINISH) {
    one->finished++;
    one->lives = false;
    finished++;
    return call (JOBS_FREE, job, 0);
  }
  return act (job, one->act[signal]);
}

/* Makes job `number`; its parent is another, or none. The last is a notification. */
static bool create (struct cursor *c, int number) {
  struct one *one = &jobs[number];
  unsigned which = take_u8 (c), relation = take_u8 (c);
  const uint8_t *acts = take_bytes (c, SIGNALS);
  struct one *parent = &jobs[relation % JOBS];
  if (one->job || one->lives || c->bad) {
    return !c->bad;
  }
  struct jobs_call made = { .number = MAIN_CLASS };
  if (number != NOTIFICATION) {
    made = (struct jobs_call) { .run = run_job, .signals = rules[which % RULES], .bytes = sizeof (int) };
    if (relation % 3 == 0 && parent->references && parent != one && parent != &jobs[NOTIFICATION]) {
      call (JOBS_INCREF, parent->job, 0);
      made.parent = parent->job;
      made.signals |= WAITS | (relation >> 4 & 1);
    }
  }
  *one = (struct one) { .references = 1, .locked = true, .lives = number != NOTIFICATION };
  memcpy (one->act, acts, sizeof (one->act));
  int status = running->abi->jobs (running, number == NOTIFICATION ? JOBS_NOTIFY : JOBS_CREATE, &made);
  one->job = made.job;
  if (status < 0 || !made.job) {
    return false;
  }
  if (number != NOTIFICATION) {
    *(int *) (void *) (made.job + 1) = number;
    created++;
  }
  return true;
}

/* Gives a reference up, the last one where the job has nobody to tell. */
static void unrefer (struct one *one, bool last) {
  if (one->references > 1 || (last && one->references && !one->job->j_parent)) {
    struct async_job *job = one->job;
    if (!--one->references) {
      one->job = NULL;
    }
    call (JOBS_DECREF, job, 0);
  }
}

static void unlock (struct one *one, enum jobs_op op) {
  if (one->references && one->locked) {
    one->locked = false;
    call (JOBS_INCREF, one->job, 0);
    say ('u', (int) (one - jobs), call (op, one->job, 0));
  }
}

static void step (enum step step, struct one *one, int signal) {
  switch (step) {
  case SIGNAL:
    if (one->references && signal != FINISH) {
      send (one->job, signal);
    }
    break;
  case SCHEDULE:
    unlock (one, JOBS_SCHEDULE);
    break;
  case UNLOCK:
    unlock (one, JOBS_UNLOCK);
    break;
  case REFER:
    if (one->references && one->references < 5) {
      one->references++;
      call (JOBS_INCREF, one->job, 0);
    }
    break;
  case UNREFER:
    unrefer (one, !one->locked);
    break;
  default:
    say ('p', call (JOBS_RUN_PENDING, NULL, 0), 0);
  }
}

/* What can be seen of the jobs to which there is a reference here. */
static uint64_t state (uint64_t all) {
  for (int i = 0; i < JOBS; i++) {
    struct async_job *job = jobs[i].references ? jobs[i].job : NULL;
    uint32_t seen[] = { job != NULL,
                        job ? (uint32_t) job->j_flags : 0,
                        job ? (uint32_t) job->j_refcnt : 0,
                        job ? (uint32_t) job->j_status : 0,
                        job ? (uint32_t) job->j_sigclass : 0,
                        job ? (uint32_t) job->j_children : 0,
                        job ? (uint32_t) job->j_error : 0,
                        job ? job->j_parent != NULL : 0 };
    for (size_t k = 0; k < sizeof (seen) / sizeof (seen[0]); k++) {
      all = (all ^ seen[k]) * 0x100000001b3u;
    }
  }
  return all;
}

/* Has every job completed, and gives up what is left. */
static void end_all (void) {
  ends = true;
  for (int i = 0; i < JOBS; i++) {
    unlock (&jobs[i], JOBS_UNLOCK);
  }
  for (int i = 0; i < JOBS; i++) {
    if (jobs[i].references) {
      send (jobs[i].job, RUN);
    }
  }
  call (JOBS_RUN_PENDING, NULL, 0);
  for (int i = 0; i < JOBS; i++) {
    while (jobs[i].references && !jobs[i].job->j_parent) {
      unrefer (&jobs[i], true);
    }
  }
  call (JOBS_RUN_PENDING, NULL, 0);
}

static void generate (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  int steps = 1 + (int) rng_below (&r, MOST_STEPS);
  put_u8 (s, (unsigned) steps);
  for (int i = 0; i < steps; i++) {
    enum step kind = i < 2 || rng_chance (&r, 6) ? CREATE : (enum step) (1 + rng_below (&r, STEPS - 1));
    put_u8 (s, kind);
    put_u8 (s, (unsigned) rng_below (&r, JOBS));
    if (kind == CREATE) {
      put_u8 (s, (unsigned) rng_next (&r) & 255);
      put_u8 (s, (unsigned) rng_next (&r) & 255);
      rng_fill (&r, sample_grow (s, SIGNALS), SIGNALS);
    } else {
      put_u8 (s, (unsigned) rng_below (&r, SIGNALS));
    }
  }
}

/* `ran` is false afterwards if a signal that had to run at once did not. */
static bool run_all (struct provider *p, const struct sample *s, uint64_t *seen, bool *ran) {
  struct cursor c = cursor_of (s);
  unsigned steps = take_u8 (&c);
  memset (jobs, 0, sizeof (jobs));
  running = p;
  actions = MOST_ACTIONS;
  created = finished = 0;
  text_len = 0;
  ends = false;
  *seen = 0xcbf29ce484222325u;
  *ran = true;
  for (unsigned i = 0; i < steps && !c.bad; i++) {
    enum step kind = take_u8 (&c) % STEPS;
    int number = (int) (take_u8 (&c) % JOBS);
    struct one *one = &jobs[number];
    if (kind == CREATE) {
      if (!create (&c, number)) {
        break;
      }
    } else {
      int signal = (int) (take_u8 (&c) % SIGNALS);
      /* Outside of all jobs main may run everything: a signal that is allowed and not pending runs before the call returns. */
      bool at_once = kind == SIGNAL && one->references && !one->locked && number != NOTIFICATION && signal != FINISH &&
                     one->job->j_status & 0x1000000 << signal && !(one->job->j_flags & (int) 0xff000000);
      int before = one->runs[signal];
      step (kind, one, signal);
      *ran &= !at_once || one->runs[signal] > before;
    }
    *seen = state (*seen);
  }
  end_all ();
  return !c.bad;
}

static bool run_steps (struct provider *p, const struct sample *s, struct outcome *o) {
  uint64_t seen;
  bool ran, good = run_all (p, s, &seen, &ran);
  outcome_add (o, created);
  outcome_add (o, finished);
  outcome_add (o, (int64_t) seen);
  outcome_text (o, text, text_len);
  return good;
}

static bool each_ends_once (struct provider *p, const struct draw *d, char *why, size_t room) {
  struct sample s = { NULL, 0, 0 };
  uint64_t seen;
  bool ran;
  generate (&s, d);
  bool good = run_all (p, &s, &seen, &ran) && ran && created == finished;
  snprintf (why, room, "%d jobs, %d ended, %s", created, finished, ran ? "or one twice" : "a signal did not run");
  for (int i = 0; i < JOBS; i++) {
    good &= jobs[i].finished <= 1;
  }
  sample_release (&s);
  return good;
}

static const struct function functions[] = {
  { "job_signal", "jobs", "made ended state", CAN_JOBS, 100000, generate, run_steps, NULL, NULL },
  { 0 },
};

static const struct difference_test tests[] = { { 0 } };
static const struct property properties[] = {
  { "job_signal/model", "jobs", CAN_JOBS, 20000, each_ends_once },
  { 0 },
};

const struct family jobs_family = { "jobs", functions, tests, properties, false };
