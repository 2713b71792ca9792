/*
 * Cells of recorded vectors: see vectors.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "vectors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relink.h"

const char *cell (const struct row *row, size_t column) {
  return row->cell[column];
}

bool cell_is (const struct row *row, size_t column, const char *text) {
  return !strcmp (row->cell[column], text);
}

long long cell_int (const struct row *row, size_t column) {
  char *end;
  errno = 0;
  long long v = strtoll (cell (row, column), &end, 10);
  if (errno || end == cell (row, column) || *end) {
    refuse ("vectors: '%s' is not a number", cell (row, column));
  }
  return v;
}

unsigned long long cell_unsigned (const struct row *row, size_t column) {
  char *end;
  errno = 0;
  unsigned long long v = strtoull (cell (row, column), &end, 10);
  if (errno || end == cell (row, column) || *end) {
    refuse ("vectors: '%s' is not a number", cell (row, column));
  }
  return v;
}

/* lcg:SEED:LEN */
static void put_lcg (struct sample *s, const char *part) {
  char *colon;
  uint64_t x = strtoull (part, &colon, 10);
  size_t len = strtoull (colon + 1, NULL, 10);
  uint8_t *to = sample_grow (s, len);
  for (size_t i = 0; i < len; i++) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    to[i] = (uint8_t) (x >> 56);
  }
}

static void put_hex (struct sample *s, const char *hex, size_t digits) {
  struct sample part = { 0 };
  char *copy = strndup (hex, digits);
  if (!copy || !sample_from_hex (&part, copy)) {
    refuse ("vectors: '%.40s' is not a byte string", hex);
  }
  put_bytes (s, part.data, part.len);
  free (copy);
  sample_release (&part);
}

void cell_bytes (const struct row *row, size_t column, struct sample *s) {
  const char *at = cell (row, column);
  sample_clear (s);
  if (!strcmp (at, "-")) {
    return;
  }
  while (*at) {
    size_t n = strcspn (at, "+");
    if (!strncmp (at, "lcg:", 4)) {
      put_lcg (s, at + 4);
    } else if (!strncmp (at, "repeat:", 7)) {
      size_t digits = strcspn (at + 7, ":");
      for (size_t count = strtoull (at + 7 + digits + 1, NULL, 10); count; count--) {
        put_hex (s, at + 7, digits);
      }
    } else {
      put_hex (s, at, n);
    }
    at += n + (at[n] == '+');
  }
}

void out_text (struct row *row, size_t column, const char *text) {
  free (row->out[column]);
  row->out[column] = strdup (*text ? text : "-");
}

void out_int (struct row *row, size_t column, long long v) {
  char text[32];
  snprintf (text, sizeof (text), "%lld", v);
  out_text (row, column, text);
}

void out_unsigned (struct row *row, size_t column, unsigned long long v) {
  char text[32];
  snprintf (text, sizeof (text), "%llu", v);
  out_text (row, column, text);
}

void out_hex (struct row *row, size_t column, const void *data, size_t len) {
  static const char digits[] = "0123456789abcdef";
  const uint8_t *from = data;
  char *text = malloc (2 * len + 1);
  for (size_t i = 0; i < len; i++) {
    text[2 * i] = digits[from[i] >> 4];
    text[2 * i + 1] = digits[from[i] & 15];
  }
  text[2 * len] = 0;
  out_text (row, column, text);
  free (text);
}

enum row_result skipped (struct row *row, const char *why) {
  snprintf (row->why, sizeof (row->why), "%s", why);
  return ROW_SKIPPED;
}

bool lacks (struct row *row, enum ability needs) {
  if (row->p->lacks[needs]) {
    snprintf (row->why, sizeof (row->why), "ours lacks %s", row->p->lacks[needs]);
  }
  return row->p->lacks[needs] != NULL;
}

enum row_result on_purpose (struct row *row, enum difference d, bool exact) {
  row->difference = d;
  if (!exact && !row->why[0]) {
    snprintf (row->why, sizeof (row->why), "should be: %s", difference_text (d));
  }
  return exact ? ROW_PASSED : ROW_FAILED;
}

bool is_boundary (const struct row *row) {
  return row->p->abi == &boundary_abi;
}

bool differs (const struct row *row, enum difference d) {
  return difference_of (d, row->p);
}
