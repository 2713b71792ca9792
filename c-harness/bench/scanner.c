/*
 * The config scanner. The original works on globals, which are set before each call and read after it, as its callers must.
 * Ours gets the length of the remaining text, not of the token.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"

typedef mtproxy_ffi_cfg_scan_result_t scan_t;
typedef mtproxy_ffi_cfg_int_result_t int_t;

#define AT_START *original.cfg_cur = w->text, *original.cfg_lno = 1
#define ADVANCE ((uint64_t) (*original.cfg_cur - w->text))
#define LINE ((uint64_t) *original.cfg_lno)

#define SKIP(name, function)                                                       \
  CALLS (ours_##name, scan_t r; ours.function (w->text, w->len, 1, &r);            \
         sum += (uint64_t) r.ch + r.advance * 256 + ((uint64_t) r.line_no << 32))  \
  CALLS (original_##name, AT_START; uint64_t ch = (uint64_t) original.function (); \
         sum += ch + ADVANCE * 256 + (LINE << 32))
SKIP (skipspc, cfg_skipspc)
SKIP (skspc, cfg_skspc)

CALLS (ours_getword, sum += (uint64_t) ours.cfg_getword_len (w->text, w->len))
CALLS (original_getword, AT_START; sum += (uint64_t) original.cfg_getword ())
CALLS (ours_getstr, sum += (uint64_t) ours.cfg_getstr_len (w->text, w->len))
CALLS (original_getstr, AT_START; sum += (uint64_t) original.cfg_getstr ())

#define INTEGER(name, function)                                                                             \
  CALLS (ours_##name, int_t r; ours.function (w->text, w->len, &r); sum += (uint64_t) r.value + r.consumed) \
  CALLS (original_##name, AT_START; uint64_t v = (uint64_t) original.function (); sum += v + ADVANCE)
INTEGER (getint, cfg_getint)
INTEGER (getint_zero, cfg_getint_zero)
INTEGER (getint_signed_zero, cfg_getint_signed_zero)

/* Writes the text at the cursor, `size` bytes that the call consumes, followed by the rest of a config. */
static void put_text (char *text, size_t room, const char *kind, size_t size) {
  static const char rest[] = ";\nproxy_for -4 149.154.165.109:8888;\nproxy_for 5 91.108.56.181:8888; # five\n"
                             "timeout 300;\nmin_connections 2;\nmax_connections 8;\ndefault 2;\n";
  static const char word[] = "dc-2.example_Proxy-", digits[] = "1234567890123456789";
  size_t n = 0;
  for (; n < size; n++) {
    text[n] = !strcmp (kind, "blanks")     ? " \t    "[n % 6]
              : !strcmp (kind, "lines")    ? " \r\n   "[n % 6]
              : !strcmp (kind, "comment")  ? (n ? "a comment, "[n % 11] : '#')
              : !strcmp (kind, "digits")   ? digits[n % 19]
              : !strcmp (kind, "negative") ? (n ? digits[n % 19] : '-')
                                           : word[n % 19];
  }
  if (!strcmp (kind, "comment")) {
    text[n - 1] = '\n';
  }
  while (n + sizeof (rest) < room - 1) {
    memcpy (text + n, rest, sizeof (rest) - 1);
    n += sizeof (rest) - 1;
  }
  text[n] = 0;
}

void bench_scanner (void) {
  static char text[1200];
  static struct work w = { .text = text };
#define SCAN(name, short_name, kind, length)                                                    \
  {                                                                                             \
    .family = "scanner", .function = #name, .label = kind, .size = length, .work = &w, .run = { \
      [OURS] = ours_##short_name,                                                               \
      [ORIGINAL] = IF (original.name, original_##short_name)                                    \
    }                                                                                           \
  }
  struct bout b[] = {
    SCAN (cfg_skipspc, skipspc, "nothing", 0),
    SCAN (cfg_skipspc, skipspc, "blanks", 1),
    SCAN (cfg_skipspc, skipspc, "blanks", 4),
    SCAN (cfg_skipspc, skipspc, "blanks", 16),
    SCAN (cfg_skipspc, skipspc, "blanks", 100),
    SCAN (cfg_skipspc, skipspc, "lines", 100),
    SCAN (cfg_skipspc, skipspc, "comment", 40),
    SCAN (cfg_skipspc, skipspc, "comment", 500),
    SCAN (cfg_skspc, skspc, "nothing", 0),
    SCAN (cfg_skspc, skspc, "blanks", 1),
    SCAN (cfg_skspc, skspc, "blanks", 16),
    SCAN (cfg_skspc, skspc, "blanks", 100),
    SCAN (cfg_getword, getword, "word", 2),
    SCAN (cfg_getword, getword, "word", 7),
    SCAN (cfg_getword, getword, "word", 9),
    SCAN (cfg_getword, getword, "word", 30),
    SCAN (cfg_getword, getword, "word", 200),
    SCAN (cfg_getstr, getstr, "word", 2),
    SCAN (cfg_getstr, getstr, "word", 9),
    SCAN (cfg_getstr, getstr, "word", 30),
    SCAN (cfg_getstr, getstr, "word", 200),
    SCAN (cfg_getint, getint, "digits", 1),
    SCAN (cfg_getint, getint, "digits", 4),
    SCAN (cfg_getint, getint, "digits", 9),
    SCAN (cfg_getint, getint, "digits", 19),
    SCAN (cfg_getint_zero, getint_zero, "nothing", 0),
    SCAN (cfg_getint_zero, getint_zero, "digits", 4),
    SCAN (cfg_getint_zero, getint_zero, "digits", 9),
    SCAN (cfg_getint_signed_zero, getint_signed_zero, "negative", 2),
    SCAN (cfg_getint_signed_zero, getint_signed_zero, "negative", 10),
  };
#undef SCAN
  for (size_t i = 0; i < sizeof (b) / sizeof (b[0]); i++) {
    put_text (text, sizeof (text), b[i].label, b[i].size);
    w.len = strlen (text);
    compete (&b[i]);
  }
}
