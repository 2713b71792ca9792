/*
 * Message buffers: classes, references, the cap, statistics. A script that has a cap stays on one thread and with one class,
 * because a thread of the original takes a chunk of each class that it uses, for ever.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <math.h>
#include <string.h>

#include "http_host.h"
#include "script.h"

enum { GROUPS = 3, MOST = 100000, CLASSES = 5, PAGE = 1000, MANY_BYTES = 1 << 21, LOCKED = ~0x5c75e681 };

static const long chunk_bytes = (1L << 21) - 64;
static const int class_sizes[CLASSES] = { 48, 512, 2048, 16384, 262144 };
static const int hints[] = { 0,    1,    47,    48,    49,     511,    512,     513, 1500,
                             2048, 2049, 16384, 16385, 262144, 262145, 1 << 30, -1,  100 };
enum { HINTS = sizeof (hints) / sizeof (hints[0]) };

static struct {
  struct msg_buffer *held[MOST];
  int count;
} groups[GROUPS];

static struct {
  bool set; /* by the script; then its thread and its class, or -1 */
  int thread, class;
} cap;
static bool used, released;

static void begin (void) {
  *lib->max_job_thread_id = 8;
}

/* The original's job threads do this at their start. A chunk of the original has a queue. */
static void be_registered (void) {
  if (!*(void **) thread_local_at ("jobs_module_stat_mp_queue")) {
    lib->jobs_module_thread_init_mp_queue ();
  }
  if (!*(void **) thread_local_at ("jobs_module_stat_raw_msg_buffer")) {
    lib->jobs_module_thread_init_raw_msg_buffer ();
  }
}

static void observe (void) {
  struct buffers_stat s;
  be_registered ();
  lib->fetch_buffers_stat (&s);
  if (http_host_used ()) {
    return; /* messages take them, too */
  }
  note ("%d buffers of %lld bytes, most %d %d chunks of %lld bytes;", s.total_used_buffers, s.total_used_buffers_size,
        s.max_buffer_chunks, *lib->max_buffer_chunks, s.max_allocated_buffer_bytes);
  if (cap.set) {
    note ("at most %d %d chunks;", s.max_allocated_buffer_chunks, *lib->max_allocated_buffer_chunks);
  }
}

static int class_for (int hint) {
  int class = CLASSES - 1;
  while (hint >= 0 && class && class_sizes[class - 1] >= hint) {
    class --;
  }
  return class;
}

/* The class that this thread uses instead of this one; -1 if it must use none. */
static int usable (int class) {
  be_registered ();
  if (!cap.set) {
    return class;
  }
  if (this_thread () != cap.thread || http_host_used ()) {
    skip ();
    return -1;
  }
  cap.class = cap.class < 0 ? class : cap.class;
  return cap.class;
}

/* The bytes of a buffer tell whose they are: its last eight, and those before the middle. */
static unsigned long *tags (struct msg_buffer *b, int which) {
  return (unsigned long *) (void *) ((char *) (b + 1) + (which ? b->chunk->buffer_size : b->chunk->buffer_size / 2) -
                                     8);
}

static bool take (long g, struct msg_buffer *b) {
  used |= b != NULL;
  if (!b || groups[g].count == MOST) {
    return false;
  }
  *tags (b, 0) = *tags (b, 1) = (unsigned long) b;
  groups[g].held[groups[g].count++] = b;
  return true;
}

static void note_buffer (const struct msg_buffer *b) {
  if (b) {
    note ("%d bytes, %d references, magic %x", b->chunk->buffer_size, b->refcnt, (unsigned) b->magic);
  } else {
    note ("none");
  }
}

static bool release (struct msg_buffer *b) {
  released = true;
  bool whole = *tags (b, 0) == (unsigned long) b && *tags (b, 1) == (unsigned long) b;
  b->refcnt = 0;
  return lib->free_msg_buffer (b) == 1 && whole;
}

/* ---- operations ---- */

static void limit (const long *a) {
  if (used || http_host_used ()) {
    skip ();
    return;
  }
  long bytes = a[0] ? a[0] * chunk_bytes + a[1] : 0;
  note ("%d", lib->init_msg_buffers (bytes));
  cap.set |= a[0] != 0;
  cap.thread = this_thread ();
  cap.class = -1;
}

static void allocate (const long *a) {
  int hint = hints[a[1]], class = usable (class_for (hint));
  if (class < 0) {
    return;
  }
  struct msg_buffer *neighbor = a[2] && groups[a[0]].count ? groups[a[0]].held[groups[a[0]].count - 1] : NULL;
  struct msg_buffer *b = lib->alloc_msg_buffer (neighbor, class == class_for (hint) ? hint : class_sizes[class]);
  note_buffer (b);
  take (a[0], b);
}

static void internal (const long *a) {
  if (!*lib->buffer_size_values) {
    skip ();
    return;
  }
  int class = usable ((int) a[1]);
  if (class < 0) {
    return;
  }
  struct msg_buffers_chunk **own = thread_local_at ("ChunkSave");
  struct msg_buffer *b = lib->alloc_msg_buffer_internal (NULL, &lib->ChunkHeaders[class], own[class], class);
  note_buffer (b);
  take (a[0], b);
}

