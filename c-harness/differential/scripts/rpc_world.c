/*
 * The surroundings of queries: see rpc_world.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "rpc_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_host.h"
#include "own.h"
#include "rpc_jobs.h"
#include "script.h"
#include "tl_packet.h"

enum { RAW = 2, TCP = 3, FD = 7, CAPACITY = 1 << 16, REMOTE_PID_AT = 16 };

struct async_job *rpc_connection;
struct process_id rpc_remote = { .ip = 0x0a000001, .port = 443, .pid = 77, .utime = 1700000000 };
bool rpc_connected = true;
static bool on, only_targets, inserted;
static int ins, outs, headers, messages, messages_before = -1;

static void must (bool holds, const char *what) {
  if (!holds) {
    note ("wrong: %s;", what);
    abort ();
  }
}

/* The connection's job stays locked. */
static int never (struct async_job *job, int signal, struct job_thread *thread) {
  (void) job;
  (void) thread;
  note ("the connection gets %d;", signal);
  abort ();
}

bool rpc_world_is_on (void) {
  return on;
}

void rpc_world_begin (void) {
  on = true;
  only_targets = inserted = false;
  http_host_library (thread_local_at);
  rpc_jobs_begin ();
  rpc_connection = rpc_job_new (never, sizeof (struct connection_info));
  struct connection_info *c = http_connection_info (rpc_connection);
  c->fd = FD;
  c->generation = 1;
  memcpy ((char *) c->custom_data + REMOTE_PID_AT, &rpc_remote, sizeof (rpc_remote));
}

void rpc_world_targets (struct async_job *connection) {
  if (!on) {
    only_targets = inserted = true;
    rpc_connection = connection;
  }
}

void rpc_world_step (void) {
  messages_before = http_messages_alive ();
}

void rpc_world_observe (void) {
  messages += messages_before < 0 ? 0 : http_messages_alive () - messages_before;
  messages_before = -1;
  note ("jobs %lld, connection %d %s, in %d, out %d, headers %d, messages %d;", rpc_jobs_alive (),
        rpc_connection->j_refcnt, inserted ? "known" : "unknown", ins, outs, headers, messages);
}

static void note_pid (const struct process_id *pid) {
  note ("%08x:%d:%d:%d;", pid->ip, pid->port, pid->pid, pid->utime);
}

/* ---- reading ---- */

static void look (struct tl_in_state *in, void *to, int len) {
  must (in->in_remaining >= len && lib->rwm_fetch_lookup (in->in, to, len) == len, "a look behind the end");
}

static void take (struct tl_in_state *in, void *to, int len) {
  look (in, to, len);
  lib->rwm_skip_data (in->in, len);
}

static void move (struct tl_in_state *in, int len) {
  must (in->in_remaining >= len && lib->rwm_skip_data (in->in, len) == len, "a move behind the end");
}

static const struct tl_in_methods in_methods = { .fetch_lookup = look, .fetch_raw_data = take, .fetch_move = move };

static void in_error (struct tl_in_state *in, const char *text) {
  if (!in->error) {
    in->error = strdup (text);
    in->errnum = -1000;
  }
}

/* The next words as a number; an error where they are not there. */
static long long number (struct tl_in_state *in, int len) {
  long long n = 0;
  if (in->error || in->in_remaining < len) {
    in_error (in, "a packet that ends");
    return -1;
  }
  take (in, &n, len);
  in->in_pos += len;
  in->in_remaining -= len;
  return n;
}

static unsigned next_word (struct tl_in_state *in) {
  unsigned word = 0;
  if (!in->error && in->in_remaining >= 4) {
    look (in, &word, 4);
  }
  return word;
}

LEGACY (struct tl_in_state *, tl_in_state_alloc, void) {
  if (!on) {
    return OWN (tl_in_state_alloc) ();
  }
  ins++;
  return calloc (1, sizeof (struct tl_in_state));
}

LEGACY (void, tl_in_state_free, struct tl_in_state *in) {
  if (!on) {
    OWN (tl_in_state_free) (in);
    return;
  }
  ins--;
  if (in->in) {
    http_message_free (in->in);
  }
  free (in->error);
  free (in);
}

