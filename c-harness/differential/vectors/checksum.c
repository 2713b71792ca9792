/*
 * Recorded checksums and digests.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "legacy.h"
#include "vectors.h"

typedef uint32_t crc_t (struct provider *p, const uint8_t *data, long len, uint32_t crc);

/* A copy of the bytes at an address that is `align` modulo 64; the caller frees `*room`. */
static uint8_t *aligned_copy (const uint8_t *data, size_t len, size_t align, void **room) {
  *room = aligned_alloc (64, (len + 64 + 64 + 63) / 64 * 64);
  uint8_t *at = (uint8_t *) *room + align % 64;
  if (len) {
    memcpy (at, data, len);
  }
  return at;
}

/* The drop-in's other functions of the same checksum give the same. */
static bool variants_agree (struct provider *p, const uint8_t *at, long len, uint64_t in, int which, uint64_t want) {
  struct legacy_symbols *f = p->legacy;
  if (!p->drop_in || p->lacks[CAN_CRC_VARIANTS]) {
    return true;
  }
  return which == 64 ? f->crc64_partial_one_table (at, len, in) == want && f->crc64_partial_clmul (at, len, in) == want
         : which == 32 ? f->crc32_partial_generic (at, len, (uint32_t) in) == want &&
                             f->crc32_partial_clmul (at, len, (uint32_t) in) == want
                       : f->crc32c_partial_four_tables (at, len, (uint32_t) in) == want;
}

/* len crc_in data crc_out, at several alignments, which must all agree. */
static enum row_result crc (struct row *row, enum ability needs, int which) {
  struct sample data = { 0 };
  if (lacks (row, needs)) {
    return ROW_SKIPPED;
  }
  cell_bytes (row, 2, &data);
  uint64_t first = 0, in = cell_unsigned (row, 1);
  static const size_t alignments[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 24, 31, 32, 63 };
  for (size_t i = 0; i < sizeof (alignments) / sizeof (alignments[0]); i++) {
    void *room;
    uint8_t *at = aligned_copy (data.data, data.len, alignments[i], &room);
    long len = (long) data.len;
    uint64_t v = which == 64   ? (*row->p->legacy->crc64_partial) (at, len, in)
                 : which == 32 ? row->p->abi->crc32 (row->p, at, len, (uint32_t) in)
                               : row->p->abi->crc32c (row->p, at, len, (uint32_t) in);
    bool agree = variants_agree (row->p, at, len, in, which, v);
    free (room);
    if (!agree) {
      snprintf (row->why, sizeof (row->why), "a variant differs at alignment %zu", alignments[i]);
      sample_release (&data);
      return ROW_FAILED;
    }
    if (i && v != first) {
      snprintf (row->why, sizeof (row->why), "%llu at alignment 0, %llu at %zu", (unsigned long long) first,
                (unsigned long long) v, alignments[i]);
      sample_release (&data);
      return ROW_FAILED;
    }
    first = v;
  }
  out_unsigned (row, 3, first);
  sample_release (&data);
  return ROW_COMPARED;
}

static enum row_result crc32 (struct row *row) {
  return crc (row, CAN_CRC32, 32);
}

static enum row_result crc32c (struct row *row) {
  return crc (row, CAN_CRC32C, 0);
}

static enum row_result crc64 (struct row *row) {
  return crc (row, CAN_CRC64, 64);
}

/* fn crc1 crc2 len2 out */
static enum row_result combine (struct row *row) {
  if (lacks (row, CAN_COMBINE)) {
    return ROW_SKIPPED;
  }
  uint64_t a = cell_unsigned (row, 1), b = cell_unsigned (row, 2);
  int64_t len = cell_int (row, 3);
  struct legacy_symbols *f = row->p->legacy;
  out_unsigned (row, 4,
                cell_is (row, 0, "crc64")
                    ? (*f->compute_crc64_combine) (a, b, len)
                    : (cell_is (row, 0, "crc32") ? *f->compute_crc32_combine
                                                 : *f->compute_crc32c_combine) ((unsigned) a, (unsigned) b, len));
  return ROW_COMPARED;
}

/* md5, md5_hex or md5_hmac; the key or the message has this length, and the other one 20 bytes. */
static enum row_result negative_md5 (struct row *row, long len) {
  bool hmac = !strncmp (cell (row, 0), "md5_hmac", 8), key = strstr (cell (row, 0), "keylen=len") != NULL;
  enum digest d = hmac ? DIGEST_MD5_HMAC : cell_is (row, 0, "md5_hex") ? DIGEST_MD5_HEX : DIGEST_MD5;
  struct sample data = { 0 };
  uint8_t out[32];
  void *room;
  if (lacks (row, digest_ability (d))) {
    return ROW_SKIPPED;
  }
  cell_bytes (row, 2, &data);
  uint8_t *at = aligned_copy (data.data, data.len, (size_t) cell_int (row, 1), &room);
  struct digest_input in = { at, at, hmac && !key ? 20 : len, key ? 20 : len };
  row->p->abi->digest (row->p, d, &in, out);
  out_hex (row, 5, out, digest_size (d));
  free (room);
  sample_release (&data);
  return ROW_COMPARED;
}

