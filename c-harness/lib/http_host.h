/*
 * What an HTTP server asks of its host, without sockets and threads: messages and a connection. The same for both sides: these
 * definitions go before those of the library under test. They hold while net/net-msg and net/net-connections are not under
 * test themselves. Queues are the library's own.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_HTTP_HOST_H
#define HARNESS_HTTP_HOST_H

#include <stdbool.h>

#include "legacy_types.h"

struct async_job;
struct mp_queue;

/* The library's own queues, which the connection's is one of; by a function that finds them by their names. */
void http_host_queues (void *(*find) (const char *name));

/* A connection that works, with its functions and an empty input; what one before it held is gone. */
struct async_job *http_connection_open (struct http_server_functions *functions);
struct connection_info *http_connection_info (struct async_job *job);
/* The request, a copy: it lies unaligned. */
struct hts_data http_connection_data (struct async_job *job);
void http_connection_set_data (struct async_job *job, const struct hts_data *data);
/* Adds to what it received. */
void http_connection_receive (struct async_job *job, const void *data, int len);
/* The next answer that was queued, which the caller frees with http_message_free; NULL for none. */
struct raw_message *http_connection_answer (struct async_job *job);
/* Queues one. */
void http_connection_queue (struct async_job *job, struct raw_message *raw);

/* Whether any connection has received something. */
bool http_connection_used (void);

/* How long the blocks of messages are; how many messages there are with bytes of their own. */
void http_message_pieces (int bytes);
int http_messages_alive (void);

struct raw_message *http_message_new (void);
void http_message_free (struct raw_message *raw);
const char *http_message_bytes (const struct raw_message *raw);

/* Whether the job was signalled, and how often the connection was closed; since the last call. */
int http_connection_signals (void);
int http_connection_closings (void);

/* The legacy functions. */
int rwm_init (struct raw_message *raw, int alloc_bytes);
int rwm_free (struct raw_message *raw);
void rwm_clone (struct raw_message *to, struct raw_message *from);
void rwm_move (struct raw_message *to, struct raw_message *from);
int rwm_push_data (struct raw_message *raw, const void *data, int alloc_bytes);
int rwm_skip_data (struct raw_message *raw, int bytes);
int rwm_trunc (struct raw_message *raw, int len);
int rwm_union (struct raw_message *raw, struct raw_message *tail);
int rwm_fetch_lookup (struct raw_message *raw, void *buf, int bytes);
int rwm_get_block_ptr_bytes (struct raw_message *raw);
void *rwm_get_block_ptr (struct raw_message *raw);
int rwm_process (struct raw_message *raw, int bytes, int (*process_block) (void *, const void *, int), void *extra);
void connection_write_close (struct async_job *job);
int cpu_server_close_connection (struct async_job *job, int who);
int net_accept_new_connections (struct async_job *listening);
int new_conn_generation (void);
int server_failed (struct async_job *job);

#endif
