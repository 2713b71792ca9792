/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The variadic function of common/kprintf: C formats the message, and Rust writes the line. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

int mtproxy_kdb_log_prefix (char line[PIPE_BUF]);
void mtproxy_kdb_log_line (char line[PIPE_BUF], unsigned len);

/* Writes a line of the log. %m prints the caller's errno, which is restored afterwards. */
void kprintf (const char *format, ...) {
  const int caller_errno = errno;
  char line[PIPE_BUF];
  unsigned len = (unsigned) mtproxy_kdb_log_prefix (line);
  va_list args;
  errno = caller_errno;
  va_start (args, format);
  /* Unsigned, so that a failure (-1) and a length near INT_MAX add up as in the original. */
  len += (unsigned) vsnprintf (line + len, sizeof line - len, format, args);
  va_end (args);
  mtproxy_kdb_log_line (line, len);
  errno = caller_errno;
}
