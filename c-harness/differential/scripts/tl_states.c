/*
 * Places to read from and to write to, memory and messages: their methods, called as the legacy header's functions call them; headers;
 * errors; and what is sent. What is left out: where the original hangs, crashes, or writes past its place (docs/differences.md).
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "http_host.h"
#include "interpose.h"
#include "rpc_world.h"
#include "script.h"
#include "tl_packet.h"
#include "tl_world.h"

enum { INS = 2, OUTS = 3, ROOM = 6000, IN_FRONT = 64 };

static struct tl_in_state *ins[INS];
static struct tl_out_state *outs[OUTS];
static char in_memory[INS][ROOM], out_memory[OUTS][IN_FRONT + ROOM];

static uint64_t hash_of (uint64_t hash, const char *bytes, size_t len) {
  for (size_t i = 0; i < len; i++) {
    hash = (hash ^ (unsigned char) bytes[i]) * 0x100000001b3;
  }
  return hash;
}

static void note_error (const char *error, int number) {
  if (error) {
    note ("error %d", number);
    note_bytes ("", error, strlen (error));
  }
}

/* What has changed since it was last noted. */
static void note_in (int i) {
  static uint64_t noted[INS];
  struct tl_in_state *in = ins[i];
  int marked = in->in_mark != NULL;
  int all[] = { in->in_type, in->in_pos, in->in_remaining, in->in_flags, in->errnum, marked };
  uint64_t hash = hash_of (0xcbf29ce484222325, (const char *) all, sizeof (all));
  if (noted[i] == hash) {
    return;
  }
  noted[i] = hash;
  note ("in %d: type %d at %d, %d left%s, flags %d", i, in->in_type, in->in_pos, in->in_remaining,
        marked ? ", marked" : "", in->in_flags);
  note_error (in->error, in->errnum);
  if (in->in_type == MESSAGE && in->in) {
    struct raw_message *raw = in->in;
    note ("%d bytes", raw->total_bytes);
  }
}

static void note_out (int i) {
  static uint64_t noted[OUTS];
  struct tl_out_state *out = outs[i];
  const char *bytes = out_memory[i] + IN_FRONT;
  size_t len = out->out_type == MEMORY ? (size_t) ((char *) out->out - bytes) : 0;
  if (out->out_type >= MESSAGE) {
    struct raw_message *raw = out->out;
    bytes = http_message_bytes (raw);
    len = (size_t) raw->total_bytes;
  }
  uint64_t hash = hash_of (0xcbf29ce484222325 + (uint64_t) out->out_type, bytes, len);
  hash = hash_of (hash, out->error ? out->error : "", out->error ? strlen (out->error) : 0);
  if (noted[i] == hash) {
    return;
  }
  noted[i] = hash;
  note ("out %d: type %d at %d, %d left", i, out->out_type, out->out_pos, out->out_remaining);
  note_error (out->error, out->errnum);
  note_bytes ("holds", bytes, len);
}

static void observe (void) {
  if (rpc_world_is_on ()) {
    return;
  }
  http_host_thread ();
  for (int i = 0; i < INS; i++) {
    if (ins[i]) {
      note_in (i);
    }
  }
  for (int i = 0; i < OUTS; i++) {
    if (outs[i]) {
      note_out (i);
    }
  }
  note ("references %d", tl_world_connection->j_refcnt);
}

/* ---- reading ---- */

static const struct tl_in_methods *in_methods (struct tl_in_state *in) {
  return in->in_methods;
}

static void free_in (int i) {
  if (ins[i]) {
    if (ins[i]->in_mark) {
      in_methods (ins[i])->fetch_mark_delete (ins[i]);
    }
    lib->tl_in_state_free (ins[i]);
    ins[i] = NULL;
  }
}

static bool new_in (int i) {
  if (!tl_world_ready ()) {
    return false;
  }
  free_in (i);
  ins[i] = lib->tl_in_state_alloc ();
  return true;
}

