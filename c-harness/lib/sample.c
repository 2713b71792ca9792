/*
 * Cases and outcomes: see sample.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "sample.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void sample_clear (struct sample *s) {
  s->len = 0;
  sample_grow (s, 0);
}

void sample_release (struct sample *s) {
  free (s->data);
  *s = (struct sample) { 0 };
}

uint8_t *sample_grow (struct sample *s, size_t len) {
  if (!s->data || s->room - s->len < len) {
    s->room = (s->len + len) * 2 + 256;
    uint8_t *data = realloc (s->data, s->room + 1);
    if (!data) {
      fprintf (stderr, "differential: out of memory\n");
      exit (2);
    }
    s->data = data;
  }
  uint8_t *at = s->data + s->len;
  s->len += len;
  s->data[s->len] = 0;
  return at;
}

void put_bytes (struct sample *s, const void *data, size_t len) {
  uint8_t *to = sample_grow (s, len);
  if (len) {
    memcpy (to, data, len);
  }
}

static void put_number (struct sample *s, uint64_t v, unsigned bytes) {
  uint8_t *to = sample_grow (s, bytes);
  for (unsigned i = 0; i < bytes; i++) {
    to[i] = (uint8_t) (v >> (8 * i));
  }
}

void put_u8 (struct sample *s, unsigned v) {
  put_number (s, v, 1);
}

void put_u16 (struct sample *s, unsigned v) {
  put_number (s, v, 2);
}

void put_u32 (struct sample *s, uint32_t v) {
  put_number (s, v, 4);
}

void put_u64 (struct sample *s, uint64_t v) {
  put_number (s, v, 8);
}

void put_text (struct sample *s, const char *text) {
  put_bytes (s, text, strlen (text));
}

void put_format (struct sample *s, const char *format, ...) {
  char text[1024];
  va_list ap;
  va_start (ap, format);
  int n = vsnprintf (text, sizeof (text), format, ap);
  va_end (ap);
  if (n > 0) {
    put_bytes (s, text, (size_t) n < sizeof (text) ? (size_t) n : sizeof (text) - 1);
  }
}

struct cursor cursor_of (const struct sample *s) {
  return (struct cursor) { s->data, s->len, false };
}

const uint8_t *take_bytes (struct cursor *c, size_t len) {
  if (c->bad || c->left < len) {
    c->bad = true;
    return NULL;
  }
  const uint8_t *at = c->at;
  c->at += len;
  c->left -= len;
  return at;
}

static uint64_t take_number (struct cursor *c, unsigned bytes) {
  const uint8_t *at = take_bytes (c, bytes);
  uint64_t v = 0;
  for (unsigned i = 0; at && i < bytes; i++) {
    v |= (uint64_t) at[i] << (8 * i);
  }
  return v;
}

unsigned take_u8 (struct cursor *c) {
  return (unsigned) take_number (c, 1);
}

unsigned take_u16 (struct cursor *c) {
  return (unsigned) take_number (c, 2);
}

uint32_t take_u32 (struct cursor *c) {
  return (uint32_t) take_number (c, 4);
}

uint64_t take_u64 (struct cursor *c) {
  return take_number (c, 8);
}

void outcome_clear (struct outcome *o) {
  o->count = 0;
  o->text_len = 0;
}

void outcome_add (struct outcome *o, int64_t v) {
  if (o->count < OUTCOME_VALUES) {
    o->value[o->count++] = v;
  }
}

void outcome_text (struct outcome *o, const void *text, size_t len) {
  o->text_len = len < OUTCOME_TEXT ? len : OUTCOME_TEXT;
  if (o->text_len) {
    memcpy (o->text, text, o->text_len);
  }
}

bool outcome_equal (const struct outcome *a, const struct outcome *b) {
  return a->count == b->count && a->text_len == b->text_len &&
         !memcmp (a->value, b->value, a->count * sizeof (a->value[0])) && !memcmp (a->text, b->text, a->text_len);
}

static bool printable (const uint8_t *text, size_t len) {
  for (size_t i = 0; i < len; i++) {
    if (text[i] < ' ' || text[i] > '~') {
      return false;
    }
  }
  return true;
}

void outcome_print (FILE *f, const struct outcome *o, const char *fields) {
  for (unsigned i = 0; i < o->count; i++) {
    int n = (int) strcspn (fields, " ");
    fprintf (f, "%s%.*s%s%" PRId64, i ? ", " : "", n, fields, n ? " " : "", o->value[i]);
    fields += n;
    fields += *fields == ' ';
  }
  if (o->text_len) {
    fprintf (f, "%s", o->count ? ", " : "");
    if (printable (o->text, o->text_len)) {
      fprintf (f, "\"%.*s\"", (int) o->text_len, (const char *) o->text);
    } else {
      print_hex (f, o->text, o->text_len);
    }
  }
}

uint64_t hash_name (const char *name) {
  uint64_t h = 0xcbf29ce484222325;
  for (; *name; name++) {
    h = (h ^ (uint8_t) *name) * 0x100000001b3;
  }
  return h;
}

static uint64_t splitmix (uint64_t *x) {
  uint64_t z = *x += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

struct rng rng_at (const struct draw *d, uint64_t index) {
  uint64_t x = d->seed;
  x = splitmix (&x) ^ d->name_hash;
  x = splitmix (&x) ^ index;
  struct rng r;
  for (int i = 0; i < 4; i++) {
    r.s[i] = splitmix (&x);
  }
  return r;
}

static uint64_t rotl (uint64_t x, int k) {
  return (x << k) | (x >> (64 - k));
}

/* xoshiro256**. */
uint64_t rng_next (struct rng *r) {
  uint64_t *s = r->s, result = rotl (s[1] * 5, 7) * 9, t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotl (s[3], 45);
  return result;
}

uint64_t rng_below (struct rng *r, uint64_t n) {
  return n ? rng_next (r) % n : 0;
}

bool rng_chance (struct rng *r, unsigned one_in) {
  return rng_below (r, one_in) == 0;
}

void rng_fill (struct rng *r, uint8_t *to, size_t len) {
  while (len) {
    uint64_t v = rng_next (r);
    size_t n = len < sizeof (v) ? len : sizeof (v);
    memcpy (to, &v, n);
    to += n;
    len -= n;
  }
}

uint64_t rng_edge (struct rng *r) {
  switch (rng_below (r, 4)) {
  case 0:
    return rng_below (r, 300);
  case 1:
    return ((uint64_t) 1 << rng_below (r, 64)) + rng_below (r, 5) - 2;
  case 2:
    return -rng_below (r, 300);
  default:
    return rng_next (r) >> rng_below (r, 64);
  }
}

size_t rng_length (struct rng *r, size_t max) {
  size_t n = rng_chance (r, 256) ? rng_below (r, max + 1)
             : rng_chance (r, 8) ? rng_below (r, 1024)
                                 : rng_below (r, 200);
  return n < max ? n : max;
}

void print_hex (FILE *f, const uint8_t *data, size_t len) {
  for (size_t i = 0; i < len; i++) {
    fprintf (f, "%02x", data[i]);
  }
}

static int hex_digit (char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

bool sample_from_hex (struct sample *s, const char *hex) {
  sample_clear (s);
  for (; *hex; hex += 2) {
    int hi = hex_digit (hex[0]), lo = hi < 0 ? -1 : hex_digit (hex[1]);
    if (lo < 0) {
      return false;
    }
    put_u8 (s, (unsigned) (hi << 4 | lo));
  }
  return true;
}
