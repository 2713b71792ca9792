/*
 * The printed table: each function, whether it is bound, and its result.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

struct row {
  const char *function;
  int bound;
  char result[96];
};

static struct row rows[] = {
#define FUNCTION(name) { "mtproxy_ffi_" #name, 0, "" },
#include "boundary.def"
#undef FUNCTION
};

enum { ROWS = sizeof (rows) / sizeof (rows[0]) };

static int failures;

int count_unbound (void) {
  int unbound = 0;
  struct row *row = rows;
#define FUNCTION(name) row++->bound = mtproxy_ffi_##name != NULL;
#include "boundary.def"
#undef FUNCTION
  for (row = rows; row < rows + ROWS; row++) {
    if (!row->bound) {
      fprintf (stderr, "fatal: %s is not bound\n", row->function);
      unbound++;
    }
  }
  return unbound;
}

void report (const char *function, const char *format, ...) {
  for (struct row *row = rows; row < rows + ROWS; row++) {
    if (!strcmp (row->function, function)) {
      va_list args;
      va_start (args, format);
      vsnprintf (row->result, sizeof (row->result), format, args);
      va_end (args);
      return;
    }
  }
  expect (0, "%s is a function of the API", function);
}

int expect (int holds, const char *format, ...) {
  if (!holds) {
    va_list args;
    va_start (args, format);
    printf ("  FAILED: ");
    vprintf (format, args);
    printf ("\n");
    va_end (args);
    failures++;
  }
  return holds;
}

/* Calls each function that no stage has reported: its input is nine bytes, its numbers are 1. */
static void use_rest (void) {
  static const union {
    char bytes[64];
    long long aligned;
  } input = { "123456789" };
  static long long room[128];
  const void *text = &input;
  void *out = room;
  struct row *row = rows;
#define USE(format, call)                                                                   \
  if (!*row->result) {                                                                      \
    snprintf (row->result, sizeof (row->result), "with standard arguments: " format, call); \
  }                                                                                         \
  row++;
#include "boundary_use.def"
#undef USE
}

int print_table (void) {
  use_rest ();
  printf ("\n%-40s %-6s %s\n", "function", "bound", "result");
  for (struct row *row = rows; row < rows + ROWS; row++) {
    printf ("%-40s %-6s %s\n", row->function, row->bound ? "yes" : "NO", row->result);
  }
  printf ("%d functions\n", ROWS);
  return failures;
}

const char *hex (const unsigned char *bytes, size_t len) {
  static char text[2 * 32 + 1];
  for (size_t i = 0; i < len && i < 32; i++) {
    snprintf (text + 2 * i, 3, "%02x", bytes[i]);
  }
  return text;
}
