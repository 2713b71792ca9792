/*
 * The engine where the original is undefined, ends the process, or relies on looking again each millisecond.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "legacy_names.h"

void usage (void);

static engine_t engine = { .port = 443 };

void usage (void) {
  _exit (engine.port == 443 && !engine.start_port && !engine.end_port ? 2 : 3);
}

/* How a process ends that is given this port. */
static int end_of (const char *port) {
  pid_t child = fork ();
  if (!child) {
    optarg = (char *) (size_t) port;
    _exit (parse_one_option ('p'));
  }
  int status = 0;
  waitpid (child, &status, 0);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

static int failed;

static void expect (int holds, const char *what) {
  if (!holds) {
    failed++;
    printf ("FAIL %s\n", what);
  }
}

static int is_readable (int fd) {
  struct pollfd p = { .fd = fd, .events = POLLIN };
  return poll (&p, 1, 0) == 1;
}

static void signal_wakes_the_main_thread (int signals) {
  wakeup_main_thread (); /* nobody sleeps yet */
  int end = dup (1), other = dup (1); /* the first free ones, which the pipe's ends will be */
  close (end);
  close (other);
  create_main_thread_pipe ();
  expect (!is_readable (end), "a new pipe is empty");
  errno = 77;
  for (int i = 0; i < signals; i++) {
    quiet_signal_handler (SIGUSR1);
  }
  expect (errno == 77, "a handler leaves the error number");
  expect (is_readable (end), "a signal wakes the main thread");
  expect (signal_check_pending_and_clear (SIGUSR1), "and waits");
  for (int i = 0; i < 100000; i++) {
    wakeup_main_thread ();
  }
  expect (errno == 77, "a full pipe is no error");

  pid_t child = fork ();
  if (!child) {
    close (2);
    close (other);
    wakeup_main_thread ();
    _exit (0);
  }
  int status = 0;
  waitpid (child, &status, 0);
  expect (WIFSIGNALED (status) && WTERMSIG (status) == SIGABRT, "a pipe that somebody closed ends the process");
}

static int reloads, reload_result;

/* What the host of this program offers. */
int do_reload_config (int flags);

int do_reload_config (int flags) {
  reloads += flags == 4 ? 1 : 100;
  return reload_result;
}

static void hangup_reloads_the_configuration (void) {
  static server_functions_t functions;
  engine_startup (&engine, &functions);
  signal_set_pending (SIGHUP);
  engine_process_signals ();
  expect (reloads == 1, "SIGHUP reloads the configuration");
  engine_process_signals ();
  expect (reloads == 1, "once");
}

static void entry_in_no_ring_stays (void) {
  struct event_precise_cron entry = { 0 };
  precise_cron_function_remove (&entry);
  precise_cron_function_insert (&entry);
  precise_cron_function_remove (&entry);
  precise_cron_function_remove (&entry);
  expect (precise_cron_events.next == &precise_cron_events, "an entry may be removed twice");
}

/* `engine control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  engine_state = &engine;
  engine_add_net_parse_options ();
  expect (find_parse_option ('p') >= 0 && end_of ("443") == 0 && end_of ("") == 2 && end_of (" \t") == 2,
          "an empty port leads to the usage");
  signal_wakes_the_main_thread (argc == 1);
  hangup_reloads_the_configuration ();
  entry_in_no_ring_stays ();
  return failed;
}
