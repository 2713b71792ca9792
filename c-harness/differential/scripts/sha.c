/*
 * SHA-1 and SHA-256 in pieces, in several contexts at once, on any thread. The contexts are libcrypto's.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "script.h"

enum { CONTEXTS = 3, OUT = 32, SPARE = 8 };

static struct {
  struct evp_md_ctx_st *ctx;
  int bits; /* 0: nothing is begun */
} contexts[CONTEXTS];

static void begin (void) {
  struct evp_md_ctx_st *(*make) (void);
  *(void **) &make = thread_local_at ("EVP_MD_CTX_new"); /* any symbol that the library sees */
  for (int i = 0; i < CONTEXTS; i++) {
    contexts[i].ctx = make ? make () : NULL;
    if (!contexts[i].ctx) {
      abort ();
    }
  }
}

/* Also one that is begun already. */
static void starts (const long *a) {
  (a[1] ? lib->sha256_starts : lib->sha1_starts) (contexts[a[0]].ctx);
  contexts[a[0]].bits = a[1] ? 256 : 160;
}

static void update (const long *a) {
  if (!contexts[a[0]].bits) {
    skip ();
    return;
  }
  (contexts[a[0]].bits == 256 ? lib->sha256_update : lib->sha1_update) (
      contexts[a[0]].ctx, (unsigned char *) numbered_bytes (a[1], (size_t) a[2]), (int) a[2]);
}

static void finish (const long *a) {
  unsigned char out[OUT + SPARE];
  memset (out, 0xa5, sizeof (out));
  if (!contexts[a[0]].bits) {
    skip ();
    return;
  }
  (contexts[a[0]].bits == 256 ? lib->sha256_finish : lib->sha1_finish) (contexts[a[0]].ctx, out);
  contexts[a[0]].bits = 0;
  note_bytes ("digest", out, sizeof (out));
}

static const struct operation operations[] = {
  { "starts", starts, { { "context", 0, CONTEXTS - 1 }, { "long", 0, 1 } }, 4 },
  { "update", update, { { "context", 0, CONTEXTS - 1 }, { "bytes", 0, 100 }, { "length", 0, 300 } }, 8 },
  { "finish", finish, { { "context", 0, CONTEXTS - 1 } }, 3 },
  { 0 },
};

static const char *const fixed[] = {
  "sha.starts(0,0);sha.update(0,1,64);sha.starts(1,1);sha.update(1,2,64);sha.update(0,2,63)@1;sha.update(1,3,1)@2;"
  "sha.finish(1);sha.finish(0);sha.starts(0,1);sha.update(0,1,300);sha.starts(0,0);sha.update(0,1,0);sha.finish(0)",
  "sha.starts(2,1);sha.update(2,1,0);sha.update(2,1,5);sha.finish(2)",
  NULL,
};

const struct script_family sha_scripts = { "sha", CAN_SHA_CONTEXT, operations, begin, NULL, fixed };
