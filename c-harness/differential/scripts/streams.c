/*
 * A connection's bytes between its queues and its parser: what a peer sends, in any pieces, plain, encrypted or in records of
 * TLS; what the parser asks for; and what is sent, read back by the peer. The connection has no socket of the system's; its
 * jobs are locked, so that signals stay pending.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "http_host.h"
#include "jobs.h"
#include "script.h"

enum { NO_CIPHER, CHAINED, COUNTED, IN_RECORDS, KINDS };
enum { RUN_PENDING = 0x1000000, REFERENCES = 1000 };
enum { ERROR = 8, FAILED = 0x80, STOP_READ = 0x800, NET_FAILED = 0x80000, IS_TLS = 0x8000000 };
enum { WORKING = 2, FAILURE = 3, WRITE_CLOSE = 5, NEED_MORE = 0x7fffffff };
enum { KEY = 32, BLOCK = 16, HEADER = 5, MOST = 1 << 15, PLANS = 4 };

static struct connection {
  struct async_job job;
  struct connection_info info;
} connection __attribute__ ((aligned (64)));
static struct socket {
  struct async_job job;
  struct socket_connection_info info;
} sock __attribute__ ((aligned (64)));

/* The connection's type, and one that a parser may change to. */
static struct conn_functions types[2];
static struct aes_crypto crypto;
static int kind;
static bool open;

/* The other end: its ciphers, and what it knows of records that it reads. */
static struct {
  struct evp_cipher_ctx_st *sends, *reads;
} peer;

/* What the parser does, call by call, and other functions of the type. */
static struct {
  int consumes[PLANS], answers[PLANS], calls, flags_when_received, changes_type;
  bool closes_when_parsed;
} plan;

/* ---- the type's functions ---- */

static uint64_t hash_of (const unsigned char *bytes, int len) {
  uint64_t hash = 0xcbf29ce484222325;
  for (int i = 0; i < len; i++) {
    hash = (hash ^ bytes[i]) * 0x100000001b3;
  }
  return hash;
}

static void note_message (const char *name, struct raw_message *raw) {
  static unsigned char bytes[4 * MOST];
  int len = raw->total_bytes ? lib->rwm_fetch_lookup (raw, bytes, (int) sizeof (bytes)) : 0;
  note ("%s %d %016llx", name, raw->total_bytes, (unsigned long long) hash_of (bytes, len));
}

static int parse (struct async_job *job) {
  struct raw_message *in = &connection.info.in;
  int call = plan.calls++ % PLANS, before = in->total_bytes;
  (void) job;
  note_message ("parse", in);
  lib->rwm_skip_data (in, plan.consumes[call]);
  if (plan.changes_type) {
    plan.changes_type = 0;
    connection.info.type = &types[1];
  }
  if (plan.closes_when_parsed) {
    connection.info.flags |= STOP_READ;
  }
  int answer = plan.answers[call];
  return !answer && in->total_bytes == before ? NEED_MORE : answer;
}

static int other_parse (struct async_job *job) {
  note ("other");
  return parse (job);
}

static int received (struct async_job *job, int bytes) {
  (void) job;
  note ("received %d", bytes);
  connection.info.flags |= plan.flags_when_received;
  return 0;
}

static int write_packet (struct async_job *job, struct raw_message *raw) {
  (void) job;
  note ("packet %d", raw->total_bytes);
  return lib->rwm_union (&connection.info.out, raw);
}

/* As a protocol that fills up the last block. */
static int flush (struct async_job *job) {
  int needed = connection.info.crypto ? types[0].crypto_needed_output_bytes
                                            ? ((int (*) (struct async_job *)) types[0].crypto_needed_output_bytes) (job)
                                            : 0
                                      : 0;
  note ("flush, %d needed", needed);
  if (needed) {
    lib->rwm_push_data (&connection.info.out, "\4\0\0\0\4\0\0\0\4\0\0\0\4\0\0", needed);
  }
  return 0;
}

static bool is_ours (const struct async_job *job) {
  return job == &connection.job || job == &sock.job;
}

static bool fails (struct async_job *job, int error) {
  if (is_ours (job)) {
    note ("fails with %d", error);
    connection.info.flags |= ERROR;
    connection.info.status = FAILURE;
  }
  return is_ours (job);
}

/* ---- the connection ---- */

static struct evp_cipher_ctx_st *new_cipher (int number, int encrypts) {
  unsigned char key[KEY + BLOCK];
  const struct evp_cipher_st *(*make) (void);
  *(void **) &make = thread_local_at (kind == CHAINED ? "EVP_aes_256_cbc" : "EVP_aes_256_ctr");
  memcpy (key, numbered_bytes (number, sizeof (key)), sizeof (key));
  return lib->evp_cipher_ctx_init (make (), key, key + KEY, kind == CHAINED ? encrypts : 1);
}

