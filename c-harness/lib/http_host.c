/*
 * The host of an HTTP server: see http_host.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "http_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JOB_HEADER = 64, WORKING = 2, WRITE_CLOSE = 5, STOP_READ = 0x800, BUFFER_HEADER = 16, ROOM = 1 << 18 };
/* Flags of a job: locked, and RUN pending. */
enum { LOCKED = 0x10000, RUN_PENDING = 0x1000000, REFERENCES = 1000 };

static int pieces, closings, generation;
/* One connection, at an address as a job has it. */
static _Alignas (64) char connection[JOB_HEADER + sizeof (struct connection_info)];

static void must (int holds) {
  if (!holds) {
    abort ();
  }
}

/* ---- the library ---- */

#define LIBRARY(X)                                                                        \
  X (struct mp_queue *, alloc_mp_queue_w, (void) )                                        \
  X (void, free_mp_queue, (struct mp_queue * queue))                                      \
  X (long, mpq_push_w, (struct mp_queue * queue, void *value, int flags))                 \
  X (void *, mpq_pop_nw, (struct mp_queue * queue, int flags))                            \
  X (int, init_msg_buffers, (long most))                                                  \
  X (struct msg_buffer *, alloc_msg_buffer, (struct msg_buffer * neighbor, int size))     \
  X (struct msg_part *, new_msg_part, (struct msg_part * neighbor, struct msg_buffer *) ) \
  X (int, rwm_init, (struct raw_message * raw, int bytes))                                \
  X (int, rwm_free, (struct raw_message * raw))                                           \
  X (int, rwm_push_data, (struct raw_message * raw, const void *data, int bytes))         \
  X (int, rwm_union, (struct raw_message * raw, struct raw_message * tail))               \
  X (int, rwm_fetch_lookup, (struct raw_message * raw, void *data, int bytes))            \
  X (void, sb_init, (struct stats_buffer * sb, char *text, int room))                     \
  X (int, raw_msg_prepare_stat, (struct stats_buffer * sb))

static struct {
#define X(type, name, parameters) type (*name) parameters;
  LIBRARY (X)
#undef X
} library;
static void *(*find) (const char *name);

void http_host_library (void *(*find_by_name) (const char *name)) {
  void *at;
  find = find_by_name;
#define X(type, name, parameters) \
  at = find (#name);              \
  memcpy (&library.name, &at, sizeof (at));
  LIBRARY (X)
#undef X
  http_host_thread ();
  if (library.init_msg_buffers) {
    library.init_msg_buffers (0);
  }
}

bool http_host_used (void) {
  return find != NULL;
}

void http_host_thread (void) {
  static const char *const modules[][2] = {
    { "jobs_module_stat_mp_queue", "jobs_module_thread_init_mp_queue" },
    { "jobs_module_stat_raw_msg", "jobs_module_thread_init_raw_msg" },
    { "jobs_module_stat_raw_msg_buffer", "jobs_module_thread_init_raw_msg_buffer" },
  };
  for (size_t i = 0; i < sizeof (modules) / sizeof (modules[0]); i++) {
    void **block = find (modules[i][0]), *at = find (modules[i][1]);
    void (*init) (void);
    memcpy (&init, &at, sizeof (at));
    if (block && init && !*block) {
      init ();
    }
  }
}

/* ---- messages ---- */

void http_message_pieces (int bytes) {
  pieces = bytes;
}

int http_messages_alive (void) {
  char text[200];
  struct stats_buffer sb;
  int count = -1;
  library.sb_init (&sb, text, sizeof (text));
  library.raw_msg_prepare_stat (&sb);
  const char *line = strstr (text, "rwm_total_msgs\t");
  must (line && sscanf (line, "rwm_total_msgs\t%d", &count) == 1);
  return count;
}

const char *http_message_bytes (const struct raw_message *raw) {
  static char bytes[ROOM];
  struct raw_message copy = *raw;
  must (raw->total_bytes < ROOM);
  if (raw->total_bytes) {
    must (library.rwm_fetch_lookup (&copy, bytes, raw->total_bytes) == raw->total_bytes);
  }
  return bytes;
}

struct raw_message *http_message_new (void) {
  struct raw_message *raw = calloc (1, sizeof (*raw));
  must (raw != NULL);
  http_host_thread ();
  library.rwm_init (raw, 0);
  return raw;
}

void http_message_free (struct raw_message *raw) {
  library.rwm_free (raw);
  free (raw);
}

/* A message in pieces, as a connection makes it of what it has received: by hand. */
static void in_pieces (struct raw_message *raw, const char *data, int len) {
  library.rwm_init (raw, 0);
  for (int at = 0; at < len; at += pieces) {
    int piece = len - at < pieces ? len - at : pieces;
    struct msg_buffer *buffer = library.alloc_msg_buffer (NULL, piece);
    must (buffer != NULL);
    struct msg_part *part = library.new_msg_part (NULL, buffer);
    memcpy ((char *) buffer + BUFFER_HEADER, data + at, (size_t) piece);
    part->data_end = piece;
    if (raw->last) {
      raw->last->next = part;
    } else {
      raw->first = part;
    }
    raw->last = part;
    raw->last_offset = piece;
    raw->total_bytes += piece;
  }
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
    library.free_mp_queue (c->out_queue);
    library.rwm_free (&c->in);
    library.rwm_free (&c->out);
  }
  memset (connection, 0, sizeof (connection));
  /* As while its own thread runs it: a signal stays pending, and nothing of the job system is needed. */
  job->j_flags = LOCKED;
  job->j_refcnt = REFERENCES;
  c->status = WORKING;
  c->extra = functions;
  c->out_queue = library.alloc_mp_queue_w ();
  library.rwm_init (&c->in, 0);
  library.rwm_init (&c->out, 0);
  return job;
}

