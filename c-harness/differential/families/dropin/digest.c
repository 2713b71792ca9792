/*
 * Digest functions that only the legacy names have: contexts in the caller's memory, files, negative lengths.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "function.h"
#include "legacy.h"

enum { DATA = 9000, SHA_ROUNDS = 2 };

/* length of the key, key, then pieces: length, bytes. */
static void generate_pieces (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  size_t key = rng_below (&r, rng_chance (&r, 4) ? 200 : 70);
  unsigned pieces = (unsigned) rng_below (&r, 7);
  put_u16 (s, (unsigned) key);
  rng_fill (&r, sample_grow (s, key), key);
  while (pieces--) {
    size_t len = rng_chance (&r, 64) ? rng_below (&r, 1000) : rng_below (&r, 130);
    len = rng_chance (&r, 3) ? 64 * (len / 64) : len;
    put_u16 (s, (unsigned) len);
    rng_fill (&r, sample_grow (s, len), len);
  }
}

static unsigned char *next_piece (struct cursor *c, int *len) {
  *len = (int) take_u16 (c);
  return (unsigned char *) (uintptr_t) take_bytes (c, (size_t) *len);
}

/* Everything that a later call reads, so that one library can finish a context that the other started. Of the words of the
   state this is the lower half. */
static void add_context (struct outcome *o, const struct md5_context *ctx) {
  uint64_t h = 0;
  for (size_t i = 0; i < ctx->total[0] % 64; i++) {
    h = h * 31 + ctx->buffer[i];
  }
  for (size_t i = 0; i < 64; i++) {
    h = h * 31 + ctx->ipad[i];
    h = h * 31 + ctx->opad[i];
  }
  for (size_t i = 0; i < 4; i++) {
    h = h * 31 + (uint32_t) ctx->state[i];
  }
  outcome_add (o, (int64_t) ctx->total[0]);
  outcome_add (o, (int64_t) ctx->total[1]);
  outcome_add (o, (int64_t) h);
}

static bool run_context (struct provider *p, const struct sample *s, struct outcome *o, bool hmac) {
  struct md5_context ctx;
  struct legacy_symbols *f = p->legacy;
  unsigned char out[16 + 8];
  int key_len, len;
  struct cursor c = cursor_of (s);
  unsigned char *key = next_piece (&c, &key_len);
  memset (&ctx, 0x5a, sizeof (ctx));
  memset (out, 0xaa, sizeof (out));
  if (c.bad) {
    return false;
  }
  if (hmac) {
    f->md5_hmac_starts (&ctx, key, key_len);
  } else {
    f->md5_starts (&ctx);
    /* The counter near 2^32 bytes. */
    ctx.total[0] = key_len % 4 ? 0 : 0xffffffc0;
  }
  add_context (o, &ctx);
  while (c.left) {
    unsigned char *piece = next_piece (&c, &len);
    if (c.bad || o->count > 50) {
      return false;
    }
    (hmac ? f->md5_hmac_update : f->md5_update) (&ctx, piece, len);
    (hmac ? f->md5_hmac_update : f->md5_update) (&ctx, piece, -len);
    add_context (o, &ctx);
  }
  (hmac ? f->md5_hmac_finish : f->md5_finish) (&ctx, out);
  outcome_text (o, out, sizeof (out));
  return true;
}

static bool run_md5_context (struct provider *p, const struct sample *s, struct outcome *o) {
  return run_context (p, s, o, false);
}

static bool run_hmac_context (struct provider *p, const struct sample *s, struct outcome *o) {
  return run_context (p, s, o, true);
}

/* libcrypto's contexts, by the library that the provider is linked with. */
static void *new_context (struct provider *p) {
  void *(*make) (void);
  *(void **) &make = dlsym (p->handle, "EVP_MD_CTX_new");
  return make ();
}

static void free_context (struct provider *p, void *ctx) {
  void (*drop) (void *);
  *(void **) &drop = dlsym (p->handle, "EVP_MD_CTX_free");
  drop (ctx);
}

