/*
 * The checksum functions that a host can replace: the function pointers, a host's own functions, and the callers.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "script.h"

enum { BLOCK = 64 };

static struct {
  crc_partial_t *crc32, *crc32c;
  crc64_partial_t *crc64;
  crc_combine_t *combine;
} first;

static unsigned char block[BLOCK + 8];
static unsigned stored;
/* Set during a repair. The number of calls of the host's function is not fixed there, only that it is called. */
static bool repairing, asked;

static unsigned own_crc32 (const void *data, long len, unsigned crc) {
  asked = true;
  if (!repairing) {
    note ("own crc32 of %ld from %u;", len, crc);
  }
  return first.crc32 (data, len, crc) ^ 0x5a5a;
}

static unsigned own_crc32c (const void *data, long len, unsigned crc) {
  note ("own crc32c of %ld from %u;", len, crc);
  return first.crc32c (data, len, crc) ^ 0x5a5a;
}

static uint64_t own_crc64 (const void *data, long len, uint64_t crc) {
  note ("own crc64 of %ld;", len);
  return first.crc64 (data, len, crc) ^ 0x5a5a;
}

static unsigned own_combine (unsigned crc1, unsigned crc2, int64_t len2) {
  note ("own combine over %lld;", (long long) len2);
  return first.combine (crc1, crc2, len2) ^ 0x5a5a;
}

static void begin (void) {
  first.crc32 = *lib->crc32_partial;
  first.crc32c = *lib->crc32c_partial;
  first.crc64 = *lib->crc64_partial;
  first.combine = *lib->compute_crc32_combine;
}

/* Only the host changes the pointers. */
static void observe (void) {
  note ("replaced %d", (*lib->crc32_partial != first.crc32) + 2 * (*lib->crc32c_partial != first.crc32c) +
                           4 * (*lib->crc64_partial != first.crc64) +
                           8 * (*lib->compute_crc32_combine != first.combine));
  note ("stored %u", stored);
}

/* The verbosity during a check. */
static int level;

static void replace (const long *a) {
  bool own = a[1];
  switch (a[0]) {
  case 0:
    *lib->crc32_partial = own ? own_crc32 : first.crc32;
    break;
  case 1:
    *lib->crc32c_partial = own ? own_crc32c : first.crc32c;
    break;
  case 2:
    *lib->crc64_partial = own ? own_crc64 : first.crc64;
    break;
  default:
    *lib->compute_crc32_combine = own ? own_combine : first.combine;
  }
}

static void partial (const long *a) {
  const char *data = numbered_bytes (a[1], (size_t) a[2]);
  switch (a[0]) {
  case 0:
    note ("%u", (*lib->crc32_partial) (data, a[2], ~0u));
    break;
  case 1:
    note ("%u", (*lib->crc32c_partial) (data, a[2], ~0u));
    break;
  default:
    note ("%llu", (unsigned long long) (*lib->crc64_partial) (data, a[2], ~0ull));
  }
}

static void combine (const long *a) {
  note ("%u", (*lib->compute_crc32_combine) ((unsigned) a[0], (unsigned) a[1], a[2]));
  note ("%u", (*lib->compute_crc32c_combine) ((unsigned) a[0], (unsigned) a[1], a[2]));
}

static void power_buf (const long *a) {
  (void) a;
  lib->crc64_init_power_buf ();
}

/* ---- a block with its checksum, as it was sent and as it arrives ---- */

static void fill (const long *a) {
  memcpy (block, numbered_bytes (a[0], BLOCK), BLOCK);
  stored = ~(*lib->crc32_partial) (block, BLOCK, ~0u);
}

static void flip (const long *a) {
  if (a[0] < BLOCK * 8) {
    block[a[0] / 8] ^= (unsigned char) (1 << a[0] % 8);
  } else {
    stored ^= 1u << (a[0] - BLOCK * 8);
  }
}

static void check (const long *a) {
  (void) a;
  int before = *lib->verbosity;
  asked = false;
  repairing = true;
  *lib->verbosity = level;
  note ("%d", lib->crc32_check_and_repair (block, BLOCK, &stored, 0));
  *lib->verbosity = before;
  repairing = false;
  note ("%s", asked ? "the host's" : "its own");
  note ("block %u", first.crc32 (block, sizeof (block), 0));
}

static void repair (const long *a) {
  note ("%d", lib->crc32_repair_bit (block, BLOCK, (int) a[0]));
  note ("block %u", first.crc32 (block, sizeof (block), 0));
}

/* Of checks alone: what other families log at each level is not everywhere the original's. */
static void loud (const long *a) {
  level = (int) a[0];
}

static const struct operation operations[] = {
  { "replace", replace, { { "which", 0, 3 }, { "own", 0, 1 } }, 3 },
  { "partial", partial, { { "which", 0, 2 }, { "bytes", 0, 100 }, { "length", 0, 2000 } }, 4 },
  { "combine", combine, { { "crc1", 0, 0xffffffff }, { "crc2", 0, 0xffffffff }, { "length", 0, 1l << 40 } }, 2 },
  { "power_buf", power_buf, { { 0 } }, 1 },
  { "fill", fill, { { "bytes", 0, 100 } }, 3 },
  { "flip", flip, { { "bit", 0, BLOCK * 8 + 31 } }, 4 },
  { "check", check, { { 0 } }, 4 },
  { "repair_bit", repair, { { "bit", 0, BLOCK * 8 + 31 } }, 2 },
  { "verbosity", loud, { { "level", 0, 3 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "checksum.replace(0,1);checksum.fill(1);checksum.check;checksum.flip(17);checksum.check;checksum.replace(0,0);checksum.check",
  "checksum.replace(3,1);checksum.combine(1,2,3);checksum.fill(2);checksum.flip(540);checksum.verbosity(3);checksum.check",
  NULL,
};

const struct script_family checksum_scripts = { "checksum", CAN_REPAIR, operations, begin, observe, fixed };
