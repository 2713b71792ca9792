/*
 * Messages of a step's own: the pieces of new ones, and what is printed of them; TL strings; bytes that are changed where they are;
 * a message made by hand; and what ends the process.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "http_host.h"
#include "interpose.h"
#include "script.h"

enum { MOST = 1 << 17 };

static void begin (void) {
  *lib->max_job_thread_id = 8;
  http_host_library (thread_local_at);
}

static int turn (void *extra, void *data, int len) {
  (void) extra;
  for (int i = 0; i < len; i++) {
    ((unsigned char *) data)[i] ^= 0x55;
  }
  return 0;
}

/* Of a message of its own: what shares its bytes is changed, too. */
static void transform (const long *a) {
  static unsigned char bytes[MOST];
  struct raw_message raw;
  int len = (int) a[0], offset = (int) a[1];
  http_host_thread ();
  lib->rwm_create (&raw, numbered_bytes (a[0], (size_t) len), len);
  note ("%d", lib->rwm_transform_from_offset (&raw, (int) a[2], offset, turn, NULL));
  note_bytes ("", bytes, (size_t) lib->rwm_fetch_data (&raw, bytes, MOST));
  lib->rwm_free (&raw);
}

static void tl_string (const long *a) {
  static unsigned char bytes[MOST];
  struct raw_message raw;
  /* The first piece has room for a part of the length, which the original then reads while it changes it (cure 22). */
  if (a[0] == 2046 || a[0] == 2047) {
    return;
  }
  http_host_thread ();
  lib->rwm_create (&raw, numbered_bytes (a[0], (size_t) a[0]), (int) a[0]);
  lib->rwm_to_tl_string (&raw);
  note ("%d", raw.total_bytes);
  note_bytes ("", bytes, (size_t) lib->rwm_fetch_lookup (&raw, bytes, MOST));
  lib->rwm_from_tl_string (&raw);
  note ("%d", raw.total_bytes);
  note_bytes ("", bytes, (size_t) lib->rwm_fetch_data (&raw, bytes, MOST));
  lib->rwm_free (&raw);
}

/* The pieces of new messages, and where the first one starts; and what is printed of them. */
static void shape (const long *a) {
  struct raw_message raw, clone;
  size_t len;
  int verbosity = *lib->verbosity;
  *lib->verbosity = 0; /* at 3, the original tells of each buffer (docs/differences.md) */
  http_host_thread ();
  lib->rwm_init (&raw, 0);
  catch_stderr_begin ();
  for (int i = 0; i < 3; i++) {
    const char *bytes = numbered_bytes (a[i], (size_t) a[i]);
    if (i < 2) {
      lib->rwm_push_data (&raw, bytes, (int) a[i]);
    } else {
      lib->rwm_push_data_front (&raw, bytes, (int) a[i]);
    }
    lib->rwm_dump_sizes (&raw);
  }
  lib->rwm_dump (&raw);
  /* Both add to the chain that they have together: the second one to parts of its own. */
  lib->rwm_clone (&clone, &raw);
  lib->rwm_push_data (&raw, "source", 6);
  lib->rwm_push_data (&clone, "clone", 5);
  lib->rwm_dump_sizes (&raw);
  lib->rwm_dump_sizes (&clone);
  const char *text = catch_stderr_end (&len);
  *lib->verbosity = verbosity;
  note_bytes ("printed", text, len);
  note ("starts at %d", raw.first_offset);
  note ("freed %d", lib->rwm_free (&raw) > 0);
  lib->rwm_free (&clone);
}

static int callbacks_alone (void) {
  char from[4] = "abc", to[4] = "xyz", *place = to;
  return lib->rwm_process_memcpy (&place, from, 2) + lib->rwm_process_memcpy (NULL, from, 4) +
         lib->rwm_process_nop (NULL, from, 3) + (place - to == 2 && !memcmp (to, "abz", 3));
}

static void digest_alone (void) {
  struct evp_md_ctx_st *(*make) (void);
  unsigned char digest[20];
  *(void **) &make = thread_local_at ("EVP_MD_CTX_new");
  struct evp_md_ctx_st *context = make ();
  if (!context) {
    return;
  }
  lib->sha1_starts (context);
  note ("%d", lib->sha1_wrap (context, "abc", 3));
  lib->sha1_finish (context, digest);
  note_bytes ("digest", digest, sizeof (digest));
}

