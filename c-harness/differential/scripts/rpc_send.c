/*
 * Packets of RPC that are sent: queued, framed at once or past the queue, with short heads, fillers; pings; what a process offers,
 * and how many handshakes with Diffie-Hellman it takes. Left out: what ends the process.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "http_host.h"
#include "rpc_wire.h"
#include "script.h"

enum { LENGTH = 2600, KEEP = 1, GIVE = 4, ANY = 8, SHORT = 0x40000000, MEDIUM = 0x20000000, PADDED = 0x8000000 };
enum { QUICK_ACK = 512 };

static int needed, flushes;

static int needs (struct async_job *job) {
  note ("asks what %s needs;", job == wire ? "it" : "ANOTHER");
  return needed;
}

static int flush (struct async_job *job) {
  flushes += job == wire;
  return 7 + flushes;
}

static void begin (void) {
  wire_begin ();
  struct tcp_rpc_data d = { .custom_crc_partial = *lib->crc32_partial };
  wire_set_data (&d);
  wire_type.crypto_needed_output_bytes = (void *) needs;
  wire_type.flush = (void *) flush;
}

static void observe (void) {
  wire_observe ();
  note ("offers %x", lib->tcp_get_default_rpc_flags ());
}

static struct raw_message *message (long number, long len) {
  struct raw_message *raw = http_message_new ();
  lib->rwm_push_data (raw, numbered_bytes (number, (size_t) len), (int) len);
  return raw;
}

/* A message that the library leaves to its caller, or has taken. */
static void after (struct raw_message *raw, long flags) {
  if (flags & GIVE) {
    return;
  }
  if (flags & KEEP) {
    note_bytes ("kept", http_message_bytes (raw), (size_t) raw->total_bytes);
    http_message_free (raw);
  } else {
    free (raw); /* its bytes are the connection's */
  }
}

static long of_four (long len, long flags) {
  return flags & ANY ? len : len & ~3L;
}

static void send_one (const long *a) {
  static const long flags[] = { 0, KEEP, GIVE, ANY, KEEP | ANY, GIVE | ANY };
  long f = flags[a[2]];
  wire_thread ();
  struct raw_message *raw = message (a[0], of_four (a[1], f));
  lib->tcp_rpc_conn_send (1, lib->job_incref (wire), raw, (int) f);
  after (raw, f);
}

static void send_at_once (const long *a) {
  wire_thread ();
  struct raw_message *raw = message (a[0], a[1] & ~3L);
  lib->tcp_rpc_conn_send_im (1, lib->job_incref (wire), raw, (int) a[2]);
  after (raw, a[2]);
}

static void send_first (const long *a) {
  wire_thread ();
  struct raw_message *raw = message (a[0], a[1] & ~3L);
  lib->tcp_rpc_conn_send_init (wire, raw, (int) a[2]);
  after (raw, a[2]);
}

static void send_bytes (const long *a) {
  char bytes[LENGTH];
  int len = (int) (a[1] & ~3L);
  wire_thread ();
  memcpy (bytes, numbered_bytes (a[0], (size_t) len), (size_t) len);
  if (a[2] == 0) {
    lib->tcp_rpc_conn_send_data (1, lib->job_incref (wire), len, bytes);
  } else if (a[2] == 1) {
    lib->tcp_rpc_conn_send_data_im (1, lib->job_incref (wire), len, bytes);
  } else {
    lib->tcp_rpc_conn_send_data_init (wire, len, bytes);
  }
}

static void write_one (const long *a) {
  (void) a;
  wire_write ();
}

