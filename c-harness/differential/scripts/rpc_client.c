/*
 * The client's part of RPC: what it offers, answers of all schemas, keys with and without Diffie-Hellman, handshakes, packets in
 * pieces, and when a connection is ready. Left out: what ends the original's process, and frames that ours refuses
 * (docs/differences.md).
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "http_host.h"
#include "rpc_parts.h"
#include "script.h"

enum { DH_AT = 40 };

static int permissions, starts;

/* The last nonce of the library's client, and the answer. */
static unsigned char offer[NONCE_ROOM];
static int offer_length;
static _Alignas (4) unsigned char answer[NONCE_ROOM];

static int allow (struct async_job *job) {
  note ("asks about %s;", job == wire ? "it" : "ANOTHER");
  return permissions;
}

static int flush (struct async_job *job) {
  note ("flushes %s;", job == wire ? "it" : "ANOTHER");
  return 0;
}

static int closing (struct async_job *job, int who) {
  (void) job;
  return who;
}

static int refuse (struct async_job *job, char *nonce, int key, unsigned char *mixed, int length) {
  (void) job;
  (void) mixed;
  note_bytes ("starts with", nonce, 16);
  note ("key %x, %d", (unsigned) key, length);
  return starts;
}

static void be_ready (void) {
  wire_thread ();
  *(double *) thread_local_at ("precise_now") = 77.5;
}

static void keep_offer (void) {
  wire_write ();
  wire_observe ();
  if (wire_nonce_length) {
    memcpy (offer, wire_nonce, NONCE_ROOM);
    offer_length = wire_nonce_length;
  }
}

static void open_one (const long *a) {
  wire_open ();
  wire_copy_type (lib->ct_tcp_rpc_client);
  struct tcp_rpc_client_functions *f = &wire_functions.client;
  *f = *lib->default_tcp_rpc_client;
  permissions = (int) a[0] - 1;
  f->rpc_check_perm = a[0] > 16 ? NULL : allow;
  f->execute = (void *) rpc_execute;
  f->flush_packet = flush;
  f->mode_flags = a[1] & 1 ? IGNORE_PID : 0;
  f->rpc_ready = a[1] & 2 ? NULL : f->rpc_ready;
  f->rpc_close = a[1] & 4 ? closing : NULL;
  f->rpc_start_crypto = a[1] & 8 ? refuse : f->rpc_start_crypto;
  f->max_packet_len = a[2] ? 400 : 0;
  offer_length = 0;
  struct tcp_rpc_data d = { .custom_crc_partial = *lib->crc32_partial };
  wire_set_data (&d);
}

static void parse (void) {
  be_ready ();
  note ("%d;", lib->tcp_rpcc_parse_execute (wire));
}

static void begin (void) {
  static const long first[] = { 16, 0, 0 };
  wire_begin ();
  rpc_parse = parse;
  wire_secret (KEY);
  *lib->PID = (struct process_id) { .ip = 0x0a000002, .port = 0, .pid = 77, .utime = 1600000000 };
  lib->init_dh_params ();
  open_one (first);
}

static void observe (void) {
  wire_write ();
  wire_observe ();
}

static void open_connection (const long *a) {
  open_one (a);
  be_ready ();
  note ("%d", lib->tcp_rpcc_init_outbound (wire));
}

/* The original leaves what it kept for Diffie-Hellman where it connects once more. */
static void connect_it (const long *a) {
  (void) a;
  if (wire_info ()->crypto_temp || wire_info ()->crypto) {
    skip ();
    return;
  }
  be_ready ();
  note ("%d;", lib->tcp_rpcc_connected (wire));
  keep_offer ();
}

static int offered (int at) {
  int word;
  memcpy (&word, offer + at, 4);
  return word;
}

