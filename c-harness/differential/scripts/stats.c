/*
 * Statistics buffers: in the host's memory or their own, printing into them, and the functions that sb_prepare calls.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "host.h"
#include "interpose.h"
#include "script.h"

enum { BUFFERS = 3, ROOM = 96, SPARE = 16 };

static struct {
  struct stats_buffer sb;
  bool live, own;
  char room[ROOM + SPARE];
} buffers[BUFFERS];

static bool dead (long b) {
  if (!buffers[b].live) {
    skip ();
  }
  return !buffers[b].live;
}

/* Notes the host's whole memory, with the bytes after the buffer; of a buffer's own memory the printed text. */
static void observe (void) {
  for (int i = 0; i < BUFFERS; i++) {
    struct stats_buffer *sb = &buffers[i].sb;
    if (!buffers[i].live) {
      continue;
    }
    note ("%d: pos %d size %d flags %d", i, sb->pos, sb->size, sb->flags);
    if (!buffers[i].own) {
      note_bytes ("memory", buffers[i].room, sizeof (buffers[i].room));
    } else {
      note_bytes ("text", sb->buff, sb->pos > 0 && sb->pos < sb->size ? (size_t) sb->pos : 0);
    }
  }
}

static void init (const long *a) {
  memset (buffers[a[0]].room, '~', sizeof (buffers[a[0]].room));
  if (buffers[a[0]].own) {
    lib->sb_release (&buffers[a[0]].sb);
  }
  lib->sb_init (&buffers[a[0]].sb, buffers[a[0]].room, (int) a[1]);
  buffers[a[0]].live = true;
  buffers[a[0]].own = false;
}

static void alloc (const long *a) {
  if (buffers[a[0]].own) {
    lib->sb_release (&buffers[a[0]].sb);
  }
  lib->sb_alloc (&buffers[a[0]].sb, (int) a[1]);
  buffers[a[0]].live = buffers[a[0]].own = true;
}

static void release (const long *a) {
  if (dead (a[0])) {
    return;
  }
  lib->sb_release (&buffers[a[0]].sb);
  note ("buffer %s", buffers[a[0]].sb.buff ? "left" : "gone");
  buffers[a[0]].live = buffers[a[0]].own = false;
}

/* Letters, with some line ends. */
static const char *words (long number, size_t len) {
  char *text = numbered_bytes (number, len);
  for (size_t i = 0; i < len; i++) {
    text[i] = (char) ((unsigned char) text[i] % 9 ? 'a' + (unsigned char) text[i] % 26 : '\n');
  }
  return text;
}

static void print_text (const long *a) {
  if (!dead (a[0])) {
    lib->sb_printf (&buffers[a[0]].sb, "%s", words (a[1], (size_t) a[2]));
  }
}

static void print_line (const long *a) {
  if (!dead (a[0])) {
    lib->sb_printf (&buffers[a[0]].sb, "%.*s\t%d%%\t%lld\t%.3f\n", (int) a[2], words (a[1], 8), (int) a[1],
                    (long long) a[1] << 20, (double) a[1] / 3);
  }
}

static void print_date (const long *a) {
  if (!dead (a[0])) {
    lib->sbp_print_date (&buffers[a[0]].sb, "when", a[1]);
  }
}

static void print_queries (const long *a) {
  if (!dead (a[0])) {
    lib->sb_print_queries (&buffers[a[0]].sb, "q", a[1]);
  }
}

/* The rate is per second since the start, by this thread's `now`. */
static void set_now (const long *a) {
  *(int *) thread_local_at ("now") = (int) a[0];
}

static void set_start (const long *a) {
  *lib->start_time = (int) a[0];
}

/* ---- sb_prepare and the functions that it calls ---- */

static void say (struct stats_buffer *sb, int number) {
  note ("asks %d at %d;", number, sb->pos);
  lib->sb_printf (sb, "value%d\t%d\n", number, number * 111);
}

static void ask_0 (struct stats_buffer *sb) {
  say (sb, 0);
}

static void ask_1 (struct stats_buffer *sb) {
  say (sb, 1);
}

static void ask_2 (struct stats_buffer *sb) {
  say (sb, 2);
  lib->sb_print_queries (sb, "inner", 30);
}

static void register_function (const long *a) {
  static stat_fun_t *const functions[] = { ask_0, ask_1, ask_2 };
  note ("%d", lib->sb_register_stat_fun (functions[a[0]]));
}

/* The host's own text; it may return a greater length than it wrote. */
static void set_host (const long *a) {
  static const char text[] = "pid\t1\nversion\tx\nconnections\t99\nlast\t";
  static char told[sizeof (text)];
  snprintf (told, sizeof (told), "%.*s", (int) a[0], text);
  host_stats (told, (int) (a[0] + a[1]));
}