/* A random tail is only counted. */
static void write_compact (const long *a) {
  static const unsigned flags[] = { 0, SHORT, MEDIUM, SHORT | PADDED, MEDIUM | PADDED };
  struct tcp_rpc_data d = wire_data ();
  wire_thread ();
  d.flags = (int) flags[a[2]];
  wire_set_data (&d);
  bool padded = d.flags & PADDED, acknowledges = a[1] == 5;
  long len = acknowledges ? 5 : padded ? a[1] : a[1] & ~3L;
  struct raw_message *raw = http_message_new ();
  lib->rwm_push_data (raw, acknowledges ? "\xdd" : "", acknowledges);
  lib->rwm_push_data (raw, numbered_bytes (a[0], (size_t) len), (int) len - acknowledges);
  note ("%d", lib->tcp_rpc_write_packet_compact (wire, raw));
  free (raw);
  struct raw_message *out = &wire_info ()->out;
  if (padded && !acknowledges && out->total_bytes) {
    const unsigned char *bytes = (const unsigned char *) http_message_bytes (out);
    bool is_long = d.flags & MEDIUM || (bytes[0] & 0x7f) == 0x7f;
    int word, head = is_long ? 4 : 1, tail = out->total_bytes - head - (int) len;
    memcpy (&word, bytes, 4);
    /* A short head says words; of a long one the lowest bit is always set. */
    int all = (int) len + tail;
    int said = d.flags & MEDIUM ? word : is_long ? (int) ((unsigned) word >> 6) : 4 * bytes[0] + all % 4;
    note ("tail %s, length %s;", tail >= 0 && tail < 4 ? "of up to three" : "OF MORE",
          said == (is_long && !(d.flags & MEDIUM) ? all | 1 : all) ? "said" : "WRONG");
    note_bytes ("packet", bytes + head, (size_t) len);
    lib->rwm_skip_data (out, out->total_bytes);
  }
  d.flags = 0;
  wire_set_data (&d);
}

static void start_tls (const long *a) {
  wire_info ()->flags = (wire_info ()->flags & ~0x8000000) | (a[0] ? 0x8000000 : 0);
  wire_info ()->left_tls_packet_length = a[1] ? -1 : 5;
}

/* Fillers. */
static void fill (const long *a) {
  wire_thread ();
  needed = (int) a[0] * 4;
  wire_info ()->crypto = a[1] ? wire : NULL;
  note ("%d", lib->tcp_rpc_flush (wire));
  wire_info ()->crypto = NULL;
  note ("%d", lib->tcp_rpc_flush_packet (wire));
}

static void ping (const long *a) {
  wire_thread ();
  lib->tcp_rpc_send_ping (wire, (long long) a[0] << (a[1] * 8));
}

static void receive (const long *a) {
  static const int lengths[] = { 12, 12, 8, 16, 4 };
  wire_thread ();
  *(double *) thread_local_at ("precise_now") = (double) a[2];
  struct raw_message *raw = message (a[2], lengths[a[1]]);
  note ("%d", lib->tcp_rpc_default_execute (wire, a[0] ? PING : 0x12345678, raw));
  note ("leaves %d", raw->total_bytes);
  http_message_free (raw);
}

static void offer (const long *a) {
  note ("%x", lib->tcp_set_default_rpc_flags ((unsigned) a[0], (unsigned) a[1]));
}

static void rate (const long *a) {
  lib->tcp_set_max_dh_accept_rate ((int) a[0]);
}

static void accept_some (const long *a) {
  int taken = 0;
  *(double *) thread_local_at ("precise_now") = (double) a[1] / 16;
  for (int i = 0; i < a[0]; i++) {
    taken += !lib->tcp_add_dh_accept ();
  }
  note ("%d of %ld", taken, a[0]);
}

static void number (const long *a) {
  struct tcp_rpc_data d = wire_data ();
  d.out_packet_num = (int) a[0];
  d.custom_crc_partial = a[1] ? *lib->crc32c_partial : *lib->crc32_partial;
  d.flags = a[2] ? SHORT : 0;
  wire_set_data (&d);
}

/* Above 2, addresses are logged. */
static void be_loud (const long *a) {
  *lib->verbosity = (int) a[0];
}

#define NUMBER { "number", 0, 1000 }
#define LEN { "length", 0, LENGTH }