/* The server's answer; the last argument spoils it. */
static void receive_nonce (const long *a) {
  int schema = (int) a[0], spoilt = (int) a[2], mixed = 0;
  int loud = *lib->verbosity;
  unsigned char agreed[DH_NUMBER];
  be_ready ();
  if (schema == WITH_DH && loud > 1) {
    *lib->verbosity = 1; /* above that, some bytes of the key are logged */
  }
  int length = rpc_nonce (answer, a, offered (12));
  if (schema == WITH_DH) {
    memset (answer + length + 4, 0, DH_NUMBER);
    if (offer_length > DH_AT && spoilt != 9) {
      mixed = lib->dh_second_round (agreed, answer + length + 4, offer + DH_AT);
    }
    length += 4 + DH_NUMBER;
  }
  length += spoilt == 10 ? -4 : 0;
  wire_receive_frame (spoilt == 12 ? -1 : -2, answer, length);
  parse ();
  *lib->verbosity = loud;
  observe ();
  if (wire_info ()->crypto && offer_length) {
    wire_note_keys (false, answer + 16, offer + 16, offered (12), agreed, mixed);
  }
}

static void receive_handshake (const long *a) {
  struct rpc_handshake packet = { .sender = { 0x0a000003, (short) 50000, 55, 1650000000 }, .peer = *lib->PID };
  packet.sender.ip = a[1] & 1 ? 0 : packet.sender.ip;
  packet.sender.port = (short) (packet.sender.port + (a[1] & 2));
  packet.peer.pid = (unsigned short) (packet.peer.pid ^ (a[1] & 4));
  rpc_receive_handshake (&packet, a);
}

static void receive_data (const long *a) {
  rpc_receive_data (a, wire_data ().in_packet_num);
}

static void receive_words (const long *a) {
  static const int words[] = { 4, 4, 0, -4, 8, 12, 5, 1, 44, 16, 64, 7, 2, 3 };
  rpc_receive_word (words[a[0]], (int) a[1]);
}

static void spoil (const long *a) {
  rpc_receive_spoilt ((int) a[0]);
}

static void set_remote (const long *a) {
  struct tcp_rpc_data d = wire_data ();
  d.remote_pid = (struct process_id) { .ip = 0x0a000003, .port = (short) (a[1] ? 7 : 0) };
  wire_set_data (&d);
  wire_info ()->remote_ip = a[0] ? 0x7f000001 : 0x0a000003;
  lib->PID->ip = a[2] ? 0 : 0x0a000002;
}

static void plan_start (const long *a) {
  starts = (int) a[0];
}

static void is_ready (const long *a) {
  be_ready ();
  wire_info ()->status = (int) a[0];
  wire_info ()->last_query_sent_time = (double) a[1] / 2 + 70;
  note ("%d", a[2] ? lib->tcp_rpc_client_check_ready (wire) : lib->tcp_rpcc_default_check_ready (wire));
  wire_info ()->status = 2;
}

static void close_it (const long *a) {
  note ("%d", lib->tcp_rpcc_close_connection (wire, (int) a[0]));
  wire_info ()->status = 2;
}

/* The functions alone. A second start ends the original's process. */
static void start (const long *a) {
  int crypto_flags = wire_data ().crypto_flags;
  if (crypto_flags & 16 || wire_info ()->crypto_temp || (a[0] && crypto_flags & 2)) {
    skip ();
    return;
  }
  be_ready ();
  note ("%d;", a[0] ? lib->tcp_rpcc_init_fake_crypto (wire) : lib->tcp_rpcc_init_crypto (wire));
  keep_offer ();
}

static void start_ciphers (const long *a) {
  char random[16];
  be_ready ();
  memcpy (random, numbered_bytes (a[0], 16), 16);
  note ("%d;", lib->tcp_rpcc_start_crypto (wire, random, (int) a[1], NULL, 0));
  if (wire_info ()->crypto && offer_length && a[1]) {
    wire_note_keys (false, random, offer + 16, offered (12), NULL, 0);
  }
}

