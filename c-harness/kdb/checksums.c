/* Checksums: combine, crc32*, crc64, gf32, repair, and lengths that are not positive. */
#define _GNU_SOURCE
#include "harness.h"
#include "legacy.h"
#include <stdlib.h>
#include <string.h>

static void crc(struct row *row) {
  size_t len;
  unsigned char *data = bytes(row->cell[2], &len, 0);
  uint64_t in = unsigned_number(row->cell[1]), want = unsigned_number(row->cell[3]), got[3];
  int count = 2;
  if (!strcmp(row->file, "crc64")) {
    got[0] = crc64_partial(data, len, in);
    got[1] = crc64_partial_one_table(data, len, in);
    got[2] = crc64_partial_clmul(data, len, in);
    count = 3;
  } else if (!strcmp(row->file, "crc32")) {
    got[0] = crc32_partial(data, len, in);
    got[1] = crc32_partial_generic(data, len, in);
    got[2] = crc32_partial_clmul(data, len, in);
    count = 3;
  } else {
    got[0] = crc32c_partial(data, len, in);
    got[1] = crc32c_partial_four_tables(data, len, in);
  }
  for (int i = 0; i < count; i++) {
    if (got[i] != want) {
      fail(row, "function %d: %llu, not %llu", i, (unsigned long long)got[i], (unsigned long long)want);
    }
  }
  free(data);
}

static void combine(struct row *row) {
  uint64_t a = unsigned_number(row->cell[1]), b = unsigned_number(row->cell[2]), got;
  int64_t len = number(row->cell[3]);
  if (!strcmp(row->cell[0], "crc64")) {
    got = compute_crc64_combine(a, b, len);
  } else {
    got = (!strcmp(row->cell[0], "crc32") ? compute_crc32_combine : compute_crc32c_combine)(a, b, len);
  }
  if (got != unsigned_number(row->cell[4])) {
    fail(row, "%llu, not %s", (unsigned long long)got, row->cell[4]);
  }
}

static void gf32(struct row *row) {
  static unsigned words[32 * 67] __attribute__((aligned(16)));
  const char *fn = row->cell[0];
  unsigned a = unsigned_number(row->cell[1]), poly = unsigned_number(row->cell[3]);
  long long b = number(row->cell[2]);
  uint64_t got = 0;
  if (!strncmp(fn, "powers_", 7)) {
    int size = !strcmp(fn, "powers_generic") ? (int)a : 252;
    if (size == 252) {
      gf32_compute_powers_clmul(words, poly);
    } else {
      gf32_compute_powers_generic(words, size, poly);
    }
    if (!same_bytes(row->cell[4], words, 4 * (size_t)size)) {
      fail(row, "another table");
    }
    return;
  }
  if (!strcmp(fn, "mulx")) {
    got = gf32_mulx(a, poly);
  } else if (!strcmp(fn, "mul")) {
    got = gf32_mul(a, b, poly);
  } else if (!strcmp(fn, "pow")) {
    got = gf32_pow(a, b, poly);
  } else if (!strcmp(fn, "combine_generic")) {
    gf32_compute_powers_generic(words, 32 * 67, poly);
    got = gf32_combine_generic(words, a, b);
  } else if (!strcmp(fn, "combine_clmul")) {
    gf32_compute_powers_clmul(words, poly);
    got = gf32_combine_clmul(words, a, b);
  } else {
    got = crc64_feed_byte(unsigned_number(row->cell[1]), b);
  }
  if (got != unsigned_number(row->cell[4])) {
    fail(row, "%s: %llu, not %s", fn, (unsigned long long)got, row->cell[4]);
  }
}

/* Applies a list of `byteindex:xormask`. */
static void flip(unsigned char *data, const char *flips) {
  while (*flips && *flips != '-') {
    char *end;
    size_t index = strtoul(flips, &end, 10);
    data[index] ^= strtoul(end + 1, &end, 16);
    flips = *end ? end + 1 : end;
  }
}

static void repair(struct row *row) {
  size_t len;
  unsigned char *data = bytes(row->cell[1], &len, 16), *want = bytes(row->cell[1], &len, 16);
  int size = number(row->cell[3]), want_ret = number(row->cell[5]), ret;
  unsigned arg = number(row->cell[4]);
  flip(data, row->cell[2]);
  flip(want, row->cell[2]);
  flip(want, row->cell[6]);
  if (!strcmp(row->cell[0], "check")) {
    ret = crc32_check_and_repair(data, size, &arg, 0);
    if (arg != unsigned_number(row->cell[7])) {
      fail(row, "the checksum becomes %u, not %s", arg, row->cell[7]);
    }
  } else if (!strcmp(row->cell[0], "find")) {
    ret = crc32_find_corrupted_bit(size, arg);
  } else {
    ret = crc32_repair_bit(data, size, number(row->cell[4]));
  }
  if (ret != want_ret || memcmp(data, want, len)) {
    fail(row, "%s returns %d, not %d", row->cell[0], ret, want_ret);
  }
  free(data);
  free(want);
}

static void negative(struct row *row) {
  size_t len;
  unsigned char *data = bytes(row->cell[2], &len, 0), *room = aligned_alloc(64, 4096), out[32];
  unsigned char *at = room + number(row->cell[1]);
  long l = number(row->cell[3]);
  const char *fn = row->cell[0], *want = row->cell[5];
  uint64_t in = unsigned_number(row->cell[4]), wanted = unsigned_number(want);
  int same;
  memcpy(at, data, len);
  if (!strcmp(fn, "crc32")) {
    same = crc32_partial(at, l, in) == wanted && crc32_partial_generic(at, l, in) == wanted;
  } else if (!strcmp(fn, "crc32c")) {
    same = crc32c_partial(at, l, in) == wanted;
  } else if (!strcmp(fn, "crc64")) {
    same = crc64_partial(at, l, in) == wanted;
  } else if (!strcmp(fn, "md5")) {
    md5(at, l, out);
    same = same_bytes(want, out, 16);
  } else if (!strcmp(fn, "md5_hex")) {
    md5_hex((char *)at, l, (char *)out);
    same = same_bytes(want, out, 32);
  } else {
    int key = strstr(fn, "keylen=len") != NULL;
    md5_hmac(at, key ? l : 20, at, key ? 20 : l, out);
    same = same_bytes(want, out, 16);
  }
  if (!same) {
    fail(row, "%s", fn);
  }
  free(data);
  free(room);
}

void replay_checksums(void) {
  table("crc32", 4, crc);
  table("crc32c", 4, crc);
  table("crc64", 4, crc);
  table("combine", 5, combine);
  table("gf32", 5, gf32);
  table("crc32_repair", 8, repair);
  table("neg_len", 6, negative);
}
