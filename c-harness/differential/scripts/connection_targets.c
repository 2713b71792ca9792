/*
 * Targets, which connect to a listener of the script's, or to a port where nobody listens.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connections.h"
#include "script.h"

enum { PEERS = 8 };

/* A listener that targets connect to, and the connections that it has accepted. */
static int target_listener = -1, target_port, peers[PEERS], accepted;
static struct async_job *targets[TARGETS];

void connections_begin_targets (void) {
  target_listener = connections_listen (&target_port);
}

bool connections_have_targets (void) {
  return targets[0] || targets[1];
}

void connections_accept_peers (void) {
  for (int i = 0; i < PEERS; i++) {
    if (peers[i] <= 0) {
      int fd = accept4 (target_listener, NULL, NULL, SOCK_NONBLOCK);
      if (fd < 0) {
        break;
      }
      peers[i] = fd;
      accepted++;
    }
  }
}

/* So many connections the first target must have, and so many it has: those above the least stay until they are lost. */
static int least, wanted;
static bool are_ready (void) {
  struct connections_stat st;
  lib->fetch_connections_stat (&st);
  return st.ready_outbound_connections == wanted && st.outbound_connections == wanted &&
         st.active_outbound_connections == wanted;
}

void connections_target (const long *a) {
  if (connections_elsewhere ()) {
    return;
  }
  struct conn_target_info source;
  memset (&source, 0, sizeof (source));
  source.min_connections = (int) a[1];
  source.max_connections = (int) a[1] + (int) a[2];
  /* A refused one is tried once: whether the kernel refuses it at once is a matter of time. */
  source.reconnect_timeout = a[0] ? 60 : 0.05;
  source.type = &connections_echo;
  source.target = htonl (INADDR_LOOPBACK);
  source.port = a[0] ? REFUSING : target_port;
  int created = -7;
  struct async_job *job = lib->create_target (&source, &created);
  note ("created %d same %d", created, job == targets[a[0]]);
  targets[a[0]] = job;
  if (!a[0]) {
    least = (int) a[1];
    wanted = wanted > least ? wanted : least;
  }
  if (a[0] || connections_have_no_room) {
    for (int i = 0; i < TURNS; i++) {
      connections_turn ();
    }
    return;
  }
  note ("ready %d", connections_drive (are_ready));
  struct async_job *one = lib->conn_target_get_connection (job, 1);
  note ("one %d type %d", one != NULL, one ? connection_info_of (one)->basic_type : 0);
  if (one) {
    lib->job_decref (1, one);
  }
}

void connections_await_targets (void) {
  if (targets[0]) {
    note ("ready %d", connections_drive (are_ready));
  }
}

static int closed_before, accepted_before;

static bool is_lost (void) {
  return connections_closed > closed_before && are_ready ();
}

static bool is_replaced (void) {
  return accepted > accepted_before && is_lost ();
}

/* One of the connections of a target is closed by the other side. */
void connections_lose (const long *a) {
  (void) a;
  if (connections_elsewhere () || connections_have_no_room || !targets[0] || !wanted || !are_ready ()) {
    skip ();
    return;
  }
  for (int i = 0; i < PEERS; i++) {
    if (peers[i] > 0) {
      closed_before = connections_closed;
      accepted_before = accepted;
      close (peers[i]);
      peers[i] = 0;
      bool spare = wanted > least;
      wanted -= spare;
      note ("%s %d", spare ? "lost" : "replaced", connections_drive (spare ? is_lost : is_replaced));
      return;
    }
  }
}

static bool is_unused (void) {
  struct connections_stat st;
  lib->fetch_connections_stat (&st);
  return !st.inactive_targets;
}

void connections_drop (const long *a) {
  if (connections_elsewhere () || !targets[a[0]]) {
    skip ();
    return;
  }
  int left = lib->destroy_target (1, targets[a[0]]);
  note ("left %d", left);
  if (left) {
    return;
  }
  targets[a[0]] = NULL;
  note ("%d", connections_drive (is_unused));
  if (!a[0]) {
    wanted = 0;
    for (int i = 0; i < PEERS; i++) {
      if (peers[i] > 0) {
        close (peers[i]);
        peers[i] = 0;
      }
    }
  }
}
