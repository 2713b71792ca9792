/*
 * One client: see client.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"
#include "connect.h"
#include "crypto.h"
#include "latency.h"

enum {
  CHUNK = 256 << 10, /* bytes asked for by one recv() */
  BATCH = 256 << 10  /* plaintext put together for one send() */
};

static void watch (struct client *c, int op, uint32_t events) {
  epoll_ctl (clients.epoll, op, c->fd, &(struct epoll_event) { events, { .ptr = c } });
}

void client_close (struct client *c) {
  if (c->state == FREE) {
    return;
  }
  close (c->fd);
  tls_clear (&c->tls);
  free (c->pending);
  c->pending = NULL;
  c->pending_n = 0;
  c->state = FREE;
  clients.outstanding -= c->sent - c->received;
}

/* How many of the bytes the socket took; fewer only where it is full, or the run has failed. */
static size_t send_some (struct client *c, const uint8_t *p, size_t n) {
  size_t done = 0;
  while (done < n) {
    ssize_t took = send (c->fd, p + done, n - done, MSG_NOSIGNAL);
    if (took >= 0) {
      done += (size_t) took;
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      fail ("client %d: send: %s", c->id, strerror (errno));
      break;
    }
  }
  return done;
}

/* Sends bytes, and keeps what the socket does not take; never called while something is kept. */
static void client_write (struct client *c, const uint8_t *p, size_t n) {
  size_t done = send_some (c, p, n);
  if (done < n && !has_failed ()) {
    c->blocked = true;
    c->pending = must (malloc (n - done));
    memcpy (c->pending, p + done, n - done);
    c->pending_from = 0;
    c->pending_n = n - done;
    watch (c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  }
}

static void client_writable (struct client *c) {
  c->pending_from += send_some (c, c->pending + c->pending_from, c->pending_n - c->pending_from);
  if (c->pending_from == c->pending_n) {
    free (c->pending);
    c->pending = NULL;
    c->pending_n = 0;
    c->blocked = false;
    watch (c, EPOLL_CTL_MOD, EPOLLIN);
  }
}

static bool may_send (const struct client *c) {
  return c->state == OPEN && !c->blocked && (clients.sending || clients.mode->kind == CONNECT) && !has_failed ();
}

void client_pump (struct client *c) {
  static uint8_t plain[64 + BATCH + MAX_SIZE + 8], wrapped[sizeof (plain) + (sizeof (plain) / TLS_RECORD + 1) * 5 + 6];
  const uint32_t depth = (uint32_t) clients.mode->depth;
  while (may_send (c)) {
    size_t n = 0;
    bool first = c->preamble;
    if (first) {
      memcpy (plain, c->hello, 64);
      n = 64;
    }
    uint32_t before = c->sent;
    uint64_t t = 0;
    while (n < BATCH && c->sent < c->limit && c->sent - c->received < depth) {
      struct message x = message_of (clients.mode, c->id, c->sent);
      if (c->inflight && c->inflight + x.size > clients.budget) {
        break;
      }
      put32 (plain + n, x.size + x.padding);
      memcpy (plain + n + 4, x.stamp, STAMP);
      memcpy (plain + n + 4 + STAMP, x.rest, x.size - STAMP + x.padding);
      n += 4 + x.size + x.padding;
      if (!t) {
        t = now_ns ();
      }
      c->sent_at[c->sent++ % depth] = t;
      c->inflight += x.size;
    }
    if (c->sent == before) {
      return;
    }
    clients.outstanding += c->sent - before;
    cipher_apply (c->enc, plain, n);
    if (first) { /* of the preamble only the last 8 bytes travel encrypted */
      memcpy (plain, c->hello, 56);
      c->preamble = false;
    }
    if (settings.tls) {
      client_write (c, wrapped, tls_wrap (plain, n, first, wrapped));
    } else {
      client_write (c, plain, n);
    }
  }
}

static void client_established (struct client *c) {
  if (settings.tls) {
    uint8_t hello[TLS_HELLO_SIZE];
    tls_start (&c->tls, hello);
    c->state = HELLO_SENT;
    client_write (c, hello, sizeof (hello));
  } else {
    c->state = OPEN;
    client_pump (c);
  }
}

/* Random, but not so that it looks like another protocol. */
static void draw_preamble (uint8_t h[64]) {
  static const char *const others[] = {
    "HEAD", "POST", "GET ", "OPTI", "\xee\xee\xee\xee", "\xdd\xdd\xdd\xdd", "\x16\x03\x01\x02"
  };
  bool good;
  do {
    random_bytes (h, 64);
    good = h[0] != 0xef && get32 (h + 4);
    for (size_t i = 0; i < sizeof (others) / sizeof (others[0]); i++) {
      good = good && memcmp (h, others[i], 4);
    }
  } while (!good);
  memset (h + 56, settings.padded ? 0xdd : 0xee, 4);
  h[60] = 2; /* data centre */
  h[61] = 0;
}

/* One direction's key: the preamble's bytes (for answers in reverse) and the users' secret. */
static void transport_key (EVP_CIPHER_CTX *ctx, const uint8_t key_and_iv[48], int encrypt) {
  uint8_t material[32 + USER_SECRET], key[32];
  memcpy (material, key_and_iv, 32);
  memcpy (material + 32, user_secret, USER_SECRET);
  digest (sha256, material, sizeof (material), key);
  cipher_key (ctx, aes_ctr, key, key_and_iv + 32, encrypt);
}

void client_open (struct client *c) {
  c->opened_at = now_ns ();
  if (!c->enc) {
    c->enc = cipher_new ();
    c->dec = cipher_new ();
    c->sent_at = must (calloc ((size_t) clients.mode->depth, sizeof (*c->sent_at)));
  }
  c->sent = c->received = 0;
  c->inflight = 0;
  c->blocked = false;
  c->preamble = true;
  c->limit = 1;
  memset (&c->answer, 0, sizeof (c->answer));
  memset (&c->tls, 0, sizeof (c->tls));
  draw_preamble (c->hello);
  uint8_t reversed[48];
  for (int i = 0; i < 48; i++) {
    reversed[i] = c->hello[55 - i];
  }
  transport_key (c->enc, c->hello + 8, 1);
  transport_key (c->dec, reversed, 0);
  bool at_once;
  c->fd = connect_loopback (clients.port, clients.mode->kind == CONNECT, &at_once);
  if (c->fd < 0) {
    fail ("client %d: connect: %s", c->id, strerror (errno));
    return;
  }
  c->state = CONNECTING;
  watch (c, EPOLL_CTL_ADD, at_once ? EPOLLIN : EPOLLIN | EPOLLOUT);
  if (at_once) {
    client_established (c);
  }
}

/* Counts an answer that is complete and correct. */
static void client_answered (struct client *c, uint32_t size, uint64_t now) {
  if (c->received == 0) {
    clients.opened++;
  }
  if (clients.measuring) {
    bool connecting = clients.mode->kind == CONNECT;
    latency_add (now - (connecting ? c->opened_at : c->sent_at[c->received % (uint32_t) clients.mode->depth]));
  }
  clients.outstanding--;
  clients.done++;
  clients.bytes += size;
  c->inflight -= size;
  c->received++;
}

/* Compares decrypted bytes with the expected answer. */
static bool client_check (struct client *c, const uint8_t *p, size_t n) {
  uint64_t now = 0; /* read once for all answers of one recv() */
  while (n) {
    if (c->received == c->sent) {
      fail ("client %d: %zu bytes that nothing asked for", c->id, n);
      return false;
    }
    struct message x = message_of (clients.mode, c->id, c->received);
    if (answer_takes (&c->answer, &x, c->id, c->received, &p, &n)) {
      now = now ? now : now_ns ();
      client_answered (c, x.size, now);
    }
    if (has_failed ()) {
      return false;
    }
  }
  return true;
}

static void client_readable (struct client *c) {
  static uint8_t buf[CHUNK];
  ssize_t got = recv (c->fd, buf, sizeof (buf), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    return;
  }
  if (got <= 0) {
    fail ("client %d: the proxy closed the connection (%s), %u of %u messages answered", c->id,
          got ? strerror (errno) : "end of file", c->received, c->sent);
    return;
  }
  size_t n = (size_t) got;
  if (c->state == HELLO_SENT) {
    if (tls_answered (&c->tls, c->id, buf, n)) {
      c->state = OPEN;
      client_pump (c);
    }
    return;
  }
  if (settings.tls) {
    n = tls_unwrap (&c->tls, c->id, buf, n);
  }
  cipher_apply (c->dec, buf, n);
  if (!client_check (c, buf, n)) {
    return;
  }
  if (clients.mode->kind == CONNECT && c->received) {
    client_close (c);
    if (clients.sending) {
      client_open (c);
    }
  } else {
    client_pump (c);
  }
}

void client_event (struct client *c, uint32_t events) {
  if (c->state == FREE) {
    return;
  }
  if (c->state == CONNECTING) {
    int error = 0;
    socklen_t len = sizeof (error);
    getsockopt (c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if (error) {
      fail ("client %d: connect: %s", c->id, strerror (error));
      return;
    }
    watch (c, EPOLL_CTL_MOD, EPOLLIN);
    client_established (c);
    return;
  }
  if (events & EPOLLOUT && c->blocked) {
    client_writable (c);
    client_pump (c);
  }
  if (events & ~(uint32_t) EPOLLOUT) {
    client_readable (c);
  }
}
