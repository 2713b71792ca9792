/*
 * A host that defines some symbols itself: libcrypto's contexts, a clock, and common symbols beside ours. Compiled with
 * -fcommon, as the proxy may be. WITH_LIBCRYPTO: linked with it.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "host.h"
#include "legacy_names.h"

/* The revisions of the original define these in several objects. */
struct process_id PID;
int kdb_hosts_loaded;

/* A strong definition; the drop-in's is weak. */
static int asked;

double get_utime_monotonic (void) {
  return ++asked;
}

/* This constructor runs before any constructor of a library. */
static unsigned before_main;

__attribute__ ((constructor (101))) static void early (void) {
  before_main =
      crc32_partial ("123456789", 9, ~0u) ^ crc32c_partial ("123456789", 9, ~0u) ^ compute_crc32_combine (1, 2, 1);
}

#ifdef WITH_LIBCRYPTO
void *EVP_MD_CTX_new (void);
void EVP_MD_CTX_free (void *ctx);

static int digest_in_pieces (void) {
  static const unsigned char text[] = "split anywhere";
  unsigned char pieces[32], whole[32];
  void *ctx = EVP_MD_CTX_new ();
  for (int round = 0; round < 2; round++) {
    sha1_starts (ctx);
    sha1_update (ctx, text, 6);
    sha1_update (ctx, text + 6, 8);
    sha1_finish (ctx, pieces);
    sha1 (text, 14, whole);
    if (memcmp (pieces, whole, 20)) {
      return puts ("sha1 in pieces"), 1;
    }
    sha256_starts (ctx);
    sha256_update (ctx, text, 14);
    sha256_finish (ctx, pieces);
    sha256 (text, 14, whole);
    if (memcmp (pieces, whole, 32)) {
      return puts ("sha256 in pieces"), 1;
    }
  }
  EVP_MD_CTX_free (ctx);
  return 0;
}
#else
/* Ends the process with a message. */
static int digest_in_pieces (void) {
  unsigned char room[32];
  sha1_starts ((void *) room);
  return 1;
}
#endif

int main (void) {
  if (before_main != (0x340bc6d9 ^ 0x1cf96d7c ^ 1996959892)) {
    return puts ("the function pointers are not right before main"), 1;
  }
  PID.pid = 0;
  init_server_PID (0x0a000001, 80);
  if (PID.ip != 0x0a000001 || PID.port != 80 || !PID.pid || kdb_hosts_loaded) {
    return puts ("PID is not one variable"), 1;
  }
  FILE *file = tmpfile ();
  kdb_write (fileno (file), "x", 1, "file");
  if (asked != 2) {
    return puts ("the host's get_utime_monotonic is not used"), 1;
  }
  return digest_in_pieces ();
}