static void drop_cipher (void *context) {
  void (*drop) (void *);
  *(void **) &drop = thread_local_at ("EVP_CIPHER_CTX_free");
  drop (context);
}

static struct raw_message *popped (void *queue) {
  return ((void *(*) (void *, int) ) thread_local_at ("mpq_pop_nw")) (queue, 4);
}

static void drain (void *queue) {
  for (struct raw_message *raw; (raw = popped (queue));) {
    http_message_free (raw);
  }
}

static void close_all (void) {
  struct connection_info *c = &connection.info;
  drain (c->in_queue);
  drain (c->out_queue);
  drain (sock.info.out_packet_queue);
  note ("closed %d", lib->cpu_tcp_free_connection_buffers (&connection.job));
  if (c->crypto) {
    drop_cipher (crypto.read_aeskey);
    drop_cipher (crypto.write_aeskey);
    drop_cipher (peer.sends);
    drop_cipher (peer.reads);
  }
  open = false;
}

static void open_one (int new_kind) {
  struct connection_info *c = &connection.info;
  struct mp_queue *(*new_queue) (void);
  *(void **) &new_queue = thread_local_at ("alloc_mp_queue_w");
  void *queues[3] = { c->in_queue, c->out_queue, sock.info.out_packet_queue };
  for (int i = 0; i < 3; i++) {
    queues[i] = queues[i] ? queues[i] : new_queue ();
  }
  memset (&connection, 0, sizeof (connection));
  memset (&sock, 0, sizeof (sock));
  memset (&plan, 0, sizeof (plan));
  kind = new_kind;
  connection.job.j_flags = sock.job.j_flags = LOCKED;
  connection.job.j_refcnt = sock.job.j_refcnt = REFERENCES;
  c->status = WORKING;
  c->in_queue = queues[0];
  c->out_queue = queues[1];
  sock.info.out_packet_queue = queues[2];
  c->io_conn = &sock.job;
  c->type = &types[0];
  c->flags = kind == IN_RECORDS ? IS_TLS : 0;
  for (int i = 0; i < 4; i++) {
    lib->rwm_init ((struct raw_message *[]) { &c->in, &c->in_u, &c->out, &c->out_p }[i], 0);
  }
  if (kind) {
    crypto.read_aeskey = new_cipher (1, 0);
    crypto.write_aeskey = new_cipher (2, 1);
    peer.sends = new_cipher (1, 1);
    peer.reads = new_cipher (2, 0);
    c->crypto = &crypto;
  }
  for (int i = 0; i < 2; i++) {
    types[i] = (struct conn_functions) {
      .parse_execute = (void *) (i ? other_parse : parse),
      .data_received = (void *) received,
      .write_packet = (void *) write_packet,
      .flush = (void *) flush,
      .crypto_encrypt_output = (void *) (kind == CHAINED ? lib->cpu_tcp_aes_crypto_encrypt_output
                                                         : lib->cpu_tcp_aes_crypto_ctr128_encrypt_output),
      .crypto_decrypt_input = (void *) (kind == CHAINED ? lib->cpu_tcp_aes_crypto_decrypt_input
                                                        : lib->cpu_tcp_aes_crypto_ctr128_decrypt_input),
      .crypto_needed_output_bytes = (void *) (kind == CHAINED ? lib->cpu_tcp_aes_crypto_needed_output_bytes
                                                              : lib->cpu_tcp_aes_crypto_ctr128_needed_output_bytes),
    };
  }
  open = true;
}

static void begin (void) {
  *lib->max_job_thread_id = 8;
  http_host_library (thread_local_at);
  on_failure = fails;
}

/* A connection that is not there is opened. */
static void ready (void) {
  http_host_thread ();
  if (!open) {
    open_one (IN_RECORDS);
  }
}

static void observe (void) {
  struct connection_info *c = &connection.info;
  if (!open) {
    return;
  }
  http_host_thread ();
  note_message ("in", &c->in);
  note ("in_u %d out %d out_p %d skip %d left %d flags %x status %d socket %x %s refs %d %d", c->in_u.total_bytes,
        c->out.total_bytes, c->out_p.total_bytes, c->skip_bytes, c->left_tls_packet_length, (unsigned) c->flags,
        c->status, (unsigned) sock.info.flags, sock.job.j_flags & RUN_PENDING ? "signalled" : "quiet",
        connection.job.j_refcnt, sock.job.j_refcnt);
  sock.job.j_flags &= ~RUN_PENDING;
}

