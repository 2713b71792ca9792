/*
 * Targets of RPC queries: which connections there are to whom, and which of them is chosen. The connections have no socket; a
 * target of net/net-connections in their place has a tree that is made by hand. A target without connections is asked for none,
 * because the original keeps it, and the drop-in does not.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "jobs.h"
#include "own.h"
#include "script.h"

enum { CONNECTIONS = 6, REFERENCES = 1000, PEERS = 8, MANY = 200, TRIES = 20 };
enum { ERROR = 8, FAILED = 0x80, NET_FAILED = 0x80000, PAGE = 400, HOST = 0x0a000001 };
enum { REMOTE_PID = 16, IN_TARGET = 48 };

static struct connection {
  struct async_job job;
  struct connection_info info;
} connections[MANY] __attribute__ ((aligned (64)));
static struct conn_functions type;
static struct conn_target {
  struct async_job job;
  struct conn_target_info info;
} conn_target __attribute__ ((aligned (64)));

/* What a connection answers when it is asked, and whether it is in a target as the script has it. */
static struct {
  int answer;
  bool is_in;
  struct process_id peer;
} known[MANY];
static bool emptied;

static int number_of (const struct async_job *job) {
  return job ? (int) ((const struct connection *) (const void *) job - connections) : -1;
}

static int check_ready (struct async_job *job) {
  int number = number_of (job);
  if (number < CONNECTIONS) {
    note ("asks %d;", number);
  }
  return known[number].answer;
}

/* What is freed later, after a step. */
static struct free_later *later[MANY];
static int laters;
static bool begun;

LEGACY (void, insert_free_later_struct, struct free_later *what) {
  if (!begun) {
    OWN (insert_free_later_struct) (what);
  } else if (laters < MANY) {
    later[laters++] = what;
  }
}

static void free_later (void) {
  while (laters) {
    struct free_later *what = later[--laters];
    void (*give_back) (void *);
    memcpy (&give_back, &what->free, sizeof (give_back));
    give_back (what->ptr);
    free (what);
  }
}

/* Few addresses, ports and processes: 0 is among all of them. */
static struct process_id peer_of (long number) {
  return (struct process_id) {
    .ip = number & 1   ? 0x7f000001
          : number & 8 ? 0
                       : HOST,
    .port = (int16_t) (number & 2 ? 80 : 0),
    .pid = (uint16_t) (number & 4 ? 7 : 8),
    .utime = (int) (number / 16),
  };
}

static bool same_target (struct process_id a, struct process_id b) {
  uint32_t own = ((struct process_id *) lib->PID)->ip;
  a.ip = a.ip ? a.ip : own;
  b.ip = b.ip ? b.ip : own;
  return a.ip == b.ip && a.port == b.port && (a.port || a.pid == b.pid);
}

static bool has_connections (struct process_id peer) {
  for (int i = 0; i < MANY; i++) {
    if (known[i].is_in && same_target (known[i].peer, peer)) {
      return true;
    }
  }
  return false;
}

static void begin (void) {
  begun = true;
  begin_jobs ();
  type = (struct conn_functions) { .check_ready = (void *) check_ready };
  ((struct process_id *) lib->PID)->ip = HOST;
  for (int i = 0; i < MANY; i++) {
    connections[i].job.j_refcnt = REFERENCES;
    connections[i].job.j_flags = LOCKED;
    connections[i].info.type = &type;
    connections[i].info.fd = i;
    known[i].answer = 1;
  }
}

static void observe (void) {
  free_later ();
  note ("references");
  for (int i = 0; i < CONNECTIONS; i++) {
    int is_in;
    memcpy (&is_in, connections[i].info.custom_data + IN_TARGET, sizeof (is_in));
    note ("%d%s", connections[i].job.j_refcnt, is_in ? "+" : "");
  }
}