static void prepare (const long *a) {
  if (dead (a[0]) || buffers[a[0]].sb.size < 2) {
    skip ();
    return;
  }
  /* The buffer's own memory is not initialised. */
  if (buffers[a[0]].own) {
    memset (buffers[a[0]].sb.buff, 0, (size_t) buffers[a[0]].sb.size);
  }
  lib->sb_prepare (&buffers[a[0]].sb);
}

/* ---- sums over structures, and /proc texts ---- */

static void sum (const long *a) {
  static _Alignas (8) char structures[5 * 24];
  void *base[5];
  memcpy (structures, numbered_bytes (a[0], sizeof (structures)), sizeof (structures));
  for (int i = 0; i < 5; i++) {
    double small = (double) ((unsigned char) structures[24 * i] * 3) / 4;
    memcpy (structures + 24 * i + 16, &small, sizeof (small));
    base[i] = a[2] >> i & 1 ? structures + 24 * i : NULL;
  }
  note ("%d %lld %f", lib->sb_sum_i (base, (int) a[1], 4), lib->sb_sum_ll (base, (int) a[1], 8),
        lib->sb_sum_f (base, (int) a[1], 16));
}

/* One text serves as statm and as meminfo. */
static void memory (const long *a) {
  static const char text[] =
      "1000 200 30 4 0 50 0\nMemTotal:  9000 kB\nMemFree:   800 kB\nCached:  70 kB\nSwapTotal: 60 kB\n"
      "SwapFree:  5 kB\n";
  if (dead (a[0])) {
    return;
  }
  fake_proc_begin (text, sizeof (text) - 1);
  lib->sb_memory (&buffers[a[0]].sb, (int) a[1]);
  fake_proc_end ();
}

static void no_memory (const long *a) {
  long long values[8] = { 0 };
  *lib->verbosity = (int) a[0];
  fake_proc_missing ();
  note ("%d from %s", lib->am_get_memory_usage (77, values, 7), fake_proc_path ());
  fake_proc_end ();
}

static const struct operation operations[] = {
  { "init", init, { { "buffer", 0, BUFFERS - 1 }, { "size", 1, ROOM } }, 4 },
  { "alloc", alloc, { { "buffer", 0, BUFFERS - 1 }, { "size", 0, ROOM } }, 3 },
  { "release", release, { { "buffer", 0, BUFFERS - 1 } }, 2 },
  { "text", print_text, { { "buffer", 0, BUFFERS - 1 }, { "words", 0, 1000 }, { "length", 0, 120 } }, 6 },
  { "line", print_line, { { "buffer", 0, BUFFERS - 1 }, { "number", 0, 1000 }, { "length", 0, 8 } }, 6 },
  { "date", print_date, { { "buffer", 0, BUFFERS - 1 }, { "seconds", -2147483647, 4294967295 } }, 2 },
  { "queries", print_queries, { { "buffer", 0, BUFFERS - 1 }, { "count", 0, 1000000 } }, 3 },
  { "now", set_now, { { "seconds", 0, 2000000000 } }, 2 },
  { "start", set_start, { { "seconds", 0, 2000 } }, 1 },
  { "register", register_function, { { "function", 0, 2 } }, 4 },
  { "host", set_host, { { "length", 0, 37 }, { "more", 0, 100 } }, 2 },
  { "sum", sum, { { "bytes", 0, 100 }, { "count", -1, 5 }, { "present", 0, 31 } }, 2 },
  { "memory", memory, { { "buffer", 0, BUFFERS - 1 }, { "which", 0, 3 } }, 2 },
  { "no_memory", no_memory, { { "verbosity", 0, 2 } }, 1 },
  { "prepare", prepare, { { "buffer", 0, BUFFERS - 1 } }, 4 },
  { 0 },
};

static const char *const fixed[] = {
  "stats.register(0);stats.register(1);stats.register(0);stats.host(31,0);stats.init(0,90);stats.prepare(0);stats.init(0,20);"
  "stats.prepare(0);stats.init(0,2);stats.prepare(0);stats.alloc(1,1);stats.prepare(1);stats.release(1)",
  "stats.register(0)@1;stats.register(1)@2;stats.register(2);stats.register(2)@1;stats.init(0,96);stats.prepare(0)@3",
  "stats.alloc(0,0);stats.line(0,1,8);stats.line(0,2,8);stats.line(0,3,8);stats.text(0,5,120);stats.text(0,6,120);stats.release(0)",
  "stats.start(100);stats.now(104);stats.now(200)@1;stats.init(0,60);stats.queries(0,10);stats.queries(0,10)@1;"
  "stats.queries(0,10)@2;stats.date(0,0)",
  "stats.alloc(0,1);stats.memory(0,3);stats.memory(0,1);stats.memory(0,2);stats.no_memory(0);stats.no_memory(1);stats.sum(1,5,31)",
  NULL,
};

const struct script_family stats_scripts = { "stats", CAN_STATS_HOST, operations, NULL, observe, fixed };
