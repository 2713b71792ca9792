/*
 * Scripts of operations: "load a, take a word, close it on thread 2". A script runs on each side in a process of its own.
 * After every step the call's result and the state that a host can see are noted, and the two logs must be equal.
 *
 * To add an operation, write one row and its function into the file of its family; to add a family, write such a file
 * and name it in families.c. An operation must depend only on its arguments, so that a script is reproducible.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_SCRIPT_H
#define DIFFERENTIAL_SCRIPT_H

#include "inject.h"
#include "legacy.h"
#include "provider.h"
#include "sample.h"

/* A weight: an operation that takes long, and is only in scripts by hand. */
#define BY_HAND (~0u)

enum { FAMILIES = 48, ARGUMENTS = 3, STEPS = 48, THREADS = 4, SCRIPT_TEXT = STEPS * 80 };

/* The range of an argument, both ends included. */
struct range {
  const char *name;
  long low, high;
};

struct operation {
  const char *name;
  void (*run) (const long *argument);
  struct range argument[ARGUMENTS]; /* those with a name */
  unsigned weight;                  /* the relative frequency with which it is drawn; 0 means 1, BY_HAND never */
};

struct script_family {
  const char *name;
  enum ability needs;
  const struct operation *operations; /* ends with a row without a name */
  void (*begin) (void);               /* before the first step, in the script's own process; may be NULL */
  void (*observe) (void); /* after each step, on its thread: notes that repeat the last ones are dropped */
  const char *const *fixed; /* scripts written by hand, which run before the drawn ones; ends with NULL */
};

/* Ends with NULL. */
extern const struct script_family *const script_families[FAMILIES];

/* What a family puts in the place of the library's own, or drives itself: another that does so, or minds it, is in no mixture with
   it. */
enum { THE_CLOCK = 1, THE_SOCKETS = 2, THE_PEERS = 4 };
struct world {
  unsigned owns, minds;
};
struct world world_of (const struct script_family *f);

/* ---- what operations and observers use ---- */

/* The one library of this process. */
extern struct legacy_symbols *lib;
/* This thread's variable of the given name; lib has the first thread's. */
void *thread_local_at (const char *name);
/* The number of this step's thread, 0 for the first. */
int this_thread (void);

/* Adds text to the step's line. */
void note (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
/* Adds bytes, in quotes and escaped; of a long text the start and a hash. */
void note_bytes (const char *name, const void *data, size_t len);
/* Adds a file's new bytes, if there are any. */
void note_file (const char *path);
/* Marks the step as not applicable in this state (no config is loaded, ...). */
void skip (void);

/* `len` bytes that depend on `number` only, and a NUL. Valid until the next call. */
char *numbered_bytes (long number, size_t len);

/* ---- scripts ---- */

struct step {
  const struct script_family *family;
  const struct operation *operation;
  long argument[ARGUMENTS];
  int thread;
};

struct script {
  int steps;
  struct step step[STEPS];
};

int argument_count (const struct operation *o);
/* Prints family.operation(argument,...)@thread; several steps are joined by semicolons. --run takes this form. */
void step_print (const struct step *s, char *text, size_t room);
void script_print (const struct script *s, char *text, size_t room);
/* Returns false, with the reason, if `text` is not a script. */
bool script_parse (struct script *s, const char *text, char *why, size_t room);
/* Draws the script of a number, from one family or, with NULL, from all of them. */
void script_draw (struct script *s, const struct script_family *family, const struct draw *d);

/* ---- running ---- */

enum { SCRIPT_LOG = 1 << 18 };

struct side;

/* Starts a process that loads `library` and, if that has the proxy's names, runs scripts, each in a child. Exits with 2 if
   the library cannot be loaded. */
struct side *side_start (const char *role, const char *library);
void side_stop (struct side *s);
/* Returns the log: a line for each step, then "= " and the end of the process. The second function runs one script on both
   sides at the same time. */
const char *side_run (struct side *s, const char *script);
void sides_run (struct side *a, struct side *b, const char *script, const char **log_a, const char **log_b);
/* Runs a script in which calls of the C library are counted, and one fails; only of sides that start after
   `sides_with_faults` was set. */
extern bool sides_with_faults;
const char *side_run_failing (struct side *s, const char *script, enum fault_group group, unsigned long number);
const struct fault_counts *side_faults (const struct side *s);
/* True if the side's library has the proxy's names. */
bool side_legacy (const struct side *s);
bool side_lacks (const struct side *s, enum ability needs);

/* Runs a script, in the child. */
void script_execute (struct provider *p, const struct script *s, char *log, size_t room, size_t *len);

/* Shrinks a script as long as the sides differ on it. Returns the number of scripts tried. */
int script_shrink (struct script *s, struct side *ours, struct side *other);

#endif
