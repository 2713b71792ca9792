/*
 * Ciphers without libcrypto, which this program is not linked with, and signatures out of number.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "host.h"
#include "legacy_names.h"
#include "sentences.h"

static void make_cipher (void) {
  unsigned char key[48] = { 0 };
  evp_cipher_ctx_init (NULL, key, key + 32, 1);
}

static void use_cipher (void) {
  unsigned char block[16] = { 0 };
  evp_crypt (NULL, block, block, sizeof (block));
}

static void too_many_signatures (void) {
  int extra[17] = { 0 };
  select_best_key_signature (1, 17, extra);
}

static void fewer_than_none (void) {
  select_best_key_signature (1, -1, NULL);
}

static void nowhere (void) {
  select_best_key_signature (1, 1, NULL);
}

/* `secrets control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  listen_to_stderr ();
  expect_end (make_cipher, "not linked with libcrypto");
  expect_end (use_cipher, "not linked with libcrypto");
  expect_end (too_many_signatures, "the number of extra signatures is not 0 to 16");
  expect_end (fewer_than_none, "the number of extra signatures is not 0 to 16");
  expect_end (nowhere, "the number of extra signatures is not 0 to 16");
  return stop_listening ();
}
