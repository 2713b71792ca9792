/*
 * CRC-32 and CRC-32C; and CRC-64 and combining, which only the drop-in has.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "function.h"
#include "legacy.h"

enum { ALIGNMENTS = 64, MAX_DATA = 70000, EVERY_LENGTH = 384, EVERY_SPLIT = 257 };

/* The data at an address that is `align` modulo 64. */
static const uint8_t *placed (const uint8_t *data, size_t len, unsigned align) {
  static _Alignas (64) uint8_t room[MAX_DATA + ALIGNMENTS];
  uint8_t *at = room + align % ALIGNMENTS;
  if (len) {
    memcpy (at, data, len);
  }
  return at;
}

/* Alignment, register, split point, data. First every length at every alignment, then every length split at every point,
   then random ones. */
static void generate_crc (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  uint64_t i = d->index;
  unsigned align = (unsigned) rng_below (&r, ALIGNMENTS);
  size_t len, split;
  if (i < ALIGNMENTS * EVERY_LENGTH) {
    len = i / ALIGNMENTS;
    align = (unsigned) (i % ALIGNMENTS);
    split = rng_below (&r, len + 1);
  } else if ((i -= ALIGNMENTS * EVERY_LENGTH) < EVERY_SPLIT * EVERY_SPLIT) {
    len = i / EVERY_SPLIT;
    split = i % EVERY_SPLIT % (len + 1);
  } else {
    len = rng_chance (&r, 4096) ? rng_below (&r, MAX_DATA) : rng_length (&r, 4200);
    split = rng_below (&r, len + 1);
  }
  put_u8 (s, align);
  put_u32 (s, rng_chance (&r, 3) ? 0xffffffff : (uint32_t) rng_edge (&r));
  put_u32 (s, (uint32_t) split);
  uint8_t *data = sample_grow (s, len);
  if (rng_chance (&r, 16)) {
    memset (data, (int) rng_below (&r, 256), len);
  } else {
    rng_fill (&r, data, len);
  }
}

static bool run_crc (struct provider *p, const struct sample *s, struct outcome *o,
                     uint32_t (*crc32) (struct provider *, const uint8_t *, long, uint32_t)) {
  struct cursor c = cursor_of (s);
  unsigned align = take_u8 (&c);
  uint32_t crc = take_u32 (&c), split = take_u32 (&c);
  if (c.bad || split > c.left || c.left > MAX_DATA) {
    return false;
  }
  long len = (long) c.left;
  const uint8_t *data = placed (c.at, c.left, align);
  outcome_add (o, crc32 (p, data, len, crc));
  outcome_add (o, crc32 (p, data + split, len - split, crc32 (p, data, split, crc)));
  return true;
}

static bool run_crc32 (struct provider *p, const struct sample *s, struct outcome *o) {
  return run_crc (p, s, o, p->abi->crc32);
}

static bool run_crc32c (struct provider *p, const struct sample *s, struct outcome *o) {
  return run_crc (p, s, o, p->abi->crc32c);
}

/* Legacy names only: the row is skipped for a provider that lacks them. */
static bool run_crc64 (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  unsigned align = take_u8 (&c);
  uint64_t crc = take_u32 (&c) * 0x100000001u, split = take_u32 (&c);
  if (c.bad || split > c.left || c.left > MAX_DATA) {
    return false;
  }
  long len = (long) c.left;
  const uint8_t *data = placed (c.at, c.left, align);
  crc64_partial_t *crc64 = *p->legacy->crc64_partial;
  outcome_add (o, (int64_t) crc64 (data, len, crc));
  outcome_add (o, (int64_t) crc64 (data + split, len - (long) split, crc64 (data, (long) split, crc)));
  return true;
}

static void generate_combine (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u64 (s, rng_next (&r));
  put_u64 (s, rng_next (&r));
  put_u64 (s, rng_chance (&r, 16) ? -rng_below (&r, 100) : rng_edge (&r) >> 1 >> rng_below (&r, 40));
}

static bool run_combine (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  uint64_t a = take_u64 (&c), b = take_u64 (&c);
  int64_t len = (int64_t) take_u64 (&c);
  if (c.bad) {
    return false;
  }
  outcome_add (o, (*p->legacy->compute_crc32_combine) ((unsigned) a, (unsigned) b, len));
  outcome_add (o, (*p->legacy->compute_crc32c_combine) ((unsigned) a, (unsigned) b, len));
  outcome_add (o, (int64_t) (*p->legacy->compute_crc64_combine) (a, b, len));
  return true;
}

/* ---- lengths above PTRDIFF_MAX, which are the legacy functions' negative ones ---- */

static void generate_negative (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u8 (s, (unsigned) rng_below (&r, ALIGNMENTS));
  put_u32 (s, (uint32_t) rng_next (&r));
  put_u64 (s, d->index % 2 ? -1 - rng_below (&r, 5000) : rng_next (&r) | (uint64_t) 1 << 63);
  rng_fill (&r, sample_grow (s, 64), 64);
}

static bool check_negative (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                            size_t room, bool castagnoli) {
  struct cursor c = cursor_of (s);
  unsigned align = take_u8 (&c);
  uint32_t crc = take_u32 (&c);
  long len = (long) take_u64 (&c);
  if (c.bad || c.left < 64 || len >= 0) {
    snprintf (why, room, "not a case");
    return false;
  }
  const uint8_t *data = placed (c.at, 64, align);
  long digested = castagnoli ? (align % 8 ? 0 : len & 7) : len & 31;
  uint32_t (*f) (struct provider *, const uint8_t *, long, uint32_t) =
      castagnoli ? original->abi->crc32c : original->abi->crc32;
  uint32_t legacy = f (original, data, len, crc), expected = f (original, data, digested, crc);
  uint32_t own = castagnoli ? ours->abi->crc32c (ours, data, len, crc) : ours->abi->crc32 (ours, data, len, crc);
  snprintf (why, room, "length %ld: ours %u (register %u), original %u, %ld bytes of it %u", len, own, crc, legacy,
            digested, expected);
  return own == crc && legacy == expected;
}

static bool negative_crc32 (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                            size_t room) {
  return check_negative (ours, original, s, why, room, false);
}

static bool negative_crc32c (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                             size_t room) {
  return check_negative (ours, original, s, why, room, true);
}

static const struct function functions[] = {
  { "crc32_partial", "checksum", "whole split", CAN_CRC32, 1000000, generate_crc, run_crc32, NULL, NULL },
  { "crc32c_partial", "checksum", "whole split", CAN_CRC32C, 1000000, generate_crc, run_crc32c, NULL, NULL },
  { "crc64_partial", "checksum", "whole split", CAN_CRC64, 1000000, generate_crc, run_crc64, NULL, NULL },
  { "compute_crc_combine", "checksum", "crc32 crc32c crc64", CAN_COMBINE, 200000, generate_combine, run_combine, NULL,
    NULL },
  { 0 },
};

static const struct difference_test tests[] = {
  { LENGTH_UNSIGNED, "checksum", "crc32_partial/negative", CAN_CRC32, 10000, generate_negative, negative_crc32 },
  { LENGTH_UNSIGNED, "checksum", "crc32c_partial/negative", CAN_CRC32C, 10000, generate_negative, negative_crc32c },
  { 0 },
};

static const struct property properties[] = { { 0 } };

const struct family checksum_family = { "checksum", functions, tests, properties, false };
