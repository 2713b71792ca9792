/*
 * Config functions that only the legacy names have: expecting, resolving, and files. Whole messages are compared.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "function.h"
#include "host.h"
#include "interpose.h"
#include "legacy.h"

enum { MAX_CONFIG = 16 << 20, TEXT = 300 };

static const char *const words[] = { "proxy_for",
                                     "default",
                                     "timeout",
                                     " ",
                                     "\t",
                                     "\n",
                                     "\r\n",
                                     "#c\n",
                                     ";",
                                     ":",
                                     "{",
                                     "}",
                                     "127.0.0.1",
                                     "name",
                                     "list",
                                     "addr",
                                     "[::1]",
                                     "7",
                                     "-5",
                                     "\"",
                                     "host-1.example.org",
                                     "long-name-long-name-long-name-long-name-long-name-long-name-long",
                                     "\xff",
                                     "%d%n" };
enum { WORDS = sizeof (words) / sizeof (words[0]) };

static void put_words (struct sample *s, struct rng *r, unsigned n) {
  while (n--) {
    put_text (s, words[rng_below (r, WORDS)]);
  }
}

static void put_counted (struct sample *s, const char *text, size_t len) {
  put_u16 (s, (unsigned) len);
  put_bytes (s, text, len);
}

/* ---- expecting ---- */

/* line number, lexeme, expected lexeme, expected word, text. */
static void generate_expect (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  static const int lexemes[] = { 0, -1, ';', ':', '{', '}', 'x', 200 };
  const char *word = words[rng_below (&r, WORDS)];
  put_u32 (s, rng_chance (&r, 2) ? 0 : (uint32_t) rng_edge (&r));
  put_u32 (s, (uint32_t) lexemes[rng_below (&r, 8)]);
  put_u32 (s, (uint32_t) lexemes[rng_below (&r, 8)]);
  put_counted (s, word, strlen (word));
  if (rng_chance (&r, 2)) {
    put_text (s, rng_chance (&r, 2) ? " \t" : "");
    put_text (s, word);
  }
  put_words (s, &r, (unsigned) rng_below (&r, 8));
}

static bool run_expect (struct provider *p, const struct sample *s, struct outcome *o) {
  struct legacy_symbols *f = p->legacy;
  struct cursor c = cursor_of (s);
  int line = (int) take_u32 (&c), lexeme = (int) take_u32 (&c), expected = (int) take_u32 (&c);
  size_t len = take_u16 (&c), log_len;
  const char *word = (const char *) take_bytes (&c, len);
  if (c.bad || memchr (word, 0, len)) {
    return false;
  }
  char *start = (char *) (uintptr_t) c.at; /* a NUL follows the sample */
  *f->cfg_lno = line;
  catch_stdio_begin ();
  *f->cfg_cur = start;
  *f->cfg_lex = lexeme;
  outcome_add (o, f->expect_lexem (expected));
  outcome_add (o, f->expect_word (word, (int) len));
  outcome_add (o, *f->cfg_cur - start);
  f->syntax (NULL);
  f->syntax ("%.*s of %d", (int) len, word, line);
  f->syntax_warning ("%.*s: %s", (int) len, word, (const char *) c.at);
  outcome_add (o, *f->cfg_cur - start);
  outcome_add (o, *f->cfg_lex);
  const char *log = catch_stdio_end (&log_len);
  outcome_text (o, log, log_len < OUTCOME_TEXT ? log_len : OUTCOME_TEXT);
  return true;
}

/* ---- resolving ---- */

/* verbosity, threshold, text. */
static void generate_gethost (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u8 (s, (unsigned) rng_below (&r, 3));
  put_u8 (s, (unsigned) rng_below (&r, 3));
  put_words (s, &r, 1 + (unsigned) rng_below (&r, 5));
}

static bool run_gethost (struct provider *p, const struct sample *s, struct outcome *o) {
  static char text[TEXT + 1];
  struct legacy_symbols *f = p->legacy;
  struct cursor c = cursor_of (s);
  int kept = *f->verbosity, verbose = (int) take_u8 (&c), threshold = (int) take_u8 (&c);
  size_t log_len;
  if (c.bad || c.left > TEXT) {
    return false;
  }
  memcpy (text, c.at, c.left);
  text[c.left] = 0;
  *f->cfg_cur = text;
  *f->cfg_lno = 3;
  *f->verbosity = verbose;
  fake_etc_begin ();
  fake_etc_asked ();
  catch_stdio_begin ();
  outcome_add (o, (threshold ? f->cfg_gethost_ex (threshold) : f->cfg_gethost ()) != NULL);
  const char *log = catch_stdio_end (&log_len);
  *f->verbosity = kept;
  outcome_add (o, *f->cfg_cur - text);
  outcome_add (o, (int64_t) hash_name (fake_etc_asked ()));
  outcome_add (o, memcmp (text, c.at, c.left)); /* the byte after the word is put back */
  outcome_text (o, log, log_len);
  return true;
}

