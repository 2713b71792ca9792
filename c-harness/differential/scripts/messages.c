/*
 * Messages: ten at a time, made, cut, joined, copied and encrypted, each against a plain copy of its bytes. Their pieces are
 * noted only where they must be the original's: small messages that are joined share buffers, what is read to its end keeps
 * none, and bytes that nobody shares are encrypted where they are. What is left out: what corrupts the original's memory, and a
 * full pool (docs/differences.md).
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "http_host.h"
#include "interpose.h"
#include "script.h"

enum { MESSAGES = 10, MOST = 1 << 17, OWNING = 0x23513473, PART = 0x8341aa7, TEMPORARY = 0x52a717f3, CIPHERS = 2 };
enum { ADVANCE = 1, TRUNCATE = 2, STANDARD = 2048 };

static struct {
  struct raw_message raw;
  bool alive;
  int len;
  unsigned char *plain;
} messages[MESSAGES];

static struct evp_cipher_ctx_st *ciphers[CIPHERS], *plain_ciphers[CIPHERS];

/* ---- plain copies ---- */

static void set_plain (long slot, const void *bytes, int len) {
  if (!messages[slot].plain) {
    messages[slot].plain = malloc (MOST);
  }
  memmove (messages[slot].plain, bytes, (size_t) len);
  messages[slot].len = len;
}

static void insert_plain (long slot, int at, const void *bytes, int len) {
  unsigned char *plain = messages[slot].plain;
  memmove (plain + at + len, plain + at, (size_t) (messages[slot].len - at));
  memcpy (plain + at, bytes, (size_t) len);
  messages[slot].len += len;
}

static void remove_plain (long slot, int from, int to) {
  unsigned char *plain = messages[slot].plain;
  memmove (plain + from, plain + to, (size_t) (messages[slot].len - to));
  messages[slot].len -= to - from;
}

static int least (int a, int b) {
  return a < b ? a : b;
}

/* ---- messages ---- */

static struct raw_message *raw_at (long slot) {
  return &messages[slot].raw;
}

static void begin (void) {
  *lib->max_job_thread_id = 8;
  http_host_library (thread_local_at);
}

/* A message for this step: one that is not there yet is made, empty. */
static bool ready (long slot) {
  http_host_thread ();
  if (!messages[slot].alive) {
    messages[slot].alive = true;
    lib->rwm_init (raw_at (slot), 0);
    set_plain (slot, "", 0);
  }
  return messages[slot].len < MOST / 2;
}

/* A place for a new message. */
static struct raw_message *vacate (long slot) {
  if (messages[slot].alive) {
    lib->rwm_free (raw_at (slot));
    note ("freed magic %x total %d;", (unsigned) raw_at (slot)->magic, raw_at (slot)->total_bytes);
  }
  messages[slot].alive = true;
  return raw_at (slot);
}

static uint64_t hash_of (const unsigned char *bytes, int len) {
  uint64_t hash = 0xcbf29ce484222325;
  for (int i = 0; i < len; i++) {
    hash = (hash ^ bytes[i]) * 0x100000001b3;
  }
  return hash;
}

/* The messages that have changed. */
static void observe (void) {
  static unsigned char bytes[MOST];
  static struct {
    uint64_t hash;
    int total;
  } noted[MESSAGES];
  http_host_thread ();
  for (int i = 0; i < MESSAGES; i++) {
    struct raw_message *raw = &messages[i].raw;
    if (messages[i].alive) {
      lib->rwm_check (raw);
      int total = raw->total_bytes ? lib->rwm_fetch_lookup (raw, bytes, MOST) : 0;
      uint64_t hash = hash_of (bytes, total);
      if (hash != noted[i].hash || raw->total_bytes != noted[i].total) {
        note ("%d: %d bytes %016llx", i, raw->total_bytes, (unsigned long long) hash);
        noted[i].hash = hash;
        noted[i].total = raw->total_bytes;
      }
      if (total != messages[i].len || memcmp (bytes, messages[i].plain, (size_t) total) || raw->magic != OWNING) {
        note ("%d: WRONG", i);
      }
    }
  }
  /* The original keeps some of an HTTP server's. */
  if (!http_connection_used ()) {
    note ("messages %d", http_messages_alive ());
  }
}

/* ---- adding and taking ---- */

