/*
 * proxy_load: a load generator and meter for MTProxy, on loopback only.
 *
 *     proxy_load [options] PROXY [BASELINE]
 *
 * Three parties: the middle-end (one thread here), the clients (the main thread, one epoll loop), and the proxy under
 * test, a child process that is measured from outside through /proc. With BASELINE, rounds alternate, so that the ratio
 * survives a noisy machine.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base.h"
#include "checksum.h"
#include "crypto.h"
#include "measure.h"
#include "message.h"
#include "proxy.h"
#include "report.h"
#include "settings.h"

/* The first signal lets the run clean up; an alarm after that ends what does not. */
static void on_signal (int sig) {
  enum { SECONDS_TO_CLEAN_UP = 30 };
  static const char text[] = "proxy_load: far too late; giving up\n";
  if (sig != SIGALRM || !has_failed ()) {
    fail_in_handler (sig == SIGALRM ? "out of time" : "interrupted");
    alarm (SECONDS_TO_CLEAN_UP);
    return;
  }
  proxy_kill ();
  if (write (2, text, sizeof (text) - 1) < 0) {
    _exit (2);
  }
  _exit (1);
}

static void raise_file_limit (void) {
  const rlim_t need = MAX_CLIENTS + 2000;
  struct rlimit files;
  getrlimit (RLIMIT_NOFILE, &files);
  struct rlimit more = { need, files.rlim_max < need ? need : files.rlim_max };
  if (setrlimit (RLIMIT_NOFILE, &more)) { /* not root: as many as are allowed */
    files.rlim_cur = files.rlim_max;
    setrlimit (RLIMIT_NOFILE, &files);
  }
}

static bool is_stdout (const char *path) {
  return path && !strcmp (path, "-");
}

static void write_report (const char *path, void (*write) (FILE *f)) {
  if (!path) {
    return;
  }
  FILE *f = is_stdout (path) ? stdout : fopen (path, "w");
  if (!f) {
    die ("%s: %s", path, strerror (errno));
  }
  write (f);
  if (f == stdout ? fflush (f) : fclose (f)) {
    die ("%s: %s", path, strerror (errno));
  }
}

/* All rounds of one mode, in turns; each round starts with the other proxy. */
static void run_mode (int mode) {
  struct result *r = &results[mode];
  for (int round = 0; round < settings.rounds; round++) {
    for (int turn = 0; turn < settings.variants && !has_failed (); turn++) {
      int v = settings.variants > 1 ? (turn + round) % 2 : 0;
      double x[FIGURES];
      measure (&settings.modes[mode], settings.command[v], x);
      for (int f = 0; f < FIGURES; f++) {
        r->value[v][f][round] = x[f];
      }
      if (has_failed ()) {
        const char *which = settings.variants == 1 ? "proxy" : v ? "original" : "drop-in";
        fprintf (stderr, "proxy_load: FAILED in round %d with the %s: %s\n", round + 1, which, settings.command[v]);
      }
    }
  }
  r->done = !has_failed ();
}

int main (int argc, char **argv) {
  parse_options (argc, argv);
  static const int signals[] = { SIGINT, SIGTERM, SIGALRM };
  for (int i = 0; i < 3; i++) {
    sigaction (signals[i], &(struct sigaction) { .sa_handler = on_signal }, NULL);
  }
  alarm ((unsigned) longest_run ());
  raise_file_limit ();
  draw_run_seed ();
  messages_init ();
  crypto_init ();
  checksum_init ();
  pin_cpus ();
  start_middle_end ();

  FILE *table = is_stdout (settings.json) || is_stdout (settings.markdown) ? NULL : stdout;
  if (table) {
    text_start (table);
  }
  for (int i = 0; i < settings.mode_count && !has_failed (); i++) {
    run_mode (i);
    if (table && results[i].done) {
      text_mode (table, i);
    }
  }
  if (table && !has_failed ()) {
    text_end (table);
  }
  write_report (settings.json, write_json);
  write_report (has_failed () ? NULL : settings.markdown, write_markdown);
  return has_failed ();
}
