/*
 * Opens providers, and checks that two of them are not the same library.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "provider.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "relink.h"

static const struct {
  const char *name;
  size_t size;
  enum ability can;
} digests[DIGESTS] = {
  { "md5", 16, CAN_MD5 },
  { "md5_hex", 32, CAN_MD5_HEX },
  { "md5_hmac", 16, CAN_MD5_HMAC },
  { "sha1", 20, CAN_SHA1 },
  { "sha1_two_chunks", 20, CAN_SHA1_TWO_CHUNKS },
  { "sha256", 32, CAN_SHA256 },
  { "sha256_two_chunks", 32, CAN_SHA256_TWO_CHUNKS },
  { "sha256_hmac", 32, CAN_SHA256_HMAC },
};

size_t digest_size (enum digest d) {
  return digests[d].size;
}

const char *digest_name (enum digest d) {
  return digests[d].name;
}

enum ability digest_ability (enum digest d) {
  return digests[d].can;
}

static const struct {
  const char *name;
  enum ability can;
} scanners[SCANNERS] = {
  { "cfg_skipspc", CAN_SKIPSPC },
  { "cfg_skspc", CAN_SKSPC },
  { "cfg_getword", CAN_GETWORD },
  { "cfg_getstr", CAN_GETSTR },
  { "cfg_getint", CAN_GETINT },
  { "cfg_getint_zero", CAN_GETINT_ZERO },
  { "cfg_getint_signed_zero", CAN_GETINT_SIGNED_ZERO },
  { "cfg_getlex", CAN_GETLEX },
};

const char *scanner_name (enum scanner s) {
  return scanners[s].name;
}

enum ability scanner_ability (enum scanner s) {
  return scanners[s].can;
}

static void load (struct provider *p, bool *with_crypto) {
  *with_crypto = true;
  if (object_check (p->role, p->given) == OBJECT_ARCHIVE) {
    p->handle = relink_and_load (p->role, p->given, p->loaded, sizeof (p->loaded), with_crypto);
    return;
  }
  if (!realpath (p->given, p->loaded)) {
    refuse ("%s: %s cannot be resolved", p->role, p->given);
  }
  p->handle = dlopen (p->loaded, RTLD_LAZY | RTLD_LOCAL);
  if (!p->handle) {
    refuse ("%s: %s cannot be loaded: %s", p->role, p->given, dlerror ());
  }
}

void name_add (struct names *n, const char *name) {
  size_t used = strlen (n->text);
  if (used + strlen (name) + 3 > sizeof (n->text)) {
    n->more++;
  } else {
    snprintf (n->text + used, sizeof (n->text) - used, "%s%s", used ? ", " : "", name);
  }
}

int bind_symbols (const struct provider *p, const struct symbol *symbols, int count, void *table,
                  struct names *lacking_names) {
  int lacking = 0;
  for (int i = 0; i < count; i++) {
    void *at = dlsym (p->handle, symbols[i].name);
    memcpy ((char *) table + symbols[i].offset, &at, sizeof (at));
    if (!at) {
      lacking++;
      name_add (lacking_names, symbols[i].name);
    }
  }
  return lacking;
}

void *bound_address (const struct symbol *symbols, int count, const void *table, int i) {
  void *at = NULL;
  if (i < count) {
    memcpy (&at, (const char *) table + symbols[i].offset, sizeof (at));
  }
  return at;
}

static _Noreturn void refuse_lacking (const char *role, const char *path, const struct names *n) {
  char more[40] = "";
  if (n->more) {
    snprintf (more, sizeof (more), " and %d more", n->more);
  }
  refuse ("%s: %s lacks %s%s", role, path, n->text, more);
}

/* Has it one of these? None of them is among what relink.c defines itself. */
static bool is_of_the_proxy (void *handle) {
  return dlsym (handle, "crc32_partial") || dlsym (handle, "cfg_skipspc") || dlsym (handle, "md5");
}