enum add { PUSH, PUSH_OTHER, FRONT, PREPEND, POSTPONE, ADDS };

static void add_bytes (long slot, enum add how, const char *bytes, int len) {
  struct raw_message *raw = raw_at (slot);
  char *place = NULL;
  bool front = how == FRONT || how == PREPEND;
  int done = len;
  switch (how) {
  case PUSH:
    done = lib->rwm_push_data (raw, bytes, len);
    break;
  case PUSH_OTHER:
    done = lib->rwm_push_data_ext (raw, bytes, len, 16, 512, 16384);
    break;
  case FRONT:
    done = lib->rwm_push_data_front (raw, bytes, len);
    break;
  case PREPEND:
    place = lib->rwm_prepend_alloc (raw, len);
    break;
  default:
    place = lib->rwm_postpone_alloc (raw, len);
  }
  if (how == PREPEND || how == POSTPONE) {
    note ("%s", place ? "room" : "none");
    if (place) {
      memcpy (place, bytes, (size_t) len);
    }
    done = place ? len : 0;
  }
  note ("%d", done);
  insert_plain (slot, front ? 0 : messages[slot].len, bytes, done);
}

static void add (const long *a) {
  if (!ready (a[0])) {
    skip ();
    return;
  }
  add_bytes (a[0], (enum add) a[1], numbered_bytes (a[2], (size_t) a[2]), (int) a[2]);
}

static void create (const long *a) {
  http_host_thread ();
  struct raw_message *raw = vacate (a[0]);
  memset (raw, 0x5a, sizeof (*raw));
  const char *bytes = numbered_bytes (a[1], (size_t) a[1]);
  int done = lib->rwm_create (raw, bytes, (int) a[1]);
  note ("%d", done);
  set_plain (a[0], bytes, done);
}

enum take { FETCH, SKIP, LOOK_UP, FETCH_BACK, LOOK_UP_BACK, TRUNC, CLEAR, TAKES };

static void take (const long *a) {
  static unsigned char bytes[MOST];
  int count = (int) a[2], result = 0;
  ready (a[0]);
  struct raw_message *raw = raw_at (a[0]);
  int total = messages[a[0]].len, some = least (count, total);
  switch (a[1]) {
  case FETCH:
    result = lib->rwm_fetch_data (raw, bytes, count);
    note_bytes ("", bytes, (size_t) result);
    remove_plain (a[0], 0, some);
    break;
  case SKIP:
    result = count % 2 ? lib->rwm_skip_data (raw, count) : lib->rwm_fetch_data (raw, NULL, count);
    remove_plain (a[0], 0, some);
    break;
  case LOOK_UP:
    if (total || count != 4) { /* the drop-in gives four zeros for nothing */
      result = lib->rwm_fetch_lookup (raw, bytes, count);
      note_bytes ("", bytes, (size_t) result);
    }
    break;
  case FETCH_BACK:
    result = lib->rwm_fetch_data_back (raw, bytes, count);
    note_bytes ("", bytes, (size_t) result);
    remove_plain (a[0], total - some, total);
    break;
  case LOOK_UP_BACK:
    result = lib->rwm_fetch_lookup_back (raw, bytes, count);
    note_bytes ("", bytes, (size_t) result);
    break;
  case TRUNC:
    result = lib->rwm_trunc (raw, count);
    remove_plain (a[0], some, total);
    break;
  default:
    lib->rwm_clear (raw);
    messages[a[0]].len = 0;
  }
  note ("%d", result);
}

/* ---- pieces ---- */

static struct {
  unsigned char bytes[MOST];
  int len;
  bool stops, empty;
} seen;

static int see (void *extra, const void *data, int len) {
  (void) extra;
  seen.empty |= len <= 0;
  memcpy (seen.bytes + seen.len, data, (size_t) len);
  seen.len += len;
  return seen.stops ? -7 : 0;
}