/* ---- what a peer sends ---- */

static struct raw_message *message_of (const void *bytes, int len) {
  struct raw_message *raw = http_message_new ();
  lib->rwm_push_data (raw, bytes, len);
  return raw;
}

static void push (void *queue, struct raw_message *raw) {
  ((long (*) (void *, void *, int)) thread_local_at ("mpq_push_w")) (queue, raw, 0);
}

/* Pieces as one part each, as a socket's job makes them. */
static void arrives (const unsigned char *bytes, int len) {
  if (len > 0) {
    push (connection.info.in_queue, message_of (bytes, len));
  }
}

/* `len` bytes as the peer sends them, in records of `record` bytes. Returns how many that are. */
static int sent_by_peer (unsigned char *to, long number, int len, int record) {
  const char *plain = numbered_bytes (number, (size_t) len);
  int at = 0;
  if (!kind) {
    memcpy (to, plain, (size_t) len);
    return len;
  }
  if (kind != IN_RECORDS) {
    len = kind == CHAINED ? len & -BLOCK : len;
    lib->evp_crypt (peer.sends, plain, to, len);
    return len;
  }
  for (int done = 0; done < len || !at;) {
    int some = len - done < record ? len - done : record;
    memcpy (to + at, (unsigned char[]) { 0x17, 3, 3, (unsigned char) (some >> 8), (unsigned char) some }, HEADER);
    if (some) {
      lib->evp_crypt (peer.sends, plain + done, to + at + HEADER, some);
    }
    at += HEADER + some;
    done += some;
  }
  return at;
}

static unsigned char wire[4 * MOST];

static void opened (const long *a) {
  http_host_thread ();
  if (open) {
    close_all ();
  }
  open_one ((int) a[0]);
}

static void shut (const long *a) {
  (void) a;
  ready ();
  close_all ();
}

/* Pieces of the same size. */
static void receive (const long *a) {
  ready ();
  int len = sent_by_peer (wire, a[0], (int) a[0], 1 + (int) a[1]), piece = 1 + (int) a[2];
  for (int at = 0; at < len; at += piece) {
    arrives (wire + at, len - at < piece ? len - at : piece);
  }
}

static void receive_raw (const long *a) {
  ready ();
  arrives ((unsigned char *) numbered_bytes (a[0], (size_t) a[1]), (int) a[1]);
}

static void read_all (const long *a) {
  (void) a;
  ready ();
  note ("%d", lib->cpu_tcp_server_reader (&connection.job));
}

static void decrypt (const long *a) {
  (void) a;
  ready ();
  if (kind) {
    int result = ((int (*) (struct async_job *)) types[0].crypto_decrypt_input) (&connection.job);
    note ("%d", result);
  }
}

/* Three records, or as many bytes, in two messages, cut at every place: what the parser saw must be the same each time. */
static void cut_everywhere (const long *a) {
  ready ();
  int was = kind, len = (int) a[0], records = (len + 2) / 3;
  uint64_t first = 0;
  int cuts = 0, wrong = 0, all = 1;
  for (int cut = 0; cut <= all; cut++) {
    close_all ();
    open_one (was);
    plan.answers[0] = plan.answers[1] = plan.answers[2] = plan.answers[3] = NEED_MORE;
    all = sent_by_peer (wire, len, len, records > 0 ? records : 1);
    arrives (wire, cut);
    int before = lib->cpu_tcp_server_reader (&connection.job);
    arrives (wire + cut, all - cut);
    int after = lib->cpu_tcp_server_reader (&connection.job);
    static unsigned char bytes[MOST];
    struct raw_message *in = &connection.info.in;
    int total = in->total_bytes ? lib->rwm_fetch_lookup (in, bytes, MOST) : 0;
    uint64_t hash = hash_of (bytes, total);
    first = cut ? first : hash;
    wrong +=
        hash != first || before || after || connection.info.left_tls_packet_length || connection.info.in_u.total_bytes;
    cuts++;
  }
  note ("%d cuts, %d wrong", cuts, wrong);
}

/* ---- what is sent ---- */

static void send (const long *a) {
  ready ();
  int len = (int) a[0];
  for (long i = 0; i <= a[1]; i++) {
    push (connection.info.out_queue, message_of (numbered_bytes (len + i, (size_t) len), len));
  }
}

static void put_out (const long *a) {
  ready ();
  lib->rwm_push_data (&connection.info.out, numbered_bytes (a[0], (size_t) a[0]), (int) a[0]);
}