void provider_open (struct provider *p, const char *role, const char *path, const char *abi) {
  bool with_crypto, original = !strcmp (role, "LEGACY_LIB");
  struct names lacking = { "", 0 };
  int missing;
  *p = (struct provider) { .role = role, .given = path };
  load (p, &with_crypto);
  if (!abi) {
    abi = !original && dlsym (p->handle, "mtproxy_ffi_crc32_partial") ? "boundary" : "legacy";
  }
  if (!strcmp (abi, "boundary")) {
    p->abi = &boundary_abi;
    missing = boundary_bind (p, &lacking);
    if (missing) {
      refuse_lacking (role, path, &lacking);
    }
    return;
  }
  p->abi = &legacy_abi;
  p->drop_in = dlsym (p->handle, "mtproxy_kdb_release") != NULL;
  missing = legacy_bind (p, &lacking);
  if (missing && !is_of_the_proxy (p->handle)) {
    refuse ("%s: %s is not %s (it has none of the proxy's functions)", role, path,
            original ? "a library of this proxy" : "a library with the boundary's or the proxy's names");
  }
  if (missing && original) {
    refuse_lacking (role, path, &lacking);
  }
  if (!dlsym (p->handle, "EVP_MD_CTX_new")) {
    p->lacks[CAN_SHA_CONTEXT] = "libcrypto to link with";
  }
  if (!dlsym (p->handle, "EVP_aes_256_cbc")) {
    p->lacks[CAN_AES] = p->lacks[CAN_CIPHER] = p->lacks[CAN_DH] = "libcrypto to link with";
  }
  if (!with_crypto && !p->drop_in) {
    for (int can = CAN_SHA1; can <= CAN_SHA256_HMAC; can++) {
      p->lacks[can] = p->lacks[can] ? p->lacks[can] : "libcrypto to link with";
    }
  }
}

static bool same_bytes (const char *a, const char *b) {
  FILE *f = fopen (a, "rb"), *g = fopen (b, "rb");
  bool same = f && g;
  while (same) {
    int c = getc (f);
    same = c == getc (g);
    if (c == EOF) {
      break;
    }
  }
  if (f) {
    fclose (f);
  }
  if (g) {
    fclose (g);
  }
  return same;
}

static void *address (const struct provider *p, int i) {
  return p->abi == &boundary_abi ? boundary_address (p, i) : legacy_address (p, i);
}

/* Checks that every symbol of `p` is in the file that was loaded for it, and not in `other`'s. */
static void check_home (const struct provider *p, const struct provider *other) {
  void *at;
  int count = 0;
  for (int i = 0; i < 200; i++) {
    Dl_info info;
    if (!(at = address (p, i)) || !dladdr (at, &info) || !info.dli_fname) {
      continue; /* missing, or thread-local, which has no address in a file */
    }
    if (!strcmp (info.dli_fname, other->loaded)) {
      refuse ("%s: %s does not have its own %s: it comes from %s", p->role, p->given,
              info.dli_sname ? info.dli_sname : "functions", other->given);
    }
    count += !strcmp (info.dli_fname, p->loaded);
  }
  if (!count) {
    refuse ("%s: none of the functions of %s lies in it", p->role, p->given);
  }
}

void provider_distinct (const struct provider *a, const struct provider *b) {
  struct stat s, t;
  if (stat (a->given, &s) < 0 || stat (b->given, &t) < 0 || (s.st_dev == t.st_dev && s.st_ino == t.st_ino) ||
      same_bytes (a->given, b->given)) {
    refuse ("%s and %s are the same library: there is nothing to compare", a->given, b->given);
  }
  check_home (a, b);
  check_home (b, a);
  for (int i = 0; i < 200; i++) {
    for (int j = 0; j < 200; j++) {
      if (address (a, i) && address (a, i) == address (b, j)) {
        refuse ("%s and %s share an address: there is nothing to compare", a->given, b->given);
      }
    }
  }
}