/* Flags 4: the function stops at once; 8: one of the other functions. */
static void process (const long *a) {
  int offset = (int) a[1] % 4096, count = (int) (a[1] / 4096) * 37, flags = (int) a[2] & 3;
  ready (a[0]);
  struct raw_message *raw = raw_at (a[0]);
  int total = messages[a[0]].len;
  seen.len = 0;
  seen.empty = false;
  seen.stops = a[2] & 4;
  if (flags == (ADVANCE | TRUNCATE)) {
    flags = 0; /* both: undefined in the original */
  }
  int result = a[2] & 8 ? (flags == ADVANCE ? lib->rwm_process_and_advance (raw, count, see, NULL)
                           : offset         ? lib->rwm_process_from_offset (raw, count, offset, see, NULL)
                                            : lib->rwm_process (raw, count, see, NULL))
                        : lib->rwm_process_ex (raw, count, offset, flags, see, NULL);
  note ("%d", result);
  if (a[2] & 8 && flags == ADVANCE) {
    offset = 0;
  }
  flags = a[2] & 8 && flags == TRUNCATE ? 0 : flags;
  int from = least (offset, total), to = least (from + count, total);
  if (!seen.stops) {
    note_bytes ("", seen.bytes, (size_t) seen.len);
    note ("%s", seen.len == to - from && !memcmp (seen.bytes, messages[a[0]].plain + from, (size_t) seen.len)
                    ? "as plain"
                    : "WRONG");
    note ("%s", seen.empty ? "an empty piece" : "");
    if (result > 0 && flags) {
      remove_plain (a[0], flags == ADVANCE ? 0 : from, flags == ADVANCE ? to : total);
    }
  }
}

static void describe (const long *a) {
  struct iovec entries[128];
  int len = 0;
  ready (a[0]);
  int used = lib->rwm_prepare_iovec (raw_at (a[0]), entries, 128, (int) a[1]);
  for (int i = 0; i < used; i++) {
    memcpy (seen.bytes + len, entries[i].iov_base, entries[i].iov_len);
    len += (int) entries[i].iov_len;
  }
  note ("%s %d", used < 0 ? "too many" : "described", used < 0 ? 0 : len);
  if (used > 0) {
    note_bytes ("", seen.bytes, (size_t) len);
    note ("few: %d", lib->rwm_prepare_iovec (raw_at (a[0]), entries, 0, (int) a[1]));
  }
}

/* The first piece, of a clone, because the original may free an own one before it looks at it. */
static void first_piece (const long *a) {
  struct raw_message clone;
  ready (a[0]);
  lib->rwm_clone (&clone, raw_at (a[0]));
  int len = lib->rwm_get_block_ptr_bytes (&clone);
  const void *data = lib->rwm_get_block_ptr (&clone);
  bool right =
      len > 0 ? len <= messages[a[0]].len && !memcmp (data, messages[a[0]].plain, (size_t) len) : !messages[a[0]].len;
  note ("%s", right ? "as plain" : "WRONG");
  lib->rwm_free (&clone);
}

static void checksum (const long *a) {
  unsigned char digest[20];
  ready (a[0]);
  struct raw_message *raw = raw_at (a[0]);
  int count = least ((int) a[1], messages[a[0]].len);
  note ("%x %x %x", lib->rwm_crc32 (raw, count), lib->rwm_crc32c (raw, count),
        lib->rwm_custom_crc32 (raw, count, *lib->crc32c_partial));
  note ("%d", lib->rwm_sha1 (raw, (int) a[1], digest));
  note_bytes ("digest", digest, sizeof (digest));
}

static void compare (const long *a) {
  ready (a[0]);
  ready (a[1]);
  int result = lib->rwm_compare (raw_at (a[0]), raw_at (a[1]));
  note ("%d", (result > 0) - (result < 0));
}

/* ---- messages from messages ---- */

static void copy (const long *a) {
  if (a[0] == a[1] || !ready (a[0])) {
    skip ();
    return;
  }
  struct raw_message *to = vacate (a[1]);
  memset (to, 0x5a, sizeof (*to));
  set_plain (a[1], messages[a[0]].plain, messages[a[0]].len);
  if (a[2]) {
    lib->rwm_clone (to, raw_at (a[0]));
    return;
  }
  lib->rwm_move (to, raw_at (a[0]));
  note ("left magic %x total %d", (unsigned) raw_at (a[0])->magic, raw_at (a[0])->total_bytes);
  messages[a[0]].alive = false;
}