static void by_hand (const long *a) {
  struct raw_message raw;
  http_host_thread ();
  note ("%d", callbacks_alone ());
  digest_alone ();
  struct msg_buffer *buffer = lib->alloc_msg_buffer (NULL, (int) a[0]);
  if (!buffer) {
    return;
  }
  struct msg_part *part = lib->new_msg_part (NULL, buffer);
  note ("refs %d magic %x next %d offset %d end %d", part->refcnt, (unsigned) part->magic, part->next != NULL,
        part->offset, part->data_end);
  lib->rwm_init (&raw, 0);
  memset ((char *) part->part + 16, 'h', (size_t) a[0]);
  raw.first = raw.last = part;
  part->data_end = raw.last_offset = raw.total_bytes = (int) a[0];
  note ("%x", lib->rwm_crc32 (&raw, (int) a[0]));
  note ("freed %d", lib->rwm_free (&raw));
}

/* A job thread's start, once more. */
static void register_again (const long *a) {
  (void) a;
  http_host_thread ();
  lib->jobs_module_thread_init_raw_msg ();
}

/* ---- what ends the process ---- */

static void refuse (const long *a) {
  struct raw_message raw, dead = { 0 };
  unsigned char bytes[16];
  http_host_thread ();
  lib->rwm_create (&raw, "\377abcdefghi", 10);
  switch (a[0]) {
  case 0:
    lib->rwm_fetch_data (&raw, bytes, -1);
    break;
  case 1:
    lib->rwm_push_data (&raw, bytes, -1);
    break;
  case 2:
    lib->rwm_free (&dead);
    break;
  case 3:
    /* Of nothing, of which no function of the host is told before the end. */
    lib->rwm_init (&dead, 0);
    lib->rwm_crc32c (&dead, 1);
    break;
  case 4:
    lib->rwm_from_tl_string (&raw);
    break;
  case 5:
    lib->rwm_split (&raw, &dead, -1);
    break;
  case 6:
    lib->rwm_encrypt_decrypt_to (&raw, &dead, 10, NULL, 3);
    break;
  case 7:
    raw.total_bytes++;
    catch_stderr_begin ();
    lib->rwm_check (&raw);
    break;
  case 8:
    lib->rwm_clone (&raw, &dead);
    break;
  default:
    lib->rwm_union (&raw, &raw);
  }
  note ("goes on");
}

static const struct operation operations[] = {
  { "transform", transform, { { "bytes", 1, 6000 }, { "offset", 0, 6000 }, { "count", 0, 6000 } }, 1 },
  { "tl_string", tl_string, { { "bytes", 0, 3000 } }, 1 },
  { "shape", shape, { { "bytes", 0, 6000 }, { "more", 0, 3000 }, { "front", 0, 3000 } }, 1 },
  { "by_hand", by_hand, { { "bytes", 1, 2048 } }, 1 },
  { "register", register_again, { { 0 } }, BY_HAND },
  { "refuse", refuse, { { "what", 0, 9 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "new_messages.shape(383,1,1);new_messages.shape(384,1664,512);new_messages.shape(1921,127,1);new_messages.shape(2048,0,1);"
  "new_messages.shape(2049,0,129);new_messages.shape(5000,100,2049);new_messages.shape(100,384,128);new_messages.shape(0,0,512)",
  "new_messages.tl_string(0);new_messages.tl_string(253);new_messages.tl_string(254);new_messages.tl_string(3000);new_messages.by_hand(48)",
  "new_messages.by_hand(100);new_messages.register;new_messages.by_hand(200)",
  "new_messages.refuse(0)",
  "new_messages.refuse(1)",
  "new_messages.refuse(2)",
  "new_messages.refuse(3)",
  "new_messages.refuse(4)",
  "new_messages.refuse(5)",
  "new_messages.refuse(6)",
  "new_messages.refuse(7)",
  "new_messages.refuse(8)",
  "new_messages.refuse(9)",
  NULL,
};

const struct script_family new_messages_scripts = { "new_messages", CAN_MESSAGES, operations, begin, NULL, fixed };