static void many (const long *a) {
  int class = usable ((int) a[1]), count = 0;
  if (class < 0) {
    return;
  }
  int most = MANY_BYTES / class_sizes[class];
  most = most < a[2] ? most : (int) a[2];
  while (count < most && take (a[0], lib->alloc_msg_buffer (NULL, class_sizes[class]))) {
    count++;
  }
  note ("%d", count);
}

/* All that there are. */
static void fill (const long *a) {
  if (!cap.set) {
    skip ();
    return;
  }
  int class = usable ((int) a[1]), count = 0;
  if (class < 0) {
    return;
  }
  while (take (a[0], lib->alloc_msg_buffer (NULL, class_sizes[class]))) {
    count++;
  }
  note ("%d", count);
}

static bool may_release (long g) {
  be_registered ();
  if (!groups[g].count || (cap.set && this_thread () != cap.thread)) {
    skip ();
    return false;
  }
  return true;
}

static struct msg_buffer *remove_one (long g, long newest) {
  int at = newest ? groups[g].count - 1 : 0;
  struct msg_buffer *b = groups[g].held[at];
  groups[g].held[at] = groups[g].held[--groups[g].count];
  return b;
}

static void release_one (const long *a) {
  if (may_release (a[0])) {
    struct msg_buffer *b = remove_one (a[0], a[1]);
    /* A chunk without buffers in use may be gone; this is the only one. */
    bool look = cap.set && *lib->max_buffer_chunks == 1 && groups[a[0]].count;
    note ("%d", release (b));
    if (look) {
      note ("magic %x references %d", (unsigned) b->magic, b->refcnt);
    }
  }
}

static void release_many (const long *a) {
  if (!may_release (a[0])) {
    return;
  }
  int count = 0;
  for (long i = 0; i < a[1] && groups[a[0]].count; i++) {
    count += release (remove_one (a[0], i & 1));
  }
  note ("%d", count);
}

static void release_all (const long *a) {
  if (!may_release (a[0])) {
    return;
  }
  int count = 0;
  while (groups[a[0]].count) {
    count += release (remove_one (a[0], 1));
  }
  note ("%d", count);
}

/* Into a chunk that its caller has locked, which is the original's way alone. */
static void release_into (const long *a) {
  if (!may_release (a[0])) {
    return;
  }
  struct msg_buffer *b = remove_one (a[0], 1);
  struct msg_buffers_chunk *chunk = b->chunk;
  int magic = chunk->magic;
  b->refcnt = 0;
  released = true;
  if (!thread_local_at ("mtproxy_kdb_release")) {
    chunk->magic = LOCKED;
  }
  note ("%d", lib->free_std_msg_buffer (chunk, b));
  chunk->magic = magic;
}

/* The original gives no chunk back that has become empty. */
static void chunk (const long *a) {
  be_registered ();
  if (!*lib->buffer_size_values || (cap.set && (released || this_thread () != cap.thread))) {
    skip ();
    return;
  }
  struct msg_buffers_chunk *c = lib->alloc_new_msg_buffers_chunk (&lib->ChunkHeaders[a[0]]);
  used |= c != NULL;
  if (c) {
    note ("%d buffers of %d, magic %x", c->tot_buffers, c->buffer_size, (unsigned) c->magic);
  } else {
    note ("none");
  }
}

static void headers (const long *a) {
  (void) a;
  lib->init_buffer_chunk_headers ();
  for (int i = 0; i < *lib->buffer_size_values; i++) {
    note ("%d %d", lib->ChunkHeaders[i].buffer_size, lib->default_buffer_sizes[i]);
  }
  note ("%d", *lib->default_buffer_sizes_cnt);
}

/* ---- statistics ---- */

static void usage (const long *a) {
  be_registered ();
  if (http_host_used ()) {
    skip ();
    return;
  }
  double used = lib->msg_buffer_usage ();
  /* Nothing of nothing has a sign of the machine's. */
  note ("%d %.6f", lib->msg_buffer_reach_limit ((double) a[0] / 1000), isnan (used) ? NAN : used);
}

/* How many chunks there are is each design's own. */
static void statistics (const long *a) {
  static char prefix[] = "all_";
  char page[PAGE], *to = page;
  struct stats_buffer sb;
  bool left_out = false;
  be_registered ();
  if (http_host_used ()) {
    skip ();
    return;
  }
  *lib->jobs_module_state_prefix_raw_msg_buffer = a[0] ? prefix : NULL;
  lib->sb_init (&sb, page, sizeof (page));
  int length = lib->raw_msg_buffer_prepare_stat (&sb);
  for (char *from = page; from < page + length; from++) {
    if (from == page || from[-1] == '\n') {
      const char *name = from + (a[0] && !strncmp (from, prefix, 4) ? 4 : 0);
      left_out = !strncmp (name, "allocated_buffer", 16) || !strncmp (name, "buffer_chunk", 12) ||
                 (!strncmp (name, "max_allocated_buffer_chunks", 27) && !cap.set);
    }
    if (!left_out || *from < '0' || *from > '9') {
      *to++ = *from;
    }
  }
  note_bytes ("page", page, (size_t) (to - page));
}