/* At 0 the original loses the tail, or frees it twice. */
static void split (const long *a) {
  long from = a[0] % MESSAGES, to = a[0] / MESSAGES;
  int count = (int) a[1];
  if (from == to || !ready (from) || !count) {
    skip ();
    return;
  }
  struct raw_message *other = vacate (to);
  memset (other, 0x5a, sizeof (*other));
  int total = messages[from].len, cut = least (count, total);
  if (a[2]) {
    note ("%d", lib->rwm_split_head (other, raw_at (from), count));
    set_plain (to, messages[from].plain, cut);
    remove_plain (from, 0, cut);
    return;
  }
  note ("%d", lib->rwm_split (raw_at (from), other, count));
  set_plain (to, messages[from].plain + cut, total - cut);
  messages[from].len = cut;
}

static void unite (const long *a) {
  if (a[0] == a[1] || !ready (a[0]) || !ready (a[1])) {
    skip ();
    return;
  }
  note ("%d", lib->rwm_union (raw_at (a[0]), raw_at (a[1])));
  note ("left magic %x", (unsigned) raw_at (a[1])->magic);
  insert_plain (a[0], messages[a[0]].len, messages[a[1]].plain, messages[a[1]].len);
  messages[a[1]].alive = false;
}

/* Forks a chain; readies its ends, for a moment; forgets a chain, which goes on in a plain copy. */
static void own_parts (const long *a) {
  ready (a[0]);
  struct raw_message *raw = raw_at (a[0]), moved = *raw;
  struct msg_part *locked = NULL;
  switch (a[1]) {
  case 0:
    lib->fork_message_chain (raw);
    note ("again %d", lib->fork_message_chain (raw));
    break;
  case 1:
    locked = lib->rwm_lock_last_part (raw);
    if (locked) {
      locked->magic = PART;
    }
    break;
  case 2:
    note ("%s", lib->rwm_lock_first_part (raw) ? "locked" : "none");
    break;
  default:
    lib->rwm_clean (raw);
    note ("total %d magic %x", raw->total_bytes, (unsigned) raw->magic);
    *raw = moved;
  }
}

/* ---- ciphers: the first one counts bytes, the second one chains blocks of 16 ---- */

static struct evp_cipher_ctx_st *new_cipher (int which) {
  unsigned char key[48];
  const struct evp_cipher_st *(*make) (void);
  *(void **) &make = thread_local_at (which ? "EVP_aes_256_cbc" : "EVP_aes_256_ctr");
  memcpy (key, numbered_bytes (7, sizeof (key)), sizeof (key));
  return lib->evp_cipher_ctx_init (make (), key, key + 32, 1);
}

static void encrypt (const long *a) {
  long from = a[0] % MESSAGES, to = a[0] / MESSAGES;
  int which = (int) a[2], block = which ? 16 : 1;
  if (from == to || !ready (from) || !ready (to)) {
    skip ();
    return;
  }
  if (!ciphers[which]) {
    ciphers[which] = new_cipher (which);
    plain_ciphers[which] = new_cipher (which);
  }
  int done = lib->rwm_encrypt_decrypt_to (raw_at (from), raw_at (to), (int) a[1], ciphers[which], block);
  note ("%d", done);
  if (done) {
    lib->evp_crypt (plain_ciphers[which], messages[from].plain, seen.bytes, done);
  }
  insert_plain (to, messages[to].len, seen.bytes, done);
  remove_plain (from, 0, done);
}

/* ---- statistics, temporary messages ---- */

/* Ours puts small pieces that another family has received into one part (docs/differences.md). */
static void forget_parts (char *page) {
  char *line = strstr (page, "rwm_total_msg_parts\t");
  if (line && http_messages_alive ()) {
    char *rest = strchr (line, '\n') + 1;
    memmove (line, rest, strlen (rest) + 1);
  }
}

static void statistics (const long *a) {
  static char prefix[] = "all_";
  char page[300];
  struct stats_buffer sb;
  http_host_thread ();
  for (int i = 0; i < MESSAGES; i++) {
    if (messages[i].alive) {
      lib->rwm_free (raw_at (i));
      messages[i].alive = false;
    }
  }
  *lib->jobs_module_state_prefix_raw_msg = a[0] ? prefix : NULL;
  lib->sb_init (&sb, page, sizeof (page));
  lib->raw_msg_prepare_stat (&sb);
  forget_parts (page);
  if (!http_connection_used ()) {
    note_bytes ("page", page, strlen (page));
  }
  *lib->jobs_module_state_prefix_raw_msg = NULL;
  const struct raw_message *empty = lib->empty_rwm;
  note ("empty %d %x", empty->total_bytes, (unsigned) empty->magic);
}

