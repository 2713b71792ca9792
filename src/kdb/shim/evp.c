/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The functions of common/sha1 and common/sha256 that take input in pieces. They work on the host's EVP_MD_CTX with the
 * host's libcrypto, which is bound weakly, so that a host without it still links. */
#include <stddef.h>

struct evp_md_ctx_st;
struct evp_md_st;
#define WEAK __attribute__ ((weak))
int EVP_MD_CTX_reset (struct evp_md_ctx_st *ctx) WEAK;
const struct evp_md_st *EVP_sha1 (void) WEAK;
const struct evp_md_st *EVP_sha256 (void) WEAK;
int EVP_DigestInit_ex (struct evp_md_ctx_st *ctx, const struct evp_md_st *type, void *engine) WEAK;
int EVP_DigestUpdate (struct evp_md_ctx_st *ctx, const void *data, size_t len) WEAK;
int EVP_DigestFinal_ex (struct evp_md_ctx_st *ctx, unsigned char *output, unsigned *len) WEAK;
/* OpenSSL 1.0's name of EVP_MD_CTX_reset. */
void EVP_MD_CTX_init (struct evp_md_ctx_st *ctx) WEAK;

_Noreturn void mtproxy_kdb_die (const char *message);

static _Noreturn void no_libcrypto (void) {
  mtproxy_kdb_die (
      "sha1/sha256 in pieces works on libcrypto's EVP_MD_CTX, but this program is not linked with libcrypto");
}

void mtproxy_kdb_evp_starts (struct evp_md_ctx_st *ctx, int bits) {
  const struct evp_md_st *(*digest) (void) = bits == 256 ? EVP_sha256 : EVP_sha1;
  if (!digest || !EVP_DigestInit_ex || !(EVP_MD_CTX_reset || EVP_MD_CTX_init)) {
    no_libcrypto ();
  }
  if (EVP_MD_CTX_reset) {
    EVP_MD_CTX_reset (ctx);
  } else {
    EVP_MD_CTX_init (ctx);
  }
  EVP_DigestInit_ex (ctx, digest (), NULL);
}

void mtproxy_kdb_evp_update (struct evp_md_ctx_st *ctx, const unsigned char *data, size_t len) {
  if (!EVP_DigestUpdate) {
    no_libcrypto ();
  }
  EVP_DigestUpdate (ctx, data, len);
}

/* Returns the length of the digest. */
unsigned mtproxy_kdb_evp_finish (struct evp_md_ctx_st *ctx, unsigned char *output) {
  unsigned len = 0;
  if (!EVP_DigestFinal_ex) {
    no_libcrypto ();
  }
  EVP_DigestFinal_ex (ctx, output, &len);
  return len;
}
