/*
 * Statistics, which only the legacy names have: buffers that grow or are cut, sums, memory.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "function.h"
#include "host.h"
#include "interpose.h"
#include "legacy.h"

enum { ROOM = 400, PIECE = 120, STRUCTURES = 12 };
enum piece_kind { PIECE_TEXT, PIECE_LINE, PIECE_NUMBER, PIECE_DATE, PIECE_QUERIES, PIECES };

static size_t piece_length (struct rng *r) {
  return rng_chance (r, 4) ? rng_below (r, PIECE) : rng_below (r, 20);
}

/* own memory, size, `now`, pieces: kind, number, length, text. */
static void generate_buffer (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  unsigned pieces = (unsigned) rng_below (&r, 9);
  put_u8 (s, rng_chance (&r, 3));
  put_u16 (s, (unsigned) rng_below (&r, rng_chance (&r, 2) ? 24 : ROOM));
  put_u32 (s, rng_chance (&r, 2) ? (uint32_t) rng_below (&r, 2000) : (uint32_t) rng_edge (&r));
  while (pieces--) {
    size_t len = piece_length (&r);
    put_u8 (s, (unsigned) rng_below (&r, PIECES));
    put_u64 (s, rng_edge (&r));
    put_u8 (s, (unsigned) len);
    while (len--) {
      put_u8 (s, rng_chance (&r, 8) ? '\n' : 'a' + (unsigned) rng_below (&r, 26));
    }
  }
}

static void print_piece (struct provider *p, struct stats_buffer *sb, struct cursor *c) {
  char text[PIECE + 1] = "";
  struct legacy_symbols *f = p->legacy;
  enum piece_kind kind = take_u8 (c) % PIECES;
  long long number = (long long) take_u64 (c);
  size_t len = take_u8 (c);
  const uint8_t *from = take_bytes (c, len);
  if (c->bad || len > PIECE) {
    return;
  }
  memcpy (text, from, len);
  text[len] = 0;
  switch (kind) {
  case PIECE_TEXT:
    f->sb_printf (sb, "%s", text);
    break;
  case PIECE_LINE:
    f->sb_printf (sb, "%s\t%d%%\n", text, (int) number);
    break;
  case PIECE_NUMBER:
    f->sb_printf (sb, "%.*s\t%lld\t%.3f\n", (int) len, text, number, (double) number);
    break;
  case PIECE_DATE:
    f->sbp_print_date (sb, text, (long) number);
    break;
  default:
    f->sb_print_queries (sb, text, number);
  }
}

/* The caller's memory is compared whole, a buffer's own memory up to the NUL. */
static void add_buffer (struct outcome *o, const struct stats_buffer *sb, size_t given) {
  outcome_add (o, sb->pos);
  outcome_add (o, sb->size);
  outcome_add (o, sb->flags);
  size_t len = given ? given : sb->pos >= 0 && sb->pos < sb->size ? (size_t) sb->pos + 1 : 0;
  outcome_text (o, sb->buff, len < OUTCOME_TEXT ? len : OUTCOME_TEXT);
}

static void begin_buffer (struct provider *p, struct stats_buffer *sb, bool own, int size, char *room, size_t all) {
  memset (sb, 0x5a, sizeof (*sb));
  memset (room, '~', all);
  if (own) {
    p->legacy->sb_alloc (sb, size);
    *sb->buff = 0;
  } else {
    p->legacy->sb_init (sb, room, size);
  }
}

static bool run_buffer (struct provider *p, const struct sample *s, struct outcome *o) {
  char room[ROOM + 16];
  struct stats_buffer sb;
  struct cursor c = cursor_of (s);
  bool own = take_u8 (&c);
  int size = (int) take_u16 (&c);
  *p->legacy->now = (int) take_u32 (&c);
  *p->legacy->start_time = 1000;
  if (c.bad || size > ROOM) {
    return false;
  }
  begin_buffer (p, &sb, own, size, room, sizeof (room));
  while (c.left && !c.bad) {
    print_piece (p, &sb, &c);
    outcome_add (o, sb.pos);
  }
  add_buffer (o, &sb, own ? 0 : sizeof (room));
  p->legacy->sb_release (&sb);
  outcome_add (o, sb.buff == NULL);
  return !c.bad;
}

