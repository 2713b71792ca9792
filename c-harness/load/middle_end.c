/*
 * The middle-end: see middle_end.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "middle_end.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base.h"
#include "checksum.h"
#include "rpc.h"

#define RPC_NONCE 0x7ACB87AAu
#define RPC_HANDSHAKE 0x7682EEF5u
#define RPC_PING 0x5730A2DFu
#define RPC_PONG 0x8430EAA7u
#define RPC_PROXY_REQ 0x36CEF1EEu
#define RPC_PROXY_ANS 0x4403DA0Du
#define RPC_CLOSE_CONN 0x1FCF425Du
#define RPC_CLOSE_EXT 0x5EB634A2u
#define RPCF_USE_CRC32C 2048u

enum { ANSWER_HEAD = 16, FAULT_AFTER = 40 /* messages */ };

static struct {
  int port, listener, epoll;
  pthread_t thread;
  atomic_int ready;
  uint64_t requests;
  bool fault_made;
} middle;

bool fault_is_due (enum fault kind) {
  if (settings.fault != kind || middle.fault_made || middle.requests < FAULT_AFTER) {
    return false;
  }
  return middle.fault_made = true;
}

static bool take_nonce (struct rpc *m, const uint8_t *body, size_t n) {
  if (n != 32 || m->encrypted || get32 (body + 8) != 1) {
    fail ("middle-end: a nonce packet of %zu bytes, crypto schema %u", n, n >= 12 ? get32 (body + 8) : 0);
    return false;
  }
  uint8_t reply[32], nonce_client[16];
  uint32_t time = get32 (body + 12);
  memcpy (nonce_client, body + 16, 16);
  memcpy (reply, body, 16); /* opcode, key selector, schema, time: as asked for */
  random_bytes (reply + 16, 16);
  rpc_send (m, reply, 32, NULL, 0);
  if (!rpc_flush (m)) {
    return false;
  }
  rpc_encrypt (m, reply + 16, nonce_client, time);
  return true;
}

static bool take_handshake (struct rpc *m, const uint8_t *body) {
  bool use_crc32c = settings.crc32c && get32 (body + 4) & RPCF_USE_CRC32C;
  uint8_t reply[32] = { 0 };
  uint16_t port = ntohs (m->server.sin_port), pid = 1;
  put32 (reply, RPC_HANDSHAKE);
  put32 (reply + 4, use_crc32c ? RPCF_USE_CRC32C : 0);
  memcpy (reply + 12, &port, 2);
  memcpy (reply + 14, &pid, 2);
  put32 (reply + 16, (uint32_t) time (NULL));
  memcpy (reply + 20, body + 8, 12); /* the process id that it sent */
  rpc_send (m, reply, 32, NULL, 0);
  if (use_crc32c) {
    m->crc = checksum_crc32c;
  }
  m->ready = true;
  atomic_fetch_add (&middle.ready, 1);
  return true;
}

/* The answer with the planted fault, and true; false where it goes out as it is. Faults need no speed. */
static bool answer_wrongly (struct rpc *m, const uint8_t head[ANSWER_HEAD], const uint8_t *payload, size_t n) {
  if (m->held && !memcmp (m->held, head, ANSWER_HEAD)) { /* the same client's next answer overtakes */
    rpc_send (m, head, ANSWER_HEAD, payload, n);
    rpc_send (m, m->held, m->held_n, NULL, 0);
    free (m->held);
    m->held = NULL;
    return true;
  }
  if (fault_is_due (FAULT_DROP)) {
    return true;
  }
  if (fault_is_due (FAULT_SHORTEN)) {
    rpc_send (m, head, ANSWER_HEAD, payload, n - 4);
    return true;
  }
  if (fault_is_due (FAULT_REPEAT)) {
    rpc_send (m, head, ANSWER_HEAD, payload, n);
    rpc_send (m, head, ANSWER_HEAD, payload, n);
    return true;
  }
  bool swap = fault_is_due (FAULT_SWAP), change = !swap && fault_is_due (FAULT_CHANGE);
  if (swap || change) {
    uint8_t *copy = must (malloc (ANSWER_HEAD + n));
    memcpy (copy, head, ANSWER_HEAD);
    memcpy (copy + ANSWER_HEAD, payload, n);
    if (swap) {
      m->held = copy;
      m->held_n = ANSWER_HEAD + n;
    } else {
      copy[ANSWER_HEAD + n / 2] ^= 1;
      rpc_send (m, copy, ANSWER_HEAD + n, NULL, 0);
      free (copy);
    }
    return true;
  }
  return false;
}