static void encrypt (const long *a) {
  (void) a;
  ready ();
  if (kind) {
    int result = ((int (*) (struct async_job *)) types[0].crypto_encrypt_output) (&connection.job);
    note ("%d", result);
    result = ((int (*) (struct async_job *)) types[0].crypto_needed_output_bytes) (&connection.job);
    note ("needs %d", result);
  }
}

static void write_all (const long *a) {
  (void) a;
  ready ();
  note ("%d", lib->cpu_tcp_server_writer (&connection.job));
}

/* The peer reads what the socket's job was handed. */
static void peer_reads (const long *a) {
  (void) a;
  ready ();
  for (struct raw_message *raw; (raw = popped (sock.info.out_packet_queue));) {
    int len = raw->total_bytes, at = 0;
    static unsigned char plain[4 * MOST];
    memcpy (wire, http_message_bytes (raw), (size_t) len);
    note ("%d sent, on the wire %016llx;", len, (unsigned long long) hash_of (wire, len));
    while (kind && at < len) {
      int some = len;
      if (kind == IN_RECORDS) {
        some = wire[at + 3] * 256 + wire[at + 4];
        note ("record %02x%02x%02x of %d", wire[at], wire[at + 1], wire[at + 2], some);
        at += HEADER;
      }
      lib->evp_crypt (peer.reads, wire + at, plain, some);
      note ("%016llx", (unsigned long long) hash_of (plain, some));
      at += some;
    }
    http_message_free (raw);
  }
}

/* ---- what happens meanwhile ---- */

static void set_plan (const long *a) {
  ready ();
  plan.consumes[a[0]] = (int) a[1];
  plan.answers[a[0]] = a[2] > 2000 ? NEED_MORE : (int) a[2];
}

static void set_skip (const long *a) {
  ready ();
  connection.info.skip_bytes = (int) a[0];
}

static void set_left (const long *a) {
  ready ();
  connection.info.left_tls_packet_length = (int) a[0];
}

static void set_flags (const long *a) {
  static const int flags[] = { ERROR, FAILED, NET_FAILED, STOP_READ };
  ready ();
  if (a[1]) {
    plan.flags_when_received = flags[a[0]];
  } else {
    connection.info.flags |= flags[a[0]];
  }
}

static void set_status (const long *a) {
  static const int values[] = { WORKING, FAILURE, WRITE_CLOSE };
  ready ();
  connection.info.status = values[a[0]];
}

enum { WITHOUT_RECEIVED, WITHOUT_ENCRYPTION, WITHOUT_SOCKET, CHANGES_TYPE, CLOSES, NOT_TLS, WITHOUT_CIPHER, CHANGES };

static void change (const long *a) {
  ready ();
  switch (a[0]) {
  case WITHOUT_RECEIVED:
    types[0].data_received = NULL;
    break;
  case WITHOUT_ENCRYPTION:
    types[0].crypto_encrypt_output = kind ? types[0].crypto_encrypt_output : NULL;
    break;
  case WITHOUT_SOCKET:
    connection.info.io_conn = NULL;
    break;
  case CHANGES_TYPE:
    plan.changes_type = 1;
    break;
  case CLOSES:
    plan.closes_when_parsed = true;
    break;
  case NOT_TLS:
    connection.info.flags ^= kind == IN_RECORDS || kind == COUNTED ? IS_TLS : 0;
    break;
  default:
    if (kind) {
      note ("%d", ((int (*) (struct async_job *)) types[0].crypto_needed_output_bytes) (&connection.job));
    }
  }
}

static void loud (const long *a) {
  *lib->verbosity = (int) a[0];
}

/* ---- the family ---- */

static const struct operation operations[] = {
  { "open", opened, { { "kind", 0, KINDS - 1 } }, 12 },
  { "close", shut, { { 0 } }, 1 },
  { "receive", receive, { { "bytes", 0, 9000 }, { "record", 0, 4000 }, { "piece", 0, 3000 } }, 10 },
  { "receive_raw", receive_raw, { { "number", 0, 50 }, { "bytes", 0, 40 } }, 1 },
  { "read", read_all, { { 0 } }, 10 },
  { "decrypt", decrypt, { { 0 } }, 2 },
  { "cut_everywhere", cut_everywhere, { { "bytes", 0, 100 } }, 1 },
  { "send", send, { { "bytes", 0, 6000 }, { "more", 0, 3 } }, 8 },
  { "put_out", put_out, { { "bytes", 0, 3000 } }, 2 },
  { "encrypt", encrypt, { { 0 } }, 2 },
  { "write", write_all, { { 0 } }, 8 },
  { "peer_reads", peer_reads, { { 0 } }, 8 },
  { "plan", set_plan, { { "call", 0, PLANS - 1 }, { "consumes", 0, 3000 }, { "answer", -2000, 2100 } }, 10 },
  { "skip", set_skip, { { "bytes", -3000, 3000 } }, 3 },
  { "left", set_left, { { "bytes", 0, 3000 } }, 1 },
  { "flags", set_flags, { { "flag", 0, 3 }, { "when_received", 0, 1 } }, 1 },
  { "status", set_status, { { "value", 0, 2 } }, 2 },
  { "change", change, { { "what", 0, CHANGES - 1 } }, 4 },
  { "verbosity", loud, { { "level", 0, 2 } }, 2 },
  { 0 },
};

