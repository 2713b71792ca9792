/*
 * A connection that speaks RPC, without a socket and without encryption: what a cipher would get, and what it would have
 * deciphered, is plain. The same for both sides.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_RPC_WIRE_H
#define DIFFERENTIAL_RPC_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "legacy_types.h"

enum { NONCE = 0x7acb87aa, HANDSHAKE = 0x7682eef5, PING = 0x5730a2df, NONCE_ROOM = 328, DH_NUMBER = 256 };

/* The connection's job, its type and its functions; both are used by a server as by a client. */
extern struct async_job *wire;
extern struct conn_functions wire_type;
extern union wire_functions {
  struct tcp_rpc_server_functions server;
  struct tcp_rpc_client_functions client;
} wire_functions;

void wire_begin (void);
/* Each thread that sends, before it does. Another family may have set a verbosity at which the log is another one
   (docs/differences.md): at most this one is used. */
void wire_thread (void);
extern int wire_loudest;
/* A connection that works, with an empty type and empty functions. */
void wire_open (void);
struct connection_info *wire_info (void);
/* Takes over a type of the library's, but for what net/net-tcp-connections does. */
void wire_copy_type (const void *type);
/* A copy: it lies unaligned. */
struct tcp_rpc_data wire_data (void);
void wire_set_data (const struct tcp_rpc_data *data);

/* Bytes arrive, in pieces as long as are set; a frame with its checksum. */
void wire_pieces (int bytes);
void wire_receive (const void *data, int len);
void wire_receive_frame (int number, const void *packet, int len);
/* What is queued is written, as when the connection's job runs. */
void wire_write (void);
/* The last nonce that was sent, and its length. */
extern unsigned char wire_nonce[NONCE_ROOM];
extern int wire_nonce_length;

/* Notes whether the connection's ciphers are those of the keys that its peer has; by the peer's view of the nonces. */
void wire_note_keys (bool peer_is_client, const void *server_nonce, const void *client_nonce, int timestamp,
                     const unsigned char *mixed, int mixed_length);
/* A secret whose first four bytes are these. */
void wire_secret (unsigned key);

void wire_observe (void);
/* The clock that nonces are compared with; 0 for the system's. */
extern int wire_now;
/* A table of the library's: where which function is, and other words. */
void wire_note_table (const char *name, const void *table, size_t size);

#endif
