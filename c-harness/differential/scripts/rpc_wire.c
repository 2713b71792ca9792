/*
 * A connection that speaks RPC: see rpc_wire.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "rpc_wire.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http_host.h"
#include "jobs.h"
#include "own.h"
#include "script.h"

/* Of a job: locked, and RUN pending. */
enum { JOB_LOCKED = 0x10000, RUN_PENDING = 0x1000000, REFERENCES = 1000, WORKING = 2, JOB_ROOM = 1024 };
enum { FAILED = 8 };

static _Alignas (64) char blocks[3][JOB_ROOM];
struct async_job *wire;
struct conn_functions wire_type;
union wire_functions wire_functions;
unsigned char wire_nonce[NONCE_ROOM];
int wire_nonce_length;
int wire_now;
int wire_loudest = 2;

static bool on;
static bool (*others_fail) (struct async_job *job, int error);
static int pieces;

static struct async_job *block (int number) {
  return (struct async_job *) (void *) blocks[number];
}

static struct socket_connection_info *its_socket (void) {
  return (struct socket_connection_info *) (void *) (block (1) + 1);
}

struct connection_info *wire_info (void) {
  return http_connection_info (wire);
}

struct tcp_rpc_data wire_data (void) {
  struct tcp_rpc_data data;
  memcpy (&data, wire_info ()->custom_data, sizeof (data));
  return data;
}

void wire_set_data (const struct tcp_rpc_data *data) {
  memcpy (wire_info ()->custom_data, data, sizeof (*data));
}

void wire_thread (void) {
  static const char *const modules[][2] = {
    { "jobs_module_stat_crypto_aes", "jobs_module_thread_init_crypto_aes" },
    { "jobs_module_stat_crypto_dh", "jobs_module_thread_init_crypto_dh" },
  };
  http_host_thread ();
  if (*lib->verbosity > wire_loudest) {
    *lib->verbosity = wire_loudest;
  }
  for (size_t i = 0; i < 2; i++) {
    void **own_block = thread_local_at (modules[i][0]), *at = thread_local_at (modules[i][1]);
    void (*init) (void);
    memcpy (&init, &at, sizeof (at));
    if (own_block && init && !*own_block) {
      init ();
    }
  }
}

static bool fails (struct async_job *job, int error) {
  if (job != wire) {
    return others_fail && others_fail (job, error);
  }
  note ("fails with %d;", error);
  wire_info ()->flags |= FAILED;
  return true;
}

/* Addresses are translated to the next ones. */
static void translate (void) {
  char rules[][24] = { "10.0.0.2:10.0.0.3", "10.0.0.3:10.0.0.4", "127.0.0.1:127.0.0.2" };
  int (*add) (char *rule);
  *(void **) &add = thread_local_at ("net_add_nat_info");
  for (int i = 0; i < 3; i++) {
    add (rules[i]);
  }
}

void wire_begin (void) {
  if (!on) {
    translate ();
    others_fail = on_failure;
    on_failure = fails;
  }
  on = true;
  http_host_library (thread_local_at);
  wire_thread ();
  wire_open ();
}

static void drain (struct mp_queue *queue) {
  for (struct raw_message *raw; (raw = lib->mpq_pop_nw (queue, 4));) {
    http_message_free (raw);
  }
}

static void job_begin (int number) {
  memset (blocks[number], 0, JOB_ROOM);
  block (number)->j_flags = JOB_LOCKED;
  block (number)->j_refcnt = REFERENCES;
}