static void read_memory (int i, const void *bytes, int len, bool by_methods) {
  if (!new_in (i)) {
    return;
  }
  memcpy (in_memory[i], bytes, (size_t) len);
  note ("%d", by_methods ? lib->__tl_fetch_init (ins[i], in_memory[i], NULL, MEMORY, lib->tl_in_str_methods, len)
                         : lib->tlf_init_str (ins[i], in_memory[i], len));
}

static void read_message (int i, const void *bytes, int len, int pieces, int dup) {
  if (!new_in (i)) {
    return;
  }
  struct raw_message *raw = http_message_new ();
  for (int at = 0; at < len; at += pieces) {
    struct raw_message *piece = http_message_new ();
    lib->rwm_push_data (piece, (const char *) bytes + at, len - at < pieces ? len - at : pieces);
    lib->rwm_union (raw, piece);
    free (piece);
  }
  note ("%d", lib->tlf_init_raw_message (ins[i], raw, len, dup));
  note ("left %d magic %x", raw->total_bytes, (unsigned) raw->magic);
  if (raw->magic) {
    lib->rwm_free (raw);
  }
  free (raw);
}

/* A state that reads: some packet, where there is none. */
static struct tl_in_state *reader (long i) {
  if (!tl_world_ready ()) {
    return NULL;
  }
  if (!ins[i] || !ins[i]->in_type) {
    read_message ((int) i, numbered_bytes (i, 300), 300, 40, 0);
  }
  return ins[i];
}

static void read_some (const long *a) {
  int i = (int) a[0] % INS, kind = (int) a[0] / INS, len = (int) a[1];
  const char *bytes = numbered_bytes (a[1], (size_t) len);
  if (!kind) {
    read_memory (i, bytes, len, a[2] % 2);
  } else {
    read_message (i, bytes, len, (int) a[2] + 1, kind - 1);
  }
}

static void read_nothing (const long *a) {
  new_in ((int) a[0]);
}

enum fetch { DATA, MOVE, LOOK, RAW, LOOK_RAW, FETCHES };

static void fetch (const long *a) {
  static char bytes[ROOM];
  struct raw_message raw;
  struct tl_in_state *in = reader (a[0]);
  if (!in) {
    return;
  }
  const struct tl_in_methods *m = in_methods (in);
  int len = (int) a[2] < in->in_remaining ? (int) a[2] : in->in_remaining;
  bool takes = a[1] != LOOK && a[1] != LOOK_RAW;
  if (a[1] == RAW || a[1] == LOOK_RAW) {
    if (!len) { /* the original's split loses the message then */
      skip ();
      return;
    }
    (a[1] == RAW ? m->fetch_raw_message : m->fetch_lookup_raw_message) (in, &raw, len);
    note_bytes ("raw", http_message_bytes (&raw), (size_t) raw.total_bytes);
    lib->rwm_free (&raw);
  } else if (a[1] == MOVE) {
    m->fetch_move (in, len);
  } else {
    (a[1] == DATA ? m->fetch_raw_data : m->fetch_lookup) (in, bytes, len);
    note_bytes ("", bytes, (size_t) len);
  }
  if (takes) {
    in->in_pos += len;
    in->in_remaining -= len;
  }
}

enum { SET, RESTORE, FORGET };

static void mark (const long *a) {
  struct tl_in_state *in = reader (a[0]);
  if (!in) {
    return;
  }
  const struct tl_in_methods *m = in_methods (in);
  if (a[1] == SET ? in->in_mark != NULL : !in->in_mark) {
    skip ();
    return;
  }
  (a[1] == SET ? m->fetch_mark : a[1] == RESTORE ? m->fetch_mark_restore : m->fetch_mark_delete) (in);
}

/* ---- headers ---- */

static char *put (char *at, uint64_t number, int len) {
  memcpy (at, &number, (size_t) len);
  return at + len;
}

