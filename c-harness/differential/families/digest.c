/*
 * MD5, SHA-1, SHA-256, their HMACs and two-chunk forms.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "function.h"

enum { MAX_INPUT = 70000, GUARD = 16 };
enum flags { NULL_WHEN_EMPTY = 1, OUTPUT_OVER_FIRST = 2, OUTPUT_OVER_SECOND = 4 };

/* Mostly lengths around the ends of blocks, where padding and long keys are treated differently; else any length. */
static size_t digest_length (struct rng *r) {
  if (rng_chance (r, 3)) {
    size_t blocks = rng_below (r, 5) * 64;
    size_t off = 50 + rng_below (r, 20);
    return blocks + off;
  }
  return rng_chance (r, 4096) ? rng_below (r, MAX_INPUT)
         : rng_chance (r, 64) ? rng_below (r, 4200)
                              : rng_below (r, 200);
}

/* flags, length of the first input, first, second. */
static void generate_digest (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  size_t first = digest_length (&r), second = digest_length (&r);
  put_u8 (s, (unsigned) rng_below (&r, 8));
  put_u32 (s, (uint32_t) first);
  rng_fill (&r, sample_grow (s, first + second), first + second);
}

static bool one_input (enum digest d) {
  return d == DIGEST_MD5 || d == DIGEST_MD5_HEX || d == DIGEST_SHA1 || d == DIGEST_SHA256;
}

static bool run_digest (struct provider *p, const struct sample *s, struct outcome *o, enum digest d) {
  static uint8_t one[MAX_INPUT + 64], two[MAX_INPUT + 64];
  struct cursor c = cursor_of (s);
  unsigned flags = take_u8 (&c);
  size_t first_len = take_u32 (&c);
  const uint8_t *first = take_bytes (&c, first_len);
  size_t second_len = c.left;
  if (c.bad || first_len > MAX_INPUT || second_len > MAX_INPUT) {
    return false;
  }
  memcpy (one, first, first_len);
  memcpy (two, c.at, second_len);
  struct digest_input in = { first_len || !(flags & NULL_WHEN_EMPTY) ? one : NULL,
                             second_len || !(flags & NULL_WHEN_EMPTY) ? two : NULL, (long) first_len,
                             (long) second_len };
  if (one_input (d)) {
    in.second = NULL;
    in.second_len = 0;
  }
  if (d == DIGEST_SHA256_HMAC && !in.first && !in.second) {
    in.second = two; /* OpenSSL 3 has no HMAC of nothing under nothing: there the original aborts */
  }
  uint8_t out[64 + GUARD];
  memset (out, 0xaa, sizeof (out));
  /* Legacy callers let the digest overwrite its input. */
  uint8_t *to = flags & OUTPUT_OVER_FIRST ? one : flags & OUTPUT_OVER_SECOND ? two : out;
  outcome_add (o, p->abi->digest (p, d, &in, to));
  outcome_text (o, to, to == out ? digest_size (d) + GUARD : digest_size (d));
  return true;
}

#define RUN(lower, upper)                                                                   \
  static bool run_##lower (struct provider *p, const struct sample *s, struct outcome *o) { \
    return run_digest (p, s, o, DIGEST_##upper);                                            \
  }
RUN (md5, MD5)
RUN (md5_hex, MD5_HEX)
RUN (md5_hmac, MD5_HMAC)
RUN (sha1, SHA1)
RUN (sha1_two_chunks, SHA1_TWO_CHUNKS)
RUN (sha256, SHA256)
RUN (sha256_two_chunks, SHA256_TWO_CHUNKS)
RUN (sha256_hmac, SHA256_HMAC)

#define ROW(lower, upper) { #lower, "digest", "status", CAN_##upper, 200000, generate_digest, run_##lower, NULL, NULL }

static const struct function functions[] = {
  ROW (md5, MD5),
  ROW (md5_hex, MD5_HEX),
  ROW (md5_hmac, MD5_HMAC),
  ROW (sha1, SHA1),
  ROW (sha1_two_chunks, SHA1_TWO_CHUNKS),
  ROW (sha256, SHA256),
  ROW (sha256_two_chunks, SHA256_TWO_CHUNKS),
  ROW (sha256_hmac, SHA256_HMAC),
  { 0 },
};

static const struct difference_test tests[] = { { 0 } };
static const struct property properties[] = { { 0 } };

const struct family digest_family = { "digest", functions, tests, properties, false };
