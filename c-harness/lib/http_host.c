/*
 * The host of an HTTP server: see http_host.h. A message owns its bytes: `first` is their memory, `first_offset` where they start.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "http_host.h"

#include <stdlib.h>
#include <string.h>

enum { JOB_HEADER = 64, MAGIC = 0x23513473, WORKING = 2, WRITE_CLOSE = 5, STOP_READ = 0x800 };
/* Flags of a job: locked, and RUN pending. */
enum { LOCKED = 0x10000, RUN_PENDING = 0x1000000, REFERENCES = 1000 };

static int pieces = 1 << 20, alive, closings, generation;
/* One connection, at an address as a job has it. */
static _Alignas (64) char connection[JOB_HEADER + sizeof (struct connection_info)];

static void must (int holds) {
  if (!holds) {
    abort ();
  }
}

/* ---- messages ---- */

void http_message_pieces (int bytes) {
  pieces = bytes;
}

int http_messages_alive (void) {
  return alive;
}

const char *http_message_bytes (const struct raw_message *raw) {
  return raw->first ? (const char *) raw->first + raw->first_offset : "";
}

static void drop_bytes (struct raw_message *raw) {
  alive -= raw->first != NULL;
  free (raw->first);
  raw->first = NULL;
  raw->total_bytes = raw->first_offset = 0;
}

int rwm_init (struct raw_message *raw, int alloc_bytes) {
  must (!alloc_bytes);
  memset (raw, 0, sizeof (*raw));
  raw->magic = MAGIC;
  return 0;
}

int rwm_free (struct raw_message *raw) {
  must (raw->magic == MAGIC);
  int len = raw->total_bytes;
  drop_bytes (raw);
  raw->magic = 0;
  return len;
}

int rwm_push_data (struct raw_message *raw, const void *data, int len) {
  must (raw->magic == MAGIC && len >= 0);
  if (!len) {
    return 0;
  }
  char *bytes = malloc ((size_t) (raw->total_bytes + len));
  must (bytes != NULL);
  memcpy (bytes, http_message_bytes (raw), (size_t) raw->total_bytes);
  memcpy (bytes + raw->total_bytes, data, (size_t) len);
  int total = raw->total_bytes + len;
  drop_bytes (raw);
  alive++;
  raw->first = (void *) bytes;
  raw->total_bytes = total;
  return len;
}

void rwm_clone (struct raw_message *to, struct raw_message *from) {
  must (from->magic == MAGIC);
  rwm_init (to, 0);
  rwm_push_data (to, http_message_bytes (from), from->total_bytes);
}

void rwm_move (struct raw_message *to, struct raw_message *from) {
  must (from->magic == MAGIC);
  *to = *from;
  memset (from, 0, sizeof (*from));
}

int rwm_skip_data (struct raw_message *raw, int bytes) {
  must (raw->magic == MAGIC && bytes >= 0);
  bytes = bytes < raw->total_bytes ? bytes : raw->total_bytes;
  raw->first_offset += bytes;
  raw->total_bytes -= bytes;
  return bytes;
}

int rwm_trunc (struct raw_message *raw, int len) {
  must (raw->magic == MAGIC);
  if (len < raw->total_bytes) {
    must (len >= 0);
    raw->total_bytes = len;
  }
  return raw->total_bytes;
}

int rwm_union (struct raw_message *raw, struct raw_message *tail) {
  must (raw->magic == MAGIC && tail->magic == MAGIC);
  rwm_push_data (raw, http_message_bytes (tail), tail->total_bytes);
  drop_bytes (tail);
  return 0;
}

int rwm_fetch_lookup (struct raw_message *raw, void *buf, int bytes) {
  must (raw->magic == MAGIC);
  bytes = bytes < raw->total_bytes ? bytes : raw->total_bytes;
  memcpy (buf, http_message_bytes (raw), (size_t) bytes);
  return bytes;
}

int rwm_get_block_ptr_bytes (struct raw_message *raw) {
  return raw->total_bytes < pieces ? raw->total_bytes : pieces;
}

void *rwm_get_block_ptr (struct raw_message *raw) {
  return raw->first ? (char *) raw->first + raw->first_offset : NULL;
}

