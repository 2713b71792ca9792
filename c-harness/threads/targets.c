/*
 * Targets of RPC queries, from many threads: one inserts connections and takes them out, the others look for them, so that they
 * read trees that are replaced meanwhile. `targets control` counts without a lock what they find.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "legacy_names.h"

enum { READERS = 3, CONNECTIONS = 40, PEERS = 5, ROUNDS = 200000, REFERENCES = 1 << 20, REMOTE_PID = 16, READY = 1 };

static struct connection {
  struct async_job job;
  struct connection_info info;
} connections[CONNECTIONS] __attribute__ ((aligned (64)));
static struct conn_functions type;
static struct mp_queue *later;
static int ended, failed, is_control;
static pthread_barrier_t start;
static long found;

static int ready (struct async_job *job) {
  (void) job;
  return READY;
}

/* Those of net/net-connections, as long as that is not in this program. */
void insert_free_later_struct (struct free_later *what);
__attribute__ ((weak)) void insert_free_later_struct (struct free_later *what) {
  mpq_push_w (later, what, 0);
}

void free_later_act (void);
__attribute__ ((weak)) void free_later_act (void) {
  for (struct free_later *what; (what = mpq_pop_nw (later, 4));) {
    void (*give_back) (void *);
    memcpy (&give_back, &what->free, sizeof (give_back));
    give_back (what->ptr);
    free (what);
  }
}

static struct process_id peer (long number) {
  return (struct process_id) { .ip = 0x0a000001, .port = (int16_t) (1 + number % PEERS), .pid = 1, .utime = 1 };
}

/* What is chosen is alive, and speaks for whom was meant. */
static void *look (void *number) {
  long own = (long) number, seen = 0;
  pthread_barrier_wait (&start);
  for (long i = 0; !__atomic_load_n (&ended, __ATOMIC_ACQUIRE); i++) {
    struct process_id who = peer (own + i);
    struct async_job *target = rpc_target_lookup (&who), *chosen[2];
    int count = i % 2 ? rpc_target_choose_random_connections (target, &who, 2, chosen)
                      : (chosen[0] = rpc_target_choose_connection (target, &who)) != NULL;
    for (int k = 0; k < count; k++) {
      struct connection *c = (struct connection *) (void *) chosen[k];
      if (c < connections || c >= connections + CONNECTIONS ||
          memcmp (c->info.custom_data + REMOTE_PID, &who, sizeof (who)) != 0) {
        __atomic_store_n (&failed, 1, __ATOMIC_RELAXED);
      }
      job_decref (1, chosen[k]);
    }
    seen += count;
    if (is_control) {
      found += count;
    }
  }
  __atomic_fetch_add (&found, seen, __ATOMIC_RELAXED);
  return NULL;
}

int main (int argc, char **argv) {
  pthread_t ids[READERS];
  (void) argv;
  is_control = argc > 1;
  later = alloc_mp_queue_w ();
  type.check_ready = (void *) ready;
  pthread_barrier_init (&start, NULL, READERS + 1);
  for (int i = 0; i < CONNECTIONS; i++) {
    struct process_id who = peer (i);
    connections[i].job.j_refcnt = REFERENCES;
    connections[i].info.type = &type;
    memcpy (connections[i].info.custom_data + REMOTE_PID, &who, sizeof (who));
  }
  for (long i = 0; i < READERS; i++) {
    pthread_create (&ids[i], NULL, look, (void *) i);
  }
  pthread_barrier_wait (&start);
  unsigned seed = 1;
  for (int i = 0; i < ROUNDS; i++) {
    seed = seed * 1103515245 + 12345;
    struct async_job *job = &connections[(seed >> 16) % CONNECTIONS].job;
    (seed >> 8 & 1 ? rpc_target_insert_conn : rpc_target_delete_conn) (job);
    free_later_act ();
  }
  __atomic_store_n (&ended, 1, __ATOMIC_RELEASE);
  for (int i = 0; i < READERS; i++) {
    pthread_join (ids[i], NULL);
  }
  for (int i = 0; i < CONNECTIONS; i++) {
    rpc_target_delete_conn (&connections[i].job);
  }
  free_later_act ();
  for (int i = 0; i < CONNECTIONS; i++) {
    failed |= connections[i].job.j_refcnt != REFERENCES;
  }
  failed |= found <= 0 || total_vv_tree_nodes != 0;
  printf ("%d changes of %d targets, looked at by %d threads", ROUNDS, PEERS, READERS);
  return failed;
}
