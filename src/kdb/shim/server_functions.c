/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The variadic functions of common/server-functions, which format an option's help; and the weak one that a host mostly defines:
 * calls inside the library then reach the host's. Stable Rust has neither. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGOPT_CUSTOM_SET 0x10000000
#define WEAK __attribute__ ((weak))

extern const char *progname;

_Noreturn void mtproxy_kdb_die (const char *message);
void parse_option_internal (const char *name, int arg, int *var, int val, unsigned flags, int (*func) (int),
                            char *help);
int builtin_parse_option (int val);

static char *formatted (const char *help, va_list args) {
  char *text = NULL;
  if (vasprintf (&text, help, args) < 0) {
    mtproxy_kdb_die ("the help of an option cannot be formatted");
  }
  return text;
}

void parse_option_ex (const char *name, int arg, int *var, int val, unsigned flags, int (*func) (int), const char *help,
                      ...) {
  va_list args;
  va_start (args, help);
  char *text = formatted (help, args);
  va_end (args);
  parse_option_internal (name, arg, var, val, flags, func, text);
}

void parse_option (const char *name, int arg, int *var, int val, const char *help, ...) {
  va_list args;
  va_start (args, help);
  char *text = formatted (help, args);
  va_end (args);
  parse_option_internal (name, arg, var, val, LONGOPT_CUSTOM_SET, NULL, text);
}

/* Variadic without a reason: its help is no format. */
void parse_option_builtin (const char *name, int arg, int *var, int val, unsigned flags, const char *help, ...) {
  parse_option_internal (name, arg, var, val, flags, builtin_parse_option, help ? strdup (help) : NULL);
}

WEAK void usage (void) {
  printf ("usage: %s <args>\n", progname ? progname : "SOMETHING");
  exit (2);
}
