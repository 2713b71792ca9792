/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* Ciphers of the host's libcrypto, which is bound weakly, so that a host without it still links. */
#include <stddef.h>

struct evp_cipher_ctx_st;
struct evp_cipher_st;
#define WEAK __attribute__ ((weak))
struct evp_cipher_ctx_st *EVP_CIPHER_CTX_new (void) WEAK;
int EVP_CipherInit (struct evp_cipher_ctx_st *ctx, const struct evp_cipher_st *cipher, const unsigned char *key,
                    const unsigned char *iv, int encrypts) WEAK;
int EVP_CIPHER_CTX_set_padding (struct evp_cipher_ctx_st *ctx, int padding) WEAK;
int EVP_CipherUpdate (struct evp_cipher_ctx_st *ctx, unsigned char *out, int *out_len, const unsigned char *in,
                      int len) WEAK;
const struct evp_cipher_st *EVP_aes_256_cbc (void) WEAK;
const struct evp_cipher_st *EVP_aes_256_ctr (void) WEAK;
void EVP_CIPHER_CTX_free (struct evp_cipher_ctx_st *ctx) WEAK;

_Noreturn void mtproxy_kdb_die (const char *message);

static _Noreturn void no_libcrypto (void) {
  mtproxy_kdb_die ("ciphers are libcrypto's, but this program is not linked with libcrypto");
}

/* A context of that cipher without padding; NULL where libcrypto refuses. */
struct evp_cipher_ctx_st *mtproxy_kdb_cipher_init (const struct evp_cipher_st *cipher, const unsigned char *key,
                                                   const unsigned char *iv, int encrypts) {
  if (!EVP_CIPHER_CTX_new || !EVP_CipherInit || !EVP_CIPHER_CTX_set_padding) {
    no_libcrypto ();
  }
  struct evp_cipher_ctx_st *ctx = EVP_CIPHER_CTX_new ();
  int ready = ctx && EVP_CipherInit (ctx, cipher, key, iv, encrypts) == 1 && EVP_CIPHER_CTX_set_padding (ctx, 0) == 1;
  return ready ? ctx : NULL;
}

/* Returns 1 where `len` bytes went in and as many came out. */
int mtproxy_kdb_cipher_update (struct evp_cipher_ctx_st *ctx, const unsigned char *in, unsigned char *out, int len) {
  int written = 0;
  if (!EVP_CipherUpdate) {
    no_libcrypto ();
  }
  return EVP_CipherUpdate (ctx, out, &written, in, len) == 1 && written == len;
}

/* AES-256 in CBC mode, which works on whole blocks, or in CTR mode. */
const struct evp_cipher_st *mtproxy_kdb_cipher_aes (int ctr) {
  const struct evp_cipher_st *(*cipher) (void) = ctr ? EVP_aes_256_ctr : EVP_aes_256_cbc;
  if (!cipher) {
    no_libcrypto ();
  }
  return cipher ();
}

/* Wipes and frees a context; null is fine. */
void mtproxy_kdb_cipher_free (struct evp_cipher_ctx_st *ctx) {
  if (EVP_CIPHER_CTX_free) {
    EVP_CIPHER_CTX_free (ctx);
  }
}
