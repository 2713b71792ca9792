/*
 * One client: the obfuscated transport (AES-256-CTR, "intermediate" framing), which sends messages and compares what
 * comes back.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_CLIENT_H
#define LOAD_CLIENT_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "fake_tls.h"
#include "message.h"
#include "settings.h"

enum client_state { FREE, CONNECTING, HELLO_SENT, OPEN };

struct client {
  int fd, id;
  enum client_state state;
  bool preamble, blocked;         /* the 64-byte preamble is due; a send() is waiting for room */
  uint32_t sent, received, limit; /* messages; no more than `limit` may be sent */
  uint64_t inflight;              /* bytes sent and not yet answered */
  EVP_CIPHER_CTX *enc, *dec;
  uint8_t hello[64];
  struct answer answer;
  struct fake_tls tls;
  uint64_t opened_at, *sent_at; /* sent_at: a ring of `depth` times */
  uint8_t *pending;             /* bytes that a send() did not take */
  size_t pending_from, pending_n;
};

/* All clients of one measurement. */
extern struct clients {
  const struct mode *mode;
  struct client *c;
  int epoll, port, made, next, opened; /* next: to be opened; opened: have got their first echo */
  bool sending, measuring;
  uint64_t budget;                   /* most bytes in flight per client */
  uint64_t outstanding, done, bytes; /* messages in flight; messages and payload bytes answered */
} clients;

void client_open (struct client *c);
void client_close (struct client *c);
/* Sends as many messages as depth, limit and budget leave room for. */
void client_pump (struct client *c);
/* Handles epoll's events. */
void client_event (struct client *c, uint32_t events);

#endif