static bool used;

bool http_connection_used (void) {
  return used;
}

void http_connection_receive (struct async_job *job, const void *data, int len) {
  used = true;
  http_host_thread ();
  struct raw_message *in = &http_connection_info (job)->in, received;
  if (!pieces) {
    library.rwm_push_data (in, data, len);
    return;
  }
  in_pieces (&received, data, len);
  library.rwm_union (in, &received);
}

struct raw_message *http_connection_answer (struct async_job *job) {
  return library.mpq_pop_nw (http_connection_info (job)->out_queue, 4);
}

void http_connection_queue (struct async_job *job, struct raw_message *raw) {
  library.mpq_push_w (http_connection_info (job)->out_queue, raw, 0);
}

/* ---- what stands in for net/net-connections ---- */

/* Weak: where the drop-in is linked statically, its own functions go first. Where a library is loaded, these are found before
   its own, which are asked where a script wants real connections. */
#define STAND_IN __attribute__ ((weak))
__attribute__ ((weak)) void *library_own (const char *name) __asm__ ("own");
#define REAL(name) ((__typeof__ (&(name))) library_own (#name))

bool http_host_has_real_connections;

static bool is_elsewhere (const struct async_job *job) {
  return library_own && http_host_has_real_connections && (const void *) job != connection;
}

STAND_IN void connection_write_close (struct async_job *job) {
  if (is_elsewhere (job)) {
    REAL (connection_write_close) (job);
    return;
  }
  struct connection_info *c = http_connection_info (job);
  if (c->status == WORKING) {
    c->status = WRITE_CLOSE;
    c->flags |= STOP_READ;
    closings++;
  }
}

STAND_IN int cpu_server_close_connection (struct async_job *job, int who) {
  if (is_elsewhere (job)) {
    return REAL (cpu_server_close_connection) (job, who);
  }
  http_connection_info (job)->status = 0;
  return who + 1000;
}

STAND_IN int net_accept_new_connections (struct async_job *listening) {
  return is_elsewhere (listening) ? REAL (net_accept_new_connections) (listening) : -1;
}

STAND_IN int new_conn_generation (void) {
  return library_own && http_host_has_real_connections ? REAL (new_conn_generation) () : ++generation;
}

STAND_IN int server_failed (struct async_job *job) {
  return is_elsewhere (job) ? REAL (server_failed) (job) : -1;
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
