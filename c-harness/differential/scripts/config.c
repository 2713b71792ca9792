/*
 * The config session: files, the loaded text, the cursor that every scanner moves. A host's own text ends at a page that
 * cannot be read.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "interpose.h"
#include "script.h"

enum { FILES = 4, TEXTS = 20, PAGE = 65536 };

static const char *const files[FILES] = { "a.conf", "b.conf", "c.conf", "d.conf" };

/* ---- texts ---- */

static const char *const whole_texts[] = {
  "",
  "default 2;\nproxy_for 1 127.0.0.1:80;\n",
  "  [2001:db8::1]:443 ;",
  "# comment without end",
  "\n\n#c\r\n\tword",
  "\"quoted\" -5 18446744073709551616",
  "caf\xc3\xa9;",
  "host-1.example.org:80{}",
  "n.example l.example a.example",
  "proxy_for 2 host.example:443;\nproxy_for -3 [::1]:8888;\ntimeout 300ms;",
  "[",
  "[[a b]]",
  "-",
  "9223372036854775808;",
  "word",
};
enum { WHOLE_TEXTS = sizeof (whole_texts) / sizeof (whole_texts[0]) };

static const char pieces[][12] = {
  "proxy_for ", "default ", " ",     "\t", "\n", "\r\n", "#c\n",        ";",    ":",
  "{",          "}",        "[::1]", "7",  "-5", "\"",   "example.org", "\xff", "%d%n"
};
enum { PIECES = sizeof (pieces) / sizeof (pieces[0]) };

/* The first numbers are texts written by hand; greater ones are sequences of pieces. */
static size_t text_of (long number, char *text, size_t room) {
  if (number < WHOLE_TEXTS) {
    return (size_t) snprintf (text, room, "%s", whole_texts[number]);
  }
  const unsigned char *order = (const unsigned char *) numbered_bytes (number, 64);
  size_t len = 0;
  text[0] = 0;
  for (int i = 0; i < order[0] % 64; i++) {
    len += (size_t) snprintf (text + len, room - len, "%s", pieces[order[i + 1] % PIECES]);
  }
  return len;
}

static void put_file (long f, long number) {
  char text[4096];
  size_t len = text_of (number, text, sizeof (text));
  int fd = open (files[f], O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || write (fd, text, len) != (ssize_t) len) {
    abort ();
  }
  close (fd);
}

/* ---- state ---- */

static char *guarded_end; /* the first byte that cannot be read */
static char *own_text;    /* the host's text that was used last */
static int held = -1;     /* the descriptor that load_config returned */
/* After a file that is too long or cannot be read, the original's text has no end, so no operation may read it. */
static bool endless;

static void begin (void) {
  char *room = mmap (NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED || mprotect (room + PAGE, PAGE, PROT_NONE) < 0) {
    abort ();
  }
  guarded_end = room + PAGE;
  *lib->cfg_lex = -1;
  fake_etc_begin ();
  for (long f = 0; f < FILES; f++) {
    put_file (f, f + 1);
  }
}

static bool is_own (const char *p) {
  return own_text && p >= guarded_end - PAGE && p < guarded_end;
}

/* Notes a pointer by its position in the texts that a host knows. */
static void note_pointer (const char *name, const char *p) {
  const char *start = *lib->cfg_start;
  if (!p) {
    note ("%s null", name);
  } else if (is_own (p)) {
    note ("%s own%+ld", name, (long) (p - own_text));
  } else {
    note ("%s %+ld", name, start ? (long) (p - start) : 0);
  }
}

static void observe (void) {
  if (endless) {
    note ("refused: bytes %d", *lib->config_bytes);
    return;
  }
  note_pointer ("cur", *lib->cfg_cur);
  if (is_own (*lib->cfg_start)) {
    note ("start own%+ld", (long) (*lib->cfg_start - own_text));
  } else if (*lib->cfg_start) {
    note ("end %ld", (long) (*lib->cfg_end - *lib->cfg_start));
    note ("(%d)", *(unsigned char *) *lib->cfg_end);
  } else {
    note ("nothing loaded%s", *lib->cfg_end ? ", but it ends" : "");
  }
  note ("line %d", *lib->cfg_lno);
  note ("lexeme %d", *lib->cfg_lex);
  note ("bytes %d", *lib->config_bytes);
  if (*lib->config_name) {
    note ("name %s", *lib->config_name);
  }
}

/* ---- files ---- */

static void write_file (const long *a) {
  put_file (a[0], a[1]);
}

static void remove_file (const long *a) {
  unlink (files[a[0]]);
}

static void note_load (int fd, int given) {
  note ("%s", fd < 0 ? "refused" : fd == given ? "the one given" : "opened");
  endless = fd == -2 || (fd < 0 && endless);
  if (fd < 0) {
    note ("%d", fd);
  } else {
    held = fd;
  }
}

/* A host closes its descriptor before it loads again. */
static void let_go (void) {
  if (held >= 0) {
    close (held);
    held = -1;
  }
}

