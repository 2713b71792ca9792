/*
 * Opens the contenders. Ours and the original are shared objects opened in the same way, so that calls into them cost the
 * same; the others are used if they are installed.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "relink.h"

struct our_functions ours;
struct legacy_symbols original, dropin;
struct other_functions other;

static const struct {
  const char *name, *file, *package;
} about[CONTENDERS] = {
  [OURS] = { "ours", NULL, NULL },
  [ORIGINAL] = { "original", NULL, "give LEGACY_LIB=path/to/libkdb.a" },
  [LIBC] = { "libc stand-in", NULL, NULL },
  [CRYPTO] = { "libcrypto", "libcrypto.so.3", "Debian package libssl3, from 13 on libssl3t64" },
  [CRYPTO_LOW] = { "libcrypto low-level", NULL, NULL },
  [ZLIB] = { "zlib", "libz.so.1", "Debian package zlib1g" },
  [ZLIB_NG] = { "zlib-ng", "libz-ng.so.2", "not packaged in Debian 12" },
  [ISAL] = { "ISA-L", "libisal.so.2", "Debian package libisal2" },
  [EMPTY] = { "empty call", NULL, NULL },
  [DROPIN] = { "drop-in", NULL, NULL },
};

static void *handles[CONTENDERS];

const char *contender_name (enum contender c) {
  return about[c].name;
}

bool is_present (enum contender c) {
  return c == LIBC || c == EMPTY || handles[c == CRYPTO_LOW ? CRYPTO : c];
}

_Noreturn void refuse (const char *format, ...) {
  va_list ap;
  va_start (ap, format);
  fputs ("bench: ", stderr);
  vfprintf (stderr, format, ap);
  fputc ('\n', stderr);
  va_end (ap);
  exit (2);
}

static bool bind (void *handle, const char *name, void *place) {
  void *at = dlsym (handle, name);
  memcpy (place, &at, sizeof (at));
  return at != NULL;
}

void open_ours (const char *path) {
  handles[OURS] = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  if (!handles[OURS]) {
    refuse ("ours: %s", dlerror ());
  }
#define FUNCTION(name)                                           \
  if (!bind (handles[OURS], "mtproxy_ffi_" #name, &ours.name)) { \
    refuse ("ours: %s lacks mtproxy_ffi_" #name, path);          \
  }
#include "boundary.def"
#undef FUNCTION
}

static bool is_archive (const char *role, const char *path) {
  char magic[8] = "";
  FILE *f = fopen (path, "rb");
  if (!f) {
    refuse ("%s: %s cannot be read", role, path);
  }
  bool archive = fread (magic, 1, 8, f) == 8 && (!memcmp (magic, "!<arch>\n", 8) || !memcmp (magic, "!<thin>\n", 8));
  fclose (f);
  return archive;
}

/* The legacy names of an archive or a shared object. */
static void open_legacy (enum contender who, const char *role, const char *path, struct legacy_symbols *symbols) {
  if (is_archive (role, path)) {
    /* In a proxy these functions call each other and access their data directly; -Bsymbolic does the same for a shared
       object. Without it every such call would go through a table, which would slow the original down. */
    char compiler[1000], plain[900], loaded[700];
    const char *cc = getenv ("CC");
    bool with_crypto;
    snprintf (plain, sizeof (plain), "%s", cc && *cc ? cc : "cc");
    snprintf (compiler, sizeof (compiler), "%s -Wl,-Bsymbolic", plain);
    setenv ("CC", compiler, 1);
    handles[who] = relink_and_load (role, path, loaded, sizeof (loaded), &with_crypto);
    setenv ("CC", plain, 1);
    if (!with_crypto) {
      refuse ("%s: its digests need libcrypto to link with (Debian package libssl-dev)", role);
    }
  } else {
    char whole[4096]; /* dlopen would search a name without a slash in the library path */
    handles[who] = realpath (path, whole) ? dlopen (whole, RTLD_LAZY | RTLD_LOCAL) : NULL;
    if (!handles[who]) {
      refuse ("%s: %s is neither an archive nor a shared object for this machine", role, path);
    }
  }
  int found = 0;
#define X(name, type, can) found += bind (handles[who], #name, &symbols->name);
  LEGACY_SYMBOLS (X)
#undef X
  if (!found) {
    refuse ("%s: %s has none of the proxy's functions", role, path);
  }
}

void open_original (const char *path) {
  open_legacy (ORIGINAL, "LEGACY_LIB", path, &original);
}

void open_dropin (const char *path) {
  open_legacy (DROPIN, "the drop-in", path, &dropin);
}

void open_others (void) {
  for (int c = 0; c < CONTENDERS; c++) {
    if (about[c].file) {
      handles[c] = dlopen (about[c].file, RTLD_NOW | RTLD_LOCAL);
    }
  }
#define X(library, name, type)                   \
  if (handles[library]) {                        \
    bind (handles[library], #name, &other.name); \
  }
  OTHER_FUNCTIONS (X)
#undef X
}

void *function_of (enum contender c, const char *name) {
  return handles[c] ? dlsym (handles[c], name) : NULL;
}

const char *contender_state (enum contender c) {
  static char text[200];
  if (!is_present (c)) {
    snprintf (text, sizeof (text), "absent (%s)", about[c].package);
    return text;
  }
  const char *version = "";
  const char *(*of_zlib) (void), *(*of_crypto) (int);
  if (c == ZLIB && bind (handles[c], "zlibVersion", &of_zlib)) {
    version = of_zlib ();
  } else if (c == ZLIB_NG && bind (handles[c], "zlibng_version", &of_zlib)) {
    version = of_zlib ();
  } else if (c == CRYPTO && bind (handles[c], "OpenSSL_version", &of_crypto)) {
    version = of_crypto (0);
  }
  snprintf (text, sizeof (text), "%s%s%s", about[c].file ? about[c].file : "present", *version ? ", " : "", version);
  return text;
}
