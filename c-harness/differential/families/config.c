/*
 * The config scanner: every function at every offset of generated texts. The texts are the proxy's own configuration, cut
 * and spliced, random sequences of tokens, and random bytes.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "function.h"

enum { TEXT = 255, OFFSETS = TEXT + 1 };

static const char configuration[] =
    "# force_probability 10 10\ndefault 2;\nproxy_for 1 149.154.175.50:8888;\nproxy_for -1 149.154.175.50:8888;\n"
    "proxy_for 4 91.108.4.174:8888;\nproxy_for -5 91.108.56.104:8888;\ntimeout 1000;\r\nmin_connections 4;\r\n"
    "max_connections 64;\nproxy 192.0.2.1:443;\n\tproxy_for 3 [2001:db8::1]:443; # a comment; with { }\n"
    "cluster { name \"main\"; server host-1.example.org:80; }\n";

static const char *const tokens[] = {
  " ",
  "  ",
  "\t",
  "\n",
  "\r\n",
  "\r",
  "#",
  "# c\n",
  ";",
  ":",
  "{",
  "}",
  "[",
  "]",
  "\"",
  "-",
  "--",
  "+",
  ".",
  "_",
  "0",
  "7",
  "-5",
  "007",
  "65535",
  "2147483648",
  "4294967296",
  "9223372036854775807",
  "9223372036854775808",
  "18446744073709551615",
  "18446744073709551616",
  "-9223372036854775808",
  "-9223372036854775809",
  "99999999999999999999999",
  "0x1f",
  "abc",
  "A-Z.a_z",
  "[::1]",
  "[2001:db8::1]:443",
  "[a b]",
  "\x0b",
  "\x0c",
  "\x7f",
  "\x80",
  "\xff",
  "\xc3\xa9",
  "\xd0\xbf",
  "\x01",
  "\x1f",
  "proxy_for",
  "default",
  "timeout",
};

static void put_spliced (struct sample *s, struct rng *r) {
  size_t pieces = 1 + rng_below (r, 4);
  while (pieces--) {
    size_t from = rng_below (r, sizeof (configuration) - 1), len = rng_below (r, sizeof (configuration) - from);
    put_bytes (s, configuration + from, len % 120);
  }
}

static void put_soup (struct sample *s, struct rng *r) {
  size_t n = 1 + rng_below (r, 60);
  while (n--) {
    if (rng_chance (r, 60)) {
      put_u8 (s, 0);
    } else {
      put_text (s, tokens[rng_below (r, sizeof (tokens) / sizeof (tokens[0]))]);
    }
  }
}

static void make_text (struct sample *s, struct rng *r) {
  switch (rng_below (r, 5)) {
  case 0:
  case 1:
    put_spliced (s, r);
    break;
  case 2:
  case 3:
    put_soup (s, r);
    break;
  default: {
    size_t n = rng_below (r, 100);
    rng_fill (r, sample_grow (s, n), n);
  }
  }
  if (s->len > TEXT) {
    s->len = TEXT;
  }
  unsigned changes = rng_chance (r, 3) ? (unsigned) rng_below (r, 4) : 0;
  while (changes-- && s->len) {
    s->data[rng_below (r, s->len)] = (uint8_t) rng_next (r);
  }
}

/* line number, text. */
static void generate_text (struct sample *s, const struct draw *d) {
  static struct sample text;
  static struct draw made;
  uint64_t block = d->index / OFFSETS;
  if (!text.data || made.seed != d->seed || made.name_hash != d->name_hash || made.index != block) {
    struct rng r = rng_at (d, block);
    sample_clear (&text);
    make_text (&text, &r);
    made = *d;
    made.index = block;
  }
  size_t offset = d->index % OFFSETS % (text.len + 1);
  put_u32 (s, block % 16 ? 1 : 0x7fffffff - (uint32_t) (block / 16 % 8));
  put_bytes (s, text.data + offset, text.len - offset);
}

static bool run_scanner (struct provider *p, const struct sample *s, struct outcome *o, enum scanner which) {
  struct cursor c = cursor_of (s);
  int line = (int) take_u32 (&c);
  struct scan_result r;
  if (c.bad) {
    return false;
  }
  outcome_add (o, p->abi->scan (p, which, (const char *) c.at, c.left, line, &r));
  outcome_add (o, r.value);
  outcome_add (o, r.advance);
  outcome_add (o, r.line);
  return true;
}

#define RUN(lower, upper)                                                                   \
  static bool run_##lower (struct provider *p, const struct sample *s, struct outcome *o) { \
    return run_scanner (p, s, o, SCAN_##upper);                                             \
  }
RUN (skipspc, SKIPSPC)
RUN (skspc, SKSPC)
RUN (getword, GETWORD)
RUN (getstr, GETSTR)
RUN (getint, GETINT)
RUN (getint_zero, GETINT_ZERO)
RUN (getint_signed_zero, GETINT_SIGNED_ZERO)
RUN (getlex, GETLEX)

#define ROW(lower, upper, value)                                                                                \
  { "cfg_" #lower, "config", "status " value " advance line", CAN_##upper, 1000000, generate_text, run_##lower, \
    NULL,          NULL }

static const struct function functions[] = {
  ROW (skipspc, SKIPSPC, "char"),
  ROW (skspc, SKSPC, "char"),
  ROW (getword, GETWORD, "length"),
  ROW (getstr, GETSTR, "length"),
  ROW (getint, GETINT, "value"),
  ROW (getint_zero, GETINT_ZERO, "value"),
  ROW (getint_signed_zero, GETINT_SIGNED_ZERO, "value"),
  ROW (getlex, GETLEX, "lex"),
  { 0 },
};

static const struct difference_test tests[] = { { 0 } };
static const struct property properties[] = { { 0 } };

const struct family config_family = { "config", functions, tests, properties, false };