static void load (const long *a) {
  let_go ();
  note_load (lib->load_config (files[a[0]], -1), -1);
}

static void load_opened (const long *a) {
  let_go ();
  int fd = open (files[a[0]], O_RDONLY);
  if (fd < 0) {
    skip ();
    return;
  }
  note_load (lib->load_config (files[a[0]], fd), fd);
}

/* A folder, and files at the greatest length and one more; most of them is a hole. */
static void load_odd (const long *a) {
  enum { MAX_CONFIG = 16 << 20 };
  const char *path = ".";
  let_go ();
  if (a[0]) {
    path = "long.conf";
    int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write (fd, "word;", 5) != 5 || ftruncate (fd, MAX_CONFIG - 1 + a[0]) < 0) {
      abort ();
    }
    close (fd);
  }
  int next = dup (0);
  close (next);
  int result = lib->load_config (path, -1);
  note_load (result, -1);
  if (result < 0) {
    int error = errno;
    close (next); /* the original leaves it open */
    errno = error;
  }
}

/* Loads from a pipe, which gives only the bytes that are in it. */
static void load_pipe (const long *a) {
  char text[4096];
  size_t len = text_of (a[0], text, sizeof (text));
  int ends[2];
  let_go ();
  if (pipe (ends) < 0 || write (ends[1], text, len) != (ssize_t) len) {
    abort ();
  }
  close (ends[1]);
  note_load (lib->load_config ("a pipe", ends[0]), ends[0]);
}

static void reload (const long *a) {
  (void) a;
  char name[32];
  if (endless || !*lib->config_name) {
    skip ();
    return;
  }
  snprintf (name, sizeof (name), "%s", *lib->config_name);
  let_go ();
  note_load (lib->load_config (name, -1), -1);
}

static void close_it (const long *a) {
  endless = false;
  if (a[0]) {
    int fd = held;
    lib->close_config (&held);
    note ("descriptor %s, %s", held < 0 ? "gone" : "left", fcntl (fd, F_GETFD) < 0 ? "closed" : "open");
    errno = 0;
  } else {
    lib->close_config (NULL);
  }
}

static void reset (const long *a) {
  (void) a;
  if (endless || is_own (*lib->cfg_start)) {
    skip ();
    return;
  }
  lib->reset_config ();
}

static void digest (const long *a) {
  (void) a;
  char hex[36];
  if (endless || is_own (*lib->cfg_start)) {
    skip ();
    return;
  }
  memset (hex, '~', sizeof (hex));
  lib->md5_hex_config (hex);
  note_bytes ("md5", hex, sizeof (hex));
}

/* ---- the cursor ---- */

static void own (const long *a) {
  char text[4096];
  size_t len = text_of (a[0], text, sizeof (text));
  own_text = guarded_end - len - 1;
  memcpy (own_text, text, len + 1);
  *lib->cfg_cur = own_text;
}

/* A host may write the globals; the scanners read only the cursor. */
static void own_start (const long *a) {
  own (a);
  *lib->cfg_start = own_text;
}

static bool nothing_loaded (void) {
  bool none = endless || held < 0 || !*lib->cfg_start || is_own (*lib->cfg_start);
  if (none) {
    skip ();
  }
  return none;
}

static void move_end (const long *a) {
  if (!nothing_loaded ()) {
    *lib->cfg_end -= *lib->cfg_end - *lib->cfg_start >= a[0] ? a[0] : 0;
  }
}

/* Text behind the end: there is room, unless the config is as long as can be, and the scanners run to the NUL. */
static void append (const long *a) {
  char text[4096];
  if (nothing_loaded ()) {
    return;
  }
  if (*lib->config_bytes > 1 << 20 || *lib->cfg_end < *lib->cfg_start || **lib->cfg_end) {
    skip ();
    return;
  }
  size_t len = text_of (a[0], text, sizeof (text));
  memcpy (*lib->cfg_end, text, len + 1);
}

static void seek (const long *a) {
  if (endless || !*lib->cfg_start || is_own (*lib->cfg_start) || a[0] > *lib->config_bytes) {
    skip ();
    return;
  }
  *lib->cfg_cur = *lib->cfg_start + a[0];
}

static void line (const long *a) {
  *lib->cfg_lno = (int) a[0];
}

static bool no_text (void) {
  bool none = endless || !*lib->cfg_cur;
  if (none) {
    skip ();
  }
  return none;
}