void wire_open (void) {
  struct mp_queue *queue = wire ? (struct mp_queue *) wire_info ()->out_queue : lib->alloc_mp_queue_w ();
  struct mp_queue *packets = wire ? (struct mp_queue *) its_socket ()->out_packet_queue : lib->alloc_mp_queue_w ();
  wire_thread ();
  drain (queue);
  drain (packets);
  if (wire) {
    lib->rwm_free (&wire_info ()->in);
    lib->rwm_free (&wire_info ()->out);
    lib->aes_crypto_free (wire);
  }
  for (int i = 0; i < 3; i++) {
    job_begin (i);
  }
  memset (&wire_type, 0, sizeof (wire_type));
  memset (&wire_functions, 0, sizeof (wire_functions));
  wire_nonce_length = 0;
  wire = block (0);
  struct connection_info *c = wire_info ();
  *c = (struct connection_info) { .fd = 9,
                                  .type = &wire_type,
                                  .extra = &wire_functions,
                                  .io_conn = block (1),
                                  .status = WORKING,
                                  .our_ip = 0x0a000002,
                                  .our_port = 8888,
                                  .remote_ip = 0x0a000003,
                                  .remote_port = 50000,
                                  .out_queue = queue };
  lib->rwm_init (&c->in, 0);
  lib->rwm_init (&c->out, 0);
  its_socket ()->out_packet_queue = packets;
}

static int whole_blocks (struct async_job *job) {
  return -http_connection_info (job)->out.total_bytes & 15;
}

void wire_copy_type (const void *type) {
  memcpy (&wire_type, type, sizeof (wire_type));
  wire_type.crypto_needed_output_bytes = (void *) whole_blocks;
}

/* ---- what is received ---- */

void wire_pieces (int bytes) {
  pieces = bytes;
}

void wire_receive (const void *data, int len) {
  const char *at = data;
  wire_thread ();
  while (len > 0) {
    int piece = pieces && pieces < len ? pieces : len;
    struct raw_message received;
    lib->rwm_create (&received, at, piece);
    lib->rwm_union (&wire_info ()->in, &received);
    at += piece;
    len -= piece;
  }
}

void wire_receive_frame (int number, const void *packet, int len) {
  struct raw_message frame;
  int head[2] = { len + 12, number };
  struct tcp_rpc_data data = wire_data ();
  wire_thread ();
  lib->rwm_create (&frame, head, 8);
  lib->rwm_push_data (&frame, packet, len);
  unsigned crc = lib->rwm_custom_crc32 (&frame, frame.total_bytes,
                                        data.custom_crc_partial ? data.custom_crc_partial : *lib->crc32_partial);
  lib->rwm_push_data (&frame, &crc, 4);
  wire_receive (http_message_bytes (&frame), frame.total_bytes);
  lib->rwm_free (&frame);
}

/* ---- what is sent ---- */

void wire_write (void) {
  struct connection_info *c = wire_info ();
  wire_thread ();
  for (struct raw_message *raw; (raw = lib->mpq_pop_nw (c->out_queue, 4));) {
    lib->tcp_rpc_write_packet (wire, raw);
    free (raw);
  }
  lib->tcp_rpc_flush (wire);
}

static int word_at (const unsigned char *bytes, int at) {
  int word;
  memcpy (&word, bytes + at, 4);
  return word;
}

/* The frames of a nonce are kept, and what is random in them, or the time, is noted as such; so is their checksum. */
static void note_frames (const char *name, struct raw_message *raw) {
  enum { SCHEMA = 16, TIME = 20, RANDOM = 24, NUMBER = 48 };
  unsigned char bytes[1 << 12];
  int len = raw->total_bytes;
  if (len > (int) sizeof (bytes)) {
    note_bytes (name, http_message_bytes (raw), (size_t) len);
    return;
  }
  memcpy (bytes, http_message_bytes (raw), (size_t) len);
  if (len >= 44 && word_at (bytes, 8) == NONCE) {
    int packet = word_at (bytes, 0) - 12;
    memcpy (wire_nonce, bytes + 8, (size_t) packet);
    wire_nonce_length = packet;
    if (word_at (bytes, SCHEMA)) {
      long age = (wire_now ? wire_now : (long) time (NULL)) - word_at (bytes, TIME);
      note ("the time %s", age >= 0 && age < 100 ? "is now" : "IS NOT NOW");
      memset (bytes + TIME, 'T', 4);
      memset (bytes + RANDOM, 'R', 16);
      if (packet > 32) {
        memset (bytes + NUMBER, 'N', DH_NUMBER);
      }
      memset (bytes + packet + 8, 'C', 4);
    }
  }
  note_bytes (name, bytes, (size_t) len);
}

