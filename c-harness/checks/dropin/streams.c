/*
 * A connection's bytes where the original aborts, without a cipher of libcrypto's.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "legacy_names.h"
#include "sentences.h"

enum { ERROR = 8, IS_TLS = 0x8000000, LOCKED = 0x10000, WORKING = 2, NEED_MORE = INT_MAX };

static struct connection {
  struct async_job job;
  struct connection_info info;
} connection __attribute__ ((aligned (64)));
static struct conn_functions type;
static struct aes_crypto crypto;
static int parsed;

/* Ours overrides it, once it has one. */
void fail_connection (struct async_job *job, int error);
__attribute__ ((weak)) void fail_connection (struct async_job *job, int error) {
  (void) job;
  connection.info.flags |= error ? ERROR : 0;
}

static int parse (struct async_job *job) {
  (void) job;
  parsed++;
  return NEED_MORE;
}

static int refused (struct async_job *job) {
  (void) job;
  return -1;
}

static int nothing (struct async_job *job) {
  (void) job;
  return 0;
}

static struct connection_info *opened (void) {
  struct connection_info *c = &connection.info;
  memset (&connection, 0, sizeof (connection));
  connection.job.j_flags = LOCKED;
  connection.job.j_refcnt = 1000;
  type = (struct conn_functions) { .parse_execute = (void *) parse, .flush = (void *) nothing };
  type.crypto_decrypt_input = (void *) cpu_tcp_aes_crypto_ctr128_decrypt_input;
  c->type = &type;
  c->status = WORKING;
  c->in_queue = alloc_mp_queue_w ();
  c->out_queue = alloc_mp_queue_w ();
  rwm_init (&c->in, 0);
  rwm_init (&c->in_u, 0);
  rwm_init (&c->out, 0);
  rwm_init (&c->out_p, 0);
  parsed = 0;
  return c;
}

static void closed (struct connection_info *c) {
  cpu_tcp_free_connection_buffers (&connection.job);
  free_mp_queue (c->in_queue);
  free_mp_queue (c->out_queue);
}

static void arrives (const char *bytes, int len) {
  struct raw_message *raw = malloc (sizeof (*raw));
  rwm_create (raw, bytes, len);
  mpq_push_w (connection.info.in_queue, raw, 0);
}

/* A parser has no use for the rest, and the rest comes. */
static void skips_all (void) {
  struct connection_info *c = opened ();
  c->skip_bytes = INT_MIN;
  for (int i = 0; i < 3; i++) {
    arrives ("the rest", 8);
    expect (cpu_tcp_server_reader (&connection.job) == 0, "the rest is read");
    expect (c->in.total_bytes == 0 && parsed == 0 && c->skip_bytes < 0, "... and skipped");
  }
  closed (c);
}

/* No record is under way, but the number is not 0. */
static void negative_record (void) {
  struct connection_info *c = opened ();
  c->crypto = &crypto;
  c->flags = IS_TLS;
  c->left_tls_packet_length = -1;
  arrives ("\x17\3\3", 3);
  arrives ("\0\0", 2);
  expect (cpu_tcp_server_reader (&connection.job) == 0, "a header is expected");
  expect (c->in_u.total_bytes == 0 && c->left_tls_packet_length == 0 && !(c->flags & ERROR), "... and read");
  arrives ("\x16\3\3\0\0", 5);
  expect (cpu_tcp_server_reader (&connection.job) == -1 && c->flags & ERROR, "what is none fails the connection");
  closed (c);
}

/* ---- what ends the process ---- */

static void no_cipher (void) {
  opened ();
  cpu_tcp_aes_crypto_needed_output_bytes (&connection.job);
}

static void no_function (void) {
  struct connection_info *c = opened ();
  struct raw_message *raw = malloc (sizeof (*raw));
  rwm_create (raw, "packet", 6);
  mpq_push_w (c->out_queue, raw, 0);
  cpu_tcp_server_writer (&connection.job);
}

static void not_decrypted (void) {
  struct connection_info *c = opened ();
  c->crypto = &crypto;
  type.crypto_decrypt_input = (void *) refused;
  cpu_tcp_server_reader (&connection.job);
}

/* `streams control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  listen_to_stderr ();
  init_msg_buffers (0);
  skips_all ();
  negative_record ();
  expect_end (no_cipher, "a connection without a cipher");
  expect_end (no_function, "a connection's type lacks a function");
  expect_end (not_decrypted, "a connection's input cannot be decrypted");
  return stop_listening ();
}
