/*
 * The proxy's command line: see arguments.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "arguments.h"

#include <ctype.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "crypto.h"
#include "settings.h"

enum { MAX_WORDS = 64, FIXED_WORDS = 40, TEXT = 8192 };

/* Splits at blanks; single and double quotes hold together. Words point into `text`. */
static int split (char *text, char **words) {
  int n = 0;
  for (char *in = text, *out;;) {
    while (isspace ((unsigned char) *in)) {
      in++;
    }
    if (!*in) {
      return n;
    }
    if (n == MAX_WORDS) {
      die ("a command of more than %d words", MAX_WORDS);
    }
    words[n++] = out = in;
    for (char quote = 0; *in && (quote || !isspace ((unsigned char) *in)); in++) {
      bool opens = !quote && (*in == '\'' || *in == '"');
      if (opens) {
        quote = *in;
      } else if (quote && *in == quote) {
        quote = 0;
      } else {
        *out++ = *in;
      }
    }
    bool end = !*in;
    *out = 0;
    if (end) {
      return n;
    }
    in++;
  }
}

static void copy_text (char *to, const char *from) {
  if (snprintf (to, TEXT, "%s", from) >= TEXT) {
    die ("a command of more than %d bytes", TEXT);
  }
}

/* Each worker opens its own connections to the middle-end. */
static int workers_asked (char **words, int n) {
  for (int i = 0; i < n; i++) {
    if (!strcmp (words[i], "-M") || !strcmp (words[i], "--slaves")) {
      return i + 1 < n ? atoi (words[i + 1]) : 0;
    }
    if (!strncmp (words[i], "-M", 2)) {
      return atoi (words[i] + 2);
    }
  }
  return 0;
}

char **proxy_arguments (const char *command, const struct place *at, int *workers) {
  static char command_text[TEXT], extra_text[TEXT], secret[2 * USER_SECRET + 1], number[3][16];
  static char *words[2 * MAX_WORDS + FIXED_WORDS], *extra[MAX_WORDS];
  copy_text (command_text, command);
  copy_text (extra_text, settings.extra);
  int n = 0, extra_n = split (extra_text, extra);
  if (!access (command, X_OK)) { /* a path, which may hold blanks */
    words[n++] = command_text;
  } else {
    n = split (command_text, words);
  }
  for (int i = 0; i < USER_SECRET; i++) {
    snprintf (secret + 2 * i, 3, "%02x", user_secret[i]);
  }
  const int numbers[] = { at->max_connections, at->stats_port, at->port };
  for (int i = 0; i < 3; i++) {
    snprintf (number[i], sizeof (number[i]), "%d", numbers[i]);
  }
  struct passwd *user = getpwuid (getuid ());
  const char *fixed[] = { "-c",           number[0],
                          "-u",           user ? user->pw_name : "nobody",
                          "-p",           number[1],
                          "-H",           number[2],
                          "-S",           secret,
                          "--aes-pwd",    at->secret,
                          "--http-stats", "--allow-skip-dh",
                          "--address",    "127.0.0.1" };
  for (size_t i = 0; i < sizeof (fixed) / sizeof (fixed[0]); i++) {
    words[n++] = (char *) fixed[i];
  }
  *workers = workers_asked (extra, extra_n);
  if (!*workers) {
    words[n++] = "-M";
    words[n++] = "0";
  }
  if (settings.crc32c) {
    words[n++] = "--crc32c";
  }
  if (settings.tls) {
    words[n++] = "-D";
    words[n++] = (char *) settings.domain;
  }
  for (int i = 0; i < extra_n; i++) {
    words[n++] = extra[i];
  }
  words[n++] = (char *) at->config;
  words[n] = NULL;
  return words;
}
