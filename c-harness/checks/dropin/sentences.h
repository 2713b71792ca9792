/*
 * What a program expects, and what the library says on the standard error stream meanwhile.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DROPIN_SENTENCES_H
#define DROPIN_SENTENCES_H

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int failed, log_file, kept_stderr;

static void expect (int holds, const char *what) {
  if (!holds) {
    failed++;
    printf ("FAIL %s\n", what);
  }
}

static void listen_to_stderr (void) {
  log_file = fileno (tmpfile ());
  kept_stderr = dup (2);
  dup2 (log_file, 2);
}

/* The program's exit status. */
static int stop_listening (void) {
  dup2 (kept_stderr, 2);
  return failed != 0;
}

/* Was that said since the last time? */
static int said (const char *text) {
  static off_t seen;
  char log[4000];
  fflush (stderr);
  ssize_t length = pread (log_file, log, sizeof (log) - 1, seen);
  seen += length > 0 ? length : 0;
  log[length > 0 ? length : 0] = 0;
  return strstr (log, text) != NULL;
}

/* The call ends its process with that sentence. */
static void expect_end (void (*call) (void), const char *sentence) {
  pid_t child = fork ();
  if (!child) {
    setrlimit (RLIMIT_CORE, &(struct rlimit) { 0, 0 });
    call ();
    _exit (0);
  }
  int status = 0;
  waitpid (child, &status, 0);
  expect (WIFSIGNALED (status) && WTERMSIG (status) == SIGABRT && said (sentence), sentence);
}

#endif
