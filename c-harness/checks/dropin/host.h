/*
 * Minimal definitions of the symbols that the drop-in needs from its host. They are weak, so that the definitions of an
 * archive that replaces these objects itself override them.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DROPIN_HOST_H
#define DROPIN_HOST_H

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__ ((weak)) int start_time;
struct hostent *kdb_gethostbyname (const char *name);

__attribute__ ((weak)) struct hostent *kdb_gethostbyname (const char *name) {
  (void) name;
  return 0;
}

/* A line of it. */
unsigned tcp_get_default_rpc_flags (void);
__attribute__ ((weak)) unsigned tcp_get_default_rpc_flags (void) {
  return 0;
}

/* Makes an empty file in the folder that TMPDIR names. Writes its path, and returns its descriptor; -1 if there is none. */
static inline int make_file (char path[256]) {
  const char *tmp = getenv ("TMPDIR");
  int len = snprintf (path, 256, "%s/mtproxy-dropin-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  return len < 256 ? mkstemp (path) : -1;
}

#endif