#define ALL_CUTS(bytes)                                                                                  \
  "streams.open(0);streams.cut_everywhere(" bytes ");streams.open(1);streams.cut_everywhere(" bytes ");" \
  "streams.open(2);streams.cut_everywhere(" bytes ");streams.open(3);streams.cut_everywhere(" bytes ")"

static const char *const fixed[] = {
  ALL_CUTS ("100"),
  ALL_CUTS ("48"),
  ALL_CUTS ("1"),
  /* A parser that needs 40 bytes: in all on a plain connection, more on an encrypted one; one that skips. */
  "streams.open(0);streams.plan(0,16,40);streams.receive(430,0,3000);streams.read;streams.receive(20,0,5);streams.read",
  "streams.open(1);streams.plan(0,16,40);streams.receive(432,0,3000);streams.read;streams.receive(64,0,5);streams.read",
  "streams.open(2);streams.plan(0,16,-20);streams.receive(430,0,3000);streams.read;streams.receive(500,0,5);streams.read",
  "streams.open(0);streams.plan(0,10,-20);streams.receive(15,0,3000);streams.read;streams.receive(10,0,5);streams.read;"
  "streams.receive(10,0,5);streams.read",
  "streams.open(0);streams.plan(0,10,0);streams.plan(1,20,0);streams.plan(2,0,0);streams.receive(100,0,7);streams.read;streams.read",
  "streams.verbosity(2);streams.open(3);streams.plan(0,0,2100);streams.receive(3000,999,700);streams.read;streams.receive(0,0,0);"
  "streams.read;streams.receive(5,2,1);streams.read",
  "streams.verbosity(2);streams.open(0);streams.skip(-50);streams.receive(30,0,9);streams.read;streams.receive(30,0,9);streams.read;"
  "streams.skip(100);streams.receive(10,0,9);streams.read;streams.receive(100,0,9);streams.read",
  "streams.verbosity(1);streams.open(3);streams.receive_raw(3,4);streams.read;streams.receive_raw(3,1);streams.read;streams.read",
  "streams.open(3);streams.send(1425,0);streams.write;streams.peer_reads;streams.send(1426,1);streams.write;streams.peer_reads;"
  "streams.verbosity(2);streams.send(6000,3);streams.write;streams.peer_reads;streams.write",
  "streams.open(1);streams.send(100,2);streams.write;streams.peer_reads;streams.put_out(17);streams.encrypt;streams.send(6000,0);"
  "streams.write;streams.peer_reads",
  "streams.open(2);streams.send(1,0);streams.write;streams.peer_reads;streams.put_out(3000);streams.encrypt;streams.write;"
  "streams.peer_reads;streams.change(2);streams.send(100,0);streams.write;streams.peer_reads",
  "streams.open(0);streams.send(500,3);streams.status(2);streams.write;streams.peer_reads;streams.write;streams.change(2);"
  "streams.send(10,0);streams.write",
  "streams.open(0);streams.plan(0,5,0);streams.plan(1,5,0);streams.change(3);streams.receive(30,0,30);streams.read",
  "streams.open(0);streams.plan(0,5,0);streams.change(4);streams.receive(30,0,30);streams.read;streams.read",
  "streams.open(2);streams.flags(0,1);streams.receive(30,0,30);streams.read;streams.open(2);streams.flags(3,1);streams.receive(30,0,30);"
  "streams.read;streams.open(0);streams.status(1);streams.receive(30,0,30);streams.read;streams.flags(2,0);streams.read",
  "streams.open(3);streams.change(5);streams.receive(30,10,30);streams.read;streams.change(0);streams.receive(30,10,30);streams.read",
  NULL,
};

const struct script_family streams_scripts = { "streams", CAN_STREAM, operations, begin, observe, fixed };
