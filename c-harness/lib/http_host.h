/*
 * What an HTTP server asks of its host, without sockets and threads: a connection. The same for both sides: these
 * definitions go before those of the library under test. They hold while net/net-connections is not under test itself. Queues and
 * messages are the library's own.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_HTTP_HOST_H
#define HARNESS_HTTP_HOST_H

#include <stdbool.h>

#include "legacy_types.h"

struct async_job;
struct mp_queue;

/* The library's own queues, which the connection's is one of, and messages; by a function that finds them by their names. The
   second one is for each further thread, as the original's job threads do at their start. */
void http_host_library (void *(*find_by_name) (const char *name));
void http_host_thread (void);

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

/* Whether any connection has received something; whether there is a library. */
bool http_connection_used (void);
bool http_host_used (void);

/* How long the pieces are in which bytes are received, 0 for as long as the library makes them; how many messages there are. */
void http_message_pieces (int bytes);
int http_messages_alive (void);

struct raw_message *http_message_new (void);
void http_message_free (struct raw_message *raw);
/* Valid until the next call. */
const char *http_message_bytes (const struct raw_message *raw);

/* Whether the job was signalled, and how often the connection was closed; since the last call. */
int http_connection_signals (void);
int http_connection_closings (void);

/* The legacy functions. */
/* From now on these are the library's own, for other connections than this one. */
extern bool http_host_has_real_connections;
void connection_write_close (struct async_job *job);
int cpu_server_close_connection (struct async_job *job, int who);
int net_accept_new_connections (struct async_job *listening);
int new_conn_generation (void);
int server_failed (struct async_job *job);

#endif
