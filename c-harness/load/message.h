/*
 * A message is a function of (client, sequence number): a stamp, and a slice of one random pool. So an answer is compared while
 * it arrives, and a client needs no receive buffer, which keeps thousands of clients small.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_MESSAGE_H
#define LOAD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings.h"

enum { STAMP = 24 }; /* bytes at the front of each payload that name the client and the message */

struct message {
  uint32_t size, padding; /* padding: behind it in its packet, under --dd */
  const uint8_t *rest;    /* what follows the stamp, the padding too */
  uint8_t stamp[STAMP];
};

void messages_init (void);
struct message message_of (const struct mode *m, int client, uint32_t sequence);

/* Progress through the answers of one connection. */
struct answer {
  uint8_t head[4];             /* the length word … */
  uint32_t head_n, length, at; /* … and how much of both was seen */
};
/* Consumes bytes of p: true when the answer is complete. `*n` is the number of remaining bytes. Fails the run if a byte
   differs. */
bool answer_takes (struct answer *a, const struct message *x, int client, uint32_t sequence, const uint8_t **p,
                   size_t *n);

#endif