/* A packet's header by digits: an operation, then up to six markers and what follows them. The original hangs on one marker. */
static int make_packet (char *packet, long digits) {
  static const uint32_t ops[] = { RPC_INVOKE_REQ,      RPC_REQ_RESULT, RPC_INVOKE_REQ, RPC_REQ_RESULT,
                                  RPC_INVOKE_KPHP_REQ, RPC_REQ_ERROR,  RPC_DEST_ACTOR };
  char *at = put (packet, ops[digits % 7], 4);
  at = put (at, 0x1122334455660000 + (uint64_t) digits, 8);
  for (digits /= 7; digits; digits /= 7) {
    switch (digits % 7) {
    case 0:
      at = put (put (at, RPC_DEST_ACTOR, 4), (uint64_t) -digits, 8);
      break;
    case 1:
      at = put (put (put (at, RPC_DEST_ACTOR_FLAGS, 4), (uint64_t) digits << 30, 8), 0, 4);
      break;
    case 2:
      at = put (put (at, RPC_DEST_FLAGS, 4), 0, 4);
      break;
    case 3:
      at = put (put (at, RPC_REQ_ERROR, 4), (uint64_t) digits, 8);
      break;
    case 4:
      at = put (put (at, RPC_REQ_RESULT_FLAGS, 4), 0, 4);
      break;
    case 5:
      at = put (put (at, digits % 2 ? RPC_DEST_FLAGS : RPC_REQ_RESULT_FLAGS, 4), (uint64_t) digits << 20, 4);
      break;
    default:
      at = put (at, 0x20202020, 4);
    }
  }
  at = put (at, 0x74736572, 4);
  return (int) (at - packet);
}

static void read_packet (const long *a) {
  char packet[200];
  int i = (int) a[0] % INS, pieces = (int) a[0] / INS, len = make_packet (packet, a[1]) - (int) a[2];
  if (len < 0) {
    len = 0;
  }
  if (!pieces) {
    read_memory (i, packet, len, false);
  } else {
    read_message (i, packet, len, pieces, 0);
  }
}

static void parse (const long *a) {
  struct tl_query_header h;
  struct tl_in_state *in = reader (a[0]);
  if (in) {
    memset (&h, 0x5a, sizeof (h));
    int result = (a[1] ? lib->tlf_query_answer_header : lib->tlf_query_header) (in, &h);
    note ("%d", result);
    tl_world_note_header (&h);
  }
}

static void parse_flags (const long *a) {
  struct tl_query_header h = { .flags = (int) a[2] };
  struct tl_in_state *in = reader (a[0]);
  if (in) {
    note ("%d", (a[1] ? lib->tlf_query_answer_flags : lib->tlf_query_flags) (in, &h));
    note ("flags %x", (unsigned) h.flags);
  }
}

/* ---- writing ---- */

static const struct tl_out_methods *out_methods (struct tl_out_state *out) {
  return out->out_methods;
}

static void new_out (int i) {
  if (outs[i]) {
    lib->tl_out_state_free (outs[i]);
  }
  memset (out_memory[i], '-', sizeof (out_memory[i]));
  outs[i] = lib->tl_out_state_alloc ();
}

enum {
  TO_PROCESS,
  TO_NOBODY,
  NOT_SENT,
  TCP,
  TCP_UNALIGNED,
  TCP_NONE,
  INIT_TCP,
  INIT_MESSAGE,
  INIT_NONE,
  STRING,
  PLACES
};

