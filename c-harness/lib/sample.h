/*
 * A case: the bytes that a generator writes and a row's `run` decodes, the random numbers behind it, and the outcome on
 * which two providers must agree. A case consists only of its bytes, so that it can be printed and run again.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_SAMPLE_H
#define HARNESS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The bytes are always followed by a NUL that is not counted. */
struct sample {
  uint8_t *data;
  size_t len, room;
};

void sample_clear (struct sample *s);
void sample_release (struct sample *s);
/* Appends `len` uninitialised bytes and returns their address. */
uint8_t *sample_grow (struct sample *s, size_t len);
void put_bytes (struct sample *s, const void *data, size_t len);
void put_u8 (struct sample *s, unsigned v);
void put_u16 (struct sample *s, unsigned v);
void put_u32 (struct sample *s, uint32_t v);
void put_u64 (struct sample *s, uint64_t v);
void put_text (struct sample *s, const char *text);
void put_format (struct sample *s, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* Reads a sample. A cursor that reads past the end becomes `bad` and returns zeros. */
struct cursor {
  const uint8_t *at;
  size_t left;
  bool bad;
};

struct cursor cursor_of (const struct sample *s);
unsigned take_u8 (struct cursor *c);
unsigned take_u16 (struct cursor *c);
uint32_t take_u32 (struct cursor *c);
uint64_t take_u64 (struct cursor *c);
const uint8_t *take_bytes (struct cursor *c, size_t len);

/* The outcome of a call: numbers (the row has their names) and at most one byte string. */
enum { OUTCOME_VALUES = 64, OUTCOME_TEXT = 4608 };

struct outcome {
  unsigned count;
  int64_t value[OUTCOME_VALUES];
  size_t text_len;
  uint8_t text[OUTCOME_TEXT];
};

void outcome_clear (struct outcome *o);
void outcome_add (struct outcome *o, int64_t v);
void outcome_text (struct outcome *o, const void *text, size_t len);
bool outcome_equal (const struct outcome *a, const struct outcome *b);
/* `fields`: the names, separated by blanks. */
void outcome_print (FILE *f, const struct outcome *o, const char *fields);

/* Random numbers, determined by seed, name and index, so that any case can be reproduced alone. */
struct rng {
  uint64_t s[4];
};

struct draw {
  uint64_t seed, name_hash, index;
};

uint64_t hash_name (const char *name);
/* The stream of case `index`. Generators that cut one text at every offset use the text's index instead. */
struct rng rng_at (const struct draw *d, uint64_t index);
uint64_t rng_next (struct rng *r);
/* 0 .. n-1. */
uint64_t rng_below (struct rng *r, uint64_t n);
bool rng_chance (struct rng *r, unsigned one_in);
void rng_fill (struct rng *r, uint8_t *to, size_t len);
/* Small numbers, powers of two and their neighbours, and any number, equally often. */
uint64_t rng_edge (struct rng *r);
/* Lengths: mostly short, now and then up to `max`. */
size_t rng_length (struct rng *r, size_t max);

void print_hex (FILE *f, const uint8_t *data, size_t len);
/* Decodes `hex`; false if it is not hex. */
bool sample_from_hex (struct sample *s, const char *hex);

#endif