static bool run_sha_context (struct provider *p, const struct sample *s, struct outcome *o) {
  struct legacy_symbols *f = p->legacy;
  unsigned char out[2 * (20 + 32)] = { 0 };
  void *ctx = new_context (p);
  bool bad = false;
  for (int round = 0; round < SHA_ROUNDS; round++) {
    struct cursor one = cursor_of (s), two = one;
    int len;
    for (f->sha1_starts (ctx); one.left;) {
      unsigned char *piece = next_piece (&one, &len);
      if (!one.bad) {
        f->sha1_update (ctx, piece, len);
      }
    }
    f->sha1_finish (ctx, out + 52 * round);
    for (f->sha256_starts (ctx); two.left;) {
      unsigned char *piece = next_piece (&two, &len);
      if (!two.bad) {
        f->sha256_update (ctx, piece, len);
      }
    }
    f->sha256_finish (ctx, out + 52 * round + 20);
    bad = bad || one.bad;
  }
  free_context (p, ctx);
  outcome_text (o, out, sizeof (out));
  return !bad;
}

/* The kind (0 no file, 1 a folder, else a file), and the file's bytes. */
static void generate_file (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  size_t len = rng_chance (&r, 8) ? rng_below (&r, DATA) : rng_below (&r, 1100);
  put_u8 (s, (unsigned) rng_below (&r, 16));
  rng_fill (&r, sample_grow (s, len), len);
}

static bool run_file (struct provider *p, const struct sample *s, struct outcome *o) {
  static int file = -1;
  struct cursor c = cursor_of (s);
  unsigned kind = take_u8 (&c);
  unsigned char out[16 + 8];
  char path[64];
  if (file < 0) {
    file = memfd_create ("md5", MFD_CLOEXEC);
  }
  if (c.bad || file < 0 || ftruncate (file, 0) < 0 || pwrite (file, c.at, c.left, 0) != (ssize_t) c.left) {
    return false;
  }
  snprintf (path, sizeof (path), "/proc/self/fd/%d", file);
  memset (out, 0xaa, sizeof (out));
  int none = dup (0);
  outcome_add (o, p->legacy->md5_file (kind == 0 ? "/nonexistent/file" : kind == 1 ? "/proc/self" : path, out));
  int after = dup (0);
  outcome_add (o, after - none); /* greater if a descriptor was left open */
  close (none);
  close (after);
  outcome_text (o, out, sizeof (out));
  return true;
}

/* function, negative length, the other length, data. */
static void generate_negative (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u8 (s, (unsigned) d->index % 8);
  put_u32 (s, (uint32_t) -1 - (uint32_t) (rng_chance (&r, 2) ? rng_below (&r, 100) : rng_below (&r, 0x7fffffff)));
  put_u8 (s, 1 + (unsigned) rng_below (&r, 60));
  rng_fill (&r, sample_grow (s, 64), 64);
}

static bool run_negative_md5 (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  unsigned which = take_u8 (&c);
  long len = (int) take_u32 (&c), other = take_u8 (&c);
  static const enum digest digests[] = { DIGEST_MD5, DIGEST_MD5_HEX, DIGEST_MD5_HMAC, DIGEST_MD5_HMAC };
  uint8_t out[32] = { 0 };
  if (c.bad || c.left != 64 || len >= 0 || other > 64) {
    return false;
  }
  struct digest_input in = { c.at, c.at, which % 4 == 3 ? other : len, which % 4 == 3 ? len : other };
  outcome_add (o, p->abi->digest (p, digests[which % 4], &in, out));
  outcome_text (o, out, sizeof (out));
  return true;
}

struct call {
  struct provider *p;
  enum digest digest;
  struct digest_input in;
};

static void digest_in_child (void *arg) {
  struct call *call = arg;
  uint8_t out[32];
  call->p->abi->digest (call->p, call->digest, &call->in, out);
}