static void scan (const long *a) {
  if (no_text ()) {
    return;
  }
  switch (a[0]) {
  case SCAN_SKIPSPC:
    note ("skipspc %d", lib->cfg_skipspc ());
    break;
  case SCAN_SKSPC:
    note ("skspc %d", lib->cfg_skspc ());
    break;
  case SCAN_GETWORD:
    note ("word %d", lib->cfg_getword ());
    break;
  case SCAN_GETSTR:
    note ("str %d", lib->cfg_getstr ());
    break;
  case SCAN_GETINT:
    note ("int %lld", lib->cfg_getint ());
    break;
  case SCAN_GETINT_ZERO:
    note ("int_zero %lld", lib->cfg_getint_zero ());
    break;
  case SCAN_GETINT_SIGNED_ZERO:
    note ("int_signed_zero %lld", lib->cfg_getint_signed_zero ());
    break;
  default:
    note ("lex %d", lib->cfg_getlex ());
  }
}

/* Consumes a token, as a parser does. */
static void take (const long *a) {
  if (no_text ()) {
    return;
  }
  int n = a[0] ? lib->cfg_getstr () : lib->cfg_getword ();
  note_bytes ("took", *lib->cfg_cur, (size_t) n);
  *lib->cfg_cur += n;
}

static void expect_lexeme (const long *a) {
  static const int lexemes[] = { -1, ';', ':', '{', '}' };
  if (!no_text ()) {
    note ("%d", lib->expect_lexem (lexemes[a[0]]));
  }
}

static void expect_word (const long *a) {
  static const char *const words[] = { "proxy_for", "default", "word", "timeout" };
  if (!no_text ()) {
    note ("%d", lib->expect_word (words[a[0]], (int) strlen (words[a[0]])));
  }
}

static void complain (const long *a) {
  if (no_text ()) {
    return;
  }
  if (a[0] == 0) {
    lib->syntax (NULL);
  } else if (a[0] == 1) {
    lib->syntax ("%s of %ld", "complaint", a[0]);
  } else {
    lib->syntax_warning ("%d%%", 5);
  }
}

/* cfg_gethost writes a NUL into the text during the call. */
static void host_name (const long *a) {
  if (no_text ()) {
    return;
  }
  note ("%s", (a[0] ? lib->cfg_gethost_ex ((int) a[0]) : lib->cfg_gethost ()) ? "found" : "not found");
  note ("asked %s", fake_etc_asked ());
}

/* What loads 16 MiB is rare. */
static const struct operation operations[] = {
  { "write", write_file, { { "file", 0, FILES - 1 }, { "text", 0, 5000 } }, 20 },
  { "remove", remove_file, { { "file", 0, FILES - 1 } }, 4 },
  { "load", load, { { "file", 0, FILES - 1 } }, 36 },
  { "load_opened", load_opened, { { "file", 0, FILES - 1 } }, 8 },
  { "load_odd", load_odd, { { "which", 0, 2 } }, 1 },
  { "load_pipe", load_pipe, { { "text", 0, 5000 } }, 4 },
  { "reload", reload, { { 0 } }, 4 },
  { "close", close_it, { { "with_descriptor", 0, 1 } }, 8 },
  { "reset", reset, { { 0 } }, 4 },
  { "digest", digest, { { 0 } }, 4 },
  { "own_text", own, { { "text", 0, 5000 } }, 16 },
  { "own_start", own_start, { { "text", 0, 5000 } }, 4 },
  { "move_end", move_end, { { "by", 0, 20 } }, 4 },
  { "append", append, { { "text", 0, 5000 } }, 4 },
  { "seek", seek, { { "at", 0, 60 } }, 12 },
  { "line", line, { { "number", -2147483647, 2147483647 } }, 4 },
  { "scan", scan, { { "scanner", 0, SCANNERS - 1 } }, 64 },
  { "take", take, { { "quoted", 0, 1 } }, 32 },
  { "expect_lexeme", expect_lexeme, { { "lexeme", 0, 4 } }, 8 },
  { "expect_word", expect_word, { { "word", 0, 3 } }, 8 },
  { "complain", complain, { { "how", 0, 2 } }, 8 },
  { "host", host_name, { { "verbosity", 0, 2 } }, 8 },
  { 0 },
};

static const char *const fixed[] = {
  "config.write(0,1);config.load(0);config.take(0);config.scan(4);config.scan(7);config.take(0);config.scan(4);"
  "config.take(0);config.scan(7);config.take(0);config.scan(7);config.scan(7);config.digest;config.close(1);config.load(0)",
  "config.write(0,9);config.load(0)@1;config.take(0)@2;config.scan(4)@3;config.reset@1;config.take(0);config.close(0)@2",
  "config.load(3);config.scan(0);config.take(0);config.scan(0);config.reset;config.scan(0);config.close(1);config.reset",
  "config.digest",
  "config.remove(3);config.load(3);config.write(3,0);config.load(3);config.scan(7);config.digest",
  "config.own_text(2);config.scan(2);config.take(0);config.scan(7);config.complain(1)",
  "config.load_odd(1);config.scan(2);config.scan(3);config.digest;config.load_odd(2);config.load(0);config.load_odd(0);"
  "config.close(0);config.load_pipe(1);config.take(0);config.close(1)",
  NULL,
};

const struct script_family config_scripts = { "config", CAN_CONFIG_FILE, operations, begin, observe, fixed };
