/*
 * Crashes: see crash.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "crash.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 60 };

static const int crashes[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM };
enum { CRASHES = sizeof (crashes) / sizeof (crashes[0]) };

static const struct options *options;
static const char *running;
static const struct draw *running_draw;
static const struct sample *running_sample;
static const long *running_line;

/* Calls stdio, which a signal handler may not do; the program ends anyway. */
static void on_crash (int number) {
  signal (number, SIG_DFL);
  fprintf (stderr, "\nmtproxy-differential: %s %s\n",
           number == SIGALRM   ? "no end of"
           : number == SIGABRT ? "aborted in"
                               : "crashed in",
           running ? running : "no case at all");
  if (running && running_sample) {
    fprintf (stderr, "  input:    ");
    print_hex (stderr, running_sample->data, running_sample->len);
    fprintf (stderr, "\n");
  }
  if (running) {
    fprintf (stderr, "  again:    %s %s --ours %s%s%s%s%s --only %s", options->program, options->mode,
             options->ours ? options->ours : "", options->legacy ? " --legacy " : "",
             options->legacy ? options->legacy : "", options->vectors ? " --vectors " : "",
             options->vectors ? options->vectors : "", running);
    if (running_line) {
      fprintf (stderr, " --line %ld\n", *running_line);
    } else if (running_draw) {
      fprintf (stderr, " --seed %" PRIu64 " --index %" PRIu64 "\n", running_draw->seed, running_draw->index);
    }
  }
  fflush (NULL);
  _exit (1);
}

void crash_watch (const struct options *o) {
  options = o;
#ifndef __SANITIZE_ADDRESS__
  struct sigaction action = { .sa_handler = on_crash };
  sigemptyset (&action.sa_mask);
  for (int i = 0; i < CRASHES; i++) {
    sigaction (crashes[i], &action, NULL);
  }
#else
  signal (SIGALRM, on_crash); /* the sanitizer reports the other signals itself */
#endif
  alarm (PATIENCE);
}

void crash_case (const char *name, const struct draw *d, const struct sample *s) {
  running = name;
  running_draw = d;
  running_sample = s;
  running_line = NULL;
}

void crash_row (const char *file, const long *line) {
  crash_case (file, NULL, NULL);
  running_line = line;
}

void crash_alive (double now) {
  static double last;
  if (now - last > 1) {
    last = now;
    alarm (PATIENCE);
  }
}

void crash_default (void) {
  for (int i = 0; i < CRASHES; i++) {
    signal (crashes[i], SIG_DFL);
  }
}