/* The engine's thread, or main's: others may not change anything in the original. */
static bool may_change (void) {
  be_job_thread ();
  if (!*(void **) thread_local_at ("jobs_module_stat_rpc_targets")) {
    lib->jobs_module_thread_init_rpc_targets ();
  }
  bool may = this_thread () == 0 || this_thread () == 3;
  if (!may) {
    skip ();
  }
  return may;
}

/* ---- operations ---- */

static void insert_one (int number, struct process_id peer) {
  struct connection *c = &connections[number];
  int is_in;
  if (!known[number].is_in) {
    memcpy (c->info.custom_data + REMOTE_PID, &peer, sizeof (peer));
    known[number].peer = peer;
  }
  lib->rpc_target_insert_conn (&c->job);
  memcpy (&is_in, c->info.custom_data + IN_TARGET, sizeof (is_in));
  known[number].is_in = is_in;
}

static void delete_one (int number) {
  bool was_in = known[number].is_in;
  lib->rpc_target_delete_conn (&connections[number].job);
  known[number].is_in = false;
  emptied |= was_in && !has_connections (known[number].peer);
}

/* Address 0 ends the original's process: the drop-in has its own address there. */
static void insert (const long *a) {
  if (may_change ()) {
    struct process_id peer = peer_of (a[1]);
    peer.ip = peer.ip ? peer.ip : HOST;
    insert_one ((int) a[0], peer);
  }
}

static void take_out (const long *a) {
  if (may_change ()) {
    delete_one ((int) a[0]);
  }
}

static void insert_many (const long *a) {
  if (!may_change ()) {
    return;
  }
  for (int i = CONNECTIONS; i < CONNECTIONS + a[0]; i++) {
    insert_one (i, peer_of (a[1] & ~8L));
  }
}

static void delete_many (const long *a) {
  if (!may_change ()) {
    return;
  }
  for (int i = CONNECTIONS; i < MANY; i += (int) a[0]) {
    delete_one (i);
  }
}

static struct async_job *found (struct process_id *peer) {
  be_job_thread ();
  return has_connections (*peer) ? lib->rpc_target_lookup (peer) : NULL;
}

static void note_chosen (struct async_job *job) {
  note ("chosen %d", number_of (job));
  if (job) {
    lib->job_decref (1, job);
  }
}

/* A pattern of who is meant: any process, any start, or nobody in particular. */
static struct process_id *pattern_of (long number, struct process_id *peer) {
  if (number == 3) {
    return NULL;
  }
  peer->pid = number == 1 ? 0 : peer->pid;
  peer->utime = number == 2 ? 0 : peer->utime;
  return peer;
}

static void choose (const long *a) {
  struct process_id peer = peer_of (a[0]);
  struct async_job *target = found (&peer);
  note ("%s", target ? "found" : "none");
  note_chosen (lib->rpc_target_choose_connection (target, pattern_of (a[1], &peer)));
  int state = lib->rpc_target_get_state (target, &peer);
  note ("state %d", state);
}

static void by_address (const long *a) {
  struct process_id peer = peer_of (a[0]);
  be_job_thread ();
  if (!peer.port) {
    skip (); /* the original has a process id of chance */
    return;
  }
  struct async_job *target = lib->rpc_target_lookup_hp (peer.ip, peer.port);
  note ("%s", has_connections (peer) ? target && target == lib->rpc_target_lookup (&peer) ? "same" : "WRONG" : "none");
}

static void by_conn_target (const long *a) {
  struct process_id peer = peer_of (a[0]);
  be_job_thread ();
  conn_target.info.custom_field = a[1] ? (int) peer.ip : -1;
  conn_target.info.port = 80;
  peer.port = 80;
  struct async_job *target = lib->rpc_target_lookup_target (&conn_target.job);
  note ("%s", a[1] && has_connections (peer) ? target == lib->rpc_target_lookup (&peer) ? "same" : "WRONG"
              : a[1]                         ? "any"
                                             : (target ? "WRONG" : "none"));
}

