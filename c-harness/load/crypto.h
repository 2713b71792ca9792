/*
 * The ciphers and digests of both protocols, from libcrypto.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_CRYPTO_H
#define LOAD_CRYPTO_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

/* Fetched once: an implicit fetch at every initialisation costs more than the initialisation. */
extern EVP_CIPHER *aes_ctr, *aes_cbc;
extern EVP_MD *md5, *sha1, *sha256;
void crypto_init (void);

/* The secrets that the proxy shares with the middle-end, and with its users. Drawn once per run. */
enum { RPC_SECRET = 128, USER_SECRET = 16 };
extern uint8_t rpc_secret[RPC_SECRET], user_secret[USER_SECRET];

EVP_CIPHER_CTX *cipher_new (void);
void cipher_key (EVP_CIPHER_CTX *ctx, const EVP_CIPHER *kind, const uint8_t *key, const uint8_t *iv, int encrypt);
/* In place; CBC never pads. */
void cipher_apply (EVP_CIPHER_CTX *ctx, uint8_t *p, size_t n);
void digest (const EVP_MD *md, const uint8_t *p, size_t n, uint8_t *out);
/* HMAC-SHA256 under the users' secret. */
void user_hmac (const uint8_t *p, size_t n, uint8_t out[32]);

#endif
