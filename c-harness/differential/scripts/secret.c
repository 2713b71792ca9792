/*
 * The secret and what is derived from it: the file it is loaded from, the keys of a connection, nonces, temporary keys and
 * the statistics. Of random bytes only that they differ is noted.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "script.h"

enum { SECRET = 260, TEXT = 700, TEMPORARY = 4, PAGE = 600 };

static const char *const names[] = { "secret", "other" };
static void *temporary[TEMPORARY];

static void begin (void) {
  *lib->max_job_thread_id = 8;
  memcpy (lib->pwd_config_md5, "none", 5);
}

/* The original's job threads do this at their start. */
static void be_registered (void) {
  if (!*(void **) thread_local_at ("jobs_module_stat_crypto_aes")) {
    lib->jobs_module_thread_init_crypto_aes ();
  }
}

static void observe (void) {
  int ciphers = -7, keys = -7;
  struct aes_secret *s = lib->main_secret;
  lib->fetch_aes_crypto_stat (&ciphers, &keys);
  note ("initialized %d, ciphers %d, keys %d, file %d, digest %s, refcnt %d", *lib->aes_initialized, ciphers, keys,
        *lib->pwd_config_len, lib->pwd_config_md5, s->refcnt);
  note ("id %08x, others %d", (unsigned) lib->get_crypto_key_id (), lib->get_extra_crypto_key_ids (NULL, 4));
  note_bytes ("secret", s->secret, (size_t) s->secret_len);
}

static void put_file (const long *a, size_t len) {
  int fd = open (names[a[0]], O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || write (fd, numbered_bytes (a[1], len), len) != (ssize_t) len) {
    abort ();
  }
  close (fd);
}

static void write_file (const long *a) {
  put_file (a, (size_t) a[2]);
}

static void write_large (const long *a) {
  put_file (a, (size_t) (16384 + a[2]));
}

static void no_file (const long *a) {
  unlink (names[a[0]]);
  rmdir (names[a[0]]);
  if (a[1]) {
    mkdir (names[a[0]], 0700);
  }
}

static void load (const long *a) {
  *lib->verbosity = (int) a[1];
  note ("%d", lib->aes_load_pwd_file (a[0] < 0 ? NULL : names[a[0]]));
  note_bytes ("buffer", lib->pwd_config_buf, 16384 + 8);
  *lib->verbosity = 0;
  errno = 0; /* the log leaves one */
}

static void nonce (const long *a) {
  static char last[16];
  char room[18];
  memset (room, (int) a[0], sizeof (room));
  note ("%d", lib->aes_generate_nonce (room + 1));
  note ("%s, %s", memcmp (room + 1, last, 16) ? "another" : "THE SAME",
        room[0] == (char) a[0] && room[17] == (char) a[0] ? "16 bytes" : "MORE THAN 16 BYTES");
  memcpy (last, room + 1, 16);
}

static void valid (const long *a) {
  int first;
  memcpy (&first, lib->main_secret->secret, sizeof (first));
  note ("%d", lib->is_valid_crypto_key_id (a[0] ? first + (int) a[0] - 1 : 0));
}

/* What the two ends say, by a number; 0 and 1 name the same ends, with the roles changed. */
static void derive (long number, int client, struct aes_secret *secret, long mixed_bytes, int mixed) {
  static unsigned char said[128], text[TEXT];
  struct {
    struct aes_key_data keys;
    unsigned char after[4];
  } room = { .after = { 1, 2, 3, 4 } };
  int numbers[4];
  memcpy (said, numbered_bytes (number, sizeof (said)), sizeof (said));
  memcpy (numbers, said + 64, sizeof (numbers));
  memcpy (text, numbered_bytes (mixed_bytes, sizeof (text)), sizeof (text));
  bool v6 = said[80] & 1;
  int ret = lib->aes_create_keys (&room.keys, client, (char *) said, (char *) said + 16, numbers[0],
                                  v6 ? 0 : (unsigned) numbers[1] | 1, (unsigned short) numbers[3], said + 32,
                                  v6 ? 0 : (unsigned) numbers[2] | 1, (unsigned short) (numbers[3] >> 16), said + 48,
                                  secret, text, mixed);
  note ("%d", ret);
  note_bytes ("keys", &room, sizeof (room));
}

static void keys_of_secret (const long *a) {
  derive (a[0] / 2, a[0] & 1, lib->main_secret, a[1], (int) a[2]);
}

/* A secret of another length than the file's may have. */
static void keys_of (const long *a) {
  struct aes_secret secret = { .secret_len = (int) a[1] };
  memcpy (secret.secret, numbered_bytes (a[0] + 1, SECRET), SECRET);
  derive (a[0], 1, &secret, 3, (int) a[2]);
}

