/*
 * What the scripts of RPC's clients and of its servers have in common: packets that a peer sends, and what a host sets.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_RPC_PARTS_H
#define DIFFERENTIAL_RPC_PARTS_H

#include "rpc_wire.h"

enum { KEY = 0x11223344, IGNORE_PID = 4, PLAIN = 0, AES = 1, EXTRA = 2, WITH_DH = 3 };

/* What the connection's side does with what has arrived. */
extern void (*rpc_parse) (void);

/* The host's function for packets. */
int rpc_execute (void *job, int op, void *message);

/* A nonce in NONCE_ROOM bytes, with the number of Diffie-Hellman's parameters, if any, behind its end; the last argument of the
   operation spoils it. Returns its length. */
int rpc_nonce (unsigned char *nonce, const long *a, int now);
void rpc_put (unsigned char *nonce, int at, int word);

struct rpc_handshake {
  int type, flags;
  struct process_id sender, peer;
  int more;
};
/* Flags by the first argument; the third spoils it. */
void rpc_receive_handshake (struct rpc_handshake *packet, const long *a);
/* A packet with the number that is awaited, or another. */
void rpc_receive_data (const long *a, int awaited);
/* A word in two pieces. */
void rpc_receive_word (int word, int first);
/* A frame whose checksum is another. */
void rpc_receive_spoilt (int checksum);

/* Operations. */
void rpc_set_pieces (const long *a);
void rpc_offer_checksum (const long *a);
void rpc_allow_rate (const long *a);
void rpc_set_number (const long *a);
void rpc_be_loud (const long *a);

#endif
