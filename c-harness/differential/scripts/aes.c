/*
 * The ciphers of connections, with the library's own libcrypto: what one end encrypts in pieces, the other decrypts.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

enum { CONNECTIONS = 3, PIECE = 100 };

struct connection {
  struct async_job job;
  struct connection_info info;
};

static struct connection *connections[CONNECTIONS];

static void begin (void) {
  *lib->max_job_thread_id = 8;
  for (int i = 0; i < CONNECTIONS; i++) {
    connections[i] = aligned_alloc (64, sizeof (struct connection));
    memset (connections[i], 0, sizeof (struct connection));
  }
}

static void be_registered (void) {
  if (!*(void **) thread_local_at ("jobs_module_stat_crypto_aes")) {
    lib->jobs_module_thread_init_crypto_aes ();
  }
}

static void observe (void) {
  int ciphers, keys;
  lib->fetch_aes_crypto_stat (&ciphers, &keys);
  note ("ciphers %d, keys %d", ciphers, keys);
}

static void begin_cipher (const long *a) {
  struct aes_key_data keys;
  be_registered ();
  if (connections[a[0]]->info.crypto) {
    skip ();
    return;
  }
  memcpy (&keys, numbered_bytes (a[1], sizeof (keys)), sizeof (keys));
  int ret = (a[2] & 1 ? lib->aes_crypto_ctr128_init : lib->aes_crypto_init) (
      &connections[a[0]]->job, &keys, a[2] < 2 ? (int) sizeof (keys) : (int) sizeof (keys) + (int) (2 * a[2]) - 5);
  struct aes_crypto *crypto = connections[a[0]]->info.crypto;
  note ("%d, %s", ret, crypto && !((size_t) crypto & 15) ? "aligned" : "none");
}

static void end_cipher (const long *a) {
  be_registered ();
  note ("%d", lib->aes_crypto_free (&connections[a[0]]->job));
  note ("%s, %s", connections[a[0]]->info.crypto ? "LEFT" : "none",
        connections[a[0]]->info.crypto_temp ? "LEFT" : "none");
}

static void run_cipher (const long *a, void **context, int len) {
  int (*update) (void *, unsigned char *, int *, const unsigned char *, int);
  unsigned char out[PIECE + 32];
  int written = -1;
  *(void **) &update = thread_local_at ("EVP_CipherUpdate"); /* any symbol that the library sees */
  if (!*context) {
    skip ();
    return;
  }
  int ret = update (*context, out, &written, (unsigned char *) numbered_bytes (a[1], (size_t) len), len);
  note ("%d", ret);
  note_bytes ("out", out, (size_t) written);
}

/* Pieces that are no whole blocks too: in CBC mode the rest stays in the context. */
static void encrypt (const long *a) {
  struct aes_crypto *crypto = connections[a[0]]->info.crypto, none = { 0 };
  run_cipher (a, &(crypto ? crypto : &none)->write_aeskey, (int) a[2]);
}

static void decrypt (const long *a) {
  struct aes_crypto *crypto = connections[a[0]]->info.crypto, none = { 0 };
  run_cipher (a, &(crypto ? crypto : &none)->read_aeskey, 16 * (int) a[2]);
}

static void temporary_key (const long *a) {
  be_registered ();
  if (connections[a[0]]->info.crypto_temp) {
    skip ();
    return;
  }
  connections[a[0]]->info.crypto_temp = lib->alloc_crypto_temp ((int) a[1]);
}

static const struct operation operations[] = {
  { "begin", begin_cipher, { { "connection", 0, CONNECTIONS - 1 }, { "keys", 0, 1000 }, { "mode", 0, 1 } }, 4 },
  { "begin_badly", begin_cipher, { { "connection", 0, CONNECTIONS - 1 }, { "keys", 0, 9 }, { "mode", 2, 3 } }, 1 },
  { "end", end_cipher, { { "connection", 0, CONNECTIONS - 1 } }, 3 },
  { "encrypt", encrypt, { { "connection", 0, CONNECTIONS - 1 }, { "bytes", 0, 1000 }, { "length", 1, PIECE } }, 8 },
  { "decrypt", decrypt, { { "connection", 0, CONNECTIONS - 1 }, { "bytes", 0, 1000 }, { "blocks", 1, 6 } }, 8 },
  { "temporary_key", temporary_key, { { "connection", 0, CONNECTIONS - 1 }, { "length", 1, 300 } }, 2 },
  { 0 },
};

static const char *const fixed[] = {
  "aes.begin(0,1,0);aes.begin(1,1,1);aes.encrypt(0,1,100);aes.encrypt(0,2,28);aes.decrypt(0,1,6);"
  "aes.encrypt(1,1,33);aes.encrypt(1,2,1);aes.decrypt(1,3,2);aes.temporary_key(1,264);aes.end(1);"
  "aes.end(1);aes.end(0)@1",
  "aes.begin_badly(0,1,2)",
  "aes.begin_badly(0,1,3)",
  NULL,
};

const struct script_family aes_scripts = { "aes", CAN_AES, operations, begin, observe, fixed };