LEGACY (int, tlf_init_raw_message, struct tl_in_state *in, struct raw_message *raw, int size, int dup) {
  if (!on) {
    return OWN (tlf_init_raw_message) (in, raw, size, dup);
  }
  must (!in->in_type && !dup && raw->magic && raw->total_bytes == size, "a place to read from");
  in->in = malloc (sizeof (*raw));
  memcpy (in->in, raw, sizeof (*raw));
  memset (raw, 0, sizeof (*raw));
  in->in_type = RAW;
  in->in_methods = &in_methods;
  in->in_remaining = size;
  return 0;
}

struct tl_in_state *rpc_in (struct raw_message *raw) {
  struct tl_in_state *in = world_tl_in_state_alloc ();
  world_tlf_init_raw_message (in, raw, raw->total_bytes, 0);
  return in;
}

void rpc_in_free (struct tl_in_state *in) {
  world_tl_in_state_free (in);
}

/* ---- headers ---- */

static void read_header (struct tl_in_state *in, struct tl_query_header *h) {
  memset (h, 0, sizeof (*h));
  headers++;
  h->op = h->real_op = (int) number (in, 4);
  h->ref_cnt = 1;
  h->qid = number (in, 8);
}

LEGACY (int, tlf_query_header, struct tl_in_state *in, struct tl_query_header *h) {
  if (!on) {
    return OWN (tlf_query_header) (in, h);
  }
  read_header (in, h);
  if (next_word (in) == RPC_DEST_ACTOR_FLAGS) {
    number (in, 4);
    h->actor_id = number (in, 8);
    h->flags = (int) number (in, 4);
  }
  return in->error ? -1 : 0;
}

LEGACY (int, tlf_query_answer_header, struct tl_in_state *in, struct tl_query_header *h) {
  if (!on) {
    return OWN (tlf_query_answer_header) (in, h);
  }
  read_header (in, h);
  return in->error ? -1 : 0;
}

LEGACY (struct tl_query_header *, tl_query_header_dup, struct tl_query_header *h) {
  if (!on) {
    return OWN (tl_query_header_dup) (h);
  }
  h->ref_cnt++;
  return h;
}

LEGACY (void, tl_query_header_delete, struct tl_query_header *h) {
  if (!on) {
    OWN (tl_query_header_delete) (h);
    return;
  }
  must (h->ref_cnt > 0, "a header without references");
  if (!--h->ref_cnt) {
    headers--;
    free (h);
  }
}

struct tl_query_header *rpc_header (long long qid, int flags) {
  struct tl_query_header *h = calloc (1, sizeof (*h));
  headers++;
  h->qid = qid;
  h->flags = flags;
  h->ref_cnt = 1;
  return h;
}

void rpc_header_drop (struct tl_query_header *h) {
  world_tl_query_header_delete (h);
}

/* ---- writing ---- */

static void *place (struct tl_out_state *out, int len) {
  void *at = lib->rwm_postpone_alloc (out->out, len);
  must (at != NULL, "room for an answer");
  return at;
}

static void store_bytes (struct tl_out_state *out, const void *data, int len) {
  must (lib->rwm_push_data (out->out, data, len) == len, "room for an answer");
}

static void store_message (struct tl_out_state *out, void *message) {
  struct raw_message *raw = message;
  store_bytes (out, http_message_bytes (raw), raw->total_bytes);
  lib->rwm_free (raw);
}

static const struct tl_out_methods out_methods = { .store_get_ptr = place,
                                                   .store_raw_data = store_bytes,
                                                   .store_raw_msg = store_message };

static int begin_answer (struct tl_out_state *out, int type, long long qid, const struct process_id *pid, int room) {
  must (!out->out_methods, "a place that is used");
  if (!http_host_used ()) {
    http_host_library (thread_local_at);
  }
  out->out = http_message_new ();
  out->out_type = type;
  out->out_methods = &out_methods;
  out->out_remaining = room;
  out->out_qid = qid;
  if (pid) {
    out->out_pid_buf = *pid;
  }
  return 0;
}

static void end_answer (struct tl_out_state *out) {
  if (out->out) {
    http_message_free (out->out);
  }
  if (out->out_extra) {
    lib->job_decref (1, out->out_extra);
  }
  out->out = out->out_extra = NULL;
  out->out_methods = NULL;
  out->out_type = 0;
}

static struct tl_out_state *new_out (void) {
  outs++;
  return calloc (1, sizeof (struct tl_out_state));
}

static void free_out (struct tl_out_state *out) {
  outs--;
  end_answer (out);
  free (out->error);
  free (out);
}