static void default_permissions (const long *a) {
  lib->tcp_set_default_rpc_flags (0, (unsigned) a[0]);
  lib->tcp_force_enable_dh ();
  note ("%x", (unsigned) lib->tcp_rpcc_default_check_perm (wire));
}

static void tables (const long *a) {
  (void) a;
  wire_note_table ("type", lib->ct_tcp_rpc_client, sizeof (struct conn_functions));
  wire_note_table ("functions", lib->default_tcp_rpc_client, sizeof (struct tcp_rpc_client_functions));
  note ("%s", *(char **) ((char *) lib->ct_tcp_rpc_client + 8));
}

static const struct operation operations[] = {
  { "open", open_connection, { { "permissions", 0, 17 }, { "mode", 0, 15 }, { "limit", 0, 1 } }, 8 },
  { "connect", connect_it, { { 0 } }, 10 },
  { "nonce", receive_nonce, { { "schema", 0, 4 }, { "keys", 0, 40 }, { "spoilt", 0, 20 } }, 12 },
  { "handshake", receive_handshake, { { "flags", 0, 5 }, { "ids", 0, 7 }, { "spoilt", 0, 14 } }, 12 },
  { "data", receive_data, { { "number", 0, 100 }, { "words", 1, 70 }, { "mode", 0, 2 } }, 12 },
  { "words", receive_words, { { "word", 0, 13 }, { "bytes", 1, 4 } }, 3 },
  { "spoil", spoil, { { "checksum", 0, 1000 } }, 1 },
  { "pieces", rpc_set_pieces, { { "bytes", 0, 40 } }, 2 },
  { "offer", rpc_offer_checksum, { { "crc32c", 0, 1 } }, 2 },
  { "rate", rpc_allow_rate, { { "rate", -1, 3 } }, 1 },
  /* A client's numbers start at -2: with smaller ones the two name the failure differently. */
  { "number", rpc_set_number, { { "number", -2, 0x7fffffff } }, 1 },
  { "remote", set_remote, { { "loopback", 0, 1 }, { "known", 0, 1 }, { "unknown", 0, 1 } }, 2 },
  { "starts", plan_start, { { "answer", -1, 1 } }, 1 },
  { "ready", is_ready, { { "status", 0, 5 }, { "since", 0, 20 }, { "type", 0, 1 } }, 3 },
  { "close", close_it, { { "who", 0, 9 } }, 1 },
  { "start", start, { { "plain", 0, 1 } }, 2 },
  { "ciphers", start_ciphers, { { "nonce", 0, 9 }, { "key", 0, 1 } }, 2 },
  { "allows", default_permissions, { { "flags", 0, 4095 } }, 1 },
  { "tables", tables, { { 0 } }, 1 },
  { "loud", rpc_be_loud, { { "verbosity", 0, 2 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "rpc_client.tables",
  "rpc_client.open(3,0,0);rpc_client.offer(1);rpc_client.connect;rpc_client.nonce(1,0,13);rpc_client.handshake(1,0,13);"
  "rpc_client.data(4,3,0);rpc_client.data(5,6,0);rpc_client.words(0,4);rpc_client.data(6,60,1);rpc_client.data(7,3,2)",
  "rpc_client.open(7,0,0);rpc_client.connect;rpc_client.nonce(3,8,13);rpc_client.handshake(0,1,13);rpc_client.data(1,3,0)",
  "rpc_client.open(7,0,0);rpc_client.connect;rpc_client.nonce(3,35,13);rpc_client.open(15,0,0);rpc_client.connect;"
  "rpc_client.nonce(3,9,7);rpc_client.open(15,0,0);rpc_client.connect;rpc_client.nonce(1,0,13);rpc_client.open(7,0,0);"
  "rpc_client.connect;rpc_client.nonce(1,0,13);rpc_client.open(7,0,0);rpc_client.connect;rpc_client.nonce(3,0,9)",
  "rpc_client.open(2,1,0);rpc_client.connect;rpc_client.nonce(0,0,0);rpc_client.handshake(0,2,13);rpc_client.data(8,3,0)",
  "rpc_client.open(4,1,0);rpc_client.connect;rpc_client.nonce(0,0,0);rpc_client.open(3,0,0);rpc_client.connect;"
  "rpc_client.nonce(0,0,0);rpc_client.open(2,0,0);rpc_client.connect;rpc_client.nonce(0,2,0);rpc_client.open(2,0,0);"
  "rpc_client.connect;rpc_client.nonce(1,0,13)",
  "rpc_client.open(3,0,0);rpc_client.connect;rpc_client.nonce(1,0,1);rpc_client.open(3,0,0);rpc_client.connect;"
  "rpc_client.nonce(1,0,2);rpc_client.open(3,0,0);rpc_client.connect;rpc_client.nonce(2,5,3);rpc_client.open(3,0,0);"
  "rpc_client.connect;rpc_client.nonce(2,4,4);rpc_client.open(3,0,0);rpc_client.connect;rpc_client.nonce(1,1,13);"
  "rpc_client.open(3,0,0);rpc_client.connect;rpc_client.nonce(1,0,11);rpc_client.open(3,0,0);rpc_client.nonce(1,0,12)",
  "rpc_client.open(2,0,0);rpc_client.connect;rpc_client.nonce(0,0,0);rpc_client.handshake(1,0,13);rpc_client.open(2,0,0);"
  "rpc_client.connect;rpc_client.nonce(0,0,0);rpc_client.handshake(3,0,13);rpc_client.open(2,0,0);rpc_client.connect;"
  "rpc_client.nonce(0,0,0);rpc_client.handshake(0,2,13);rpc_client.open(2,0,0);rpc_client.connect;rpc_client.nonce(0,0,0);"
  "rpc_client.handshake(0,4,13);rpc_client.open(2,0,0);rpc_client.connect;rpc_client.nonce(0,0,0);rpc_client.handshake(0,0,1);"
  "rpc_client.open(2,0,0);rpc_client.connect;rpc_client.nonce(0,0,0);rpc_client.handshake(0,0,5)",
  "rpc_client.open(2,0,0);rpc_client.remote(1,0,1);rpc_client.connect;rpc_client.nonce(0,0,0);rpc_client.handshake(0,1,13)",
  "rpc_client.open(2,0,1);rpc_client.spoil(7);rpc_client.open(2,0,1);rpc_client.pieces(1);rpc_client.words(6,3);"
  "rpc_client.words(5,4);rpc_client.words(4,4)",
  "rpc_client.open(7,0,0);rpc_client.rate(-1);rpc_client.open(7,0,0);rpc_client.open(0,0,0);rpc_client.open(1,0,0);"
  "rpc_client.open(5,0,0);rpc_client.open(17,0,0);rpc_client.connect;rpc_client.close(3);rpc_client.open(2,4,0);"
  "rpc_client.close(3)",
  "rpc_client.open(2,0,0);rpc_client.ready(1,20,1);rpc_client.ready(2,0,0);rpc_client.open(2,0,0);rpc_client.number(0);"
  "rpc_client.ready(2,20,0);rpc_client.ready(3,20,1)",
  "rpc_client.open(2,0,0);rpc_client.start(1);rpc_client.open(3,0,0);rpc_client.start(0);rpc_client.ciphers(1,0);"
  "rpc_client.ciphers(1,1);rpc_client.ciphers(1,1);rpc_client.open(3,8,0);rpc_client.starts(-1);rpc_client.connect;"
  "rpc_client.nonce(1,0,13);rpc_client.allows(2056)",
  "rpc_client.open(2,0,0);rpc_client.number(2147483647);rpc_client.data(1,3,0);rpc_client.data(1,3,0)",
  NULL,
};

const struct script_family rpc_client_scripts = { "rpc_client", CAN_RPC_CONNECT, operations, begin, observe, fixed };