/* One end without an IPv4 address: aborts. */
static void one_address (const long *a) {
  struct aes_secret secret = { .secret_len = (int) a[1] };
  struct aes_key_data keys;
  char nonces[32] = "";
  note ("%d", lib->aes_create_keys (&keys, 0, nonces, nonces, 1, a[0] & 1, 2, (unsigned char *) nonces, (a[0] & 1) ^ 1,
                                    3, (unsigned char *) nonces, &secret, NULL, 0));
}

static void allocate (const long *a) {
  be_registered ();
  if (temporary[a[0]]) {
    skip ();
    return;
  }
  temporary[a[0]] = lib->alloc_crypto_temp ((int) a[1]);
  memset (temporary[a[0]], 1, (size_t) a[1]);
}

static void release (const long *a) {
  be_registered ();
  if (!temporary[a[0]]) {
    skip ();
    return;
  }
  lib->free_crypto_temp (temporary[a[0]], 0);
  temporary[a[0]] = NULL;
}

static void statistics (const long *a) {
  static char prefix[] = "all_", page[PAGE];
  struct stats_buffer sb;
  *lib->jobs_module_state_prefix_crypto_aes = a[0] ? prefix : NULL;
  *lib->max_job_thread_id = (int) a[1];
  lib->sb_init (&sb, page, sizeof (page));
  int length = lib->crypto_aes_prepare_stat (&sb);
  note_bytes ("page", page, (size_t) length);
  *lib->max_job_thread_id = 8;
  lib->fetch_aes_crypto_stat (NULL, NULL);
}

static const struct operation operations[] = {
  { "file", write_file, { { "name", 0, 1 }, { "bytes", 0, 1000 }, { "length", 30, 34 } }, 4 },
  { "any_file", write_file, { { "name", 0, 1 }, { "bytes", 0, 1000 }, { "length", 0, 300 } }, 4 },
  { "large_file", write_large, { { "name", 0, 1 }, { "bytes", 0, 1000 }, { "length", -2, 4 } }, 1 },
  { "no_file", no_file, { { "name", 0, 1 }, { "folder", 0, 1 } }, 2 },
  { "load", load, { { "name", -1, 1 }, { "verbosity", 0, 1 } }, 10 },
  { "nonce", nonce, { { "filled", 0, 255 } }, 2 },
  { "valid", valid, { { "number", 0, 2 } }, 2 },
  { "keys", keys_of_secret, { { "said", 0, 1000 }, { "mixed", 0, 1000 }, { "length", 0, TEXT } }, 10 },
  { "keys_of", keys_of, { { "said", 0, 1000 }, { "secret", 32, 256 }, { "length", 630, 638 } }, 6 },
  { "keys_of_bad", keys_of, { { "said", 0, 10 }, { "secret", -1, 31 }, { "length", 0, 3 } }, 1 },
  { "keys_of_long", keys_of, { { "said", 0, 10 }, { "secret", 257, 258 }, { "length", 0, 3 } }, 1 },
  { "one_address", one_address, { { "server", 0, 1 }, { "secret", 31, 33 } }, 1 },
  { "allocate", allocate, { { "place", 0, TEMPORARY - 1 }, { "length", 0, 300 } }, 3 },
  { "release", release, { { "place", 0, TEMPORARY - 1 } }, 3 },
  { "statistics", statistics, { { "prefix", 0, 1 }, { "threads", 0, 8 } }, 3 },
  { 0 },
};

static const char *const fixed[] = {
  "secret.statistics(0,8);secret.keys(0,0,0);secret.file(0,7,32);secret.load(-1,1);secret.valid(0);secret.valid(1);"
  "secret.valid(2);secret.keys(2,0,0);secret.keys(3,0,0);secret.keys(2,5,256);secret.keys(2,6,700)",
  "secret.any_file(1,9,256);secret.load(1,0);secret.any_file(1,9,257);secret.load(1,1);secret.any_file(1,3,31);"
  "secret.load(1,1);secret.large_file(1,4,0);secret.load(1,1);secret.large_file(1,5,1);secret.load(1,1);secret.statistics(1,8)",
  "secret.load(0,1);secret.no_file(1,1);secret.load(1,1);secret.nonce(0);secret.nonce(255)",
  "secret.allocate(0,264);secret.allocate(1,0);secret.release(0)@1;secret.statistics(0,8);secret.statistics(0,0);"
  "secret.release(1);secret.statistics(1,8)@2",
  "secret.keys_of(1,32,634);secret.keys_of(1,256,635);secret.keys_of(2,100,633);secret.keys_of_bad(1,0,0);"
  "secret.keys_of_bad(1,31,0)",
  "secret.keys_of_long(0,257,0)",
  "secret.keys_of_bad(0,-1,0)",
  "secret.one_address(0,33)",
  "secret.one_address(1,33)",
  NULL,
};

const struct script_family secret_scripts = { "secret", CAN_SECRET, operations, begin, observe, fixed };