LEGACY (struct tl_out_state *, tl_out_state_alloc, void) {
  return on ? new_out () : OWN (tl_out_state_alloc) ();
}

LEGACY (void, tl_out_state_free, struct tl_out_state *out) {
  if (on) {
    free_out (out);
  } else {
    OWN (tl_out_state_free) (out);
  }
}

LEGACY (int, tls_init_raw_msg, struct tl_out_state *out, struct process_id *pid, long long qid) {
  return on ? begin_answer (out, RAW, qid, pid, CAPACITY) : OWN (tls_init_raw_msg) (out, pid, qid);
}

LEGACY (int, tls_init_raw_msg_nosend, struct tl_out_state *out) {
  return on ? begin_answer (out, RAW, 0, NULL, CAPACITY) : OWN (tls_init_raw_msg_nosend) (out);
}

LEGACY (int, tls_init_tcp_raw_msg, struct tl_out_state *out, int tag, struct async_job *connection, long long qid) {
  if (!on) {
    return OWN (tls_init_tcp_raw_msg) (out, tag, connection, qid);
  }
  (void) tag;
  must (connection == rpc_connection, "a connection");
  out->out_extra = connection;
  return begin_answer (out, TCP, qid, &rpc_remote, CAPACITY);
}

LEGACY (int, tls_set_error_format, struct tl_out_state *out, int errnum, const char *format, ...) {
  char text[1000];
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (text, sizeof (text), format, arguments);
  va_end (arguments);
  if (!on) {
    return OWN (tls_set_error_format) (out, errnum, "%s", text);
  }
  rpc_set_error (out, errnum, text);
  return 0;
}

LEGACY (int, tls_end_ext, struct tl_out_state *out, int op) {
  if (!on) {
    return OWN (tls_end_ext) (out, op);
  }
  note ("answer of kind %d, %x, to %llx at ", out->out_type, (unsigned) op, out->out_qid);
  note_pid (&out->out_pid_buf);
  if (out->error) {
    note ("error %d %s;", out->errnum, out->error);
  } else {
    note_bytes ("holds", http_message_bytes (out->out), (size_t) out->out_pos);
    must (((struct raw_message *) out->out)->total_bytes == out->out_pos, "the position of an answer");
  }
  end_answer (out);
  return 0;
}

void rpc_set_error (struct tl_out_state *out, int number_, const char *text) {
  if (!out->error) {
    out->error = strdup (text);
    out->errnum = number_;
  }
}

struct tl_out_state *rpc_out (int room) {
  struct tl_out_state *out = new_out ();
  begin_answer (out, RAW, 0, NULL, room);
  return out;
}

void rpc_out_end (struct tl_out_state *out) {
  if (out->out) {
    note_bytes ("wrote", http_message_bytes (out->out), (size_t) ((struct raw_message *) out->out)->total_bytes);
    note ("at %d, %d left;", out->out_pos, out->out_remaining);
  }
  free_out (out);
}

void rpc_store (struct tl_out_state *out, unsigned word) {
  store_bytes (out, &word, 4);
  out->out_pos += 4;
  out->out_remaining -= 4;
}

/* ---- connections ---- */

LEGACY (struct async_job *, rpc_target_lookup, struct process_id *pid) {
  if (!on && !only_targets) {
    return OWN (rpc_target_lookup) (pid);
  }
  note ("looks for ");
  note_pid (pid);
  return inserted ? rpc_connection : NULL;
}

LEGACY (struct async_job *, rpc_target_choose_connection, struct async_job *target, struct process_id *pid) {
  if (!on && !only_targets) {
    return OWN (rpc_target_choose_connection) (target, pid);
  }
  return target && rpc_connected ? lib->job_incref (rpc_connection) : NULL;
}

LEGACY (void, rpc_target_insert_conn, struct async_job *connection) {
  if (!on) {
    OWN (rpc_target_insert_conn) (connection);
    return;
  }
  must (connection == rpc_connection, "a connection");
  inserted = true;
}

LEGACY (void, rpc_target_delete_conn, struct async_job *connection) {
  if (!on) {
    OWN (rpc_target_delete_conn) (connection);
    return;
  }
  must (connection == rpc_connection, "a connection");
  inserted = false;
}

LEGACY (struct async_job *, connection_get_by_fd, int fd) {
  if (!on) {
    return OWN (connection_get_by_fd) (fd);
  }
  return fd == FD && rpc_connected ? lib->job_incref (rpc_connection) : NULL;
}