/* ---- files ---- */

static char *config_path (const void *text, size_t len, off_t size) {
  static int file = -1;
  static char path[64];
  if (file < 0) {
    file = memfd_create ("config", MFD_CLOEXEC);
  }
  if (file < 0 || ftruncate (file, 0) < 0 || pwrite (file, text, len, 0) != (ssize_t) len ||
      ftruncate (file, size) < 0) {
    return NULL;
  }
  snprintf (path, sizeof (path), "/proc/self/fd/%d", file);
  return path;
}

static int free_descriptor (void) {
  int fd = dup (0);
  close (fd);
  return fd;
}

/* The state of the loaded text that a host can see. */
static void add_config (struct provider *p, struct outcome *o) {
  struct legacy_symbols *f = p->legacy;
  char *start = *f->cfg_start;
  outcome_add (o, *f->config_bytes);
  outcome_add (o, *f->cfg_lno);
  outcome_add (o, *f->config_name ? (int64_t) hash_name (*f->config_name) : 0);
  outcome_add (o, start ? *f->cfg_cur - start : -1);
  outcome_add (o, start ? *f->cfg_end - start : -1);
  outcome_add (o, start ? *(unsigned char *) *f->cfg_end : -1);
}

/* How to load (0 a missing file, 1 a file that is too long, 2 a descriptor, else a path), calls, text. */
static void generate_session (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  unsigned calls = (unsigned) rng_below (&r, 24);
  put_u8 (s, d->index % 1000 == 7 ? 1 : rng_chance (&r, 16) ? 0 : 2 + (unsigned) rng_below (&r, 2));
  put_u8 (s, calls);
  while (calls--) {
    put_u8 (s, (unsigned) rng_below (&r, SCANNERS + 1));
  }
  put_words (s, &r, (unsigned) rng_below (&r, 40));
  if (rng_chance (&r, 8) && s->len > 40) {
    s->data[40] = 0; /* a NUL inside ends the text for the scanners */
  }
}

static void scan_on (struct provider *p, unsigned call, struct sample *text) {
  struct legacy_symbols *f = p->legacy;
  long long v = 0;
  switch (call) {
  case SCAN_SKIPSPC:
    v = f->cfg_skipspc ();
    break;
  case SCAN_SKSPC:
    v = f->cfg_skspc ();
    break;
  case SCAN_GETWORD:
    v = f->cfg_getword ();
    *f->cfg_cur += v;
    break;
  case SCAN_GETSTR:
    v = f->cfg_getstr ();
    *f->cfg_cur += v;
    break;
  case SCAN_GETINT:
    v = f->cfg_getint ();
    break;
  case SCAN_GETINT_ZERO:
    v = f->cfg_getint_zero ();
    break;
  case SCAN_GETINT_SIGNED_ZERO:
    v = f->cfg_getint_signed_zero ();
    break;
  case SCAN_GETLEX:
    v = f->cfg_getlex ();
    break;
  default:
    f->reset_config ();
  }
  put_format (text, "%u=%lld@%ld,%d,%d ", call, v, (long) (*f->cfg_cur - *f->cfg_start), *f->cfg_lno, *f->cfg_lex);
}

static bool run_session (struct provider *p, const struct sample *s, struct outcome *o) {
  struct legacy_symbols *f = p->legacy;
  struct cursor c = cursor_of (s);
  unsigned how = take_u8 (&c), calls = take_u8 (&c);
  const uint8_t *call = take_bytes (&c, calls);
  char digest[32 + 4], *path;
  struct sample seen = { 0 };
  size_t log_len;
  if (c.bad || c.left > TEXT * 40 || !(path = config_path (c.at, c.left, how == 1 ? MAX_CONFIG + 1 : (off_t) c.left))) {
    return false;
  }
  *f->cfg_lex = -1;
  int fd = how == 2 ? open (path, O_RDONLY) : -1, given = fd, before = free_descriptor ();
  catch_stdio_begin ();
  fd = f->load_config (how == 0 ? "/nonexistent/config" : how == 2 ? "by-descriptor" : path, fd);
  const char *log = catch_stdio_end (&log_len);
  outcome_add (o, fd < 0 ? fd : fd == given ? 1 : 0);
  put_bytes (&seen, log, log_len);
  add_config (p, o);
  if (fd >= 0) {
    for (unsigned i = 0; i < calls; i++) {
      scan_on (p, call[i] % (SCANNERS + 1), &seen);
    }
    memset (digest, '~', sizeof (digest));
    f->md5_hex_config (digest);
    put_bytes (&seen, digest, sizeof (digest));
  }
  f->close_config (fd < 0 ? NULL : &fd);
  outcome_add (o, fd);
  add_config (p, o);
  outcome_add (o, how == 1 || free_descriptor () == (given < 0 ? before : given));
  if (how == 1) {
    close (before); /* the descriptor that the original leaks, if it does */
  }
  outcome_text (o, seen.data, seen.len < OUTCOME_TEXT ? seen.len : OUTCOME_TEXT);
  sample_release (&seen);
  return true;
}

