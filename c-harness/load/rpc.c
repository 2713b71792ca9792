/*
 * One connection from the proxy to the middle-end: see rpc.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "rpc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"
#include "checksum.h"
#include "crypto.h"
#include "middle_end.h"
#include "settings.h"

enum {
  CHUNK = 256 << 10, /* bytes asked for by one recv() */
  LONGEST_FRAME = MAX_SIZE + 8192
};

struct rpc *rpc_accept (int listener, int epoll) {
  int fd = accept4 (listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    return NULL;
  }
  struct rpc *m = must (calloc (1, sizeof (*m)));
  socklen_t len = sizeof (m->server);
  m->fd = fd;
  m->epoll = epoll;
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int) { 1 }, sizeof (int));
  getsockname (fd, (struct sockaddr *) &m->server, &len);
  getpeername (fd, (struct sockaddr *) &m->client, &len);
  m->seq_in = m->seq_out = -2;
  m->crc = checksum_crc32;
  epoll_ctl (epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event) { EPOLLIN, { .ptr = m } });
  return m;
}

void rpc_close (struct rpc *m) {
  close (m->fd);
  EVP_CIPHER_CTX_free (m->enc);
  EVP_CIPHER_CTX_free (m->dec);
  free (m->in);
  free (m->out);
  free (m->held);
  free (m);
}

void rpc_send (struct rpc *m, const void *head, size_t head_n, const void *body, size_t body_n) {
  size_t frame = 8 + head_n + body_n + 4;
  if (m->out_end + frame + 16 > m->out_cap) {
    m->out_cap = (m->out_end + frame) * 2 + 4096;
    m->out = must (realloc (m->out, m->out_cap));
  }
  uint8_t *p = m->out + m->out_end;
  put32 (p, (uint32_t) frame);
  put32 (p + 4, (uint32_t) m->seq_out++);
  memcpy (p + 8, head, head_n);
  if (body_n) {
    memcpy (p + 8 + head_n, body, body_n);
  }
  put32 (p + frame - 4, m->crc (p, frame - 4));
  m->out_end += frame;
}

static void seal (struct rpc *m) {
  if (m->encrypted) {
    for (; (m->out_end - m->out_sealed) % 16; m->out_end += 4) {
      put32 (m->out + m->out_end, 4); /* padding: a frame that is only its length */
    }
    cipher_apply (m->enc, m->out + m->out_sealed, m->out_end - m->out_sealed);
  }
  m->out_sealed = m->out_end;
}

static void watch_for_room (struct rpc *m, bool wanted) {
  if (wanted != m->blocked) {
    uint32_t events = EPOLLIN | (wanted ? EPOLLOUT : 0);
    epoll_ctl (m->epoll, EPOLL_CTL_MOD, m->fd, &(struct epoll_event) { events, { .ptr = m } });
    m->blocked = wanted;
  }
}

bool rpc_flush (struct rpc *m) {
  if (m->out_sealed < m->out_end) {
    seal (m);
  }
  while (m->out_sent < m->out_sealed) {
    ssize_t n = send (m->fd, m->out + m->out_sent, m->out_sealed - m->out_sent, MSG_NOSIGNAL);
    if (n >= 0) {
      m->out_sent += (size_t) n;
    } else if (errno == EAGAIN) {
      watch_for_room (m, true);
      return true;
    } else if (errno != EINTR) {
      return false;
    }
  }
  watch_for_room (m, false);
  m->out_sent = m->out_sealed = m->out_end = 0;
  return true;
}

