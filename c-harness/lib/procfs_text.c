/*
 * Texts as the kernel writes them, and variations: numbers at the limits of their types, other separators, other names,
 * parts missing, doubled or cut, changed bytes.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "procfs_text.h"

#include <string.h>

static const char *const odd_numbers[] = {
  "0",
  "-0",
  "+5",
  "007",
  "-1",
  "2147483647",
  "2147483648",
  "-2147483649",
  "4294967295",
  "4294967296",
  "4294967297",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775808",
  "-9223372036854775809",
  "18446744073709551615",
  "18446744073709551616",
  "-18446744073709551615",
  "-18446744073709551616",
  "99999999999999999999999",
  "0x1f",
  "1.5",
  "1e3",
  "--1",
  "+-1",
  "",
  "-",
  "+",
  "x",
  "5x",
  "\xff",
  "000000000000000000000000000000000001",
  "2251799813685248",
  "4503599627370497",
  "9007199254740992",
  "18014398509481985",
};

static const char *const blanks[] = { " ", "  ", "\t", "\n", "\r\n", "\v", "\f", "", " \n ", "\xc2\xa0", "\x85", "," };

static const char *pick (struct rng *r, const char *const *from, size_t n) {
  return from[rng_below (r, n)];
}

#define PICK(r, array) pick (r, array, sizeof (array) / sizeof ((array)[0]))

static void put_any_number (struct sample *s, struct rng *r) {
  if (rng_chance (r, 12)) {
    put_text (s, PICK (r, odd_numbers));
  } else if (rng_chance (r, 6)) {
    put_format (s, "%lld", (long long) rng_edge (r));
  } else {
    put_format (s, "%llu", (unsigned long long) (rng_next (r) >> (8 + rng_below (r, 56))));
  }
}

/* Changes bytes, or cuts the text. Generators call it last. */
static void damage (struct sample *s, struct rng *r, size_t from) {
  static const char bytes[] = " \n\t()-+0129kBMFC:\r\v\x00\xff";
  unsigned changes = (unsigned) rng_below (r, 4);
  while (changes-- && s->len > from) {
    uint8_t *at = s->data + from + rng_below (r, s->len - from);
    *at = rng_chance (r, 2) ? (uint8_t) bytes[rng_below (r, sizeof (bytes) - 1)] : (uint8_t) rng_next (r);
  }
  if (rng_chance (r, 4)) {
    s->len = from + rng_below (r, s->len - from + 1);
    sample_grow (s, 0);
  }
}

/* ---- stat ---- */

static const char *const names[] = {
  "(bash)",
  "(mtproto-proxy)",
  "(kworker/0:1-events)",
  "()",
  "(a)",
  "bash",
  "(a",
  "a)",
  "((sd-pam))",
  "(a)b",
  "(a)(b)",
  "(\xd0\xbf\xd0\xb8)",
  "(\xd0\xbf\xd1)",
  "(a\xc2\xa0z)",
  "(:-))",
  "x",
  "(1)",
  "(systemd)",
};

static const char *const blank_names[] = {
  "(Web Content)",  "(a b)",       "( )",    "(a\tb)", "(a\nb)",     "(a) b)",
  "(tmux: server)", "(a b) (c d)", "(a\vb)", "( a )",  "((sd pam))", "(1 R 2)",
};

struct stat_shape {
  const char *name;
  size_t long_name; /* 0, or its length */
  bool kernel_like;
};

static void put_stat (struct sample *s, struct rng *r, const struct stat_shape *shape) {
  bool odd = !shape->kernel_like;
  size_t fields = odd && rng_chance (r, 8) ? rng_below (r, 50) : rng_chance (r, 2) ? 52 : 42 + rng_below (r, 4);
  const char *usual = odd && rng_chance (r, 16) ? PICK (r, blanks) : " ";
  if (odd && rng_chance (r, 16)) {
    put_text (s, PICK (r, blanks));
  }
  for (size_t i = 0; i < fields; i++) {
    if (i) {
      put_text (s, odd && rng_chance (r, 64) ? PICK (r, blanks) : usual);
    }
    if (i == 1 && shape->long_name) {
      put_u8 (s, '(');
      memset (sample_grow (s, shape->long_name - 2), 'a' + (int) rng_below (r, 26), shape->long_name - 2);
      put_u8 (s, ')');
    } else if (i == 1) {
      put_text (s, shape->name);
    } else if (i == 2) {
      if (odd && rng_chance (r, 8)) {
        put_u8 (s, (unsigned) rng_below (r, 256));
      } else {
        put_u8 (s, (unsigned) "RSDZTtXIW"[rng_below (r, 9)]);
      }
    } else if (odd && rng_chance (r, 6)) {
      put_any_number (s, r);
    } else {
      put_format (s, "%s%llu", i > 2 && i < 8 && rng_chance (r, 8) ? "-" : "",
                  (unsigned long long) (rng_next (r) >> (8 + rng_below (r, 56))));
    }
  }
  put_text (s, rng_chance (r, 8) ? "" : "\n");
}