/* ---- sb_prepare: the host's text, then the registered functions' ---- */

static struct provider *asking;
static struct cursor pieces_left;

static void first_function (struct stats_buffer *sb) {
  print_piece (asking, sb, &pieces_left);
}

static void second_function (struct stats_buffer *sb) {
  print_piece (asking, sb, &pieces_left);
  print_piece (asking, sb, &pieces_left);
}

static void generate_prepare (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u32 (s, rng_chance (&r, 2) ? (uint32_t) rng_below (&r, ROOM) : 0);
  put_u8 (s, (unsigned) rng_below (&r, 60));
  generate_buffer (s, d);
}

static bool run_prepare (struct provider *p, const struct sample *s, struct outcome *o) {
  static const char lines[] = "pid\t1\nversion\tx\nconnections\t99\nlong-name-of-a-value\t1\nqps\t0.5\nlast\t";
  char room[ROOM + 16], text[sizeof (lines)];
  struct stats_buffer sb;
  struct cursor c = cursor_of (s);
  int more = (int) take_u32 (&c);
  size_t len = take_u8 (&c);
  bool own = take_u8 (&c);
  int size = (int) take_u16 (&c);
  *p->legacy->now = (int) take_u32 (&c);
  if (c.bad || size < 2 || size > ROOM || more > ROOM || len >= sizeof (lines)) {
    return false;
  }
  snprintf (text, sizeof (text), "%.*s", (int) len, lines);
  host_stats (text, (int) len + (more > 200 ? more : 0));
  outcome_add (o, p->legacy->sb_register_stat_fun (first_function) + p->legacy->sb_register_stat_fun (second_function) >
                      2);
  outcome_add (o, p->legacy->sb_register_stat_fun (first_function));
  outcome_add (o, p->legacy->sb_register_stat_fun (second_function));
  begin_buffer (p, &sb, own, size, room, sizeof (room));
  if (own) {
    memset (sb.buff, 0, (size_t) sb.size);
  }
  asking = p;
  pieces_left = c;
  p->legacy->sb_prepare (&sb);
  add_buffer (o, &sb, own ? 0 : sizeof (room));
  p->legacy->sb_release (&sb);
  return true;
}

/* ---- sums ---- */

/* Count, offset, a mask of null pointers, structures of 40 bytes. */
static void generate_sums (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u8 (s, (unsigned) rng_below (&r, STRUCTURES + 2));
  put_u8 (s, 4 * (unsigned) rng_below (&r, 9));
  put_u16 (s, (unsigned) rng_next (&r) & (unsigned) rng_next (&r));
  for (int i = 0; i < 5 * STRUCTURES; i++) {
    put_u64 (s, rng_chance (&r, 2) ? rng_edge (&r) : rng_next (&r));
  }
}

static bool run_sums (struct provider *p, const struct sample *s, struct outcome *o) {
  static _Alignas (8) uint8_t structures[STRUCTURES][40];
  void *base[STRUCTURES];
  struct cursor c = cursor_of (s);
  int count = (int) take_u8 (&c) - 1, offset = (int) take_u8 (&c);
  unsigned null = take_u16 (&c);
  if (c.bad || c.left != sizeof (structures) || count > STRUCTURES || offset > 32 || offset % 4) {
    return false;
  }
  memcpy (structures, c.at, c.left);
  for (int i = 0; i < STRUCTURES; i++) {
    base[i] = null >> i & 1 ? NULL : structures[i];
  }
  double sum = p->legacy->sb_sum_f (base, count, offset);
  int64_t bits;
  memcpy (&bits, &sum, sizeof (bits));
  outcome_add (o, p->legacy->sb_sum_i (base, count, offset));
  outcome_add (o, p->legacy->sb_sum_ll (base, count, offset));
  outcome_add (o, sum != sum ? INT64_MAX : bits);
  return true;
}

/* ---- memory: one text serves as statm and as meminfo ---- */