/* Which are chosen is chance; each is in the target, once, and there are as many as there can be. */
static void choose_several (struct async_job *target, struct process_id *pid, int limit) {
  struct async_job *chosen[MANY];
  int count = lib->rpc_target_choose_random_connections (target, pid, limit, chosen), right = 0;
  note ("%d", count);
  for (int i = 0; i < count; i++) {
    int twice = 0;
    for (int k = 0; k < i; k++) {
      twice |= chosen[k] == chosen[i];
    }
    right += !twice && known[number_of (chosen[i])].answer == 1;
  }
  for (int i = 0; i < count; i++) {
    lib->job_decref (1, chosen[i]);
  }
  note ("%s", right == count ? "right" : "WRONG");
}

static void random_ones (const long *a) {
  struct process_id peer = peer_of (a[0]);
  struct async_job *target = found (&peer);
  choose_several (target, pattern_of (a[2], &peer), (int) a[1]);
}

/* Each of two is chosen sometimes. */
static void fairness (const long *a) {
  (void) a;
  if (!may_change ()) {
    return;
  }
  struct process_id peer = { HOST, 99, 1, 1 };
  int times[2] = { 0, 0 };
  insert_one (MANY - 1, peer);
  insert_one (MANY - 2, peer);
  known[MANY - 1].answer = known[MANY - 2].answer = 1;
  for (int i = 0; i < 200; i++) {
    struct async_job *chosen = NULL;
    int count = lib->rpc_target_choose_random_connections (lib->rpc_target_lookup (&peer), &peer, 1, &chosen);
    if (count == 1) {
      times[number_of (chosen) == MANY - 1]++;
      lib->job_decref (1, chosen);
    }
  }
  note ("%s", times[0] > TRIES && times[1] > TRIES && times[0] + times[1] == 200 ? "fair" : "UNFAIR");
  delete_one (MANY - 1);
  delete_one (MANY - 2);
}

/* ---- a target of net/net-connections ---- */

static struct tree_connection *node (int first, int last) {
  if (first > last) {
    return NULL;
  }
  int middle = (first + last) / 2;
  struct tree_connection *made = calloc (1, sizeof (*made));
  made->left = node (first, middle - 1);
  made->right = node (middle + 1, last);
  made->x = lib->job_incref (&connections[middle].job);
  made->y = last - first;
  made->refcnt = 1;
  *lib->total_vv_tree_nodes += 1;
  return made;
}

static void drop (struct tree_connection *tree) {
  if (tree) {
    drop (tree->left);
    drop (tree->right);
    note ("refcnt %d", tree->refcnt);
    lib->job_decref (1, tree->x);
    free (tree);
    *lib->total_vv_tree_nodes -= 1;
  }
}

static void other_kind (const long *a) {
  be_job_thread ();
  struct tree_connection *tree = node (0, (int) a[0] - 1);
  conn_target.info.conn_tree = tree;
  choose_several (&conn_target.job, NULL, (int) a[1]);
  note_chosen (lib->rpc_target_choose_connection (&conn_target.job, NULL));
  conn_target.info.conn_tree = NULL;
  drop (tree);
}

/* ---- what changes ---- */

static void set_answer (const long *a) {
  known[a[0]].answer = (int) a[1];
  connections[a[0]].info.unreliability = (int) a[2];
}

static void set_failure (const long *a) {
  static const int flags[] = { 0, ERROR, FAILED, NET_FAILED };
  connections[a[0]].info.flags = flags[a[1]];
  connections[a[0]].info.error = a[2] ? -8 : 0;
}

static void page (const long *a) {
  static char prefix[] = "all_";
  char text[PAGE];
  struct stats_buffer sb;
  be_job_thread ();
  *lib->jobs_module_state_prefix_rpc_targets = a[0] ? prefix : NULL;
  lib->sb_init (&sb, text, sizeof (text));
  int len = lib->rpc_targets_prepare_stat (&sb);
  char *targets = strstr (text, "total_rpc_targets");
  if (emptied && targets) {
    /* The original counts those that have no connections any more. */
    memmove (targets, strchr (targets, '\n'), strlen (strchr (targets, '\n')) + 1);
  }
  note_bytes ("page", text, emptied ? strlen (text) : (size_t) len);
}