static bool take_request (struct rpc *m, const uint8_t *body, size_t n) {
  size_t at = 56;
  if (n >= 60 && get32 (body + 4) & 12) { /* extra fields, such as the proxy tag */
    at += 4 + (size_t) get32 (body + at);
  }
  if (at > n) {
    fail ("middle-end: a request of %zu bytes that ends before its payload", n);
    return false;
  }
  uint8_t head[ANSWER_HEAD] = { 0 };
  put32 (head, RPC_PROXY_ANS);
  memcpy (head + 8, body + 8, 8); /* the proxy's name for the client's connection */
  middle.requests++;
  if (settings.fault == NO_FAULT || !answer_wrongly (m, head, body + at, n - at)) {
    rpc_send (m, head, ANSWER_HEAD, body + at, n - at);
  }
  return true;
}

static bool take_frame (struct rpc *m, const uint8_t *body, size_t n) {
  uint32_t opcode = n >= 4 ? get32 (body) : 0;
  if (opcode == RPC_PROXY_REQ) {
    return take_request (m, body, n);
  }
  if (opcode == RPC_NONCE) {
    return take_nonce (m, body, n);
  }
  if (opcode == RPC_HANDSHAKE && n >= 32) {
    return take_handshake (m, body);
  }
  if (opcode == RPC_PING && n >= 12) {
    rpc_send (m, (uint32_t[]) { RPC_PONG }, 4, body + 4, 8);
    return true;
  }
  if (opcode == RPC_CLOSE_CONN || opcode == RPC_CLOSE_EXT) { /* a client left */
    return true;
  }
  fail ("middle-end: an unknown packet, opcode %08x, %zu bytes", opcode, n);
  return false;
}

static void *middle_end_main (void *unused) {
  (void) unused;
  struct epoll_event ev[64];
  for (;;) {
    int n = epoll_wait (middle.epoll, ev, 64, -1);
    for (int i = 0; i < n; i++) {
      struct rpc *m = ev[i].data.ptr;
      if (!m) { /* the listener */
        rpc_accept (middle.listener, middle.epoll);
        continue;
      }
      bool readable = ev[i].events & ~(uint32_t) EPOLLOUT;
      if ((readable && !rpc_read (m, take_frame)) || !rpc_flush (m)) {
        if (m->ready) {
          atomic_fetch_sub (&middle.ready, 1);
        }
        rpc_close (m);
      }
    }
  }
  return NULL;
}

int listen_loopback (int *port) {
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t len = sizeof (at);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind (fd, (struct sockaddr *) &at, len) || listen (fd, 64) ||
      getsockname (fd, (struct sockaddr *) &at, &len)) {
    die ("cannot listen on 127.0.0.1: %s", strerror (errno));
  }
  *port = ntohs (at.sin_port);
  return fd;
}

void middle_end_start (const cpu_set_t *cpus) {
  middle.listener = listen_loopback (&middle.port);
  middle.epoll = epoll_create1 (EPOLL_CLOEXEC);
  epoll_ctl (middle.epoll, EPOLL_CTL_ADD, middle.listener, &(struct epoll_event) { EPOLLIN, { .ptr = NULL } });
  if (pthread_create (&middle.thread, NULL, middle_end_main, NULL)) {
    die ("cannot start the middle-end's thread");
  }
  if (cpus) {
    middle_end_move (cpus);
  }
}

void middle_end_move (const cpu_set_t *cpus) {
  pthread_setaffinity_np (middle.thread, sizeof (*cpus), cpus);
}

int middle_end_port (void) {
  return middle.port;
}

int middle_end_ready (void) {
  return atomic_load (&middle.ready);
}

uint64_t middle_end_cpu_ns (void) {
  clockid_t id;
  return pthread_getcpuclockid (middle.thread, &id) ? 0 : clock_ns (id);
}
