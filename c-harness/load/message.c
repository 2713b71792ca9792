/*
 * Messages, and the comparison of their answers: see message.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "message.h"

#include <string.h>

#include "base.h"

enum { POOL_WINDOW = 64 << 10 }; /* slices start within this window, so that small messages stay in the cache */

static uint8_t pool[POOL_WINDOW + MAX_SIZE + 4];

void messages_init (void) {
  random_bytes (pool, sizeof (pool));
}

/* Sizes as in real traffic: 88 % 100 to 1500 bytes, 10 % 16 KiB, 2 % 128 to 256 KiB. */
static uint32_t mixed_size (uint32_t kind, uint32_t r) {
  return kind < 901 ? 100 + r % 1401 : kind < 1003 ? 16384 : 131072 + r % 131073;
}

struct message message_of (const struct mode *m, int client, uint32_t sequence) {
  uint64_t h = mix64 (run_seed ^ (uint64_t) client << 32 ^ sequence);
  struct message x = { .size = m->size_lo, .rest = pool + (h & (POOL_WINDOW - 1)) };
  uint32_t kind = h >> 24 & 1023, r = (uint32_t) (h >> 34);
  x.padding = settings.padded ? h >> 20 & 3 : 0;
  if (m->mixed) {
    x.size = mixed_size (kind, r);
  } else if (m->size_hi > m->size_lo) {
    x.size = m->size_lo + r % (m->size_hi - m->size_lo + 1);
  }
  x.size = x.size < MIN_SIZE ? MIN_SIZE : x.size & ~3u;
  put64 (x.stamp,
         mix64 (run_seed + (uint64_t) client) | 1); /* where an auth key id stands: never zero, one per client */
  put32 (x.stamp + 8, sequence);
  put32 (x.stamp + 12, (uint32_t) client);
  put64 (x.stamp + 16, h);
  return x;
}

bool answer_takes (struct answer *a, const struct message *x, int client, uint32_t sequence, const uint8_t **p,
                   size_t *n) {
  if (a->head_n < 4) {
    for (; *n && a->head_n < 4; --*n) {
      a->head[a->head_n++] = *(*p)++;
    }
    if (a->head_n < 4) {
      return false;
    }
    a->length = get32 (a->head);
    a->at = 0;
    if (a->length < x->size || a->length - x->size > (settings.padded ? 3u : 0u)) {
      fail ("client %d: message %u came back with %u bytes instead of %u", client, sequence, a->length, x->size);
      return false;
    }
  }
  while (*n && a->at < a->length) {
    /* The stamp, the rest, and padding, which may be anything. */
    uint32_t end = a->at < STAMP ? (uint32_t) STAMP : a->at < x->size ? x->size : a->length;
    uint32_t part = end - a->at < *n ? end - a->at : (uint32_t) *n;
    const uint8_t *want = a->at < STAMP ? x->stamp + a->at : a->at < x->size ? x->rest + a->at - STAMP : *p;
    if (memcmp (*p, want, part)) {
      fail ("client %d: message %u came back changed, near byte %u of %u", client, sequence, a->at, x->size);
      return false;
    }
    a->at += part;
    *p += part;
    *n -= part;
  }
  if (a->at < a->length) {
    return false;
  }
  a->head_n = 0;
  return true;
}