static void verbose (const long *a) {
  *lib->verbosity = (int) a[0];
}

static void nothing (const long *a) {
  (void) a;
  lib->rpc_target_delete (NULL);
}

/* ---- the family ---- */

#define CONNECTION { "connection", 0, CONNECTIONS - 1 }
#define PEER { "peer", 0, 31 }

static const struct operation operations[] = {
  { "insert", insert, { CONNECTION, PEER }, 14 },
  { "delete", take_out, { CONNECTION }, 6 },
  { "insert_many", insert_many, { { "count", 0, MANY - CONNECTIONS - 2 }, PEER }, 2 },
  { "delete_many", delete_many, { { "step", 1, 5 } }, 2 },
  { "choose", choose, { PEER, { "pattern", 0, 3 } }, 8 },
  { "by_address", by_address, { PEER }, 3 },
  { "by_conn_target", by_conn_target, { PEER, { "known", 0, 1 } }, 2 },
  { "random", random_ones, { PEER, { "limit", 0, 10 }, { "pattern", 0, 3 } }, 6 },
  { "fairness", fairness, { { 0 } }, 1 },
  { "other_kind", other_kind, { { "connections", 0, CONNECTIONS }, { "limit", 0, 5 } }, 3 },
  { "answer", set_answer, { CONNECTION, { "answer", 0, 4 }, { "unreliability", 9990, 10010 } }, 6 },
  { "failure", set_failure, { CONNECTION, { "flag", 0, 3 }, { "error", 0, 1 } }, 3 },
  { "page", page, { { "prefix", 0, 1 } }, 3 },
  { "verbosity", verbose, { { "level", 0, 2 } }, 1 },
  { "nothing", nothing, { { 0 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "targets.insert(0,2);targets.insert(1,2);targets.insert(2,2);targets.choose(2,0);targets.random(2,2,0);targets.random(2,10,3);"
  "targets.delete(0);targets.choose(2,0);targets.delete(1);targets.delete(2);targets.page(0);targets.insert(1,2);targets.choose(2,1)",
  "targets.insert(0,0);targets.insert(1,4);targets.choose(0,0);targets.choose(4,0);targets.insert(2,2);targets.insert(3,6);"
  "targets.choose(2,0);targets.choose(6,0);targets.random(2,5,1);targets.page(1)",
  "targets.insert(0,2);targets.insert(1,2);targets.answer(0,2,9999);targets.answer(1,2,9998);targets.choose(2,3);targets.answer(1,4,9990);"
  "targets.choose(2,3);targets.answer(0,2,10000);targets.choose(2,3);targets.failure(0,1,0);targets.choose(2,3)",
  "targets.insert_many(180,2);targets.random(2,10,3)@1;targets.random(2,10,3)@2;targets.choose(2,3)@3;targets.delete_many(2);"
  "targets.random(2,10,0);targets.delete_many(1);targets.page(0)",
  "targets.insert_many(150,0)@3;targets.choose(0,0)@3;targets.random(0,3,3);targets.delete_many(3)@3;targets.choose(0,0);targets.page(0)@3",
  "targets.fairness;targets.page(0)",
  "targets.other_kind(6,3);targets.other_kind(0,3);targets.other_kind(1,0);targets.answer(3,4,9990);targets.failure(1,1,0);"
  "targets.other_kind(6,5)",
  "targets.verbosity(2);targets.insert(3,2);targets.insert(3,2);targets.delete(3);targets.delete(3)",
  "targets.failure(0,1,0);targets.insert(0,2);targets.failure(0,3,0);targets.insert(0,2);targets.failure(0,0,1);targets.insert(0,2);"
  "targets.choose(2,0);targets.by_address(2);targets.by_conn_target(2,1);targets.by_conn_target(2,0)",
  NULL,
};

const struct script_family targets_scripts = { "targets", CAN_RPC_TARGETS, operations, begin, observe, fixed };
