/*
 * Scripts of operations: "load a, take a word, close it on thread 2". A script runs in a process of its own on each side;
 * after every step what the call returned and what a host can see is noted, and the two logs must agree.
 *
 * To add an operation, write one row and its function into the file of its family; to add a family, write such a file
 * and name it in families.c. The same steps always do the same: an operation takes all that varies from its arguments.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_SCRIPT_H
#define DIFFERENTIAL_SCRIPT_H

#include "legacy.h"
#include "provider.h"
#include "sample.h"

enum { FAMILIES = 40, ARGUMENTS = 3, STEPS = 48, THREADS = 4, SCRIPT_TEXT = STEPS * 80 };

/* What an argument may be, both ends included. */
struct range {
  const char *name;
  long low, high;
};

struct operation {
  const char *name;
  void (*run) (const long *argument);
  struct range argument[ARGUMENTS]; /* those with a name */
  unsigned weight;                  /* how often it is drawn beside the others; 0 is as good as 1 */
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

/* ---- what operations and observers use ---- */

/* The library that this process has: there is no other. */
extern struct legacy_symbols *lib;
/* This thread's own variable of that name; lib's are those of the first thread. */
void *thread_local_at (const char *name);
/* The number of this step's thread, 0 for the first. */
int this_thread (void);

/* Adds to the line of the step. */
void note (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
/* ... bytes, in quotes, unprintable ones escaped; of a long text the start and a hash. */
void note_bytes (const char *name, const void *data, size_t len);
/* ... a file's new bytes, where it has any. */
void note_file (const char *path);
/* The step makes no sense now (nothing is loaded, ...): it does nothing. */
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
/* family.operation(argument,...)@thread, joined by semicolons: what --run takes. */
void step_print (const struct step *s, char *text, size_t room);
void script_print (const struct script *s, char *text, size_t room);
/* False, with the reason, where `text` is no script. */
bool script_parse (struct script *s, const char *text, char *why, size_t room);
/* The script of this number; of one family, or with NULL of all of them. */
void script_draw (struct script *s, const struct script_family *family, const struct draw *d);

/* ---- running ---- */

enum { SCRIPT_LOG = 1 << 18 };

struct side;

/* A process that has `library` loaded and, where that has the proxy's names, runs scripts, each in a child. Exits with 2
   where it cannot be loaded. */
struct side *side_start (const char *role, const char *library);
void side_stop (struct side *s);
/* The log: a line for each step, then "= " and how it ended. The second runs one script on both sides at once. */
const char *side_run (struct side *s, const char *script);
void sides_run (struct side *a, struct side *b, const char *script, const char **log_a, const char **log_b);
/* Does it have the proxy's names? */
bool side_legacy (const struct side *s);
bool side_lacks (const struct side *s, enum ability needs);

/* The child's part. */
void script_execute (struct provider *p, const struct script *s, char *log, size_t room, size_t *len);

/* Makes a script that differs smaller, as long as it does. Returns how many were tried. */
int script_shrink (struct script *s, struct side *ours, struct side *other);

#endif