static const struct operation operations[] = {
  { "number", number, { { "number", -2, 0x7fffffff }, { "crc32c", 0, 1 }, { "short", 0, 1 } }, 8 },
  { "send", send_one, { NUMBER, LEN, { "flags", 0, 5 } }, 8 },
  { "send_im", send_at_once, { NUMBER, LEN, { "keep", 0, 1 } }, 6 },
  { "send_init", send_first, { NUMBER, LEN, { "keep", 0, 1 } }, 6 },
  { "send_data", send_bytes, { NUMBER, { "length", 0, LENGTH - 4 }, { "way", 0, 2 } }, 6 },
  { "write", write_one, { { 0 } }, 8 },
  { "compact", write_compact, { NUMBER, LEN, { "flags", 0, 4 } }, 8 },
  { "tls", start_tls, { { "on", 0, 1 }, { "starting", 0, 1 } }, 2 },
  { "fill", fill, { { "words", 0, 3 }, { "keys", 0, 1 } }, 4 },
  { "ping", ping, { { "id", -128, 127 }, { "shift", 0, 6 } }, 3 },
  { "receive", receive, { { "ping", 0, 1 }, { "length", 0, 4 }, NUMBER }, 4 },
  { "offer", offer, { { "and", 0, 0xffffffff }, { "or", 0, 0xffff } }, 3 },
  { "rate", rate, { { "rate", -1, 20 } }, 3 },
  { "accept", accept_some, { { "count", 1, 40 }, { "time", 16, 1000 } }, 4 },
  { "loud", be_loud, { { "verbosity", 0, 2 } }, 2 },
  { 0 },
};

static const char *const fixed[] = {
  "rpc_send.number(-2,0,0);rpc_send.send(1,8,0);rpc_send.send(2,12,1);rpc_send.send(3,16,2);rpc_send.write",
  "rpc_send.number(-1,1,0);rpc_send.send_data(1,32,0);rpc_send.send_data(2,32,1);rpc_send.send_data(3,32,2);rpc_send.write",
  "rpc_send.number(2147483647,0,0);rpc_send.send_im(1,8,0);rpc_send.send_im(2,8,1);rpc_send.send_init(3,8,0);"
  "rpc_send.send_init(4,2500,1)",
  "rpc_send.number(0,0,0);rpc_send.send(1,7,3);rpc_send.write;rpc_send.send(2,7,4);rpc_send.send(3,7,5);rpc_send.write",
  "rpc_send.number(0,0,0);rpc_send.compact(1,504,1);rpc_send.compact(1,508,1);rpc_send.compact(1,508,2);"
  "rpc_send.compact(1,5,1);rpc_send.compact(1,5,0);rpc_send.compact(1,100,0);rpc_send.compact(1,101,3);"
  "rpc_send.compact(1,600,3);rpc_send.compact(1,601,4);rpc_send.compact(1,0,1)",
  "rpc_send.number(0,0,0);rpc_send.tls(1,1);rpc_send.compact(1,100,1);rpc_send.tls(1,0);rpc_send.compact(1,100,1);"
  "rpc_send.tls(0,1);rpc_send.compact(1,100,1)",
  "rpc_send.fill(0,1);rpc_send.fill(1,1);rpc_send.fill(2,1);rpc_send.fill(3,1);rpc_send.fill(3,0)",
  "rpc_send.ping(5,0);rpc_send.ping(-5,6);rpc_send.receive(1,0,5);rpc_send.receive(1,2,6);rpc_send.receive(0,0,7);"
  "rpc_send.receive(1,3,8)",
  "rpc_send.accept(5,16);rpc_send.rate(3);rpc_send.accept(5,16);rpc_send.accept(5,18);rpc_send.accept(5,24);"
  "rpc_send.accept(5,800)@1;rpc_send.rate(-1);rpc_send.accept(5,900);rpc_send.rate(0);rpc_send.accept(5,901)",
  "rpc_send.offer(0,2048);rpc_send.offer(4294967295,8);rpc_send.offer(8,0)@1",
  "rpc_send.loud(2);rpc_send.number(0,0,0);rpc_send.send(1,8,0);rpc_send.fill(2,1);rpc_send.receive(1,0,5)",
  NULL,
};

const struct script_family rpc_send_scripts = { "rpc_send", CAN_RPC_SEND, operations, begin, observe, fixed };
