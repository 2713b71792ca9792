/*
 * Signatures of secrets: which of those that a peer offers is ours. And the variables beside them, which others set.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "script.h"

enum { EXTRA = 18 };

static void observe (void) {
  note_bytes ("digest", &(*lib->pwd_config_md5), 33);
  note ("length %d starts with %d", *lib->pwd_config_len, *(char *) lib->pwd_config_buf);
}

/* A few signatures are enough to meet each other; 0 is one, too. */
static void set_secret (const long *a) {
  int signature = (int) a[1];
  lib->main_secret->secret_len = (int) a[0];
  /* Behind the last secret the original leaves what was there. */
  memset (lib->main_secret->secret, 0, sizeof (lib->main_secret->secret));
  memcpy (lib->main_secret->secret, &signature, sizeof (signature));
}

static void choose (const long *a) {
  int extra[EXTRA];
  for (int i = 0; i < EXTRA; i++) {
    extra[i] = numbered_bytes (a[2], EXTRA)[i] & 15;
  }
  note ("%d", lib->select_best_key_signature ((int) a[0], (int) a[1], extra));
}

static void choose_of_none (const long *a) {
  note ("%d", lib->select_best_key_signature ((int) a[0], 0, NULL));
}

static const struct operation operations[] = {
  { "secret", set_secret, { { "length", 0, 256 }, { "signature", -3, 15 } }, 3 },
  { "choose", choose, { { "signature", -3, 15 }, { "extra", 0, 16 }, { "which", 0, 1000 } }, 8 },
  { "choose_many", choose, { { "signature", -3, 15 }, { "extra", -1, 17 }, { "which", 0, 1000 } }, 1 },
  { "choose_of_none", choose_of_none, { { "signature", -3, 15 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "signature.choose(0,0,0);signature.secret(3,5);signature.choose(5,3,1);signature.secret(4,5);signature.choose(5,3,1);"
  "signature.choose(4,16,1);signature.choose(4,0,1);signature.choose_of_none(5)@1;signature.secret(32,0);signature.choose(0,0,0)",
  "signature.secret(32,5);signature.choose_many(5,17,0)",
  "signature.choose_many(5,-1,0)",
  NULL,
};

const struct script_family signature_scripts = { "signature", CAN_KEY_SIGNATURE, operations, NULL, observe, fixed };
