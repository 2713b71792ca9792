/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* Large numbers of the host's libcrypto, which is bound weakly, so that a host without it still links. What is made here of a
 * secret is wiped before it is freed. */
#include <stddef.h>

struct bignum_st;
struct bignum_ctx;
struct bn_mont_ctx_st;
#define WEAK __attribute__ ((weak))
struct bignum_st *BN_new (void) WEAK;
struct bignum_st *BN_bin2bn (const unsigned char *bytes, int len, struct bignum_st *number) WEAK;
int BN_bn2bin (const struct bignum_st *number, unsigned char *bytes) WEAK;
int BN_num_bits (const struct bignum_st *number) WEAK;
int BN_mod_exp_mont_consttime (struct bignum_st *result, const struct bignum_st *base, const struct bignum_st *exponent,
                               const struct bignum_st *modulus, struct bignum_ctx *room,
                               struct bn_mont_ctx_st *prepared) WEAK;
void BN_clear_free (struct bignum_st *number) WEAK;
struct bignum_ctx *BN_CTX_new (void) WEAK;
void BN_CTX_free (struct bignum_ctx *room) WEAK;

_Noreturn void mtproxy_kdb_die (const char *message);

static void need_libcrypto (void) {
  if (!BN_new || !BN_bin2bn || !BN_bn2bin || !BN_num_bits || !BN_mod_exp_mont_consttime || !BN_clear_free ||
      !BN_CTX_new || !BN_CTX_free) {
    mtproxy_kdb_die ("Diffie-Hellman is libcrypto's arithmetic, but this program is not linked with libcrypto");
  }
}

/* A number of so many bytes; NULL where there is no memory. */
struct bignum_st *mtproxy_kdb_number (const unsigned char *bytes, int len) {
  need_libcrypto ();
  return BN_bin2bn (bytes, len, NULL);
}

/* Writes the base to the power of the exponent, modulo an odd number, into `size` bytes, as many as the exponent has; where
 * there is no base as a number, that of its bytes. Returns 1; 0 where libcrypto refuses. */
int mtproxy_kdb_power (const struct bignum_st *base, const unsigned char *base_bytes,
                       const unsigned char *exponent_bytes, const struct bignum_st *modulus,
                       unsigned char *result_bytes, int size) {
  need_libcrypto ();
  struct bignum_st *own_base = base ? NULL : BN_bin2bn (base_bytes, size, NULL);
  struct bignum_st *exponent = BN_bin2bn (exponent_bytes, size, NULL);
  struct bignum_st *result = BN_new ();
  struct bignum_ctx *room = BN_CTX_new ();
  base = base ? base : own_base;
  int len = -1;
  if (base && exponent && result && room &&
      BN_mod_exp_mont_consttime (result, base, exponent, modulus, room, NULL) == 1) {
    len = (BN_num_bits (result) + 7) / 8;
  }
  int fits = len >= 0 && len <= size;
  if (fits) {
    for (int i = 0; i < size - len; i++) {
      result_bytes[i] = 0;
    }
    fits = BN_bn2bin (result, result_bytes + (size - len)) == len;
  }
  BN_clear_free (own_base);
  BN_clear_free (exponent);
  BN_clear_free (result);
  BN_CTX_free (room);
  return fits;
}
