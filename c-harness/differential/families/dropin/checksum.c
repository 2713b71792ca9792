/*
 * Checksum functions that only the legacy names have: each variant under its own name, GF(2)[x], finding and repairing a
 * bit.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "function.h"
#include "interpose.h"
#include "legacy.h"

enum { ALIGNMENTS = 64, DATA = 5000, GENERIC = 32 * 67, WIDE = 252, POLY = 0xedb88320 };

static bool has_clmul (struct provider *p) {
  return p->legacy->kdb_cpuid ()->ecx & 2;
}

static int64_t hash_words (const unsigned *words, size_t count) {
  uint64_t h = 14695981039346656037u;
  for (size_t i = 0; i < count; i++) {
    h = (h ^ words[i]) * 1099511628211u;
  }
  return (int64_t) h;
}

/* ---- the variants ---- */

/* Alignment, register, length, data. The length is sometimes negative; then there are 64 bytes. */
static void generate_variant (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  size_t len = rng_chance (&r, 512) ? rng_below (&r, DATA) : rng_length (&r, 700);
  bool negative = rng_chance (&r, 16);
  len = negative ? 64 : len;
  put_u8 (s, (unsigned) rng_below (&r, ALIGNMENTS));
  put_u64 (s, rng_chance (&r, 3) ? UINT64_MAX : rng_edge (&r));
  put_u64 (s, negative ? (uint64_t) -1 - rng_below (&r, 5000) : len);
  rng_fill (&r, sample_grow (s, len), len);
}

static bool run_variant (struct provider *p, const struct sample *s, struct outcome *o) {
  static _Alignas (64) uint8_t room[DATA + ALIGNMENTS];
  struct cursor c = cursor_of (s);
  uint8_t *at = room + take_u8 (&c) % ALIGNMENTS;
  uint64_t crc = take_u64 (&c);
  long len = (long) take_u64 (&c);
  if (c.bad || c.left > DATA || (len < 0 ? c.left < 64 : (size_t) len != c.left)) {
    return false;
  }
  memcpy (at, c.at, c.left);
  struct legacy_symbols *f = p->legacy;
  bool clmul = has_clmul (p);
  outcome_add (o, f->crc32_partial_generic (at, len, (unsigned) crc));
  outcome_add (o, f->crc32c_partial_four_tables (at, len, (unsigned) crc));
  outcome_add (o, (int64_t) f->crc64_partial_one_table (at, len, crc));
  outcome_add (o, clmul ? f->crc32_partial_clmul (at, len, (unsigned) crc) : 0);
  outcome_add (o, clmul ? (int64_t) f->crc64_partial_clmul (at, len, crc) : 0);
  f->crc64_init_power_buf ();
  return true;
}

/* ---- GF(2)[x] ---- */

/* Never a polynomial without x^0, whose powers vanish: that case is a difference. */
static uint32_t any_poly (struct rng *r) {
  return rng_chance (r, 4) ? POLY : rng_chance (r, 4) ? 0x82f63b78 : (uint32_t) rng_next (r) | 0x80000000u;
}

/* a, b, exponent, poly, register, byte. */
static void generate_gf32 (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u32 (s, (uint32_t) rng_edge (&r));
  put_u32 (s, (uint32_t) rng_edge (&r));
  put_u32 (s, (uint32_t) rng_edge (&r) & 0x7fffffff);
  put_u32 (s, rng_chance (&r, 2) ? any_poly (&r) : (uint32_t) rng_edge (&r));
  put_u64 (s, rng_edge (&r));
  put_u8 (s, (unsigned) rng_below (&r, 256));
}

static bool run_gf32 (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  uint32_t a = take_u32 (&c), b = take_u32 (&c), k = take_u32 (&c) & 0x7fffffff, poly = take_u32 (&c);
  uint64_t crc = take_u64 (&c);
  unsigned byte = take_u8 (&c);
  if (c.bad) {
    return false;
  }
  outcome_add (o, p->legacy->gf32_mulx (a, poly));
  outcome_add (o, p->legacy->gf32_mul (a, b, poly));
  outcome_add (o, p->legacy->gf32_pow (a, (int) k, poly));
  outcome_add (o, (int64_t) p->legacy->crc64_feed_byte (crc, (unsigned char) byte));
  return true;
}

/* poly, rows of 32 words, register, length. */
static void generate_powers (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u32 (s, any_poly (&r));
  put_u8 (s, 1 + (unsigned) rng_below (&r, 67));
  put_u32 (s, (uint32_t) rng_edge (&r));
  uint64_t len = rng_edge (&r) >> 1 >> rng_below (&r, 40);
  put_u64 (s, len ? len : 1);
}