/* ---- the difference: a file that opens but cannot be read ---- */

static void generate_none (struct sample *s, const struct draw *d) {
  put_u8 (s, (unsigned) d->index);
}

static bool load_folder (struct provider *p, int *left) {
  size_t log_len;
  int before = free_descriptor ();
  catch_stdio_begin ();
  int status = p->legacy->load_config ("/proc/self", -1);
  catch_stdio_end (&log_len);
  *left = free_descriptor () != before;
  if (*left) {
    close (before);
  }
  p->legacy->close_config (NULL);
  return status == -2 && log_len > 0;
}

static bool closes (struct provider *ours, struct provider *original, const struct sample *s, char *why, size_t room) {
  int left, left_original;
  (void) s;
  bool refused = load_folder (ours, &left) && load_folder (original, &left_original);
  snprintf (why, room, "%s; left open: ours %d, the original %d", refused ? "both refuse" : "not refused", left,
            refused ? left_original : -1);
  return refused && !left && left_original;
}

/* ---- properties ---- */

static bool loads (struct provider *p, const struct draw *d, char *why, size_t room) {
  struct rng r = rng_at (d, d->index);
  struct legacy_symbols *f = p->legacy;
  struct sample text = { 0 };
  char digest[32], own[32];
  size_t log_len;
  put_words (&text, &r, 1 + (unsigned) rng_below (&r, 60));
  char *path = config_path (text.data, text.len, (off_t) text.len);
  int before = free_descriptor (), fd = path ? f->load_config (path, -1) : -3;
  bool good = fd == before;
  snprintf (why, room, "%zu bytes: load_config gives %d, config_bytes is %d", text.len, fd, *f->config_bytes);
  if (good) {
    struct digest_input in = { text.data, NULL, (long) text.len, 0 };
    good = *f->config_bytes == (int) text.len && *f->cfg_end - *f->cfg_start == (long) text.len && !**f->cfg_end &&
           !memcmp (*f->cfg_start, text.data, text.len) && *f->cfg_lno == 0 && !strcmp (*f->config_name, path);
    *f->cfg_cur += text.len / 2;
    *f->cfg_lno = 9;
    f->reset_config ();
    good = good && *f->cfg_cur == *f->cfg_start && *f->cfg_lno == 0;
    f->md5_hex_config (digest);
    p->abi->digest (p, DIGEST_MD5_HEX, &in, (uint8_t *) own);
    good = good && !memcmp (digest, own, 32);
  }
  f->close_config (&fd);
  good = good && fd == -1 && !*f->cfg_start && !*f->config_name && free_descriptor () == before;
  catch_stdio_begin ();
  good = f->load_config ("/nonexistent/config", -1) == -1 && good;
  const char *log = catch_stdio_end (&log_len);
  good = good && log_len > 40 && !memcmp (log, "Can not open file /nonexistent/config: ", 39);
  sample_release (&text);
  return good;
}

static const struct function functions[] = {
  { "expect_lexem_word", "config", "lexem word advance advance2 lex", CAN_EXPECT, 200000, generate_expect, run_expect,
    NULL, NULL },
  { "cfg_gethost", "config", "found advance asked restored", CAN_GETHOST, 50000, generate_gethost, run_gethost, NULL,
    NULL },
  { "load_config", "config",
    "status bytes line name cursor end nul descriptor bytes2 line2 name2 cursor2 end2 nul2 closed", CAN_CONFIG_FILE,
    20000, generate_session, run_session, NULL, NULL },
  { 0 },
};

static const struct difference_test tests[] = {
  { DESCRIPTOR_CLOSED, "config", "load_config/folder", CAN_CONFIG_FILE, 20, generate_none, closes },
  { 0 },
};

static const struct property properties[] = {
  { "load_config/text", "config", CAN_CONFIG_FILE, 500, loads },
  { 0 },
};

const struct family dropin_config_family = { "config", functions, tests, properties, true };
