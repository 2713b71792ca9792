/*
 * Digests and HMACs. libcrypto is measured twice: its one-call functions, which look the algorithm up by name each time,
 * and its deprecated init, update, final, which do not.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "bench.h"

/* The original's prototypes lack const, but the functions do not write. */
#define IN ((unsigned char *) (uintptr_t) w->data)
#define KEY ((unsigned char *) (uintptr_t) w->second)
#define LEN ((int) w->len)

/* Two chunks: the input's halves. */
#define HALF (w->len / 2)
#define REST (w->len - w->len / 2)

CALLS (ours_md5, sum += (uint64_t) ours.md5 (w->data, w->len, w->out))
CALLS (original_md5, original.md5 (IN, LEN, w->out))
CALLS (crypto_md5, other.MD5 (w->data, w->len, w->out))
CALLS (ours_md5_hex, sum += (uint64_t) ours.md5_hex (w->data, w->len, (char *) w->out))
CALLS (original_md5_hex, original.md5_hex ((char *) IN, LEN, (char *) w->out))
CALLS (ours_sha1, sum += (uint64_t) ours.sha1 (w->data, w->len, w->out))
CALLS (original_sha1, original.sha1 (IN, LEN, w->out))
CALLS (crypto_sha1, other.SHA1 (w->data, w->len, w->out))
CALLS (ours_sha256, sum += (uint64_t) ours.sha256 (w->data, w->len, w->out))
CALLS (original_sha256, original.sha256 (IN, LEN, w->out))
CALLS (crypto_sha256, other.SHA256 (w->data, w->len, w->out))

#define LOW_LEVEL(name, algorithm)                                     \
  CALLS (name, uint64_t context[32]; other.algorithm##_Init (context); \
         other.algorithm##_Update (context, w->data, w->len); other.algorithm##_Final (w->out, context))
LOW_LEVEL (low_md5, MD5)
LOW_LEVEL (low_sha1, SHA1)
LOW_LEVEL (low_sha256, SHA256)

#define LOW_LEVEL_TWO(name, algorithm)                                                                                \
  CALLS (name, uint64_t context[32]; other.algorithm##_Init (context);                                                \
         other.algorithm##_Update (context, w->data, HALF); other.algorithm##_Update (context, w->data + HALF, REST); \
         other.algorithm##_Final (w->out, context))
LOW_LEVEL_TWO (low_sha1_two, SHA1)
LOW_LEVEL_TWO (low_sha256_two, SHA256)

CALLS (ours_sha1_two, sum += (uint64_t) ours.sha1_two_chunks (w->data, HALF, w->data + HALF, REST, w->out))
CALLS (original_sha1_two, original.sha1_two_chunks (w->data, (int) HALF, w->data + HALF, (int) REST, w->out))
CALLS (ours_sha256_two, sum += (uint64_t) ours.sha256_two_chunks (w->data, HALF, w->data + HALF, REST, w->out))
CALLS (original_sha256_two, original.sha256_two_chunks (w->data, (int) HALF, w->data + HALF, (int) REST, w->out))

CALLS (ours_md5_hmac, sum += (uint64_t) ours.md5_hmac (w->second, w->second_len, w->data, w->len, w->out))
CALLS (original_md5_hmac, original.md5_hmac (KEY, (int) w->second_len, IN, LEN, w->out))
CALLS (crypto_md5_hmac, other.HMAC (other.EVP_md5 (), w->second, (int) w->second_len, w->data, w->len, w->out, NULL))
CALLS (ours_sha256_hmac, sum += (uint64_t) ours.sha256_hmac (w->second, w->second_len, w->data, w->len, w->out))
CALLS (original_sha256_hmac, original.sha256_hmac (KEY, (int) w->second_len, IN, LEN, w->out))
CALLS (crypto_sha256_hmac,
       other.HMAC (other.EVP_sha256 (), w->second, (int) w->second_len, w->data, w->len, w->out, NULL))

void bench_digests (void) {
  static const int offsets[] = { 0, 3 };
  static const uint8_t key[32] = "a key of thirty-two bytes, fixed";
  static struct work w = { .second = key, .second_len = sizeof (key) };
#define DIGEST(name, length, mine, theirs, crypto, crypto_run, low, low_run) \
  {                                                                          \
    .family = "digest", .function = #name, .out_len = length, .run = {       \
      [OURS] = mine,                                                         \
      [ORIGINAL] = IF (original.name, theirs),                               \
      [CRYPTO] = IF (crypto, crypto_run),                                    \
      [CRYPTO_LOW] = IF (low, low_run)                                       \
    }                                                                        \
  }
  struct bout b[] = {
    DIGEST (md5, 16, ours_md5, original_md5, other.MD5, crypto_md5, other.MD5_Init, low_md5),
    DIGEST (md5_hex, 32, ours_md5_hex, original_md5_hex, false, NULL, false, NULL),
    DIGEST (md5_hmac, 16, ours_md5_hmac, original_md5_hmac, other.HMAC, crypto_md5_hmac, false, NULL),
    DIGEST (sha1, 20, ours_sha1, original_sha1, other.SHA1, crypto_sha1, other.SHA1_Init, low_sha1),
    DIGEST (sha1_two_chunks, 20, ours_sha1_two, original_sha1_two, false, NULL, other.SHA1_Init, low_sha1_two),
    DIGEST (sha256, 32, ours_sha256, original_sha256, other.SHA256, crypto_sha256, other.SHA256_Init, low_sha256),
    DIGEST (sha256_two_chunks, 32, ours_sha256_two, original_sha256_two, false, NULL, other.SHA256_Init,
            low_sha256_two),
    DIGEST (sha256_hmac, 32, ours_sha256_hmac, original_sha256_hmac, other.HMAC, crypto_sha256_hmac, false, NULL),
  };
#undef DIGEST
  for (size_t f = 0; f < sizeof (b) / sizeof (b[0]); f++) {
    for (int s = 0; s < size_count; s++) {
      for (int o = 0; o < 2 && size_is_measured (sizes[s]); o++) {
        w.data = input_at (offsets[o]);
        w.len = b[f].size = sizes[s];
        b[f].offset = offsets[o];
        b[f].work = &w;
        compete (&b[f]);
      }
    }
  }
}