static bool run_powers (struct provider *p, const struct sample *s, struct outcome *o) {
  static _Alignas (64) unsigned generic[GENERIC], wide[WIDE];
  struct cursor c = cursor_of (s);
  uint32_t poly = take_u32 (&c) | 0x80000000u;
  int size = 32 * (int) take_u8 (&c);
  uint32_t crc = take_u32 (&c);
  int64_t len = (int64_t) take_u64 (&c);
  if (c.bad || size < 32 || size > GENERIC || len < 1) {
    return false;
  }
  struct legacy_symbols *f = p->legacy;
  f->gf32_compute_powers_generic (generic, size, poly);
  outcome_add (o, hash_words (generic, (size_t) size));
  f->gf32_compute_powers_generic (generic, GENERIC, poly);
  outcome_add (o, f->gf32_combine_generic (generic, crc, len));
  f->gf32_compute_powers_clmul (wide, poly);
  outcome_add (o, hash_words (wide, WIDE));
  outcome_add (o, has_clmul (p) ? (int64_t) f->gf32_combine_clmul (wide, crc, len) : 0);
  return true;
}

/* ---- finding and repairing a bit ---- */

/* Verbosity, force_exit, error in the checksum, length of the data, data, positions of wrong bits. More than one wrong bit
   ends the process if force_exit is set. */
static void generate_repair (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  size_t len = rng_chance (&r, 256) ? rng_below (&r, DATA) : rng_below (&r, 100);
  unsigned flips = (unsigned) rng_below (&r, 4);
  bool in_checksum = flips == 1 && rng_chance (&r, 4);
  put_u8 (s, rng_chance (&r, 16) ? 3 : 0);
  put_u8 (s, (flips < 2 && rng_chance (&r, 2)) || !len);
  put_u32 (s, in_checksum || (!len && flips) ? 1u << rng_below (&r, 32) : 0);
  put_u32 (s, (uint32_t) len);
  rng_fill (&r, sample_grow (s, len), len);
  for (unsigned i = 0; len && i < flips && !in_checksum; i++) {
    put_u32 (s, (uint32_t) rng_below (&r, 8 * len));
  }
}

static bool run_repair (struct provider *p, const struct sample *s, struct outcome *o) {
  static uint8_t data[DATA];
  struct cursor c = cursor_of (s);
  int verbose = (int) take_u8 (&c), force = (int) take_u8 (&c);
  uint32_t error = take_u32 (&c), len = take_u32 (&c);
  const uint8_t *given = take_bytes (&c, len);
  if (c.bad || len > DATA || c.left % 4 || c.left > 12 || (force && (c.left > 4 || (error && c.left)))) {
    return false;
  }
  memcpy (data, given, len);
  unsigned stored = ~(*p->legacy->crc32_partial) (data, (long) len, ~0u) ^ error;
  while (c.left) {
    uint32_t bit = take_u32 (&c);
    if (bit >= 8 * len) {
      return false;
    }
    data[bit / 8] ^= (uint8_t) (1u << bit % 8);
  }
  int kept = *p->legacy->verbosity;
  size_t log_len;
  fake_pid (7);
  fake_local_time (&(struct tm) { .tm_year = 126 }, 5);
  *p->legacy->verbosity = verbose;
  catch_stderr_begin ();
  outcome_add (o, p->legacy->crc32_check_and_repair (data, (int) len, &stored, force));
  const char *log = catch_stderr_end (&log_len);
  *p->legacy->verbosity = kept;
  fake_clock_end ();
  outcome_add (o, stored);
  outcome_add (o, (int64_t) log_len);
  outcome_text (o, data, len < 2000 ? len : 2000);
  uint64_t hash = 0;
  for (size_t i = 0; i < len + log_len; i++) {
    hash = hash * 31 + (i < len ? data[i] : (uint8_t) log[i - len]);
  }
  outcome_add (o, (int64_t) hash);
  return true;
}

/* size, difference, length, bit, 64 bytes. */
static void generate_find (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u32 (s, (uint32_t) ((int) (rng_chance (&r, 4000) ? rng_below (&r, 1 << 22) : rng_below (&r, 300)) - 3));
  put_u32 (s, rng_chance (&r, 2) ? (uint32_t) rng_next (&r) : 1u << rng_below (&r, 32));
  put_u32 (s, (uint32_t) rng_below (&r, 70) - 5);
  put_u32 (s, rng_chance (&r, 8) ? (uint32_t) rng_edge (&r) : (uint32_t) rng_below (&r, 700) - 20);
  rng_fill (&r, sample_grow (s, 64), 64);
}

