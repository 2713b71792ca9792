/*
 * The surroundings of places to read from and to write to: see tl_world.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "tl_world.h"

#include <string.h>

#include "http_host.h"
#include "interpose.h"
#include "own.h"
#include "rpc_world.h"
#include "script.h"

enum { REMOTE_PID_AT = 16 };

struct async_job *tl_world_connection;
static bool begun;

LEGACY (unsigned, tcp_get_default_rpc_flags, void) {
  return begun ? 12345 : OWN (tcp_get_default_rpc_flags) ();
}

LEGACY (void, tcp_rpc_conn_send, int tag, struct async_job *c, struct raw_message *raw, int flags) {
  if (!begun) {
    OWN (tcp_rpc_conn_send) (tag, c, raw, flags);
    return;
  }
  note ("%s is sent with flags %d;", c == tl_world_connection ? "to the connection" : "elsewhere", flags);
  note_bytes ("it holds", http_message_bytes (raw), (size_t) raw->total_bytes);
  http_message_free (raw);
  lib->job_decref (tag, c);
}

void tl_world_begin (void) {
  struct process_id remote = { .ip = 0x7b2d4359, .port = 443, .pid = 77, .utime = 1700000000 };
  begun = true;
  *lib->max_job_thread_id = 8;
  http_host_library (thread_local_at);
  tl_world_connection = http_connection_open (NULL);
  memcpy ((char *) http_connection_info (tl_world_connection)->custom_data + REMOTE_PID_AT, &remote, sizeof (remote));
  rpc_world_targets (tl_world_connection);
}

bool tl_world_ready (void) {
  http_host_thread ();
  if (!*(void **) thread_local_at ("jobs_module_stat_tl_parse")) {
    lib->jobs_module_thread_init_tl_parse ();
  }
  if (rpc_world_is_on ()) {
    skip ();
  }
  return !rpc_world_is_on ();
}

/* What the log says, without its times. */
void tl_world_say_log (void) {
  size_t len;
  const char *text = catch_stderr_end (&len);
  while (*text) {
    const char *end = strchr (text, '\n'), *start = strstr (text, "local] ");
    end = end ? end + 1 : text + strlen (text);
    start = start && start < end ? start + 7 : text;
    note_bytes ("logs", start, (size_t) (end - start));
    text = end;
  }
}

void tl_world_note_header (const struct tl_query_header *h) {
  note ("qid %llx actor %llx flags %x op %x %x references %d%s", h->qid, h->actor_id, (unsigned) h->flags,
        (unsigned) h->op, (unsigned) h->real_op, h->ref_cnt, h->qw_params ? ", more" : "");
}