void generate_stat (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  size_t from = s->len;
  struct stat_shape shape = { rng_chance (&r, 6) ? PICK (&r, blank_names) : PICK (&r, names), 0, rng_chance (&r, 3) };
  if (rng_chance (&r, 20)) {
    shape.long_name = 250 + rng_below (&r, 12) + (rng_chance (&r, 4) ? rng_below (&r, 3000) : 0);
  }
  if (rng_chance (&r, 64)) {
    size_t n = rng_below (&r, 300);
    rng_fill (&r, sample_grow (s, n), n);
  } else {
    put_stat (s, &r, &shape);
  }
  if (rng_chance (&r, 5)) {
    damage (s, &r, from);
  }
}

void generate_blank_comm (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_stat (s, &r, &(struct stat_shape) { PICK (&r, blank_names), 0, true });
}

void generate_long_comm (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_stat (s, &r, &(struct stat_shape) { NULL, 256 + (d->index < 16 ? d->index : rng_below (&r, 2000)), true });
}

/* ---- statm ---- */

void generate_statm (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u32 (s, rng_chance (&r, 8) ? (uint32_t) rng_edge (&r) : (uint32_t) rng_below (&r, 10));
  size_t from = s->len, fields = rng_chance (&r, 3) ? rng_below (&r, 12) : 7;
  for (size_t i = 0; i < fields; i++) {
    if (i || rng_chance (&r, 16)) {
      put_text (s, rng_chance (&r, 24) ? PICK (&r, blanks) : " ");
    }
    put_any_number (s, &r);
  }
  put_text (s, "\n");
  if (rng_chance (&r, 8)) {
    damage (s, &r, from);
  }
  if (rng_chance (&r, 40)) {
    /* Around the size of the legacy buffer. */
    size_t len = 4090 + rng_below (&r, 12);
    while (s->len - from < len) {
      put_u8 (s, ' ');
    }
  }
}

/* ---- meminfo ---- */

static const char *const keys[] = {
  "MemTotal:", "MemFree:", "MemAvailable:", "Buffers:",       "Cached:",   "SwapCached:", "Active:", "SwapTotal:",
  "SwapFree:", "Dirty:",   "MemFreeX:",     "MemFree :",      " MemFree:", "memfree:",    "C",       "M",
  "S",         "SwapFre",  "CachedX:",      "Cached:Cached:",
};

static const char *const units[] = { " kB",  " kB",          " kB",    " kB",   "kB",   " KB",   " MB", "",
                                     " kBs", " kB trailing", "\tkB\r", "  kB ", " k B", " 2 kB", "\vkB" };

static void put_line (struct sample *s, struct rng *r, const char *key, bool odd) {
  put_text (s, key);
  put_text (s, odd && rng_chance (r, 6) ? PICK (r, blanks) : "       ");
  if (odd) {
    put_any_number (s, r);
    put_text (s, rng_chance (r, 3) ? PICK (r, units) : " kB");
  } else {
    put_format (s, "%llu kB", (unsigned long long) rng_below (r, 100000000));
  }
  put_text (s, odd && rng_chance (r, 12) ? PICK (r, blanks) : "\n");
}

void generate_meminfo (struct sample *s, const struct draw *d) {
  static const char *const needed[] = { "MemFree:", "Cached:", "SwapTotal:", "SwapFree:" };
  struct rng r = rng_at (d, d->index);
  size_t extra = rng_below (&r, 12), from = s->len;
  unsigned at = (unsigned) rng_below (&r, 4), odds = rng_chance (&r, 3) ? 0 : 6;
  for (unsigned i = 0; i < 4; i++) {
    for (size_t n = extra / 4; n; n--) {
      put_line (s, &r, PICK (&r, keys), odds && rng_chance (&r, odds));
    }
    if (!rng_chance (&r, 24)) {
      put_line (s, &r, needed[(at + i) % 4], odds && rng_chance (&r, odds));
    }
  }
  while (rng_chance (&r, 3)) {
    put_line (s, &r, rng_chance (&r, 2) ? PICK (&r, needed) : PICK (&r, keys), rng_chance (&r, 2));
  }
  if (rng_chance (&r, 8)) {
    damage (s, &r, from);
  }
  if (rng_chance (&r, 60)) {
    /* Around the size of the legacy buffer. */
    size_t len = 16378 + rng_below (&r, 12);
    while (s->len - from < len) {
      put_u8 (s, "\n x"[s->len % 3]);
    }
  }
}
