/*
 * The proxy's command line.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_ARGUMENTS_H
#define LOAD_ARGUMENTS_H

struct place {
  const char *secret, *config; /* files */
  int port, stats_port, max_connections;
};

/* A null-terminated list that lives until the next call: the words of `command`, what every run passes, the extra ones.
 * `*workers`: how many worker processes they ask for. */
char **proxy_arguments (const char *command, const struct place *at, int *workers);

#endif
