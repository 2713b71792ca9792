/*
 * CRC-32 and CRC-32C. Ours and the original take and return the raw register; zlib, zlib-ng and ISA-L's gzip routine
 * invert it on both sides, which is undone here so that all return the same number.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "bench.h"

CALLS (ours_crc32, sum += ours.crc32_partial (w->data, w->len, (uint32_t) i))
CALLS (original_crc32, sum += (*original.crc32_partial) (w->data, (long) w->len, (uint32_t) i))
CALLS (zlib_crc32, sum += ~(uint32_t) other.crc32_z (~(uint32_t) i, w->data, w->len))
CALLS (zlib_ng_crc32, sum += ~other.zng_crc32_z (~(uint32_t) i, w->data, w->len))
CALLS (isal_crc32, sum += ~other.crc32_gzip_refl (~(uint32_t) i, w->data, w->len))

CALLS (ours_crc32c, sum += ours.crc32c_partial (w->data, w->len, (uint32_t) i))
CALLS (original_crc32c, sum += (*original.crc32c_partial) (w->data, (long) w->len, (uint32_t) i))
/* The prototype lacks const, but the function does not write. */
CALLS (isal_crc32c, sum += other.crc32_iscsi ((unsigned char *) (uintptr_t) w->data, (int) w->len, (uint32_t) i))

void bench_checksums (void) {
  static const int offsets[] = { 0, 1, 3 };
  static struct work w;
  struct bout b[] = {
    { .family = "checksum",
      .function = "crc32",
      .run = { [OURS] = ours_crc32,
               [ORIGINAL] = IF (original.crc32_partial, original_crc32),
               [ZLIB] = IF (other.crc32_z, zlib_crc32),
               [ZLIB_NG] = IF (other.zng_crc32_z, zlib_ng_crc32),
               [ISAL] = IF (other.crc32_gzip_refl, isal_crc32) } },
    { .family = "checksum",
      .function = "crc32c",
      .run = { [OURS] = ours_crc32c,
               [ORIGINAL] = IF (original.crc32c_partial, original_crc32c),
               [ISAL] = IF (other.crc32_iscsi, isal_crc32c) } },
  };
  for (int f = 0; f < 2; f++) {
    for (int s = 0; s < size_count; s++) {
      for (int o = 0; o < (settings.quick ? 2 : 3) && size_is_measured (sizes[s]); o++) {
        w.data = input_at (offsets[o]);
        w.len = b[f].size = sizes[s];
        b[f].offset = offsets[o];
        b[f].work = &w;
        compete (&b[f]);
      }
    }
  }
}
