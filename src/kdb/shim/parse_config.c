/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The variadic functions of common/parse-config. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

extern char *config_name, *cfg_cur;
extern int cfg_lno;

/* A message quotes at most this many bytes at the cursor, and at most the rest of the line. */
#define QUOTE_MAX 20

/* Prints the whole message, of any length and with any NUL in it (`expect_lexem(0)` makes one), in one write, which other
 * threads' writes cannot split. */
static void vcomplain (const char *kind, const char *format, va_list args) {
  int quoted = 0;
  const char *at = cfg_cur ? cfg_cur : "";
  while (quoted < QUOTE_MAX && at[quoted] && at[quoted] != '\r' && at[quoted] != '\n') {
    quoted++;
  }
  char *text = NULL;
  size_t size = 0;
  FILE *line = open_memstream (&text, &size);
  if (!line) {
    return;
  }
  if (cfg_lno) {
    fprintf (line, "%s:%d: ", config_name ? config_name : "(null)", cfg_lno);
  }
  fprintf (line, "%s: ", kind);
  vfprintf (line, format, args);
  fprintf (line, " near %.*s%s\n", quoted, at, quoted == QUOTE_MAX ? " ..." : "");
  if (fclose (line) == 0) {
    fwrite (text, 1, size, stderr);
  }
  free (text);
}

void syntax (const char *format, ...) {
  va_list args;
  va_start (args, format);
  vcomplain ("fatal", format ? format : "syntax error", args);
  va_end (args);
}

void syntax_warning (const char *format, ...) {
  va_list args;
  va_start (args, format);
  vcomplain ("warning", format, args);
  va_end (args);
}