/* fn align data len crc_in out: lengths of 0 and less. */
static enum row_result negative_length (struct row *row) {
  bool is_crc32 = cell_is (row, 0, "crc32"), is_crc32c = cell_is (row, 0, "crc32c"),
       is_crc64 = cell_is (row, 0, "crc64");
  long len = (long) cell_int (row, 3);
  struct sample data = { 0 };
  void *room;
  if (!is_crc32 && !is_crc32c && !is_crc64) {
    return is_boundary (row) ? skipped (row, "an int length below 0 cannot be said through size_t")
                             : negative_md5 (row, len);
  }
  if (lacks (row, is_crc64 ? CAN_CRC64 : is_crc32 ? CAN_CRC32 : CAN_CRC32C)) {
    return ROW_SKIPPED;
  }
  cell_bytes (row, 2, &data);
  uint64_t in = cell_unsigned (row, 4);
  uint8_t *at = aligned_copy (data.data, data.len, (size_t) cell_int (row, 1), &room);
  uint64_t v = is_crc64   ? (*row->p->legacy->crc64_partial) (at, len, in)
               : is_crc32 ? row->p->abi->crc32 (row->p, at, len, (uint32_t) in)
                          : row->p->abi->crc32c (row->p, at, len, (uint32_t) in);
  free (room);
  sample_release (&data);
  if (is_boundary (row) && len < 0) {
    return on_purpose (row, LENGTH_UNSIGNED, v == in);
  }
  out_unsigned (row, 5, v);
  return ROW_COMPARED;
}

/* ---- repair: legacy names only ---- */

/* byteindex:xormask,... */
static void apply_flips (const char *flips, struct sample *s) {
  for (const char *at = flips; *at && *at != '-'; at += *at == ',') {
    char *end;
    size_t i = strtoul (at, &end, 10);
    unsigned mask = (unsigned) strtoul (end + 1, &end, 16);
    if (i < s->len) {
      s->data[i] ^= (uint8_t) mask;
    }
    at = end;
  }
}

static void out_difference (struct row *row, size_t column, const struct sample *before, const struct sample *after) {
  char text[400] = "";
  size_t n = 0;
  for (size_t i = 0; i < before->len && n < sizeof (text) - 32; i++) {
    if (before->data[i] != after->data[i]) {
      n += (size_t) snprintf (text + n, sizeof (text) - n, "%s%zu:%02x", n ? "," : "", i,
                              before->data[i] ^ after->data[i]);
    }
  }
  out_text (row, column, text);
}

/* fn data flips size arg ret diff crc_out */
static enum row_result repair (struct row *row) {
  struct sample before = { 0 }, after = { 0 };
  if (lacks (row, CAN_REPAIR)) {
    return ROW_SKIPPED;
  }
  struct legacy_symbols *f = row->p->legacy;
  int size = (int) cell_int (row, 3);
  if (cell_is (row, 0, "find")) {
    out_int (row, 5, f->crc32_find_corrupted_bit (size, (unsigned) cell_unsigned (row, 4)));
    return ROW_COMPARED;
  }
  cell_bytes (row, 1, &before);
  apply_flips (cell (row, 2), &before);
  put_bytes (&after, before.data, before.len);
  if (cell_is (row, 0, "check")) {
    unsigned stored = (unsigned) cell_unsigned (row, 4);
    out_int (row, 5, f->crc32_check_and_repair (after.data, size, &stored, 0));
    out_unsigned (row, 7, stored);
  } else {
    out_int (row, 5, f->crc32_repair_bit (after.data, size, (int) cell_int (row, 4)));
  }
  out_difference (row, 6, &before, &after);
  sample_release (&before);
  sample_release (&after);
  return ROW_COMPARED;
}

/* ---- GF(2)[x]: legacy names only ---- */

enum { GENERIC_POWERS = 32 * 67, CLMUL_POWERS = 252 };

static void out_words (struct row *row, size_t column, const unsigned *words, size_t count) {
  struct sample s = { 0 };
  for (size_t i = 0; i < count; i++) {
    put_u32 (&s, words[i]);
  }
  out_hex (row, column, s.data, s.len);
  sample_release (&s);
}

