/*
 * Ciphers of libcrypto: several contexts at once, which go on from call to call.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "script.h"

enum { CIPHERS = 3, BLOCK = 16, ROOM = 20 * BLOCK, SPARE = 8, KEY = 32 };

enum mode { CBC, CTR };

static struct {
  struct evp_cipher_ctx_st *ctx;
  enum mode mode;
} ciphers[CIPHERS];

/* libcrypto's own, which the library under test is linked with. */
static void *of_libcrypto (const char *name) {
  return thread_local_at (name);
}

static const struct evp_cipher_st *cipher_of (enum mode mode) {
  const struct evp_cipher_st *(*make) (void);
  *(void **) &make = of_libcrypto (mode == CBC ? "EVP_aes_256_cbc" : "EVP_aes_256_ctr");
  return make ();
}

static void drop (long slot) {
  void (*drop_context) (struct evp_cipher_ctx_st *);
  *(void **) &drop_context = of_libcrypto ("EVP_CIPHER_CTX_free");
  drop_context (ciphers[slot].ctx);
  ciphers[slot].ctx = NULL;
}

static void make (const long *a) {
  unsigned char key[KEY + BLOCK];
  memcpy (key, numbered_bytes (a[2], sizeof (key)), sizeof (key));
  drop (a[0]);
  ciphers[a[0]].mode = a[1] & 2 ? CTR : CBC;
  ciphers[a[0]].ctx = lib->evp_cipher_ctx_init (cipher_of (ciphers[a[0]].mode), key, key + KEY, (int) a[1] & 1);
  /* It keeps none of these. */
  memset (key, 0, sizeof (key));
  note ("%s", ciphers[a[0]].ctx ? "made" : "none");
}

static void run (const long *a, bool in_place, int len) {
  unsigned char in[ROOM + SPARE], out[ROOM + SPARE];
  if (!ciphers[a[0]].ctx) {
    skip ();
    return;
  }
  memcpy (in, numbered_bytes (a[1], sizeof (in)), sizeof (in));
  memset (out, 0xa5, sizeof (out));
  lib->evp_crypt (ciphers[a[0]].ctx, in, in_place ? in : out, len);
  note_bytes ("out", in_place ? in : out, (size_t) len + SPARE);
}

/* A stream takes any length, a chain whole blocks. */
static void crypt_some (const long *a) {
  run (a, false, (int) (ciphers[a[0]].mode == CBC ? a[2] / BLOCK * BLOCK : a[2]));
}

static void crypt_in_place (const long *a) {
  run (a, true, (int) (ciphers[a[0]].mode == CBC ? a[2] / BLOCK * BLOCK : a[2]));
}

/* A chain takes no part of a block, nor a negative length. */
static void crypt_part (const long *a) {
  unsigned char out[ROOM];
  if (!ciphers[a[0]].ctx || ciphers[a[0]].mode != CBC) {
    skip ();
    return;
  }
  lib->evp_crypt (ciphers[a[0]].ctx, numbered_bytes (a[1], ROOM), out, (int) a[2]);
}

static void make_none (const long *a) {
  unsigned char key[KEY + BLOCK] = { 0 };
  lib->evp_cipher_ctx_init (NULL, key, key + KEY, (int) a[0]);
}

static const struct operation operations[] = {
  { "make", make, { { "cipher", 0, CIPHERS - 1 }, { "kind", 0, 3 }, { "key", 0, 50 } }, 9 },
  { "crypt", crypt_some, { { "cipher", 0, CIPHERS - 1 }, { "bytes", 0, 100 }, { "length", 0, ROOM } }, 6 },
  { "crypt_in_place", crypt_in_place, { { "cipher", 0, CIPHERS - 1 }, { "bytes", 0, 100 }, { "length", 0, ROOM } }, 4 },
  { "crypt_part", crypt_part, { { "cipher", 0, CIPHERS - 1 }, { "bytes", 0, 100 }, { "length", -20, 20 } }, 1 },
  { "make_none", make_none, { { "encrypts", 0, 1 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "cipher.make(0,1,7);cipher.crypt(0,1,64);cipher.crypt_in_place(0,2,320);cipher.make(1,0,7);cipher.crypt(1,1,64)@1;"
  "cipher.crypt_in_place(1,2,320)@2;cipher.crypt(0,0,0)",
  "cipher.make(2,3,9);cipher.crypt(2,1,1);cipher.crypt(2,1,15);cipher.crypt(2,1,17);cipher.crypt_in_place(2,1,319);"
  "cipher.make(2,2,9);cipher.crypt(2,1,33)",
  "cipher.make(0,1,7);cipher.crypt_part(0,1,-1)",
  "cipher.make(0,1,7);cipher.crypt_part(0,1,15)",
  "cipher.make_none(1)",
  NULL,
};

const struct script_family cipher_scripts = { "cipher", CAN_CIPHER, operations, NULL, NULL, fixed };