static bool run_find (struct provider *p, const struct sample *s, struct outcome *o) {
  uint8_t data[64];
  struct cursor c = cursor_of (s);
  int size = (int) take_u32 (&c);
  uint32_t difference = take_u32 (&c);
  int len = (int) take_u32 (&c), bit = (int) take_u32 (&c);
  if (c.bad || c.left != 64 || size < -3 || size > 1 << 22 || len > 64 || len < -1000) {
    return false;
  }
  memcpy (data, c.at, 64);
  outcome_add (o, p->legacy->crc32_find_corrupted_bit (size, difference));
  outcome_add (o, p->legacy->crc32_repair_bit (data, len, bit));
  outcome_text (o, data, 64);
  return true;
}

/* ---- differences ---- */

struct call {
  struct provider *p;
  unsigned *table;
  uint32_t a, poly;
  int64_t number;
};

static void generate_number (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u32 (s, (uint32_t) rng_next (&r));
  put_u64 (s, d->index < 2 ? d->index : rng_chance (&r, 2) ? rng_below (&r, 1000) : rng_next (&r) >> 33);
}

static void take_call (const struct sample *s, struct call *call) {
  struct cursor c = cursor_of (s);
  call->a = take_u32 (&c);
  call->number = (int64_t) take_u64 (&c);
}

static void pow_in_child (void *arg) {
  struct call *call = arg;
  call->p->legacy->gf32_pow (call->a, (int) call->number, POLY);
}

static bool negative_power (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                            size_t room) {
  struct call call = { .p = original };
  take_call (s, &call);
  call.number = -1 - call.number;
  unsigned own = ours->legacy->gf32_pow (call.a, (int) call.number, POLY);
  enum child_end end = run_in_child (pow_in_child, &call, 3000);
  snprintf (why, room, "to the power %lld: ours %u, the original %s", (long long) call.number, own,
            child_end_name (end));
  return own == 0 && child_lost (end);
}

static void find_in_child (void *arg) {
  struct call *call = arg;
  call->p->legacy->crc32_find_corrupted_bit ((int) call->number, call->a);
}

static bool nothing_to_search (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                               size_t room) {
  struct call call = { .p = original };
  take_call (s, &call);
  call.number = -4 - call.number % 100000000; /* eight times that is an int */
  int own = ours->legacy->crc32_find_corrupted_bit ((int) call.number, call.a);
  enum child_end end = run_in_child (find_in_child, &call, 3000);
  snprintf (why, room, "size %lld: ours %d, the original %s", (long long) call.number, own, child_end_name (end));
  return own == -1 && child_lost (end);
}

static void generic_in_child (void *arg) {
  struct call *call = arg;
  call->p->legacy->gf32_combine_generic (call->table, call->a, call->number);
}

static void wide_in_child (void *arg) {
  struct call *call = arg;
  call->p->legacy->gf32_combine_clmul (call->table, call->a, call->number);
}

/* For 0 bytes the original's wide function reads before the table; for negative lengths both read past its end. */
static bool shift_not_positive (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                                size_t room) {
  static _Alignas (64) unsigned generic[GENERIC], wide[64 + WIDE];
  struct call call = { .p = original, .table = generic };
  take_call (s, &call);
  call.a |= 1;
  call.number = call.number ? -call.number : 0;
  for (int i = 0; i < 2; i++) {
    struct provider *p = i ? original : ours;
    p->legacy->gf32_compute_powers_generic (generic, GENERIC, POLY);
    p->legacy->gf32_compute_powers_clmul (wide + 64, POLY);
  }
  unsigned own = ours->legacy->gf32_combine_generic (generic, call.a, call.number);
  uint64_t own_wide = ours->legacy->gf32_combine_clmul (wide + 64, call.a, call.number);
  snprintf (why, room, "by %lld: ours %u and %llu", (long long) call.number, own, (unsigned long long) own_wide);
  if (own != call.a || own_wide != (uint64_t) call.a << 32) {
    return false;
  }
  if (call.number < 0) {
    enum child_end end = run_in_child (generic_in_child, &call, 100), end_wide;
    call.table = wide + 64;
    end_wide = has_clmul (original) ? run_in_child (wide_in_child, &call, 100) : CHILD_CRASHED;
    snprintf (why, room, "by %lld: the original %s, and %s", (long long) call.number, child_end_name (end),
              child_end_name (end_wide));
    return child_lost (end) && child_lost (end_wide);
  }
  if (!has_clmul (original)) {
    return true;
  }
  memset (wide, 0x55, 64 * sizeof (wide[0]));
  uint64_t one = original->legacy->gf32_combine_clmul (wide + 64, call.a, 0);
  memset (wide, 0xa3, 64 * sizeof (wide[0]));
  uint64_t two = original->legacy->gf32_combine_clmul (wide + 64, call.a, 0);
  snprintf (why, room, "by 0: the original %llu and %llu", (unsigned long long) one, (unsigned long long) two);
  return one != two && original->legacy->gf32_combine_generic (generic, call.a, 0) == call.a;
}

