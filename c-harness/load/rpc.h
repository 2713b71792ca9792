/*
 * One connection from the proxy to the middle-end: frames with a number and a checksum, after the nonces in
 * AES-256-CBC.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_RPC_H
#define LOAD_RPC_H

#include <netinet/in.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* in: [from, plain) is decrypted and not yet parsed, [plain, end) as it came. out: [sent, sealed) is ready for the
 * wire, [sealed, end) still plain; it is padded and encrypted once per flush. */
struct rpc {
  int fd, epoll;
  bool encrypted, ready, blocked;
  int32_t seq_in, seq_out;
  uint32_t (*crc) (const uint8_t *p, size_t n);
  struct sockaddr_in server, client;
  EVP_CIPHER_CTX *enc, *dec;
  uint8_t *in, *out;
  size_t in_from, in_plain, in_end, in_cap, out_sent, out_sealed, out_end, out_cap;
  uint8_t *held; /* an answer that a planted fault keeps back */
  size_t held_n;
};

/* Null if no connection is waiting. `epoll` watches the connection. */
struct rpc *rpc_accept (int listener, int epoll);
void rpc_close (struct rpc *m);

/* Puts a frame into the buffer; its body is in two parts. */
void rpc_send (struct rpc *m, const void *head, size_t head_n, const void *body, size_t body_n);
/* False if the connection can no longer be used. */
bool rpc_flush (struct rpc *m);
/* From here on encrypted, by keys from both nonces, the time, the addresses and the shared secret. */
void rpc_encrypt (struct rpc *m, const uint8_t nonce_server[16], const uint8_t nonce_client[16], uint32_t time);
/* Reads the bytes that have arrived, and calls `frame` for each frame; false as above. */
bool rpc_read (struct rpc *m, bool (*frame) (struct rpc *m, const uint8_t *body, size_t n));

#endif