/* What ends the process. */
static void misuse (const long *a) {
  be_registered ();
  if (a[1] >= 2 && !may_release (a[0])) {
    return;
  }
  struct msg_buffer *b = a[1] >= 2 ? groups[a[0]].held[0] : NULL;
  switch (a[1]) {
  case 0:
    lib->init_msg_buffers (-1);
    break;
  case 1:
    lib->init_msg_buffers ((1L << 40) + 1);
    break;
  case 2:
    lib->init_msg_buffers (1);
    break;
  case 3:
    lib->free_msg_buffer (b); /* in use */
    break;
  default:
    /* The header can be written while another buffer of its chunk is in use. */
    if (groups[a[0]].count < 2 || groups[a[0]].held[1]->chunk != b->chunk) {
      return;
    }
    b->refcnt = 0;
    lib->free_msg_buffer (b);
    b->refcnt = 0;
    lib->free_msg_buffer (b);
  }
}

#define GROUP { "group", 0, GROUPS - 1 }
#define CLASS { "class", 0, CLASSES - 1 }

static const struct operation operations[] = {
  { "limit", limit, { { "chunks", 0, 3 }, { "bytes", 0, 2000000 } }, 16 },
  { "alloc", allocate, { GROUP, { "hint", 0, HINTS - 1 }, { "neighbor", 0, 1 } }, 16 },
  { "internal", internal, { GROUP, CLASS }, 3 },
  { "many", many, { GROUP, CLASS, { "count", 1, 3000 } }, 6 },
  { "fill", fill, { GROUP, CLASS }, 8 },
  { "free", release_one, { GROUP, { "newest", 0, 1 } }, 10 },
  { "free_many", release_many, { GROUP, { "count", 1, 2000 } }, 6 },
  { "free_all", release_all, { GROUP }, 6 },
  { "free_into", release_into, { GROUP }, 2 },
  { "chunk", chunk, { CLASS }, 1 },
  { "headers", headers, { { 0 } }, 1 },
  { "usage", usage, { { "thousandth", 0, 1000 } }, 2 },
  { "statistics", statistics, { { "prefix", 0, 1 } }, 2 },
  { "misuse", misuse, { GROUP, { "what", 0, 4 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  /* Every class, to the cap, twice. */
  "buffers.limit(1,0);buffers.fill(0,0);buffers.free_all(0);buffers.fill(1,0);buffers.usage(900);buffers.statistics(0)",
  "buffers.limit(2,0);buffers.fill(0,1);buffers.free_many(0,2000);buffers.fill(1,1);buffers.alloc(0,6,0);buffers.free_all(1);"
  "buffers.fill(2,1);buffers.statistics(1)",
  "buffers.limit(3,7);buffers.fill(0,2);buffers.alloc(0,9,1);buffers.free(0,0);buffers.alloc(0,8,0);buffers.alloc(0,8,0);"
  "buffers.free_all(0);buffers.fill(0,2);buffers.usage(1000)",
  "buffers.limit(1,2000000);buffers.fill(0,3);buffers.free(0,1);buffers.internal(1,3);buffers.free_all(0);buffers.fill(2,3)",
  "buffers.limit(2,1);buffers.fill(0,4);buffers.alloc(1,16,0);buffers.free(0,0);buffers.alloc(1,14,0);buffers.alloc(1,15,0)",
  /* Before there is a cap. */
  "buffers.alloc(0,8,0);buffers.usage(0);buffers.statistics(0);buffers.headers",
  "buffers.headers;buffers.limit(0,0);buffers.chunk(0);buffers.chunk(1);buffers.chunk(2);buffers.chunk(3);buffers.chunk(4);"
  "buffers.alloc(0,0,0);buffers.alloc(0,5,0)",
  "buffers.limit(1,0);buffers.chunk(2);buffers.chunk(2);buffers.alloc(0,8,0)",
  /* From hand to hand. */
  "buffers.limit(0,0);buffers.many(0,2,1000);buffers.many(1,1,1000)@1;buffers.free_all(0)@1;buffers.free_all(1)@2;"
  "buffers.many(0,2,1000)@2;buffers.free_many(0,500)@3;buffers.free_into(0);buffers.free_all(0);buffers.statistics(0)@1",
  "buffers.limit(0,0);buffers.alloc(0,8,0);buffers.misuse(0,2)",
  "buffers.limit(0,0);buffers.alloc(0,8,0);buffers.misuse(0,3)",
  "buffers.limit(0,0);buffers.many(0,2,2);buffers.misuse(0,4)",
  "buffers.misuse(0,0)",
  "buffers.misuse(0,1)",
  "buffers.limit(0,0);buffers.headers",
  NULL,
};

const struct script_family buffers_scripts = { "buffers", CAN_POOL, operations, begin, observe, fixed };