static void wide_powers_in_child (void *arg) {
  struct call *call = arg;
  call->p->legacy->gf32_compute_powers_clmul (call->table, call->poly);
}

static bool unaligned_table (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                             size_t room) {
  static _Alignas (64) unsigned table[WIDE + 4], aligned[WIDE];
  struct call call = { .p = original };
  take_call (s, &call);
  call.table = table + 1 + call.number % 3;
  call.poly = call.a;
  ours->legacy->gf32_compute_powers_clmul (call.table, call.poly);
  original->legacy->gf32_compute_powers_clmul (aligned, call.poly);
  enum child_end end = run_in_child (wide_powers_in_child, &call, 3000);
  bool same = !memcmp (call.table, aligned, sizeof (aligned));
  snprintf (why, room, "at word %lld: ours %s, the original %s", 1 + (long long) call.number % 3,
            same ? "the same table" : "another table", child_end_name (end));
  return same && end == CHILD_ABORTED;
}

static void powers_in_child (void *arg) {
  struct call *call = arg;
  call->p->legacy->gf32_compute_powers_generic (call->table, (int) call->number, call->poly);
}

/* With the polynomial 0, all bits are shifted out within six rows. */
static bool singular_table (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                            size_t room) {
  static unsigned table[GENERIC];
  struct call call = { .p = original, .table = table };
  take_call (s, &call);
  call.poly = 0;
  call.number = 32 * (6 + (int64_t) (call.a % 62));
  memset (table, 0xff, sizeof (table));
  ours->legacy->gf32_compute_powers_generic (table, (int) call.number, call.poly);
  enum child_end end = run_in_child (powers_in_child, &call, 3000);
  unsigned last = table[call.number - 1];
  snprintf (why, room, "%lld words: ours ends in %u, the original %s", (long long) call.number, last,
            child_end_name (end));
  return last == 0 && table[0] == 0 && table[1] == 1 && end == CHILD_ABORTED;
}

static const struct function functions[] = {
  { "crc_variants", "checksum", "crc32_generic crc32c_four_tables crc64_one_table crc32_clmul crc64_clmul",
    CAN_CRC_VARIANTS, 300000, generate_variant, run_variant, NULL, NULL },
  { "gf32_mul_pow", "checksum", "mulx mul pow crc64_feed_byte", CAN_GF32, 100000, generate_gf32, run_gf32, NULL, NULL },
  { "gf32_combine", "checksum", "powers_generic combine_generic powers_clmul combine_clmul", CAN_GF32, 3000,
    generate_powers, run_powers, NULL, NULL },
  { "crc32_check_and_repair", "checksum", "ret crc log_length hash", CAN_REPAIR, 50000, generate_repair, run_repair,
    NULL, NULL },
  { "crc32_find_and_repair_bit", "checksum", "found ret", CAN_REPAIR, 50000, generate_find, run_find, NULL, NULL },
  { 0 },
};

static const struct difference_test tests[] = {
  { POWER_NEGATIVE, "checksum", "gf32_pow/negative", CAN_GF32, 20, generate_number, negative_power },
  { NOTHING_TO_SEARCH, "checksum", "crc32_find_corrupted_bit/none", CAN_REPAIR, 30, generate_number,
    nothing_to_search },
  { SHIFT_NOT_POSITIVE, "checksum", "gf32_combine/not-positive", CAN_GF32, 20, generate_number, shift_not_positive },
  { TABLE_UNALIGNED, "checksum", "gf32_compute_powers/unaligned", CAN_GF32, 30, generate_number, unaligned_table },
  { TABLE_SINGULAR, "checksum", "gf32_compute_powers/singular", CAN_GF32, 30, generate_number, singular_table },
  { 0 },
};

static const struct property properties[] = { { 0 } };

const struct family dropin_checksum_family = { "checksum", functions, tests, properties, true };