/* Key and IV of one direction. */
static EVP_CIPHER_CTX *rpc_cipher (const struct rpc *m, const char *purpose, const uint8_t *nonce_server,
                                   const uint8_t *nonce_client, uint32_t time, int encrypt) {
  uint8_t s[16 + 16 + 4 + 4 + 2 + 6 + 4 + 2 + RPC_SECRET + 32], hash[20], key[32], iv[16];
  uint32_t server_ip = ntohl (m->server.sin_addr.s_addr), client_ip = ntohl (m->client.sin_addr.s_addr);
  uint16_t server_port = ntohs (m->server.sin_port), client_port = ntohs (m->client.sin_port);
  const struct {
    const void *from;
    size_t n;
  } parts[] = {
    { nonce_server, 16 },       { nonce_client, 16 }, { &time, 4 },         { &server_ip, 4 },
    { &client_port, 2 },        { purpose, 6 },       { &client_ip, 4 },    { &server_port, 2 },
    { rpc_secret, RPC_SECRET }, { nonce_server, 16 }, { nonce_client, 16 },
  };
  size_t n = 0;
  for (size_t i = 0; i < sizeof (parts) / sizeof (parts[0]); i++) {
    memcpy (s + n, parts[i].from, parts[i].n);
    n += parts[i].n;
  }
  digest (md5, s + 1, n - 1, hash);
  memcpy (key, hash, 12);
  digest (sha1, s, n, key + 12);
  digest (md5, s + 2, n - 2, iv);
  EVP_CIPHER_CTX *ctx = cipher_new ();
  cipher_key (ctx, aes_cbc, key, iv, encrypt);
  return ctx;
}

void rpc_encrypt (struct rpc *m, const uint8_t nonce_server[16], const uint8_t nonce_client[16], uint32_t time) {
  m->enc = rpc_cipher (m, "SERVER", nonce_server, nonce_client, time, 1);
  m->dec = rpc_cipher (m, "CLIENT", nonce_server, nonce_client, time, 0);
  m->encrypted = true;
}

/* Number and checksum are right. */
static bool frame_is_sound (struct rpc *m, uint8_t *frame, size_t n) {
  if (fault_is_due (FAULT_FRAME)) {
    frame[n / 2] ^= 1;
  }
  if ((int32_t) get32 (frame + 4) != m->seq_in) {
    fail ("middle-end: frame number %d, expected %d", (int) get32 (frame + 4), m->seq_in);
    return false;
  }
  if (m->crc (frame, n - 4) != get32 (frame + n - 4)) {
    fail ("middle-end: the checksum of a frame of %zu bytes is wrong", n);
    return false;
  }
  m->seq_in++;
  return true;
}

static bool receive (struct rpc *m) {
  if (m->in_from && (m->in_end - m->in_from < 4096 || m->in_cap - m->in_end < CHUNK)) {
    memmove (m->in, m->in + m->in_from, m->in_end - m->in_from);
    m->in_plain -= m->in_from;
    m->in_end -= m->in_from;
    m->in_from = 0;
  }
  if (m->in_cap - m->in_end < CHUNK) {
    m->in_cap = m->in_end + 2 * CHUNK;
    m->in = must (realloc (m->in, m->in_cap));
  }
  ssize_t got = recv (m->fd, m->in + m->in_end, CHUNK, 0);
  if (got > 0) {
    m->in_end += (size_t) got;
  }
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static void decrypt (struct rpc *m) {
  size_t fresh = m->in_end - m->in_plain;
  if (m->encrypted) {
    fresh -= fresh % 16;
    cipher_apply (m->dec, m->in + m->in_plain, fresh);
  }
  m->in_plain += fresh;
}

bool rpc_read (struct rpc *m, bool (*frame) (struct rpc *m, const uint8_t *body, size_t n)) {
  if (!receive (m)) {
    return false;
  }
  decrypt (m);
  while (m->in_plain - m->in_from >= 4) {
    uint8_t *p = m->in + m->in_from;
    size_t n = get32 (p);
    if (n == 4) { /* padding */
      m->in_from += 4;
      continue;
    }
    if (n < 16 || n > LONGEST_FRAME || n % 4) {
      fail ("middle-end: a frame of %zu bytes", n);
      return false;
    }
    if (m->in_plain - m->in_from < n) {
      break;
    }
    bool was_encrypted = m->encrypted;
    m->in_from += n;
    if (!frame_is_sound (m, p, n) || !frame (m, p + 8, n - 12)) {
      return false;
    }
    if (m->encrypted != was_encrypted) { /* what follows the nonces is encrypted */
      m->in_plain = m->in_from;
      decrypt (m);
    }
  }
  return rpc_flush (m);
}