int rwm_process (struct raw_message *raw, int bytes, int (*process_block) (void *, const void *, int), void *extra) {
  bytes = bytes < raw->total_bytes ? bytes : raw->total_bytes;
  for (int at = 0; at < bytes; at += pieces) {
    int result = process_block (extra, http_message_bytes (raw) + at, bytes - at < pieces ? bytes - at : pieces);
    if (result < 0) {
      return result;
    }
  }
  return bytes;
}

struct raw_message *http_message_new (void) {
  struct raw_message *raw = calloc (1, sizeof (*raw));
  must (raw != NULL);
  rwm_init (raw, 0);
  return raw;
}

void http_message_free (struct raw_message *raw) {
  rwm_free (raw);
  free (raw);
}

/* ---- queues ---- */

static struct mp_queue *(*alloc_queue) (void);
static void (*free_queue) (struct mp_queue *queue);
static long (*push) (struct mp_queue *queue, void *value, int flags);
static void *(*pop) (struct mp_queue *queue, int flags);

void http_host_queues (void *(*find) (const char *name)) {
  alloc_queue = (struct mp_queue * (*) (void) ) find ("alloc_mp_queue_w");
  free_queue = (void (*) (struct mp_queue *)) find ("free_mp_queue");
  push = (long (*) (struct mp_queue *, void *, int)) find ("mpq_push_w");
  pop = (void *(*) (struct mp_queue *, int) ) find ("mpq_pop_nw");
}

/* ---- the connection ---- */

struct connection_info *http_connection_info (struct async_job *job) {
  return (struct connection_info *) ((char *) job + JOB_HEADER);
}

struct hts_data http_connection_data (struct async_job *job) {
  struct hts_data data;
  memcpy (&data, http_connection_info (job)->custom_data, sizeof (data));
  return data;
}

void http_connection_set_data (struct async_job *job, const struct hts_data *data) {
  memcpy (http_connection_info (job)->custom_data, data, sizeof (*data));
}

struct async_job *http_connection_open (struct http_server_functions *functions) {
  struct async_job *job = (struct async_job *) connection;
  struct connection_info *c = http_connection_info (job);
  if (c->out_queue) {
    for (struct raw_message *raw; (raw = http_connection_answer (job));) {
      http_message_free (raw);
    }
    free_queue (c->out_queue);
    rwm_free (&c->in);
    rwm_free (&c->out);
  }
  memset (connection, 0, sizeof (connection));
  /* As while its own thread runs it: a signal stays pending, and nothing of the job system is needed. */
  job->j_flags = LOCKED;
  job->j_refcnt = REFERENCES;
  c->status = WORKING;
  c->extra = functions;
  c->out_queue = alloc_queue ();
  rwm_init (&c->in, 0);
  rwm_init (&c->out, 0);
  return job;
}

static bool used;

bool http_connection_used (void) {
  return used;
}

void http_connection_receive (struct async_job *job, const void *data, int len) {
  used = true;
  rwm_push_data (&http_connection_info (job)->in, data, len);
}

struct raw_message *http_connection_answer (struct async_job *job) {
  return pop (http_connection_info (job)->out_queue, 4);
}

void http_connection_queue (struct async_job *job, struct raw_message *raw) {
  push (http_connection_info (job)->out_queue, raw, 0);
}

void connection_write_close (struct async_job *job) {
  struct connection_info *c = http_connection_info (job);
  if (c->status == WORKING) {
    c->status = WRITE_CLOSE;
    c->flags |= STOP_READ;
    closings++;
  }
}

int cpu_server_close_connection (struct async_job *job, int who) {
  http_connection_info (job)->status = 0;
  return who + 1000;
}

int net_accept_new_connections (struct async_job *listening) {
  (void) listening;
  return -1;
}

int new_conn_generation (void) {
  return ++generation;
}

int server_failed (struct async_job *job) {
  (void) job;
  return -1;
}

static int taken (int *count) {
  int was = *count;
  *count = 0;
  return was;
}

int http_connection_signals (void) {
  struct async_job *job = (struct async_job *) connection;
  int pending = (job->j_flags & RUN_PENDING) != 0;
  must (job->j_refcnt == REFERENCES);
  job->j_flags &= ~RUN_PENDING;
  return pending;
}

int http_connection_closings (void) {
  return taken (&closings);
}
