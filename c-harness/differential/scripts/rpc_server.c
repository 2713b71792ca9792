/*
 * The server's part of RPC: permissions, nonces of all schemas, keys with and without Diffie-Hellman, handshakes, packets in pieces,
 * the fallback to HTTP. Left out: what ends the original's process, and frames that ours refuses (docs/differences.md).
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "http_host.h"
#include "rpc_parts.h"
#include "script.h"

enum { NOW = 1700000000 };

/* What the host answers. */
static int permissions;
static struct conn_functions http_type;
static int http_accepts, http_parses;

/* The nonce of the script's client, and its secret number. */
static _Alignas (4) unsigned char nonce[NONCE_ROOM];
static int nonce_length;
static struct crypto_temp_dh_params secret_number;

static int allow (struct async_job *job) {
  (void) job;
  return permissions;
}

/* Only whether there is such a function counts: the event is the engine's. */
static int closing (void *job, int who) {
  (void) job;
  return who;
}

static int accept_http (struct async_job *job) {
  struct tcp_rpc_data d = wire_data ();
  note ("becomes HTTP, %s, data %x %d;", job == wire ? "it" : "ANOTHER", (unsigned) d.crypto_flags, d.in_packet_num);
  return http_accepts;
}

static int parse_http (struct async_job *job) {
  note ("HTTP parses %d bytes;", http_connection_info (job)->in.total_bytes);
  return http_parses;
}

static int open_one (const long *a) {
  wire_open ();
  wire_copy_type (lib->ct_tcp_rpc_server);
  struct tcp_rpc_server_functions *f = &wire_functions.server;
  *f = *lib->default_tcp_rpc_server;
  permissions = (int) a[0] - 1;
  f->rpc_check_perm = a[0] > 16 ? NULL : (void *) allow;
  f->execute = rpc_execute;
  f->mode_flags = a[1] & 1 ? IGNORE_PID : 0;
  f->http_fallback_type = a[1] & 2 ? &http_type : NULL;
  f->http_fallback_extra = a[1] & 2 ? &http_accepts : NULL;
  f->rpc_close = a[1] & 4 ? closing : NULL;
  f->max_packet_len = a[2] ? 400 : 0;
  nonce_length = 0;
  return a[1] & 8 ? lib->tcp_rpcs_init_accepted_nohs (wire) : lib->tcp_rpcs_init_accepted (wire);
}

static void open_connection (const long *a) {
  note ("%d", open_one (a));
}

static void parse (void) {
  *(int *) thread_local_at ("now") = NOW;
  *(double *) thread_local_at ("precise_now") = 77.5;
  wire_thread ();
  note ("%d;", wire_info ()->type == &wire_type ? lib->tcp_rpcs_parse_execute (wire) : -1);
}

static void begin (void) {
  static const long first[] = { 16, 0, 0 };
  wire_begin ();
  rpc_parse = parse;
  wire_loudest = 1;
  wire_secret (KEY);
  *lib->PID = (struct process_id) { .ip = 0x0a000002, .port = 8888, .pid = 77, .utime = 1600000000 };
  *(int *) thread_local_at ("now") = NOW;
  wire_now = NOW;
  http_type.init_accepted = (void *) accept_http;
  http_type.parse_execute = (void *) parse_http;
  lib->init_dh_params ();
  open_one (first);
}

static void observe (void) {
  if (wire_info ()->type != &wire_type) {
    note ("is HTTP, extra %s;", wire_info ()->extra == &http_accepts ? "its own" : "ANOTHER");
  } else {
    wire_write ();
  }
  wire_observe ();
}

/* What the client's cipher must be, after an answer. */
static void check_keys (void) {
  unsigned char agreed[DH_NUMBER];
  int mixed = 0;
  wire_observe ();
  if (wire_nonce_length > 32) {
    mixed = lib->dh_third_round (agreed, wire_nonce + 40, &secret_number);
  }
  if (wire_info ()->crypto && wire_nonce_length) {
    int timestamp;
    memcpy (&timestamp, nonce + 12, 4);
    wire_note_keys (true, wire_nonce + 16, nonce + 16, timestamp, agreed, mixed);
  }
}

