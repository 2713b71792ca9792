/*
 * Messages: bytes put in and taken out, clones, cuts and joins, encryption, checksums.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "bench.h"
#include "relink.h"

static uint8_t out[1 << 16];
static struct evp_cipher_ctx_st *ciphers[2];

static uint64_t push_and_fetch (const struct legacy_symbols *lib, const uint8_t *data, int len) {
  struct raw_message raw;
  lib->rwm_create (&raw, data, len);
  uint64_t sum = (uint64_t) lib->rwm_fetch_data (&raw, out, len);
  lib->rwm_free (&raw);
  return sum + out[len - 1];
}

static uint64_t clone_and_free (const struct legacy_symbols *lib, struct raw_message *raw) {
  struct raw_message clone;
  lib->rwm_clone (&clone, raw);
  return (uint64_t) clone.total_bytes + (uint64_t) lib->rwm_free (&clone);
}

/* As a parser takes a packet of what was received. */
static uint64_t split_off (const struct legacy_symbols *lib, const uint8_t *data, int len) {
  struct raw_message raw, head;
  lib->rwm_create (&raw, data, len);
  uint64_t sum = (uint64_t) lib->rwm_split_head (&head, &raw, len / 2);
  sum += (uint64_t) head.total_bytes * 3 + (uint64_t) raw.total_bytes;
  lib->rwm_free (&head);
  lib->rwm_free (&raw);
  return sum;
}

static uint64_t join (const struct legacy_symbols *lib, const uint8_t *data, int len) {
  struct raw_message raw, tail;
  lib->rwm_create (&raw, data, len);
  lib->rwm_create (&tail, data, len);
  lib->rwm_union (&raw, &tail);
  uint64_t sum = (uint64_t) raw.total_bytes;
  lib->rwm_free (&raw);
  return sum;
}

static uint64_t encrypt (const struct legacy_symbols *lib, const uint8_t *data, int len) {
  struct raw_message raw, to;
  lib->rwm_create (&raw, data, len);
  lib->rwm_init (&to, 0);
  uint64_t sum = (uint64_t) lib->rwm_encrypt_decrypt_to (&raw, &to, len, ciphers[lib == &original], 1);
  lib->rwm_free (&raw);
  lib->rwm_free (&to);
  return sum;
}

static uint64_t check (const struct legacy_symbols *lib, struct raw_message *raw) {
  return lib->rwm_crc32c (raw, raw->total_bytes);
}

static struct raw_message kept[2];

#define SIDE(side, at)                                                       \
  CALLS (side##_fetch, sum += push_and_fetch (&side, w->data, (int) w->len)) \
  CALLS (side##_clone, sum += clone_and_free (&side, &kept[at]))             \
  CALLS (side##_split, sum += split_off (&side, w->data, (int) w->len))      \
  CALLS (side##_union, sum += join (&side, w->data, (int) w->len))           \
  CALLS (side##_crypt, sum += encrypt (&side, w->data, (int) w->len))        \
  CALLS (side##_check, sum += check (&side, &kept[at]))
SIDE (dropin, 0)
SIDE (original, 1)
#undef SIDE

static void make_cipher (const struct legacy_symbols *lib, int at) {
  uint8_t key[48];
  const struct evp_cipher_st *(*make) (void);
  void *found = function_of (ORIGINAL, "EVP_aes_256_ctr");
  memcpy (&make, &found, sizeof (make));
  memcpy (key, input_at (0), sizeof (key));
  ciphers[at] = lib->evp_cipher_ctx_init (make (), key, key + 32, 1);
}

void bench_messages (void) {
  static struct work w;
  static const int bytes[] = { 64, 512, 16384 };
  static const struct {
    const char *function;
    run_fn *ours, *theirs;
  } tests[] = {
    { "rwm_create, rwm_fetch_data, rwm_free", dropin_fetch, original_fetch },
    { "rwm_clone, rwm_free", dropin_clone, original_clone },
    { "rwm_create, rwm_split_head, rwm_free", dropin_split, original_split },
    { "rwm_create, rwm_union, rwm_free", dropin_union, original_union },
    { "rwm_create, rwm_encrypt_decrypt_to, rwm_free", dropin_crypt, original_crypt },
    { "rwm_crc32c", dropin_check, original_check },
  };
  if (!is_present (DROPIN) || !is_present (ORIGINAL)) {
    return;
  }
  dropin.init_msg_buffers (0);
  original.init_msg_buffers (0);
  make_cipher (&dropin, 0);
  make_cipher (&original, 1);
  w.data = input_at (0);
  for (size_t i = 0; i < sizeof (bytes) / sizeof (bytes[0]); i++) {
    w.len = (size_t) bytes[i];
    dropin.rwm_create (&kept[0], w.data, bytes[i]);
    original.rwm_create (&kept[1], w.data, bytes[i]);
    for (size_t t = 0; t < sizeof (tests) / sizeof (tests[0]); t++) {
      compete (&(struct bout) { .family = "messages",
                                .function = tests[t].function,
                                .size = w.len,
                                .work = &w,
                                .run = { [OURS] = tests[t].ours, [ORIGINAL] = tests[t].theirs } });
    }
    dropin.rwm_free (&kept[0]);
    original.rwm_free (&kept[1]);
  }
}