/* ---- keys ---- */

void wire_secret (unsigned key) {
  struct aes_secret secret = { 0 };
  memcpy (secret.secret, numbered_bytes ((long) key, 100), 100);
  memcpy (secret.secret, &key, 4);
  secret.secret_len = 100;
  *lib->main_secret = secret;
}

static bool passes (struct connection_info *from, struct connection_info *to) {
  static const char text[32] = "sixteen bytes, and sixteen more.";
  struct raw_message plain, sent, got;
  struct aes_crypto *out = from->crypto, *in = to->crypto;
  lib->rwm_create (&plain, text, 32);
  lib->rwm_init (&sent, 0);
  lib->rwm_init (&got, 0);
  lib->rwm_encrypt_decrypt_to (&plain, &sent, 32, out->write_aeskey, 16);
  lib->rwm_encrypt_decrypt_to (&sent, &got, 32, in->read_aeskey, 16);
  bool same = got.total_bytes == 32 && !memcmp (http_message_bytes (&got), text, 32);
  lib->rwm_free (&plain);
  lib->rwm_free (&sent);
  lib->rwm_free (&got);
  return same;
}

void wire_note_keys (bool peer_is_client, const void *server_nonce, const void *client_nonce, int timestamp,
                     const unsigned char *mixed, int mixed_length) {
  struct connection_info *c = wire_info (), *peer = (struct connection_info *) (void *) (block (2) + 1);
  struct aes_key_data keys;
  char nonces[2][16];
  if (!c->crypto) {
    note ("no keys;");
    return;
  }
  memcpy (nonces[0], server_nonce, 16);
  memcpy (nonces[1], client_nonce, 16);
  /* The next addresses, by the rules of the scripts. */
  unsigned ours = c->our_ip + 1, theirs = c->remote_ip + 1;
  unsigned short our_port = (unsigned short) c->our_port, their_port = (unsigned short) c->remote_port;
  lib->aes_create_keys (&keys, peer_is_client, nonces[0], nonces[1], timestamp, peer_is_client ? ours : theirs,
                        peer_is_client ? our_port : their_port, c->our_ipv6, peer_is_client ? theirs : ours,
                        peer_is_client ? their_port : our_port, c->remote_ipv6, lib->main_secret,
                        (unsigned char *) mixed, mixed_length);
  lib->aes_crypto_init (block (2), &keys, sizeof (keys));
  bool there = passes (c, peer), back = passes (peer, c);
  note ("keys %s %s;", there ? "agree" : "DIFFER", back ? "agree" : "DIFFER");
  lib->aes_crypto_free (block (2));
}

/* ---- what is seen ---- */

static int signals_of (int number) {
  int pending = (block (number)->j_flags & RUN_PENDING) != 0;
  block (number)->j_flags &= ~RUN_PENDING;
  return pending;
}

