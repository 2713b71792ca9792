/*
 * Options of the engine for which the original is undefined.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
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

/* `engine control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  engine_state = &engine;
  engine_add_net_parse_options ();
  int holds =
      find_parse_option ('p') >= 0 && end_of ("443") == 0 && end_of ("") == (argc == 1 ? 2 : 0) && end_of (" \t") == 2;
  puts (holds ? "" : "FAIL an empty port leads to the usage");
  return !holds;
}