/* flags, text. */
static void generate_memory (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  static const char *const names[] = { "MemFree", "Cached", "SwapTotal", "SwapFree", "MemTotal", "SwapCached" };
  put_u8 (s, (unsigned) rng_below (&r, 8));
  for (unsigned n = rng_chance (&r, 8) ? (unsigned) rng_below (&r, 6) : 7; n; n--) {
    put_format (s, "%llu ", (unsigned long long) rng_edge (&r) >> 16);
  }
  put_text (s, "\n");
  for (int i = 0; i < 6; i++) {
    if (!rng_chance (&r, 16)) {
      put_format (s, "%s:%*s%llu %s\n", names[i], (int) rng_below (&r, 12), "",
                  (unsigned long long) rng_edge (&r) >> 12, rng_chance (&r, 64) ? "MB" : "kB");
    }
  }
}

static bool run_memory (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  int flags = (int) take_u8 (&c);
  am_memory_stat_t m;
  struct stats_buffer sb;
  char room[ROOM + 16];
  if (c.bad || flags > 7) {
    return false;
  }
  memset (&m, 0x5a, sizeof (m));
  fake_proc_begin ((const char *) c.at, c.left);
  outcome_add (o, p->legacy->am_get_memory_stats (&m, flags));
  begin_buffer (p, &sb, false, ROOM, room, sizeof (room));
  p->legacy->sb_memory (&sb, flags);
  fake_proc_end ();
  const long long *values = &m.vm_size;
  for (size_t i = 0; i < sizeof (m) / sizeof (*values); i++) {
    outcome_add (o, values[i]);
  }
  add_buffer (o, &sb, sizeof (room));
  return true;
}

/* Both refuse: ours leaves the machine's five values untouched, and everything else is equal. */
static enum difference explain_memory (struct meeting *m) {
  enum { STATUS, FIRST_OVERALL = 4, AFTER = 9 };
  bool untouched = true;
  for (unsigned i = 0; i < m->got->count; i++) {
    bool overall = i >= FIRST_OVERALL && i < AFTER;
    untouched = untouched && m->got->value[i] == (overall ? 0x5a5a5a5a5a5a5a5a : m->want->value[i]);
  }
  bool refused = m->got->value[STATUS] == -1 && m->want->value[STATUS] == -1;
  m->exact =
      untouched && m->got->text_len == m->want->text_len && !memcmp (m->got->text, m->want->text, m->got->text_len);
  return refused ? UNTOUCHED_ON_FAILURE : NO_DIFFERENCE;
}

/* ---- property: a cut text ends after the last whole line that fits ---- */

static bool cuts (struct provider *p, const struct draw *d, char *why, size_t room) {
  struct rng r = rng_at (d, d->index);
  char text[PIECE + 1], buffer[PIECE + 1];
  size_t len = rng_below (&r, PIECE), size = 1 + rng_below (&r, PIECE), end = len;
  for (size_t i = 0; i < len; i++) {
    text[i] = rng_chance (&r, 8) ? '\n' : 'x';
  }
  text[len] = 0;
  if (len >= size) {
    for (end = size - 1; end && text[end - 1] != '\n'; end--) {
    }
  }
  struct stats_buffer sb;
  p->legacy->sb_init (&sb, buffer, (int) size);
  p->legacy->sb_printf (&sb, "%s", text);
  snprintf (why, room, "%zu bytes into %zu: %d are kept, not %zu", len, size, sb.pos, end);
  return sb.pos == (int) end && !memcmp (buffer, text, end) && !buffer[end];
}

static const struct function functions[] = {
  { "sb_printf", "stats", "", CAN_STATS_HOST, 100000, generate_buffer, run_buffer, NULL, NULL },
  { "sb_prepare", "stats", "registered again again2 pos size flags", CAN_STATS_HOST, 50000, generate_prepare,
    run_prepare, NULL, NULL },
  { "sb_sum", "stats", "int long_long double", CAN_STATS_SUM, 100000, generate_sums, run_sums, NULL, NULL },
  { "sb_memory", "stats",
    "status vm_size vm_rss vm_data mem_free swap_total swap_free swap_used mem_cached pos size flags", CAN_STATS_BUFFER,
    20000, generate_memory, run_memory, NULL, explain_memory },
  { 0 },
};

static const struct difference_test tests[] = { { 0 } };

static const struct property properties[] = {
  { "sb_printf/cut", "stats", CAN_STATS_BUFFER, 2000, cuts },
  { 0 },
};

const struct family dropin_stats_family = { "stats", functions, tests, properties, true };
