/*
 * What surrounds queries to the engine, besides jobs: a connection to a process, states to read from and to write to, and headers.
 * The same for both sides. A packet's words are in the machine's order, and an answer is told when it ends.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_RPC_WORLD_H
#define DIFFERENTIAL_RPC_WORLD_H

#include <stdbool.h>

#include "legacy_types.h"

/* From now on the definitions are these, and there are jobs. */
void rpc_world_begin (void);
bool rpc_world_is_on (void);

/* Of all this, only that the connection to every process is this one. */
void rpc_world_targets (struct async_job *connection);

/* The connection, whose descriptor is 7; it may be closed, and opened again as another one. */
extern struct async_job *rpc_connection;
extern struct process_id rpc_remote;
extern bool rpc_connected;

/* A packet that a script reads itself; the message is taken over. */
struct tl_in_state *rpc_in (struct raw_message *raw);
void rpc_in_free (struct tl_in_state *in);
/* A header of a query of the script's. */
struct tl_query_header *rpc_header (long long qid, int flags);
void rpc_header_drop (struct tl_query_header *header);
/* A place to write to, and the end of what is written there; at any time. */
struct tl_out_state *rpc_out (int room);
void rpc_out_end (struct tl_out_state *out);
/* Writes one word. */
void rpc_store (struct tl_out_state *out, unsigned word);
void rpc_set_error (struct tl_out_state *out, int number, const char *text);
/* How many of each there are; messages, those of steps that begin with a call. */
void rpc_world_step (void);
void rpc_world_observe (void);

#endif