/* A place; as a new one, or where the last one was ended. */
static void write_to (const long *a) {
  struct process_id pid = { .ip = 0x0a000001, .port = 80, .pid = 5, .utime = 6 };
  int i = (int) a[0] % OUTS, verbosity = *lib->verbosity, result;
  long long qid = a[2];
  if (!tl_world_ready ()) {
    return;
  }
  if (a[0] / OUTS == 0 || !outs[i] || outs[i]->out_methods || outs[i]->error) {
    new_out (i);
  }
  struct tl_out_state *out = outs[i];
  struct async_job *c = a[1] == TCP || a[1] == TCP_UNALIGNED ? lib->job_incref (tl_world_connection) : NULL;
  switch (a[1]) {
  case TO_PROCESS:
  case TO_NOBODY:
    result = lib->tls_init_raw_msg (out, a[1] == TO_PROCESS ? &pid : NULL, qid);
    break;
  case NOT_SENT:
    result = lib->tls_init_raw_msg_nosend (out);
    break;
  case TCP:
  case TCP_NONE:
    result = lib->tls_init_tcp_raw_msg (out, 1, c, qid);
    break;
  case TCP_UNALIGNED:
    result = lib->tls_init_tcp_raw_msg_unaligned (out, 1, c, qid);
    break;
  case STRING:
    result = lib->tls_init_str (out, out_memory[i] + IN_FRONT, qid, ROOM);
    break;
  default:
    *lib->verbosity = 2;
    catch_stderr_begin ();
    result = lib->tls_init (out,
                            a[1] == INIT_TCP       ? TO_CONNECTION
                            : a[1] == INIT_MESSAGE ? MESSAGE
                                                   : NOWHERE,
                            &pid, qid);
    tl_world_say_log ();
    *lib->verbosity = verbosity;
  }
  note ("%d, qid %lld", result, out->out_qid);
  if (out->out_type >= MESSAGE && out->out_pid && a[1] != NOT_SENT) {
    note ("to %08x", out->out_pid->ip);
  }
}

/* A state that writes: to some place, where there is none. */
static struct tl_out_state *writer (long i) {
  static const long places[OUTS] = { TCP, STRING, NOT_SENT };
  if (!tl_world_ready ()) {
    return NULL;
  }
  if (!outs[i] || !outs[i]->out_type) {
    write_to ((long[]) { i, places[i], i });
  }
  return outs[i];
}

enum store { PLACE, BYTES, RAW_MESSAGE, BACK, LAST, STORES };

static void store (const long *a) {
  static char bytes[ROOM];
  struct tl_out_state *out = writer (a[0]);
  if (!out) {
    return;
  }
  const struct tl_out_methods *m = out_methods (out);
  int len = (int) a[2], back = len < out->out_pos ? len : out->out_pos;
  const char *data = numbered_bytes (a[2], (size_t) len);
  bool is_back = a[1] == BACK || a[1] == LAST;
  if ((!is_back && len > out->out_remaining) || (a[1] == LAST && out->out_type == MEMORY)) {
    skip ();
    return;
  }
  if (a[1] == PLACE) {
    memcpy (m->store_get_ptr (out, len), data, (size_t) len);
  } else if (a[1] == BYTES) {
    m->store_raw_data (out, data, len);
  } else if (a[1] == RAW_MESSAGE) {
    struct raw_message raw;
    lib->rwm_create (&raw, data, len);
    len = raw.total_bytes; /* none where memory was short */
    m->store_raw_msg (out, &raw);
    note ("left %d", out->out_type == MEMORY ? raw.total_bytes : raw.magic);
  } else if (a[1] == BACK) {
    m->store_read_back (out, back);
    len = -back;
  } else {
    m->store_read_back_nondestruct (out, bytes, back);
    note_bytes ("", bytes, (size_t) back);
    len = 0;
  }
  out->out_pos += len;
  out->out_remaining -= len;
}

/* At its end, memory is left a byte at a time: the original moves on by the flag, not by the length. */
static void copy_through (const long *a) {
  struct tl_in_state *in = reader (a[0] % INS);
  struct tl_out_state *out = in ? writer (a[0] / INS % OUTS) : NULL;
  bool takes = a[0] / INS / OUTS;
  if (!out) {
    return;
  }
  int len = (int) a[1] < in->in_remaining ? (int) a[1] : in->in_remaining;
  len = in->in_type == MEMORY && takes && len ? 1 : len;
  if (len > out->out_remaining || !len) {
    skip ();
    return;
  }
  void (*copy) (struct tl_in_state *, struct tl_out_state *, int, int);
  memcpy (&copy, &out_methods (out)->copy_through[in->in_type], sizeof (copy));
  copy (in, out, len, takes);
  in->in_pos += takes ? len : 0;
  in->in_remaining -= takes ? len : 0;
  out->out_pos += len;
  out->out_remaining -= len;
}

