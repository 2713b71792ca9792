/*
 * The ciphers and digests of both protocols: see crypto.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "crypto.h"

#include <openssl/hmac.h>

#include "base.h"

EVP_CIPHER *aes_ctr, *aes_cbc;
EVP_MD *md5, *sha1, *sha256;
uint8_t rpc_secret[RPC_SECRET], user_secret[USER_SECRET];

void crypto_init (void) {
  aes_ctr = must (EVP_CIPHER_fetch (NULL, "AES-256-CTR", NULL));
  aes_cbc = must (EVP_CIPHER_fetch (NULL, "AES-256-CBC", NULL));
  md5 = must (EVP_MD_fetch (NULL, "MD5", NULL));
  sha1 = must (EVP_MD_fetch (NULL, "SHA1", NULL));
  sha256 = must (EVP_MD_fetch (NULL, "SHA256", NULL));
  random_bytes (rpc_secret, sizeof (rpc_secret));
  random_bytes (user_secret, sizeof (user_secret));
}

EVP_CIPHER_CTX *cipher_new (void) {
  return must (EVP_CIPHER_CTX_new ());
}

void cipher_key (EVP_CIPHER_CTX *ctx, const EVP_CIPHER *kind, const uint8_t *key, const uint8_t *iv, int encrypt) {
  if (!EVP_CipherInit_ex2 (ctx, kind, key, iv, encrypt, NULL)) {
    fail ("libcrypto: cannot set a key");
  }
  EVP_CIPHER_CTX_set_padding (ctx, 0);
}

void cipher_apply (EVP_CIPHER_CTX *ctx, uint8_t *p, size_t n) {
  int done = 0;
  if (n && (!EVP_CipherUpdate (ctx, p, &done, p, (int) n) || (size_t) done != n)) {
    fail ("libcrypto: cipher failed");
  }
}

void digest (const EVP_MD *md, const uint8_t *p, size_t n, uint8_t *out) {
  if (!EVP_Digest (p, n, out, NULL, md, NULL)) {
    fail ("libcrypto: digest failed");
  }
}

void user_hmac (const uint8_t *p, size_t n, uint8_t out[32]) {
  if (!HMAC (sha256, user_secret, USER_SECRET, p, n, out, NULL)) {
    fail ("libcrypto: HMAC failed");
  }
}