void wire_observe (void) {
  struct connection_info *c = wire_info ();
  struct tcp_rpc_data d = wire_data ();
  wire_thread ();
  for (struct raw_message *raw; (raw = lib->mpq_pop_nw (its_socket ()->out_packet_queue, 4));) {
    note_frames ("to the socket", raw);
    http_message_free (raw);
  }
  for (struct raw_message *raw; (raw = lib->mpq_pop_nw (c->out_queue, 4));) {
    note_frames ("queued", raw);
    http_message_free (raw);
  }
  if (c->out.total_bytes) {
    note_frames ("out", &c->out);
    lib->rwm_skip_data (&c->out, c->out.total_bytes);
  }
  int number = d.in_packet_num < -3 ? -4 : d.in_packet_num; /* behind the last one */
  note ("in %d numbers %d %d flags %x %x remote %08x:%d:%d:%d", c->in.total_bytes, number, d.out_packet_num,
        (unsigned) d.flags, (unsigned) (c->flags & FAILED ? 0 : d.crypto_flags), d.remote_pid.ip, d.remote_pid.port,
        d.remote_pid.pid, d.remote_pid.utime);
  note ("checksum %s", !d.custom_crc_partial                          ? "none"
                       : d.custom_crc_partial == *lib->crc32_partial  ? "crc32"
                       : d.custom_crc_partial == *lib->crc32c_partial ? "crc32c"
                                                                      : "UNKNOWN");
  note ("state %x %d %d%s%s times %.1f %.1f", (unsigned) c->flags, c->status, c->ready, c->crypto ? " keys" : "",
        c->crypto_temp ? " secret" : "", c->last_query_sent_time, c->last_response_time);
  note ("signals %d %d references %d %d", signals_of (0), signals_of (1), block (0)->j_refcnt, block (1)->j_refcnt);
}

void wire_note_table (const char *name, const void *table, size_t size) {
  static const char *const names[] = { "server_failed",
                                       "server_noop",
                                       "server_check_ready",
                                       "aes_crypto_init",
                                       "aes_crypto_free",
                                       "cpu_tcp_aes_crypto_encrypt_output",
                                       "cpu_tcp_aes_crypto_decrypt_input",
                                       "cpu_tcp_aes_crypto_needed_output_bytes",
                                       "tcp_rpc_write_packet",
                                       "tcp_rpc_flush",
                                       "tcp_rpc_flush_packet",
                                       "tcp_rpc_default_execute",
                                       "tcp_rpcs_init_accepted",
                                       "tcp_rpcs_parse_execute",
                                       "tcp_rpcs_close_connection",
                                       "tcp_rpcs_wakeup",
                                       "tcp_rpcs_alarm",
                                       "tcp_rpcs_do_wakeup",
                                       "tcp_rpcs_default_execute",
                                       "tcp_rpcs_default_check_perm",
                                       "tcp_rpcs_init_crypto",
                                       "tcp_rpcc_parse_execute",
                                       "tcp_rpcc_close_connection",
                                       "tcp_rpcc_init_outbound",
                                       "tcp_rpcc_connected",
                                       "tcp_rpc_client_check_ready",
                                       "tcp_rpcc_default_check_ready",
                                       "tcp_rpcc_default_check_perm",
                                       "tcp_rpcc_init_crypto",
                                       "tcp_rpcc_start_crypto" };
  for (size_t at = 0; at < size; at += sizeof (void *)) {
    void *word;
    memcpy (&word, (const char *) table + at, sizeof (word));
    const char *found = NULL;
    for (size_t i = 0; word && i < sizeof (names) / sizeof (names[0]); i++) {
      found = !found && thread_local_at (names[i]) == word ? names[i] : found;
    }
    if (found) {
      /* The compiler may make one of two functions that are the same. */
      note ("%s %zu %s;", name, at, strstr (found, "_close_connection") ? "closes" : found);
    } else if (word) {
      note ("%s %zu %s;", name, at, (size_t) word >> 32 > 0xffffff ? "a number" : "a pointer");
    }
  }
}

/* ---- what the library calls ---- */

#define EVENT(name)                                                                 \
  LEGACY (void, notification_event_insert_tcp_conn_##name, struct async_job *job) { \
    if (on && job == wire) {                                                        \
      note ("event " #name ";");                                                    \
    } else {                                                                        \
      OWN (notification_event_insert_tcp_conn_##name) (job);                        \
    }                                                                               \
  }

EVENT (ready)
EVENT (close)
EVENT (alarm)
EVENT (wakeup)

LEGACY (void, incr_active_dh_connections, void) {
  if (on) {
    note ("one more with Diffie-Hellman;");
  } else {
    OWN (incr_active_dh_connections) ();
  }
}
