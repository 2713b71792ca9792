/* A host that brings parts of its own: libcrypto's contexts, a clock, and common symbols next to ours.
 * Compiled with -fcommon, as the proxy must be. WITH_LIBCRYPTO: linked with it. */
#include "legacy.h"
#include <stdio.h>
#include <string.h>

/* The original's objects hold these twice and more. */
struct process_id PID;
int kdb_hosts_loaded;

int start_time;
int prepare_stats(char *buff, int size) { return snprintf(buff, size, "x"); }
struct hostent *kdb_gethostbyname(const char *name) { return name ? NULL : NULL; }

/* Strong, where ours is weak. */
static int asked;
double get_utime_monotonic(void) { return ++asked; }

#ifdef WITH_LIBCRYPTO
void *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(void *ctx);
#endif

int main(void) {
  unsigned char pieces[32], whole[32];
  PID.pid = 0;
  init_server_PID(0x0a000001, 80);
  if (PID.ip != 0x0a000001 || PID.port != 80 || !PID.pid || kdb_hosts_loaded) {
    return puts("PID is not one variable"), 1;
  }
  FILE *file = tmpfile();
  kdb_write(fileno(file), "x", 1, "file");
  if (asked != 2) {
    return puts("the host's get_utime_monotonic is not used"), 1;
  }
#ifdef WITH_LIBCRYPTO
  void *ctx = EVP_MD_CTX_new();
  for (int round = 0; round < 2; round++) {
    sha1_starts(ctx), sha1_update(ctx, (const unsigned char *)"split ", 6), sha1_update(ctx, (const unsigned char *)"anywhere", 8), sha1_finish(ctx, pieces);
    sha1((const unsigned char *)"split anywhere", 14, whole);
    if (memcmp(pieces, whole, 20)) {
      return puts("sha1 in pieces"), 1;
    }
    sha256_starts(ctx), sha256_update(ctx, (const unsigned char *)"split anywhere", 14), sha256_finish(ctx, pieces);
    sha256((const unsigned char *)"split anywhere", 14, whole);
    if (memcmp(pieces, whole, 32)) {
      return puts("sha256 in pieces"), 1;
    }
  }
  EVP_MD_CTX_free(ctx);
#else
  (void)whole;
  sha1_starts(pieces);
#endif
  return 0;
}
