/* Digests, whole and in pieces. */
#define _GNU_SOURCE
#include "harness.h"
#include "legacy.h"
#include <stdlib.h>
#include <string.h>

/* Bytes that a digest has not touched. */
#define FILL 0xa5

static void compare(struct row *row, const unsigned char *out, const char *want, const char *written) {
  size_t len = number(written);
  if (!same_bytes(want, out, len)) {
    fail(row, "another digest");
  }
  for (size_t i = len; i < 64; i++) {
    if (out[i] != FILL) {
      fail(row, "writes past its digest");
      return;
    }
  }
}

/* Feeds MD5 in uneven pieces. */
static void in_pieces(md5_context *ctx, unsigned char *data, int len, int hmac) {
  for (int at = 0, piece = 1; at < len; at += piece, piece = piece * 3 % 131 + 1) {
    int n = len - at < piece ? len - at : piece;
    (hmac ? md5_hmac_update : md5_update)(ctx, data + at, n);
  }
}

static void md5_row(struct row *row) {
  size_t key_len, len;
  unsigned char *key = bytes(row->cell[1], &key_len, 0), *data = bytes(row->cell[2], &len, 0), out[64], pieces[64];
  md5_context ctx;
  memset(out, FILL, sizeof out);
  memset(pieces, FILL, sizeof pieces);
  memset(&ctx, FILL, sizeof ctx);
  if (!strcmp(row->cell[0], "md5")) {
    md5(data, len, out);
    md5_starts(&ctx);
    in_pieces(&ctx, data, len, 0);
    md5_finish(&ctx, pieces);
    compare(row, pieces, row->cell[3], row->cell[4]);
  } else if (!strcmp(row->cell[0], "md5_hex")) {
    md5_hex((char *)data, len, (char *)out);
  } else {
    md5_hmac(key, key_len, data, len, out);
    md5_hmac_starts(&ctx, key, key_len);
    in_pieces(&ctx, data, len, 1);
    md5_hmac_finish(&ctx, pieces);
    compare(row, pieces, row->cell[3], row->cell[4]);
  }
  compare(row, out, row->cell[3], row->cell[4]);
  free(key);
  free(data);
}

static void sha_row(struct row *row) {
  size_t key_len, len1, len2;
  unsigned char *key = bytes(row->cell[1], &key_len, 0), *data1 = bytes(row->cell[2], &len1, 0), *data2 = bytes(row->cell[3], &len2, 0), out[64];
  const char *fn = row->cell[0];
  memset(out, FILL, sizeof out);
  if (!strcmp(fn, "sha1")) {
    sha1(data1, len1, out);
  } else if (!strcmp(fn, "sha1_two_chunks")) {
    sha1_two_chunks(data1, len1, data2, len2, out);
  } else if (!strcmp(fn, "sha256")) {
    sha256(data1, len1, out);
  } else if (!strcmp(fn, "sha256_two_chunks")) {
    sha256_two_chunks(data1, len1, data2, len2, out);
  } else {
    sha256_hmac(key, key_len, data1, len1, out);
  }
  compare(row, out, row->cell[4], row->cell[5]);
  free(key);
  free(data1);
  free(data2);
}

void replay_digests(void) {
  table("md5", 5, md5_row);
  table("sha1", 6, sha_row);
  table("sha256", 6, sha_row);
}