/* A nonce; the last argument spoils it. */
static void make_nonce (const long *a) {
  int schema = (int) a[0], spoilt = (int) a[2];
  wire_thread ();
  int length = rpc_nonce (nonce, a, NOW);
  if (schema == WITH_DH) {
    unsigned char public[DH_NUMBER];
    lib->dh_first_round (public, &secret_number);
    memcpy (nonce + length + 4, public, DH_NUMBER);
    length += 4 + DH_NUMBER;
  }
  nonce_length = length + (spoilt == 9 ? 4 : spoilt == 10 ? -4 : 0);
  if (nonce_length > NONCE_ROOM) {
    nonce_length = length;
  }
}

static void receive_nonce (const long *a) {
  make_nonce (a);
  wire_receive_frame (a[2] == 12 ? -1 : -2, nonce, nonce_length);
  parse ();
  check_keys ();
}

/* The answer alone. A second one ends the original's process. */
static void start_crypto (const long *a) {
  const long good[] = { a[0], a[1], 13 };
  if (wire_data ().crypto_flags & 16 || wire_info ()->flags & 8) {
    skip ();
    return;
  }
  make_nonce (good);
  note ("%d", lib->tcp_rpcs_init_crypto (wire, (struct tcp_rpc_nonce_packet *) (void *) nonce));
  check_keys ();
}

static void receive_handshake (const long *a) {
  struct rpc_handshake packet = { .sender = { 0x0a000003, 4000, 55, 1650000000 }, .peer = *lib->PID };
  if (a[1] & 1) {
    packet.peer = (struct process_id) { 0 };
  }
  packet.peer.pid = (unsigned short) (packet.peer.pid ^ (a[1] & 2));
  packet.sender.port = (short) (packet.sender.port + a[1]);
  rpc_receive_handshake (&packet, a);
}

static void receive_data (const long *a) {
  int number = wire_data ().in_packet_num;
  rpc_receive_data (a, number == -3 ? 0 : number);
}

/* Fillers, lengths that are none, starts of requests, parts of frames. */
static void receive_words (const long *a) {
  static const int words[] = {
    4, 4,  0,          -4,         8,          12, 5,          0x40000000, 0x7ffffffc,
    1, 44, 0x44414548, 0x54534f50, 0x20544547, 16, 0x4954504f, 64,         (int) 0x80000010
  };
  rpc_receive_word (words[a[0]], (int) a[1]);
}

/* A frame with another checksum, which the original prints. */
static void spoil (const long *a) {
  int saved = dup (2), nowhere = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2 (nowhere, 2);
  rpc_receive_spoilt ((int) a[0]);
  dup2 (saved, 2);
  close (saved);
  close (nowhere);
}

static void set_flag (const long *a) {
  wire_info ()->flags |= a[0] ? 0x400000 : 8;
}

static void http (const long *a) {
  http_accepts = (int) a[0];
  http_parses = (int) a[1];
}

static void wake (const long *a) {
  wire_info ()->out_p.total_bytes = a[1] ? 5 : 0;
  wire_info ()->pending_queries = 3;
  note ("%d", a[0] == 0   ? lib->tcp_rpcs_wakeup (wire)
              : a[0] == 1 ? lib->tcp_rpcs_alarm (wire)
              : a[0] == 2 ? lib->tcp_rpcs_do_wakeup (wire)
                          : lib->tcp_rpcs_close_connection (wire, 5));
  note ("waits for %d", wire_info ()->pending_queries);
  wire_info ()->out_p.total_bytes = 0;
}

static void fake (const long *a) {
  (void) a;
  wire_thread ();
  note ("%d", wire_data ().crypto_flags & (2 | 16) ? -7 : lib->tcp_rpcs_init_fake_crypto (wire));
}

