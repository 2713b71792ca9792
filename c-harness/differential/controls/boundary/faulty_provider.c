/*
 * A provider with one fault: wrappers around the real library (MTPROXY_FAULT_REAL names it), one of which has the fault
 * that MTPROXY_FAULT names. Without a fault it behaves like the real one. A function without a wrapper here gets one that
 * only passes the call on, generated from src/ffi/api.tsv.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "faulty_provider.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct real real;
static const char *chosen = "";

bool fault (const char *name) {
  return !strcmp (chosen, name);
}

static const char *const known[] = {
#define FAULT(name, family, text) #name,
#include "faults.def"
#undef FAULT
};

static void check_name (const char *name) {
  for (size_t i = 0; *name && i < sizeof (known) / sizeof (known[0]); i++) {
    if (!strcmp (known[i], name)) {
      return;
    }
  }
  if (*name) {
    fprintf (stderr, "faulty provider: there is no fault '%s'\n", name);
    exit (2);
  }
}

__attribute__ ((constructor)) static void load (void) {
  const char *path = getenv ("MTPROXY_FAULT_REAL"), *name = getenv ("MTPROXY_FAULT");
  void *handle = path ? dlopen (path, RTLD_NOW | RTLD_LOCAL) : NULL;
  if (!handle) {
    fprintf (stderr, "faulty provider: MTPROXY_FAULT_REAL: %s\n", path ? dlerror () : "not set");
    exit (2);
  }
  chosen = name ? name : "";
  check_name (chosen);
#define FUNCTION(name)                               \
  {                                                  \
    void *at = dlsym (handle, "mtproxy_ffi_" #name); \
    memcpy (&real.name, &at, sizeof (at));           \
  }
#include "boundary.def"
#undef FUNCTION
}