static void write_header (const long *a) {
  static const uint32_t ops[] = { RPC_INVOKE_REQ, RPC_REQ_RESULT, RPC_REQ_ERROR, RPC_REQ_ERROR_WRAPPED };
  struct tl_query_header h = { .op = (int) ops[a[1] % 4], .actor_id = a[1] / 4 % 2 ? -a[2] : 0 };
  h.flags = a[1] / 8 ? (int) a[2] : 0;
  struct tl_out_state *out = writer (a[0]);
  if (!out) {
    return;
  }
  if (out->out_remaining < 16) {
    skip ();
    return;
  }
  note ("%d", lib->tls_header (out, &h));
}

/* At the verbosities above 0 the original reads who memory is for, which it does not know. */
static void end (const long *a) {
  int verbosity = *lib->verbosity;
  struct tl_out_state *out = outs[a[0]];
  if (!tl_world_ready ()) {
    return;
  }
  if (!out || (out->out_type == MESSAGE) || (!a[1] && out->out_qid) || (out->out_type && out->out_remaining < 1100)) {
    skip ();
    return;
  }
  bool aligned = out->out_type == MEMORY || out_methods (out) == lib->tl_out_tcp_raw_msg_methods;
  if (out->out_type && aligned && !out->error && out->out_pos % 4) {
    skip ();
    return;
  }
  *lib->verbosity = out->out_type == MEMORY ? 0 : (int) a[2];
  catch_stderr_begin ();
  int op = a[1] == 1 ? (int) RPC_REQ_RESULT : (int) a[1];
  const char *memory = out->out_type == MEMORY ? out->out : NULL;
  int type = out->out_type;
  note ("%d", lib->tls_end_ext (out, op));
  tl_world_say_log ();
  *lib->verbosity = verbosity;
  if (type == MEMORY) {
    const char *from = out_memory[a[0]] + IN_FRONT;
    note_bytes ("in front", from - IN_FRONT, IN_FRONT);
    note_bytes ("holds", from, (size_t) (memory - from) + 64);
  }
  note ("methods %d, place %d, connection %d", out->out_methods != NULL, out->out != NULL, out->out_extra != NULL);
}

static void forget (const long *a) {
  if (!tl_world_ready ()) {
    return;
  }
  if (a[0] < INS) {
    free_in ((int) a[0]);
  } else if (outs[a[0] - INS]) {
    lib->tl_out_state_free (outs[a[0] - INS]);
    outs[a[0] - INS] = NULL;
  }
}

/* ---- errors ---- */

static void set_error (const long *a) {
  if (!tl_world_ready ()) {
    return;
  }
  int verbosity = *lib->verbosity;
  const char *text = numbered_bytes (a[2], (size_t) a[2]);
  char printable[2048];
  struct tl_in_state *in = a[0] < INS ? ins[a[0]] : NULL;
  struct tl_out_state *out = a[0] < INS ? NULL : outs[a[0] - INS];
  if (!in && !out) {
    skip ();
    return;
  }
  for (long i = 0; i < a[2]; i++) {
    printable[i] = (char) ('a' + (unsigned char) text[i] % 26);
  }
  printable[a[2]] = 0;
  *lib->verbosity = (int) a[1] % 3;
  catch_stderr_begin ();
  int number = -(int) a[1] * 100;
  int result = out            ? lib->tls_set_error_format (out, number, "%s of %d", printable, number)
               : a[1] / 3 % 2 ? lib->tlf_set_error (in, number, printable)
                              : lib->tlf_set_error_format (in, number, "%s of %d", printable, number);
  tl_world_say_log ();
  *lib->verbosity = verbosity;
  note ("%d", result);
}