static void default_permissions (const long *a) {
  lib->tcp_set_default_rpc_flags (0, (unsigned) a[0]);
  note ("%x", (unsigned) lib->tcp_rpcs_default_check_perm (wire));
}

static void default_execute (const long *a) {
  wire_thread ();
  struct raw_message *raw = http_message_new ();
  lib->rwm_push_data (raw, numbered_bytes (5, 40), (int) a[1] * 4);
  note ("%d", lib->tcp_rpcs_default_execute (wire, a[0] ? PING : 7, raw));
  http_message_free (raw);
}

/* The tables, by the names of what is in them. */
static void tables (const long *a) {
  (void) a;
  wire_note_table ("type", lib->ct_tcp_rpc_server, sizeof (struct conn_functions));
  wire_note_table ("functions", lib->default_tcp_rpc_server, sizeof (struct tcp_rpc_server_functions));
  note ("%s", *(char **) ((char *) lib->ct_tcp_rpc_server + 8));
}

static const struct operation operations[] = {
  { "open", open_connection, { { "permissions", 0, 17 }, { "mode", 0, 15 }, { "limit", 0, 1 } }, 8 },
  { "nonce", receive_nonce, { { "schema", 0, 4 }, { "keys", 0, 40 }, { "spoilt", 0, 20 } }, 16 },
  { "crypto", start_crypto, { { "schema", 0, 3 }, { "keys", 0, 40 } }, 4 },
  { "handshake", receive_handshake, { { "flags", 0, 5 }, { "ids", 0, 3 }, { "spoilt", 0, 14 } }, 14 },
  { "data", receive_data, { { "number", 0, 100 }, { "words", 1, 70 }, { "mode", 0, 2 } }, 12 },
  { "words", receive_words, { { "word", 0, 17 }, { "bytes", 1, 4 } }, 3 },
  { "spoil", spoil, { { "checksum", 0, 1000 } }, 1 },
  { "pieces", rpc_set_pieces, { { "bytes", 0, 40 } }, 2 },
  { "offer", rpc_offer_checksum, { { "crc32c", 0, 1 } }, 2 },
  { "rate", rpc_allow_rate, { { "rate", -1, 3 } }, 1 },
  { "number", rpc_set_number, { { "number", -4, 0x7fffffff } }, 1 },
  { "flag", set_flag, { { "stop", 0, 1 } }, 1 },
  { "http", http, { { "accepts", -1, 0 }, { "parses", -5, 5 } }, 1 },
  { "wake", wake, { { "way", 0, 3 }, { "waiting", 0, 1 } }, 2 },
  { "fake", fake, { { 0 } }, 1 },
  { "allows", default_permissions, { { "flags", 0, 4095 } }, 1 },
  { "ping", default_execute, { { "ping", 0, 1 }, { "words", 1, 5 } }, 2 },
  { "tables", tables, { { 0 } }, 1 },
  { "loud", rpc_be_loud, { { "verbosity", 0, 1 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "rpc_server.tables",
  "rpc_server.open(3,0,0);rpc_server.offer(1);rpc_server.nonce(1,0,13);rpc_server.handshake(1,0,13);rpc_server.data(4,3,0);"
  "rpc_server.data(5,6,0);rpc_server.words(0,4);rpc_server.data(6,60,1);rpc_server.data(7,3,2)",
  "rpc_server.open(7,0,0);rpc_server.nonce(3,0,13);rpc_server.handshake(0,1,13);rpc_server.data(1,3,0)",
  "rpc_server.open(7,0,0);rpc_server.nonce(3,35,13);rpc_server.open(15,0,0);rpc_server.nonce(3,9,7);rpc_server.open(15,0,0);"
  "rpc_server.nonce(1,0,13);rpc_server.open(7,0,0);rpc_server.nonce(1,0,13);rpc_server.open(8,0,0);rpc_server.nonce(2,34,13)",
  "rpc_server.open(2,1,0);rpc_server.nonce(0,0,0);rpc_server.handshake(1,2,13);rpc_server.data(8,3,0);rpc_server.data(8,4,0)",
  "rpc_server.open(2,0,0);rpc_server.nonce(0,2,0);rpc_server.open(3,0,0);rpc_server.nonce(0,0,0);rpc_server.open(4,0,0);"
  "rpc_server.nonce(1,1,0);rpc_server.open(3,0,0);rpc_server.nonce(1,1,0);rpc_server.open(2,0,0);rpc_server.nonce(1,0,0)",
  "rpc_server.open(3,0,0);rpc_server.nonce(1,0,1);rpc_server.open(3,0,0);rpc_server.nonce(1,0,2);rpc_server.open(3,0,0);"
  "rpc_server.nonce(1,0,3);rpc_server.open(3,0,0);rpc_server.nonce(2,4,4);rpc_server.open(3,0,0);rpc_server.nonce(2,4,5);"
  "rpc_server.open(3,0,0);rpc_server.nonce(4,0,0);rpc_server.open(3,0,0);rpc_server.nonce(1,0,9);rpc_server.open(3,0,0);"
  "rpc_server.nonce(1,0,11);rpc_server.open(3,0,0);rpc_server.nonce(1,0,12)",
  "rpc_server.open(2,0,0);rpc_server.nonce(0,0,0);rpc_server.handshake(3,0,13);rpc_server.open(2,0,0);rpc_server.nonce(0,0,0);"
  "rpc_server.handshake(0,2,13);rpc_server.open(2,0,0);rpc_server.nonce(0,0,0);rpc_server.handshake(0,0,1);"
  "rpc_server.open(2,0,0);rpc_server.nonce(0,0,0);rpc_server.handshake(0,0,4);rpc_server.open(2,0,0);rpc_server.nonce(0,0,0);"
  "rpc_server.handshake(0,0,5)",
  "rpc_server.open(2,2,0);rpc_server.http(0,5);rpc_server.words(13,4);rpc_server.open(2,2,0);rpc_server.http(-1,5);"
  "rpc_server.words(11,4);rpc_server.open(2,0,0);rpc_server.words(12,4);rpc_server.open(2,10,0);rpc_server.words(15,4)",
  "rpc_server.open(2,8,0);rpc_server.data(1,5,0);rpc_server.words(17,4);rpc_server.data(2,5,1)",
  "rpc_server.open(2,0,1);rpc_server.spoil(7);rpc_server.open(2,0,1);rpc_server.pieces(1);rpc_server.nonce(0,0,0);"
  "rpc_server.words(16,3);rpc_server.wake(0,1);rpc_server.wake(1,0);rpc_server.wake(3,0)",
  "rpc_server.open(7,0,0);rpc_server.rate(-1);rpc_server.nonce(3,0,13);rpc_server.open(0,0,0);rpc_server.open(1,0,0);"
  "rpc_server.open(5,4,0);rpc_server.wake(3,1)",
  "rpc_server.open(3,0,0);rpc_server.crypto(1,0);rpc_server.open(4,0,0);rpc_server.crypto(1,0);rpc_server.crypto(1,0);"
  "rpc_server.open(2,0,0);rpc_server.crypto(0,0);rpc_server.open(7,0,0);rpc_server.crypto(1,0);rpc_server.crypto(3,8);"
  "rpc_server.open(3,0,0);rpc_server.crypto(3,8);rpc_server.open(3,0,0);rpc_server.crypto(1,1)",
  "rpc_server.open(2,0,0);rpc_server.fake;rpc_server.open(3,0,0);rpc_server.fake",
  "rpc_server.open(2,0,0);rpc_server.number(2147483647);rpc_server.data(1,3,0);rpc_server.data(1,3,0)",
  NULL,
};

const struct script_family rpc_server_scripts = { "rpc_server", CAN_RPC_SERVE, operations, begin, observe, fixed };