/* A message of another's parts, which is only read. */
static void temporary (const long *a) {
  static unsigned char bytes[MOST];
  ready (a[0]);
  struct raw_message raw = *raw_at (a[0]), counted;
  raw.magic = TEMPORARY;
  int result = lib->rwm_fetch_data (&raw, bytes, (int) a[1]);
  note_bytes ("", bytes, (size_t) result);
  note ("left %d", raw.total_bytes);
  lib->rwm_init (&counted, 0); /* in its place */
  note ("freed %d", lib->rwm_free (&raw));
}

#define SLOT { "message", 0, MESSAGES - 1 }
#define TWO { "messages", 0, MESSAGES * MESSAGES - 1 }
static const struct operation operations[] = {
  { "create", create, { SLOT, { "bytes", 0, 9000 } }, 4 },
  { "add", add, { SLOT, { "how", 0, ADDS - 1 }, { "bytes", 0, 600 } }, 10 },
  { "add_many", add, { SLOT, { "how", 0, FRONT }, { "bytes", 1, 9000 } }, 4 },
  { "take", take, { SLOT, { "how", 0, TAKES - 1 }, { "bytes", 0, 600 } }, 8 },
  { "take_many", take, { SLOT, { "how", 0, TRUNC }, { "bytes", 0, 9000 } }, 5 },
  { "process", process, { SLOT, { "where", 0, 1 << 20 }, { "flags", 0, 15 } }, 5 },
  { "describe", describe, { SLOT, { "bytes", 0, 9000 } }, 2 },
  { "first_piece", first_piece, { SLOT }, 2 },
  { "checksum", checksum, { SLOT, { "bytes", 0, 9000 } }, 2 },
  { "compare", compare, { SLOT, { "other", 0, MESSAGES - 1 } }, 2 },
  { "copy", copy, { SLOT, { "to", 0, MESSAGES - 1 }, { "clone", 0, 1 } }, 7 },
  { "split", split, { TWO, { "at", 0, 3000 }, { "head", 0, 1 } }, 7 },
  { "unite", unite, { SLOT, { "tail", 0, MESSAGES - 1 } }, 8 },
  { "own_parts", own_parts, { SLOT, { "how", 0, 3 } }, 2 },
  { "encrypt", encrypt, { TWO, { "bytes", 0, 9000 }, { "cipher", 0, CIPHERS - 1 } }, 7 },
  { "statistics", statistics, { { "prefix", 0, 1 } }, 1 },
  { "temporary", temporary, { SLOT, { "bytes", 0, 9000 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "messages.create(0,5000);messages.copy(0,1,1);messages.add(0,0,50);messages.add(1,0,60);messages.split(20,100,0);"
  "messages.unite(0,1);messages.unite(0,2);messages.process(0,4100,1);messages.process(0,8192,8);messages.statistics(1)",
  /* Bytes one by one, and what was joined shared between clones. */
  "messages.add(0,0,1);messages.add(1,0,1);messages.unite(0,1);messages.copy(0,2,1);messages.add(1,0,2);messages.unite(0,1);"
  "messages.unite(2,0);messages.take(2,0,600);messages.statistics(0)",
  /* A clone of the whole at its own end. */
  "messages.create(0,3000);messages.copy(0,1,1);messages.unite(0,1);messages.checksum(0,9000);messages.take_many(0,0,9000)",
  /* Blocks across pieces: streams, and chains with a rest. */
  "messages.create(0,5003);messages.take(0,0,5);messages.encrypt(10,9000,1);messages.add_many(0,0,4097);messages.encrypt(10,9000,1);"
  "messages.encrypt(10,1425,0);messages.copy(0,3,1);messages.encrypt(10,9000,0);messages.encrypt(13,9000,1);messages.statistics(0)",
  "messages.create(0,300);messages.copy(0,1,1)@1;messages.add(1,0,7)@2;messages.split(20,150,1)@3;messages.encrypt(42,9000,0);"
  "messages.statistics(0)",
  NULL,
};

const struct script_family messages_scripts = { "messages", CAN_MESSAGES, operations, begin, observe, fixed };