/* fn a b poly out */
static enum row_result gf32 (struct row *row) {
  static _Alignas (64) unsigned powers[GENERIC_POWERS];
  if (lacks (row, CAN_GF32)) {
    return ROW_SKIPPED;
  }
  struct legacy_symbols *f = row->p->legacy;
  uint64_t a = cell_unsigned (row, 1);
  long long b = cell_is (row, 2, "-") ? 0 : (long long) cell_unsigned (row, 2);
  unsigned poly = cell_is (row, 3, "-") ? 0 : (unsigned) cell_unsigned (row, 3);
  if (cell_is (row, 0, "mulx")) {
    out_unsigned (row, 4, f->gf32_mulx ((unsigned) a, poly));
  } else if (cell_is (row, 0, "mul")) {
    out_unsigned (row, 4, f->gf32_mul ((unsigned) a, (unsigned) b, poly));
  } else if (cell_is (row, 0, "pow")) {
    out_unsigned (row, 4, f->gf32_pow ((unsigned) a, (int) b, poly));
  } else if (cell_is (row, 0, "powers_generic")) {
    f->gf32_compute_powers_generic (powers, (int) a, poly);
    out_words (row, 4, powers, a);
  } else if (cell_is (row, 0, "powers_clmul")) {
    f->gf32_compute_powers_clmul (powers, poly);
    out_words (row, 4, powers, CLMUL_POWERS);
  } else if (cell_is (row, 0, "combine_generic")) {
    f->gf32_compute_powers_generic (powers, GENERIC_POWERS, poly);
    out_unsigned (row, 4, f->gf32_combine_generic (powers, (unsigned) a, b));
  } else if (cell_is (row, 0, "combine_clmul")) {
    f->gf32_compute_powers_clmul (powers, poly);
    out_unsigned (row, 4, f->gf32_combine_clmul (powers, (unsigned) a, b));
  } else {
    out_unsigned (row, 4, f->crc64_feed_byte (a, (unsigned char) b));
  }
  return ROW_COMPARED;
}

/* ---- digests ---- */

/* How many bytes a call writes into a larger buffer, found by filling the buffer with two different values. */
static long written (struct row *row, enum digest d, const struct digest_input *in, uint8_t *out, size_t room) {
  long end = 0;
  static const int fills[] = { 0x55, 0xaa };
  for (int pass = 0; pass < 2; pass++) {
    memset (out, fills[pass], room);
    if (row->p->abi->digest (row->p, d, in, out) != 0) {
      return -1;
    }
    for (long i = 0; i < (long) room; i++) {
      end = out[i] != fills[pass] && i >= end ? i + 1 : end;
    }
  }
  return end;
}

/* fn key data [data2] out written */
static enum row_result digest (struct row *row) {
  uint8_t out[128];
  struct sample key = { 0 }, one = { 0 }, two = { 0 };
  enum digest d = 0;
  while (d < DIGESTS && !cell_is (row, 0, digest_name (d))) {
    d++;
  }
  if (d == DIGESTS) {
    return skipped (row, "an unknown digest");
  }
  if (lacks (row, digest_ability (d))) {
    return ROW_SKIPPED;
  }
  bool three = row->columns == 6, hmac = d == DIGEST_MD5_HMAC || d == DIGEST_SHA256_HMAC;
  cell_bytes (row, 1, &key);
  cell_bytes (row, 2, &one);
  if (three) {
    cell_bytes (row, 3, &two);
  }
  struct digest_input in = { hmac ? key.data : one.data, hmac ? one.data : two.data, (long) (hmac ? key.len : one.len),
                             (long) (hmac ? one.len : two.len) };
  long n = written (row, d, &in, out, sizeof (out));
  out_hex (row, three ? 4 : 3, out, digest_size (d));
  out_int (row, three ? 5 : 4, n);
  sample_release (&key);
  sample_release (&one);
  sample_release (&two);
  return ROW_COMPARED;
}

const struct vector_file checksum_files[] = {
  { "crc32.tsv", "checksum", "len crc_in data crc_out", crc32 },
  { "crc32c.tsv", "checksum", "len crc_in data crc_out", crc32c },
  { "crc64.tsv", "checksum", "len crc_in data crc_out", crc64 },
  { "combine.tsv", "checksum", "fn crc1 crc2 len2 out", combine },
  { "neg_len.tsv", "checksum", "fn align data len crc_in out", negative_length },
  { "crc32_repair.tsv", "checksum", "fn data flips size arg ret diff crc_out", repair },
  { "gf32.tsv", "checksum", "fn a b poly out", gf32 },
  { "md5.tsv", "digest", "fn key data out written", digest },
  { "sha1.tsv", "digest", "fn key data1 data2 out written", digest },
  { "sha256.tsv", "digest", "fn key data1 data2 out written", digest },
  { 0 },
};