static bool empty_digest (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                          size_t room) {
  static const struct {
    enum digest digest;
    bool first, second; /* which length is negative */
  } calls[] = { { DIGEST_SHA1, true, false },
                { DIGEST_SHA1_TWO_CHUNKS, true, false },
                { DIGEST_SHA1_TWO_CHUNKS, false, true },
                { DIGEST_SHA256, true, false },
                { DIGEST_SHA256_TWO_CHUNKS, true, false },
                { DIGEST_SHA256_TWO_CHUNKS, false, true },
                { DIGEST_SHA256_HMAC, true, false },
                { DIGEST_SHA256_HMAC, false, true } };
  struct cursor c = cursor_of (s);
  unsigned which = take_u8 (&c) % 8;
  long len = (int) take_u32 (&c), other = take_u8 (&c);
  enum digest d = calls[which].digest;
  uint8_t own[32] = { 0 }, plain[32] = { 0 };
  struct call call = { original,
                       d,
                       { c.at, c.at, calls[which].first ? len : other, calls[which].second ? len : other } };
  struct digest_input none = { c.at, c.at, calls[which].first ? 0 : other, calls[which].second ? 0 : other };
  ours->abi->digest (ours, d, &call.in, own);
  original->abi->digest (original, d, &none, plain);
  enum child_end end = run_in_child (digest_in_child, &call, 200);
  bool same = !memcmp (own, plain, sizeof (own));
  snprintf (why, room, "%s of %ld and %ld bytes: ours %s the original's with 0 for it, the original %s",
            digest_name (d), call.in.first_len, call.in.second_len, same ? "is" : "is not", child_end_name (end));
  return same && child_lost (end);
}

/* ---- property: input in pieces gives the digest of the whole ---- */

static bool pieces_are_whole (struct provider *p, const struct draw *d, char *why, size_t room) {
  struct rng r = rng_at (d, d->index);
  static uint8_t data[600];
  uint8_t whole[16], mac[16], pieces[16], mac_pieces[16];
  struct md5_context ctx, keyed;
  size_t len = rng_below (&r, sizeof (data)), key = rng_below (&r, 130), at = 0;
  rng_fill (&r, data, sizeof (data));
  struct digest_input plain = { data, NULL, (long) len, 0 }, hmac = { data, data, (long) key, (long) len };
  p->abi->digest (p, DIGEST_MD5, &plain, whole);
  p->abi->digest (p, DIGEST_MD5_HMAC, &hmac, mac);
  p->legacy->md5_starts (&ctx);
  p->legacy->md5_hmac_starts (&keyed, data, (int) key);
  while (at < len) {
    size_t n = 1 + rng_below (&r, 150);
    n = n < len - at ? n : len - at;
    p->legacy->md5_update (&ctx, data + at, (int) n);
    p->legacy->md5_hmac_update (&keyed, data + at, (int) n);
    at += n;
  }
  p->legacy->md5_finish (&ctx, pieces);
  p->legacy->md5_hmac_finish (&keyed, mac_pieces);
  snprintf (why, room, "%zu bytes in pieces under a key of %zu", len, key);
  return !memcmp (whole, pieces, 16) && !memcmp (mac, mac_pieces, 16);
}

static const struct function functions[] = {
  { "md5_context", "digest", "total high state", CAN_MD5_CONTEXT, 100000, generate_pieces, run_md5_context, NULL,
    NULL },
  { "md5_hmac_context", "digest", "total high state", CAN_MD5_CONTEXT, 100000, generate_pieces, run_hmac_context, NULL,
    NULL },
  { "md5_file", "digest", "ret descriptor", CAN_MD5_FILE, 5000, generate_file, run_file, NULL, NULL },
  { "md5/negative", "digest", "status", CAN_MD5_HMAC, 20000, generate_negative, run_negative_md5, NULL, NULL },
  { "sha_context", "digest", "", CAN_SHA_CONTEXT, 20000, generate_pieces, run_sha_context, NULL, NULL },
  { 0 },
};

static const struct difference_test tests[] = {
  { LENGTH_EMPTY, "digest", "sha/negative", CAN_SHA256_HMAC, 64, generate_negative, empty_digest },
  { 0 },
};

static const struct property properties[] = {
  { "md5_context/whole", "digest", CAN_MD5_CONTEXT, 2000, pieces_are_whole },
  { 0 },
};

const struct family dropin_digest_family = { "digest", functions, tests, properties, true };
