/*
 * CRC-32 and CRC-32C, reflected, by eight tables each; with CLMUL and SSE4.2 where the machine has them, because the
 * middle-end runs over every byte twice and must stay cheaper than the proxy. States are kept without the inversions.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "checksum.h"

#include <stdbool.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base.h"

enum polynomial { IEEE, CASTAGNOLI };

static uint32_t crc_table[2][8][256];

static uint32_t crc_by_tables (enum polynomial k, uint32_t c, const uint8_t *p, size_t n) {
  uint32_t (*const t)[256] = crc_table[k];
  for (; n >= 8; p += 8, n -= 8) {
    uint32_t a = get32 (p) ^ c, b = get32 (p + 4);
    c = t[7][a & 255] ^ t[6][a >> 8 & 255] ^ t[5][a >> 16 & 255] ^ t[4][a >> 24] ^ t[3][b & 255] ^ t[2][b >> 8 & 255] ^
        t[1][b >> 16 & 255] ^ t[0][b >> 24];
  }
  for (; n; p++, n--) {
    c = c >> 8 ^ t[0][(c ^ *p) & 255];
  }
  return c;
}

#if defined(__x86_64__)
static bool have_clmul, have_sse42;

#define TARGET_CLMUL __attribute__ ((target ("pclmul,sse4.1")))

TARGET_CLMUL static __m128i load128 (const uint8_t *at) {
  return _mm_loadu_si128 ((const __m128i *) (const void *) at);
}

/* The register moved forward by the distance of the keys, onto what lies there. */
TARGET_CLMUL static __m128i fold (__m128i x, __m128i keys, __m128i next) {
  return _mm_xor_si128 (_mm_xor_si128 (_mm_clmulepi64_si128 (x, keys, 0x00), _mm_clmulepi64_si128 (x, keys, 0x11)),
                        next);
}

/* Four registers move forward by 512 bits a step, and at the end into one. Its 16 bytes are congruent to the whole
 * prefix, so that the tables finish the work. At least 64 bytes. */
TARGET_CLMUL static uint32_t crc32_clmul (uint32_t c, const uint8_t *p, size_t n) {
  const __m128i by512 = _mm_set_epi64x (0x1C6E41596, 0x154442BD4), by128 = _mm_set_epi64x (0x0CCAA009E, 0x1751997D0);
  __m128i x[4];
  for (int i = 0; i < 4; i++) {
    x[i] = load128 (p + 16 * i);
  }
  x[0] = _mm_xor_si128 (x[0], _mm_cvtsi32_si128 ((int) c));
  for (p += 64, n -= 64; n >= 64; p += 64, n -= 64) {
    for (int i = 0; i < 4; i++) {
      x[i] = fold (x[i], by512, load128 (p + 16 * i));
    }
  }
  __m128i last = fold (fold (fold (x[0], by128, x[1]), by128, x[2]), by128, x[3]);
  for (; n >= 16; p += 16, n -= 16) {
    last = fold (last, by128, load128 (p));
  }
  uint8_t rest[16];
  _mm_storeu_si128 ((__m128i *) (void *) rest, last);
  return crc_by_tables (IEEE, crc_by_tables (IEEE, 0, rest, 16), p, n);
}

__attribute__ ((target ("sse4.2"))) static uint32_t crc32c_sse42 (uint32_t c, const uint8_t *p, size_t n) {
  uint64_t wide = c, v;
  for (; n >= 8; p += 8, n -= 8) {
    memcpy (&v, p, 8);
    wide = _mm_crc32_u64 (wide, v);
  }
  for (c = (uint32_t) wide; n; p++, n--) {
    c = _mm_crc32_u8 (c, *p);
  }
  return c;
}
#endif

uint32_t checksum_crc32 (const uint8_t *p, size_t n) {
#if defined(__x86_64__)
  if (have_clmul && n >= 64) {
    return ~crc32_clmul (~0u, p, n);
  }
#endif
  return ~crc_by_tables (IEEE, ~0u, p, n);
}

uint32_t checksum_crc32c (const uint8_t *p, size_t n) {
#if defined(__x86_64__)
  if (have_sse42) {
    return ~crc32c_sse42 (~0u, p, n);
  }
#endif
  return ~crc_by_tables (CASTAGNOLI, ~0u, p, n);
}

static void fill_tables (void) {
  static const uint32_t polynomial[2] = { [IEEE] = 0xEDB88320u, [CASTAGNOLI] = 0x82F63B78u };
  for (int k = 0; k < 2; k++) {
    for (uint32_t n = 0; n < 256; n++) {
      uint32_t c = n;
      for (int bit = 0; bit < 8; bit++) {
        c = c & 1 ? c >> 1 ^ polynomial[k] : c >> 1;
      }
      crc_table[k][0][n] = c;
    }
    for (int t = 1; t < 8; t++) {
      for (int n = 0; n < 256; n++) {
        uint32_t before = crc_table[k][t - 1][n];
        crc_table[k][t][n] = before >> 8 ^ crc_table[k][0][before & 255];
      }
    }
  }
}

void checksum_init (void) {
  fill_tables ();
#if defined(__x86_64__)
  have_clmul = __builtin_cpu_supports ("pclmul") && __builtin_cpu_supports ("sse4.1");
  have_sse42 = __builtin_cpu_supports ("sse4.2");
#endif
  uint8_t data[600];
  random_bytes (data, sizeof (data));
  const uint8_t *digits = (const uint8_t *) "123456789";
  bool good = checksum_crc32 (digits, 9) == 0xCBF43926u && checksum_crc32c (digits, 9) == 0xE3069283u;
  for (size_t n = 1; n < 300; n++) {
    good = good && checksum_crc32 (data + n, n) == ~crc_by_tables (IEEE, ~0u, data + n, n) &&
           checksum_crc32c (data + n, n) == ~crc_by_tables (CASTAGNOLI, ~0u, data + n, n);
  }
  if (!good) {
    die ("the checksums do not agree with themselves");
  }
}
