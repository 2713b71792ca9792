/*
 * Targets of RPC queries where the original aborts, or keeps what nobody needs.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "legacy_names.h"
#include "sentences.h"

enum { REFERENCES = 1000, REMOTE_PID = 16, READY = 1, PEERS = 20000, HOST = 0x0a000001 };

static struct connection {
  struct async_job job;
  struct connection_info info;
} connection __attribute__ ((aligned (64)));
static struct conn_functions type;

static int ready (struct async_job *job) {
  (void) job;
  return READY;
}

static void is_from (unsigned ip, int port, int pid) {
  struct process_id who = { .ip = ip, .port = (int16_t) port, .pid = (uint16_t) pid, .utime = 1 };
  memcpy (connection.info.custom_data + REMOTE_PID, &who, sizeof (who));
}

static int is_chosen (struct process_id who) {
  struct async_job *chosen = rpc_target_choose_connection (rpc_target_lookup (&who), NULL);
  if (chosen) {
    job_decref (1, chosen);
  }
  return chosen == &connection.job;
}

/* Cure 12. */
static void without_address (void) {
  is_from (0, 80, 1);
  rpc_target_insert_conn (&connection.job);
  expect (is_chosen ((struct process_id) { .ip = HOST, .port = 80 }), "address 0 is this host's own");
  expect (is_chosen ((struct process_id) { .ip = 0, .port = 80 }), "... for who looks, too");
  rpc_target_delete_conn (&connection.job);
  PID.ip = 0;
  rpc_target_insert_conn (&connection.job);
  expect (is_chosen ((struct process_id) { .ip = 0, .port = 80 }),
          "a host without an address has such targets as well");
  rpc_target_delete_conn (&connection.job);
  PID.ip = HOST;
}

static long targets (void) {
  char page[400];
  long count = -1;
  struct stats_buffer sb;
  sb_init (&sb, page, sizeof (page));
  rpc_targets_prepare_stat (&sb);
  const char *line = strstr (page, "total_rpc_targets\t");
  return line && sscanf (line, "total_rpc_targets\t%ld", &count) == 1 ? count : -1;
}

/* Cure 13: one process after the other, of which the original keeps each. */
static void many_peers (void) {
  struct async_job *first = NULL;
  for (int i = 0; i < PEERS; i++) {
    is_from (HOST + 1, i % 2 ? 0 : 1 + i, 1 + i);
    struct process_id who;
    memcpy (&who, connection.info.custom_data + REMOTE_PID, sizeof (who));
    rpc_target_insert_conn (&connection.job);
    struct async_job *target = rpc_target_lookup (&who);
    first = first ? first : target;
    if (!target || target != first || targets () != 1) {
      expect (0, "a target's memory is used again");
      return;
    }
    rpc_target_delete_conn (&connection.job);
    if (rpc_target_lookup (&who) || targets () != 0) {
      expect (0, "a target without connections is gone");
      return;
    }
  }
}

/* In the original such a thread ends the process. */
static void *by_any_thread (void *none) {
  is_from (HOST, 81, 1);
  rpc_target_insert_conn (&connection.job);
  expect (is_chosen ((struct process_id) { .ip = HOST, .port = 81 }), "any thread may insert");
  rpc_target_delete_conn (&connection.job);
  return none;
}

static void no_process (void) {
  rpc_target_lookup (NULL);
}

/* `targets control` must fail. */
int main (int argc, char **argv) {
  pthread_t id;
  (void) argv;
  expect (argc == 1, "the control");
  listen_to_stderr ();
  init_async_jobs ();
  type.check_ready = (void *) ready;
  connection.job.j_refcnt = REFERENCES;
  connection.info.type = &type;
  PID.ip = HOST;
  without_address ();
  many_peers ();
  pthread_create (&id, NULL, by_any_thread, NULL);
  pthread_join (id, NULL);
  expect (connection.job.j_refcnt == REFERENCES, "every reference is given back");
  expect (total_vv_tree_nodes == 0, "... with every node");
  expect_end (no_process, "rpc_target_lookup: null");
  return stop_listening ();
}