#define IN { "in", 0, INS - 1 }
#define OUT { "out", 0, OUTS - 1 }
static const struct operation operations[] = {
  { "read", read_some, { { "in", 0, INS * 4 - 1 }, { "bytes", 0, 3000 }, { "piece", 0, 700 } }, 6 },
  { "nowhere", read_nothing, { IN }, 1 },
  { "fetch", fetch, { IN, { "how", 0, FETCHES - 1 }, { "bytes", 0, 400 } }, 12 },
  { "mark", mark, { IN, { "what", 0, 2 } }, 5 },
  { "packet", read_packet, { { "in", 0, INS * 9 - 1 }, { "digits", 0, 823543 }, { "cut", 0, 12 } }, 8 },
  { "parse", parse, { IN, { "answer", 0, 1 } }, 10 },
  { "flags", parse_flags, { IN, { "answer", 0, 1 }, { "present", 0, 0x7fffffff } }, 2 },
  { "write", write_to, { { "out", 0, OUTS * 2 - 1 }, { "place", 0, PLACES - 1 }, { "qid", 0, 9 } }, 8 },
  { "store", store, { OUT, { "how", 0, STORES - 1 }, { "bytes", 1, 300 } }, 12 },
  { "store_more", store, { OUT, { "how", BYTES, STORES - 1 }, { "bytes", 301, 2900 } }, 2 },
  { "copy", copy_through, { { "both", 0, INS *OUTS * 2 - 1 }, { "bytes", 0, 500 } }, 8 },
  { "header", write_header, { OUT, { "what", 0, 15 }, { "number", 1, 0x7fffffff } }, 3 },
  { "end", end, { OUT, { "op", 0, 3 }, { "verbosity", 0, 2 } }, 8 },
  { "free", forget, { { "state", 0, INS + OUTS - 1 } }, 2 },
  { "error", set_error, { { "state", 0, INS + OUTS - 1 }, { "number", 0, 99 }, { "bytes", 0, 1100 } }, 3 },
  { 0 },
};

static const char *const fixed[] = {
  "tl_states.write(0,3,5);tl_states.store(0,1,8);tl_states.end(0,1,2);tl_states.write(3,3,5);tl_states.error(2,20,23);tl_states.end(0,1,2);"
  "tl_rules.statistics(1,4)",
  "tl_states.write(1,9,5);tl_states.store(1,1,12);tl_states.header(1,12,77);tl_states.end(1,2,0);tl_states.write(1,9,0);"
  "tl_states.header(1,0,1);tl_states.header(1,4,9);tl_states.header(1,11,9);tl_states.header(1,9,9);tl_states.end(1,1,0)",
  "tl_states.packet(3,8,0);tl_states.parse(1,0);tl_states.packet(4,66,3);tl_states.parse(0,0);tl_rules.statistics(0,2)",
  "tl_states.read(2,100,6);tl_states.mark(0,0);tl_states.fetch(0,0,40);tl_states.fetch(0,3,20);tl_states.mark(0,1);"
  "tl_states.fetch(0,4,90);tl_states.write(2,2,0);tl_states.copy(4,50);tl_states.copy(10,50);tl_states.store(2,4,60)",
  "tl_states.read(0,100,0);tl_states.mark(0,0);tl_states.fetch(0,0,40);tl_states.mark(0,1);tl_states.write(2,9,3);tl_states.copy(4,52);"
  "tl_states.store(2,2,200);tl_states.store(2,3,100);tl_states.end(2,3,0)",
  "tl_states.nowhere(0);tl_states.error(0,21,1100);tl_states.error(0,3,5);tl_states.read(1,3000,9)@1;tl_states.fetch(1,0,400)@2;"
  "tl_states.write(0,4,1)@3;tl_states.copy(1,500)@1;tl_states.end(0,1,1)@2;tl_rules.statistics(0,9)",
  "tl_states.write(0,6,3);tl_states.end(0,2,2);tl_states.write(0,7,3);tl_states.write(0,8,3);tl_rules.references(0,5);"
  "tl_rules.references(1,0);tl_rules.references(2,0);tl_rules.references(2,0)",
  NULL,
};

const struct script_family tl_states_scripts = { "tl_states", CAN_TL, operations, tl_world_begin, observe, fixed };
