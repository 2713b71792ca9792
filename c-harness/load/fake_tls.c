/*
 * Fake TLS 1.3: see fake_tls.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "fake_tls.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base.h"
#include "crypto.h"
#include "settings.h"

struct tls_hello {
  uint8_t random[32], answer[16384]; /* next to each other: the answer's HMAC is over both */
  size_t got;
};

/* The answer: a ServerHello, a ChangeCipherSpec, and one record of application data. */
enum { SERVER_HELLO = 127, BEFORE_DATA = 138, RANDOM_AT = 11 };

void tls_clear (struct fake_tls *t) {
  free (t->hello);
  memset (t, 0, sizeof (*t));
}

static uint8_t *put_bytes (uint8_t *p, const void *from, size_t n) {
  memcpy (p, from, n);
  return p + n;
}

static uint8_t *put_length (uint8_t *p, size_t n) {
  p[0] = (uint8_t) (n >> 8);
  p[1] = (uint8_t) n;
  return p + 2;
}

void tls_start (struct fake_tls *t, uint8_t hello[TLS_HELLO_SIZE]) {
  size_t domain = strlen (settings.domain);
  uint8_t *p = hello, *const end = hello + TLS_HELLO_SIZE;
  memset (hello, 0, TLS_HELLO_SIZE);
  p = put_bytes (p, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + 32; /* the random is put in below */
  *p++ = 32;
  random_bytes (p, 32); /* session id */
  p += 32;
  p = put_bytes (p, "\x00\x06\x13\x01\x13\x02\x13\x03\x01\x00", 10); /* cipher suites, no compression */
  p = put_length (p, (size_t) (end - p) - 2);
  p = put_bytes (p, "\x00\x00", 2); /* server name */
  p = put_length (p, domain + 5);
  p = put_length (p, domain + 3);
  *p++ = 0;
  p = put_length (p, domain);
  p = put_bytes (p, settings.domain, domain);
  p = put_bytes (p, "\x00\x2b\x00\x03\x02\x03\x04\x00\x15", 9); /* version 1.3, and padding to the end */
  put_length (p, (size_t) (end - p) - 2);
  t->hello = must (calloc (1, sizeof (*t->hello)));
  uint8_t *random = t->hello->random;
  user_hmac (hello, TLS_HELLO_SIZE, random);
  uint32_t now = (uint32_t) time (NULL);
  for (int i = 0; i < 4; i++) {
    random[28 + i] ^= (uint8_t) (now >> 8 * i);
  }
  memcpy (hello + RANDOM_AT, random, 32);
}

bool tls_answered (struct fake_tls *t, int client, const uint8_t *p, size_t n) {
  struct tls_hello *h = t->hello;
  if (h->got + n > sizeof (h->answer)) {
    fail ("client %d: a TLS answer that does not end", client);
    return false;
  }
  memcpy (h->answer + h->got, p, n);
  h->got += n;
  if (h->got < BEFORE_DATA) {
    return false;
  }
  uint8_t *a = h->answer, want[32], got[32];
  size_t whole = BEFORE_DATA + ((size_t) a[BEFORE_DATA - 2] << 8 | a[BEFORE_DATA - 1]);
  if (memcmp (a, "\x16\x03\x03\x00\x7a\x02", 6) || h->got > whole ||
      memcmp (a + SERVER_HELLO, "\x14\x03\x03\x00\x01\x01\x17\x03\x03", 9)) {
    fail ("client %d: not the TLS answer that was expected", client);
    return false;
  }
  if (h->got < whole) {
    return false;
  }
  memcpy (got, a + RANDOM_AT, 32);
  memset (a + RANDOM_AT, 0, 32);
  user_hmac (h->random, 32 + whole, want);
  if (memcmp (want, got, 32)) {
    fail ("client %d: the HMAC of the TLS answer is wrong", client);
    return false;
  }
  free (h);
  t->hello = NULL;
  return true;
}

size_t tls_wrap (const uint8_t *p, size_t n, bool first, uint8_t *out) {
  uint8_t *o = out;
  if (first) {
    o = put_bytes (o, "\x14\x03\x03\x00\x01\x01", 6);
  }
  while (n) {
    size_t part = n < TLS_RECORD ? n : TLS_RECORD;
    o = put_bytes (o, "\x17\x03\x03", 3);
    o = put_length (o, part);
    o = put_bytes (o, p, part);
    p += part;
    n -= part;
  }
  return (size_t) (o - out);
}

size_t tls_unwrap (struct fake_tls *t, int client, uint8_t *p, size_t n) {
  size_t from = 0, to = 0;
  while (from < n) {
    if (!t->left) {
      t->head[t->head_n++] = p[from++];
      if (t->head_n == 5) {
        if (memcmp (t->head, "\x17\x03\x03", 3)) {
          fail ("client %d: not a TLS application-data record", client);
          return 0;
        }
        t->left = (uint32_t) t->head[3] << 8 | t->head[4];
        t->head_n = 0;
      }
      continue;
    }
    size_t part = t->left < n - from ? t->left : n - from;
    memmove (p + to, p + from, part);
    to += part;
    from += part;
    t->left -= (uint32_t) part;
  }
  return to;
}
