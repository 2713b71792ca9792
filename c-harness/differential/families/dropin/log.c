/*
 * The log and raw writing, which only the legacy names have. Time and process id are interposed, so that whole lines can be
 * compared.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "function.h"
#include "interpose.h"
#include "legacy.h"

enum { TEXT = 5000, LINE = 4096 };

static const struct tm moment = { .tm_year = 126, .tm_mon = 1, .tm_mday = 3, .tm_hour = 4, .tm_min = 5, .tm_sec = 6 };

static void put_line (struct sample *s, struct rng *r, size_t len) {
  while (len--) {
    put_u8 (s, rng_chance (r, 100) ? '\n' : ' ' + (unsigned) rng_below (r, 95));
  }
}

/* Errno, process id, format, text. The text is mostly short, else about as long as the longest line. */
static void generate_line (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  size_t len = rng_chance (&r, 3)    ? 4020 + rng_below (&r, 60)
               : rng_chance (&r, 16) ? rng_below (&r, TEXT)
                                     : rng_below (&r, 200);
  put_u8 (s, (unsigned) rng_below (&r, 40));
  put_u32 (s, (uint32_t) rng_edge (&r));
  put_u8 (s, (unsigned) rng_below (&r, 3));
  put_line (s, &r, len);
  if (rng_chance (&r, 2)) {
    put_text (s, "\n");
  }
}

static bool run_line (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  int error = (int) take_u8 (&c), pid = (int) take_u32 (&c);
  unsigned how = take_u8 (&c);
  size_t len;
  if (c.bad || c.left > TEXT + 2) {
    return false;
  }
  const char *text = (const char *) c.at;
  fake_pid (pid);
  fake_local_time (&moment, 123456);
  catch_stderr_begin ();
  errno = error;
  if (how == 0) {
    p->legacy->kprintf ("%s", text);
  } else if (how == 1) {
    p->legacy->kprintf ("%m: %s, %d\n", text, pid);
  } else {
    p->legacy->kprintf ("%.*s%5.1f%lld", (int) c.left, text, 0.25, -1LL);
  }
  outcome_add (o, errno);
  const char *line = catch_stderr_end (&len);
  fake_clock_end ();
  outcome_add (o, (int64_t) len);
  outcome_text (o, line, len);
  return true;
}

/* process id, time, count, data. */
static void generate_write (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  size_t len = rng_chance (&r, 4) ? 240 + rng_below (&r, 40) : rng_below (&r, rng_chance (&r, 8) ? 4000 : 120);
  put_u32 (s, (uint32_t) rng_edge (&r));
  put_u64 (s, rng_chance (&r, 2) ? 1754000000 + rng_below (&r, 1000000000) : rng_edge (&r));
  put_u32 (s, rng_chance (&r, 16) ? (uint32_t) 0 - (uint32_t) rng_below (&r, 70) : (uint32_t) len);
  put_line (s, &r, len);
}

static bool run_write (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  fake_pid ((int) take_u32 (&c));
  fake_time ((long long) take_u64 (&c));
  int count = (int) take_u32 (&c);
  size_t len;
  bool good = !c.bad && c.left <= 4000 && (count < 0 || (size_t) count == c.left);
  if (good) {
    catch_stderr_begin ();
    errno = 33;
    outcome_add (o, p->legacy->kwrite (2, c.at, count));
    outcome_add (o, errno);
    p->legacy->nck_write (2, c.at, c.left);
    outcome_add (o, p->legacy->hexdump (c.at, c.at + (c.left < 200 ? c.left : 200)));
    outcome_add (o, p->legacy->hexdump (c.at + 1, c.at));
    const char *text = catch_stderr_end (&len);
    uint64_t h = 0;
    for (size_t i = 0; i < len; i++) {
      h = h * 31 + (uint8_t) text[i];
    }
    outcome_add (o, (int64_t) len);
    outcome_add (o, (int64_t) h);
    outcome_text (o, text, len < OUTCOME_TEXT ? len : OUTCOME_TEXT);
  }
  fake_clock_end ();
  return good;
}

/* limited or not, offset, data: into a file. */
static void generate_file (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u8 (s, rng_chance (&r, 2));
  put_u16 (s, (unsigned) rng_below (&r, 500));
  put_line (s, &r, rng_below (&r, 2000));
}

static bool run_file (struct provider *p, const struct sample *s, struct outcome *o) {
  static int file = -1;
  static char back[LINE];
  struct cursor c = cursor_of (s);
  bool limited = take_u8 (&c);
  size_t offset = take_u16 (&c);
  if (file < 0) {
    file = memfd_create ("log", MFD_CLOEXEC);
  }
  if (c.bad || offset > 500 || c.left > 2000 || ftruncate (file, 0) < 0 || lseek (file, 0, SEEK_SET) != 0) {
    return false;
  }
  double kept = *p->legacy->reindex_speed;
  outcome_add (o, (int64_t) kept);
  *p->legacy->reindex_speed = limited ? kept : 0;
  p->legacy->kdb_write (file, c.at, (long long) c.left, "file");
  p->legacy->nck_pwrite (file, c.at, c.left, (off_t) offset);
  *p->legacy->reindex_speed = kept;
  outcome_add (o, lseek (file, 0, SEEK_CUR));
  ssize_t len = pread (file, back, sizeof (back), 0);
  outcome_add (o, len);
  outcome_text (o, back, len > 0 ? (size_t) len : 0);
  return true;
}

/* ---- property: a line has at most 4096 bytes, and a cut line ends with a line feed ---- */

static bool cuts (struct provider *p, const struct draw *d, char *why, size_t room) {
  struct rng r = rng_at (d, d->index);
  char text[TEXT + 1];
  size_t n = rng_below (&r, TEXT), len;
  memset (text, 'x', n);
  text[n] = 0;
  fake_pid (1);
  fake_local_time (&moment, 5);
  catch_stderr_begin ();
  p->legacy->kprintf ("%s", text);
  const char *line = catch_stderr_end (&len);
  fake_clock_end ();
  const char *after = memchr (line, 'x', len);
  size_t prefix = after ? (size_t) (after - line) : len, whole = prefix + n;
  snprintf (why, room, "%zu bytes after %zu: %zu were written", n, prefix, len);
  return whole < LINE ? len == whole : len == LINE && line[LINE - 1] == '\n' && line[LINE - 2] == 'x';
}

static const struct function functions[] = {
  { "kprintf", "log_prefix", "errno length", CAN_LOG_PREFIX, 50000, generate_line, run_line, NULL, NULL },
  { "kwrite_hexdump", "log_prefix", "ret errno hexdump hexdump2 length hash", CAN_WRITE, 50000, generate_write,
    run_write, NULL, NULL },
  { "kdb_write", "log_prefix", "speed position length", CAN_WRITE, 5000, generate_file, run_file, NULL, NULL },
  { 0 },
};

static const struct difference_test tests[] = { { 0 } };

static const struct property properties[] = {
  { "kprintf/cut", "log_prefix", CAN_LOG_PREFIX, 1000, cuts },
  { 0 },
};

const struct family dropin_log_family = { "log_prefix", functions, tests, properties, true };
