/*
 * The server's part of RPC where the original aborts, collects what nobody sent, or fills the log.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <ifaddrs.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "legacy_names.h"
#include "sentences.h"

enum { ERROR = 8, LOCKED = 0x10000, WORKING = 2, LOOPBACK = 0x7f000001, DH_GROUP = 0x620b93, NOW = 1700000000 };
enum { PLAIN = 1, ENCRYPTED = 2, DH_WANTED = 6, NONCE = 0x7acb87aa, HANDSHAKE = 0x7682eef5 };

extern __thread int now_of_thread __asm__ ("now");

static struct connection {
  struct async_job job;
  struct connection_info info;
} connection __attribute__ ((aligned (64)));
static struct conn_functions type;
static struct tcp_rpc_server_functions functions;
static int allowed;

/* A machine without an address. */
int getifaddrs (struct ifaddrs **list) {
  *list = NULL;
  return 0;
}

void freeifaddrs (struct ifaddrs *list) {
  (void) list;
}

static int allow (void *job) {
  (void) job;
  return allowed;
}

static int execute (void *job, int op, void *message) {
  (void) job;
  (void) op;
  (void) message;
  return 0;
}

static struct tcp_rpc_data data (void) {
  struct tcp_rpc_data d;
  memcpy (&d, connection.info.custom_data, sizeof (d));
  return d;
}

static struct connection_info *opened (int permissions) {
  struct connection_info *c = &connection.info;
  memset (&connection, 0, sizeof (connection));
  connection.job.j_flags = LOCKED;
  connection.job.j_refcnt = 1000;
  allowed = permissions;
  functions = (struct tcp_rpc_server_functions) { .execute = execute, .rpc_check_perm = allow };
  functions.rpc_init_crypto = (int (*) (void *, void *)) (void (*) (void)) tcp_rpcs_init_crypto;
  c->type = &type;
  c->extra = &functions;
  c->status = WORKING;
  c->our_ip = c->remote_ip = LOOPBACK;
  c->our_port = 8888;
  c->out_queue = alloc_mp_queue_w ();
  rwm_init (&c->in, 0);
  rwm_init (&c->out, 0);
  expect (tcp_rpcs_init_accepted (&connection.job) == 0, "a connection is accepted");
  return c;
}

static void closed (void) {
  free_mp_queue (connection.info.out_queue);
  rwm_free (&connection.info.in);
  rwm_free (&connection.info.out);
}

static void arrive (int number, const void *packet, int len) {
  struct raw_message frame;
  int head[2] = { len + 12, number };
  rwm_create (&frame, head, 8);
  rwm_push_data (&frame, packet, len);
  unsigned crc = rwm_crc32 (&frame, frame.total_bytes);
  rwm_push_data (&frame, &crc, 4);
  rwm_union (&connection.info.in, &frame);
}

static int receive (int number, const void *packet, int len) {
  arrive (number, packet, len);
  return tcp_rpcs_parse_execute (&connection.job);
}

static void load_secret (int start) {
  main_secret.secret_len = 40;
  memset (main_secret.secret, 7, 40);
  memcpy (main_secret.secret, &start, 4);
}

static int start (int length, int expected) {
  opened (PLAIN);
  struct tcp_rpc_data d = data ();
  d.in_packet_num = expected;
  memcpy (connection.info.custom_data, &d, sizeof (d));
  rwm_push_data (&connection.info.in, &length, 4);
  int needs = tcp_rpcs_parse_execute (&connection.job);
  closed ();
  return connection.info.error ? connection.info.error : needs;
}

static void frames_have_a_limit (void) {
  expect (start (340, -2) == 336, "a nonce's frame may have 340 bytes");
  expect (start (344, -2) == -1 && start (344, -1) == -1 && start (0x3ffffffc, -2) == -1, "and no more");
  expect (start ((1 << 26) - 4, 0) == (1 << 26) - 8, "a packet's frame may be long");
  expect (start (1 << 26, 0) == -1 && start (0x3ffffffc, 0) == -1, "but not that long");
}

static void wrong_checksum_is_not_printed (void) {
  int frame[4] = { 16, -2, 5, 6 };
  opened (PLAIN);
  listen_to_stderr ();
  rwm_push_data (&connection.info.in, frame, sizeof (frame));
  tcp_rpcs_parse_execute (&connection.job);
  expect (connection.info.error == -1, "a wrong checksum");
  expect (lseek (log_file, 0, SEEK_END) == 0, "is not printed");
  stop_listening ();
  closed ();
}

static void bad_number_fails_the_connection (void) {
  int nonce[74] = { NONCE, 0x11223344, 3, NOW };
  nonce[9] = DH_GROUP;
  dh_params_select = DH_GROUP;
  load_secret (nonce[1]);
  opened (DH_WANTED);
  now_of_thread = NOW;
  expect (receive (-2, nonce, sizeof (nonce)) == 0 && connection.info.error == -6,
          "a number of 0 fails the connection");
  closed ();
}

/* The original takes them for decrypted: who sends them needs no secret. */
static void plain_bytes_behind_a_nonce_fail_the_connection (void) {
  int nonce[8] = { NONCE, 0x11223344, 1, NOW }, packet[8] = { HANDSHAKE };
  load_secret (nonce[1]);
  opened (ENCRYPTED);
  now_of_thread = NOW;
  arrive (-2, nonce, sizeof (nonce));
  expect (receive (-1, packet, sizeof (packet)) == 0 && connection.info.error == -6,
          "a handshake that is not encrypted");
  closed ();
}

static void addresses_are_found (void) {
  struct process_id client = { .port = 5, .pid = 6, .utime = 7 };
  int nonce[8] = { NONCE }, packet[8] = { HANDSHAKE }, answer[11];
  memset (&PID, 0, sizeof (PID));
  memcpy (&packet[2], &client, sizeof (client));
  struct connection_info *c = opened (PLAIN);
  struct async_job *job = &connection.job;
  expect (receive (-2, nonce, sizeof (nonce)) == INT_MAX && !connection.info.error, "a plain nonce");
  notification_event_job_create ();
  expect (receive (-1, packet, sizeof (packet)) == INT_MAX && !connection.info.error,
          "a handshake on a machine without an address");
  struct process_id seen = data ().remote_pid, named[2];
  expect (seen.ip == LOOPBACK && seen.port == 5, "a client without an address has the connection's");
  expect (c->out.total_bytes == sizeof (answer), "an answer");
  rwm_fetch_lookup (&c->out, answer, sizeof (answer));
  memcpy (named, &answer[4], sizeof (named));
  expect (named[0].ip == LOOPBACK && PID.ip == 0, "the answer names the connection's address, which stays unknown");
  expect (!memcmp (&named[1], &client, sizeof (client)), "and the client as it did itself");
  run_pending_main_jobs ();
  expect (job->j_refcnt == 1000, "the references are back");
  closed ();
}

static void send_three_bytes (void) {
  char bytes[] = "abc";
  tcp_rpc_conn_send_data (1, &connection.job, 3, bytes);
}

/* `rpc control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  init_msg_buffers (0);
  init_async_jobs ();
  frames_have_a_limit ();
  wrong_checksum_is_not_printed ();
  bad_number_fails_the_connection ();
  plain_bytes_behind_a_nonce_fail_the_connection ();
  addresses_are_found ();
  listen_to_stderr ();
  expect_end (send_three_bytes, "an RPC packet whose length is no multiple of four");
  return stop_listening ();
}
