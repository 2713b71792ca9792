/*
 * MD5 contexts, several at once, on any thread.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "script.h"

enum { CONTEXTS = 3, OUT = 16, SPARE = 8 };

enum phase { FRESH, PLAIN, HMAC };

static struct {
  struct md5_context ctx;
  enum phase phase;
} contexts[CONTEXTS];

/* Only the lower 32 bits of the words are compared; no function reads the upper halves. */
static void observe (void) {
  for (int i = 0; i < CONTEXTS; i++) {
    struct md5_context *c = &contexts[i].ctx;
    if (contexts[i].phase == FRESH) {
      continue;
    }
    note ("%d: %x %x %08x%08x%08x%08x", i, (unsigned) c->total[0], (unsigned) c->total[1], (unsigned) c->state[0],
          (unsigned) c->state[1], (unsigned) c->state[2], (unsigned) c->state[3]);
    note_bytes ("kept", c->buffer, c->total[0] & 63);
  }
}

static void starts (const long *a) {
  lib->md5_starts (&contexts[a[0]].ctx);
  contexts[a[0]].phase = PLAIN;
}

static void hmac_starts (const long *a) {
  lib->md5_hmac_starts (&contexts[a[0]].ctx, (unsigned char *) numbered_bytes (a[1], (size_t) a[2]), (int) a[2]);
  contexts[a[0]].phase = HMAC;
}

static void update (const long *a) {
  unsigned char *data = (unsigned char *) numbered_bytes (a[1], (size_t) a[2]);
  if (contexts[a[0]].phase == PLAIN) {
    lib->md5_update (&contexts[a[0]].ctx, data, (int) a[2]);
  } else if (contexts[a[0]].phase == HMAC) {
    lib->md5_hmac_update (&contexts[a[0]].ctx, data, (int) a[2]);
  } else {
    skip ();
  }
}

static void finish (const long *a) {
  unsigned char out[OUT + SPARE];
  char hex[2 * sizeof (out) + 1];
  memset (out, 0xa5, sizeof (out));
  if (contexts[a[0]].phase == FRESH) {
    skip ();
    return;
  }
  (contexts[a[0]].phase == PLAIN ? lib->md5_finish : lib->md5_hmac_finish) (&contexts[a[0]].ctx, out);
  contexts[a[0]].phase = FRESH;
  for (size_t i = 0; i < sizeof (out); i++) {
    sprintf (hex + 2 * i, "%02x", out[i]);
  }
  note ("%s", hex);
}

/* A plain copy, because a context is in the host's memory. */
static void copy (const long *a) {
  if (contexts[a[0]].phase == FRESH || a[0] == a[1]) {
    skip ();
    return;
  }
  contexts[a[1]] = contexts[a[0]];
}

/* The digest of a file of the given size, of a folder, or of a missing file. */
static void of_file (const long *a) {
  static const char *const paths[] = { "a.data", ".", "b.data" };
  unsigned char out[OUT + SPARE];
  int fd = open (paths[0], O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || write (fd, numbered_bytes (a[1], (size_t) a[2]), (size_t) a[2]) != (ssize_t) a[2]) {
    abort ();
  }
  close (fd);
  memset (out, 0xa5, sizeof (out));
  note ("%d", lib->md5_file ((char *) (uintptr_t) paths[a[0]], out));
  note_bytes ("md5", out, sizeof (out));
}

static const struct operation operations[] = {
  { "starts", starts, { { "context", 0, CONTEXTS - 1 } }, 4 },
  { "update", update, { { "context", 0, CONTEXTS - 1 }, { "bytes", 0, 100 }, { "length", 0, 300 } }, 8 },
  { "finish", finish, { { "context", 0, CONTEXTS - 1 } }, 3 },
  { "hmac_starts", hmac_starts, { { "context", 0, CONTEXTS - 1 }, { "bytes", 0, 100 }, { "length", 0, 100 } }, 4 },
  { "file", of_file, { { "path", 0, 2 }, { "bytes", 0, 100 }, { "length", 0, 60000 } }, 1 },
  { "copy", copy, { { "from", 0, CONTEXTS - 1 }, { "to", 0, CONTEXTS - 1 } }, 2 },
  { 0 },
};

static const char *const fixed[] = {
  "md5.starts(0);md5.update(0,1,64);md5.update(0,2,63);md5.copy(0,1);md5.update(1,3,1);md5.update(1,4,200);md5.finish(0);"
  "md5.finish(1)",
  "md5.hmac_starts(0,1,64);md5.hmac_starts(1,1,65)@1;md5.update(0,2,100)@2;md5.update(1,2,100);md5.finish(0)@1;"
  "md5.finish(1)@3",
  NULL,
};

const struct script_family md5_scripts = { "md5", CAN_MD5_CONTEXT, operations, NULL, observe, fixed };
