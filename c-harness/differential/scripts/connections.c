/*
 * Connections over loopback: an echo server with two jobs a connection, and targets that connect to a listener of the script's. All
 * of it runs in the main thread, which the script drives until the kernel has brought what a step waits for; what its cutting
 * can change is not noted.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "connections.h"
#include "http_host.h"
#include "jobs.h"
#include "script.h"

enum { CLIENTS = 6, TARGETS = 2, PEERS = 8, MOST = 300000, ERRORS = 8 };
/* A port where nobody listens. */
enum { REFUSING = 1 };
enum { INBOUND = 2, OUTBOUND = 3, SPECIAL = 0x10000, LOW_PRIORITY = 8, TURNS = 3 };

static struct conn_functions type;
static int listener = -1, port;
/* What a new connection's function answers, and whether it is of the special listener. */
static int init_answer;
static bool is_special;

static struct client {
  int fd, server; /* the server's descriptor, 0 once it is gone */
} clients[CLIENTS];

/* A listener that targets connect to, and the connections that it has accepted. */
static int target_listener = -1, target_port, peers[PEERS], accepted;
static struct async_job *targets[TARGETS];
/* How often targets' connections came about, and were closed. */
static int connected_count, closed_count, alarms, last_error, last_inbound;

static struct connection_info *info_of (struct async_job *job) {
  return (struct connection_info *) (job + 1);
}

/* ---- the type's functions: an echo ---- */

static struct mp_queue *socket_queue (struct async_job *job) {
  return ((struct socket_connection_info *) (job + 1))->out_packet_queue;
}

static int reader (struct async_job *job) {
  struct connection_info *c = info_of (job);
  for (struct raw_message *raw; (raw = lib->mpq_pop_nw (c->in_queue, 4));) {
    lib->rwm_union (&c->in, raw);
    free (raw);
  }
  return 0;
}

static int writer (struct async_job *job) {
  struct connection_info *c = info_of (job);
  bool closes = c->status == 5; /* write_close */
  if (!c->io_conn || (!c->in.total_bytes && !closes)) {
    return 0;
  }
  if (c->in.total_bytes) {
    struct raw_message *raw = malloc (sizeof (*raw));
    *raw = c->in;
    lib->rwm_init (&c->in, 0);
    lib->mpq_push_w (socket_queue (c->io_conn), raw, 0);
  }
  ((struct socket_connection_info *) (c->io_conn + 1))->flags |= closes ? 0x4000000 : 0;
  lib->job_signal (1, lib->job_incref (c->io_conn), RUN);
  return 0;
}

static int free_buffers (struct async_job *job) {
  struct connection_info *c = info_of (job);
  lib->rwm_free (&c->in);
  lib->rwm_free (&c->out);
  lib->rwm_free (&c->in_u);
  lib->rwm_free (&c->out_p);
  return 0;
}

static int init_accepted (struct async_job *job) {
  last_inbound = info_of (job)->fd;
  return init_answer;
}

static int outbound_connected (struct async_job *job) {
  (void) job;
  connected_count++;
  return 0;
}

static int alarmed (struct async_job *job) {
  (void) job;
  alarms++;
  return 0;
}

static int closes (struct async_job *job, int who) {
  /* How often a refused one was tried is a matter of time. */
  if (info_of (job)->remote_port != REFUSING) {
    closed_count++;
    last_error = info_of (job)->error;
  }
  for (int i = 0; i < CLIENTS; i++) {
    if (info_of (job)->basic_type == INBOUND && clients[i].server == info_of (job)->fd) {
      clients[i].server = 0;
    }
  }
  return lib->cpu_server_close_connection (job, who);
}

static int parse (struct async_job *job) {
  (void) job;
  return 0x7fffffff;
}

/* ---- driving ---- */

static double seconds (void) {
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static void accept_peers (void) {
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

/* epoll_work sleeps until there is something: here a step may wait for what never comes. */
static void turn (void) {
  lib->epoll_fetch_events (1);
  lib->epoll_runqueue ();
  lib->get_utime_monotonic ();
  lib->thread_run_timers ();
  lib->run_pending_main_jobs ();
  lib->free_later_act ();
  accept_peers ();
}

/* Until it holds; false after six seconds, which only a machine that stands still takes. Then some more turns. */
static bool drive (bool (*holds) (void)) {
  double end = seconds () + 6;
  bool reached = true;
  while (!holds ()) {
    turn ();
    if (seconds () > end) {
      reached = false;
      break;
    }
  }
  for (int i = 0; i < TURNS; i++) {
    turn ();
  }
  errno = 0;
  return reached;
}

static int listen_on (int *number) {
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t len = sizeof (at);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0 || bind (fd, (struct sockaddr *) &at, len) || listen (fd, 16) ||
      getsockname (fd, (struct sockaddr *) &at, &len)) {
    _exit (9);
  }
  *number = ntohs (at.sin_port);
  return fd;
}

static void complete_type (void) {
  memset (&type, 0, sizeof (type));
  type.magic = MAGIC;
  type.flags = RAW;
  type.title = "echo";
  type.reader = (void *) reader;
  type.writer = (void *) writer;
  type.free_buffers = (void *) free_buffers;
  type.init_accepted = (void *) init_accepted;
  type.connected = (void *) outbound_connected;
  type.alarm = (void *) alarmed;
  type.close = (void *) closes;
  type.parse_execute = (void *) parse;
}

static void begin (void) {
  http_host_has_real_connections = true;
  begin_jobs ();
  be_job_thread ();
  lib->init_epoll ();
  complete_type ();
  listener = listen_on (&port);
  target_listener = listen_on (&target_port);
}

static void observe (void) {
  struct connections_stat st;
  lib->fetch_connections_stat (&st);
  note ("active %d dh %d out %d active %d ready %d special %d of %d allocated %d %d %d %d", st.active_connections,
        st.active_dh_connections, st.outbound_connections, st.active_outbound_connections,
        st.ready_outbound_connections, st.active_special_connections, st.max_special_connections,
        st.allocated_connections, st.allocated_outbound_connections, st.allocated_inbound_connections,
        st.allocated_socket_connections);
  note ("targets %d ready %d active %d inactive %d", st.allocated_targets, st.ready_targets, st.active_targets,
        st.inactive_targets);
  note ("failed %lld %lld %lld %lld", st.accept_calls_failed, st.accept_rate_limit_failed,
        st.accept_init_accepted_failed, st.accept_connection_limit_failed);
  note ("closed %d error %d alarms %d nodes %lld", closed_count, last_error, alarms, *lib->total_vv_tree_nodes);
}

bool connections_elsewhere (void) {
  if (this_thread ()) {
    skip ();
    return true;
  }
  be_job_thread ();
  return false;
}

/* ---- connections ---- */

static bool listening;
static void do_listen (const long *a) {
  static const int modes[] = { 0, LOW_PRIORITY, SPECIAL, 0x20000, RAW };
  if (connections_elsewhere () || listening) {
    skip ();
    return;
  }
  is_special = a[0] == 2;
  note ("%d", a[0] ? lib->init_listening_tcpv6_connection (listener, &type, NULL, modes[a[0]])
                   : lib->init_listening_connection (listener, &type, NULL));
  listening = true;
}

static bool seen;

static bool is_refused (void) {
  struct connections_stat st;
  lib->fetch_connections_stat (&st);
  static long long before = -1;
  long long now = st.accept_rate_limit_failed + st.accept_init_accepted_failed + st.accept_connection_limit_failed;
  if (before < 0) {
    before = now;
  }
  bool more = now > before;
  before = more ? -1 : before;
  return more || last_inbound > 0 || seen;
}

static void do_open (const long *a) {
  struct client *c = &clients[a[0]];
  if (connections_elsewhere () || !listening || c->fd) {
    skip ();
    return;
  }
  struct sockaddr_in at = { .sin_family = AF_INET,
                            .sin_port = htons ((uint16_t) port),
                            .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  c->fd = socket (AF_INET, SOCK_STREAM, 0);
  if (connect (c->fd, (struct sockaddr *) &at, sizeof (at))) {
    _exit (9);
  }
  fcntl (c->fd, F_SETFL, O_NONBLOCK);
  last_inbound = 0;
  seen = is_special && *lib->active_special_connections >= *lib->max_special_connections;
  bool reached = drive (is_refused);
  c->server = last_inbound;
  note ("%s %s", reached ? "seen" : "not seen", last_inbound > 0 ? "accepted" : "-");
  if (init_answer < 0) {
    c->server = 0;
  }
}

static struct client *the_client;
static long sent, received, total;
static bool intact, ended;

static unsigned char byte_at (long at) {
  return (unsigned char) ((unsigned long) at * 2654435761u >> 24);
}

static bool is_echoed (void) {
  static unsigned char buffer[8192];
  while (sent < total) {
    long more = total - sent < (long) sizeof (buffer) ? total - sent : (long) sizeof (buffer);
    for (long i = 0; i < more; i++) {
      buffer[i] = byte_at (sent + i);
    }
    ssize_t done = send (the_client->fd, buffer, (size_t) more, MSG_NOSIGNAL);
    if (done <= 0) {
      break;
    }
    sent += done;
  }
  for (ssize_t got; (got = recv (the_client->fd, buffer, sizeof (buffer), 0)) != -1;) {
    if (!got) {
      ended = true;
      break;
    }
    for (ssize_t i = 0; i < got; i++) {
      intact &= buffer[i] == byte_at (received + i);
    }
    received += got;
  }
  ended |= errno == ECONNRESET;
  errno = 0;
  return received >= total || ended;
}

static bool has_server (const long *a) {
  the_client = &clients[a[0]];
  if (connections_elsewhere () || the_client->fd <= 0 || !the_client->server) {
    skip ();
    return false;
  }
  return true;
}

static void do_echo (const long *a) {
  if (has_server (a)) {
    sent = received = 0;
    total = a[1];
    intact = true;
    ended = false;
    drive (is_echoed);
    note ("%ld %s", received, intact && received == total ? "intact" : "NOT INTACT");
  }
}

static bool is_gone (void) {
  return !the_client->server;
}

static bool has_ended (void) {
  char byte[256];
  ssize_t got = recv (the_client->fd, byte, sizeof (byte), 0);
  bool over = !got || (got < 0 && errno != EAGAIN);
  errno = 0;
  return over;
}

static void forget_client (void) {
  if (the_client->fd >= 0) {
    close (the_client->fd);
  }
  memset (the_client, 0, sizeof (*the_client));
}

/* The client goes: closes, or its half. */
static void do_leave (const long *a) {
  if (has_server (a)) {
    if (a[1]) {
      shutdown (the_client->fd, SHUT_WR);
    } else {
      close (the_client->fd);
      the_client->fd = -1;
    }
    note ("%d", drive (is_gone));
    if (the_client->fd >= 0) {
      note ("%d", drive (has_ended));
    }
    forget_client ();
  }
}

static struct async_job *connection_of (const struct client *c) {
  return lib->connection_get_by_fd (c->server);
}

/* The server ends it: at once, with an error; or once something more was written, which does not come. */
static void do_end (const long *a) {
  if (has_server (a)) {
    struct async_job *job = connection_of (the_client);
    bool waits = a[1] == 0;
    if (waits) {
      lib->connection_write_close (job);
    } else {
      lib->fail_connection (job, (int) a[1] - ERRORS);
      lib->fail_connection (job, 77);
    }
    lib->job_decref (1, job);
    for (int i = 0; waits && i < 10 * TURNS; i++) {
      turn ();
    }
    note ("%d", waits ? is_gone () : drive (is_gone));
    note ("%d", waits ? has_ended () : drive (has_ended));
    forget_client ();
  }
}

static int alarms_before;
static bool has_alarmed (void) {
  return alarms > alarms_before;
}

static void do_timeout (const long *a) {
  if (has_server (a)) {
    struct async_job *job = connection_of (the_client);
    alarms_before = alarms;
    note ("%d", lib->set_connection_timeout (job, 0.002 * (double) a[1]));
    if (a[1] == 3) {
      note ("%d", lib->clear_connection_timeout (job));
    }
    note ("armed %d", lib->job_timer_active (job));
    lib->job_decref (1, job);
    if (a[1] == 1 || a[1] == 2) {
      note ("%d", drive (has_alarmed));
    }
  }
}

static void do_find (const long *a) {
  if (has_server (a)) {
    struct async_job *job = connection_of (the_client);
    int generation = info_of (job)->generation, fd = the_client->server;
    struct async_job *again = lib->connection_get_by_fd_generation (fd, generation);
    struct async_job *other = lib->connection_get_by_fd_generation (fd, generation + 1);
    struct async_job *listens = lib->connection_get_by_fd (listener);
    note ("%d %d %d ready %d status %d type %d flags %x", again == job, !other, listens && listens != job,
          lib->server_check_ready (job), info_of (job)->status, info_of (job)->basic_type,
          (unsigned) info_of (job)->flags & 0x3ffffff);
    note ("from %x %d to %x %d", info_of (job)->remote_ip, info_of (job)->remote_port != 0, info_of (job)->our_ip,
          info_of (job)->our_port == (unsigned) port);
    note ("references %d", job->j_refcnt);
    lib->job_decref (1, job);
    lib->job_decref (1, again);
    lib->job_decref (1, listens);
    note ("nobody %d", !lib->connection_get_by_fd (fd + 100));
  }
}

static void do_limits (const long *a) {
  if (connections_elsewhere ()) {
    return;
  }
  lib->tcp_set_max_connections (a[0] == 1 ? listener + 1 : 65536);
  lib->tcp_set_max_accept_rate (a[0] == 2 ? 1 : 0);
  init_answer = a[0] == 3 ? -1 : 0;
  if (a[0] == 4) {
    *lib->max_special_connections = 2;
  }
}

/* ---- targets ---- */

static int wanted;
static bool are_ready (void) {
  struct connections_stat st;
  lib->fetch_connections_stat (&st);
  return st.ready_outbound_connections == wanted && st.outbound_connections == wanted &&
         st.active_outbound_connections == wanted;
}

static void do_target (const long *a) {
  if (connections_elsewhere ()) {
    return;
  }
  struct conn_target_info source;
  memset (&source, 0, sizeof (source));
  source.min_connections = (int) a[1];
  source.max_connections = (int) a[1] + (int) a[2];
  source.reconnect_timeout = 0.3;
  source.type = &type;
  source.target = htonl (INADDR_LOOPBACK);
  source.port = a[0] ? REFUSING : target_port;
  int created = -7;
  struct async_job *job = lib->create_target (&source, &created);
  note ("created %d same %d", created, job == targets[a[0]]);
  targets[a[0]] = job;
  if (!a[0]) {
    wanted = (int) a[1];
    note ("ready %d", drive (are_ready));
    struct async_job *one = lib->conn_target_get_connection (job, 1);
    note ("one %d type %d", one != NULL, one ? info_of (one)->basic_type : 0);
    if (one) {
      lib->job_decref (1, one);
    }
  } else {
    for (int i = 0; i < TURNS; i++) {
      turn ();
    }
  }
}

static int closed_before, accepted_before;

static bool is_replaced (void) {
  return closed_count > closed_before && accepted > accepted_before && are_ready ();
}

/* One of the connections of a target is closed by the other side. */
static void do_lose (const long *a) {
  (void) a;
  if (connections_elsewhere () || !targets[0] || !wanted || !are_ready ()) {
    skip ();
    return;
  }
  for (int i = 0; i < PEERS; i++) {
    if (peers[i] > 0) {
      closed_before = closed_count;
      accepted_before = accepted;
      close (peers[i]);
      peers[i] = 0;
      note ("replaced %d", drive (is_replaced));
      return;
    }
  }
}

static bool is_unused (void) {
  struct connections_stat st;
  lib->fetch_connections_stat (&st);
  return !st.inactive_targets;
}

static void do_drop (const long *a) {
  if (connections_elsewhere () || !targets[a[0]]) {
    skip ();
    return;
  }
  int left = lib->destroy_target (1, targets[a[0]]);
  note ("left %d", left);
  if (!left) {
    targets[a[0]] = NULL;
    note ("%d", drive (is_unused));
    for (int i = 0; !a[0] && i < PEERS; i++) {
      if (peers[i] > 0) {
        close (peers[i]);
        peers[i] = 0;
      }
    }
  }
}

#define CLIENT { "client", 0, CLIENTS - 1 }

static const struct operation operations[] = {
  { "listen", do_listen, { { "mode", 0, 4 } }, 10 },
  { "open", do_open, { CLIENT }, 12 },
  { "echo", do_echo, { CLIENT, { "bytes", 1, 9000 } }, 12 },
  { "echo_many", do_echo, { CLIENT, { "bytes", 10000, MOST } }, 2 },
  { "leave", do_leave, { CLIENT, { "half", 0, 1 } }, 4 },
  { "end", do_end, { CLIENT, { "error", 0, ERRORS - 1 } }, 5 },
  { "timeout", do_timeout, { CLIENT, { "time", 0, 3 } }, 3 },
  { "find", do_find, { CLIENT }, 4 },
  { "limits", do_limits, { { "kind", 0, 4 } }, 2 },
  { "target", do_target, { { "which", 0, TARGETS - 1 }, { "least", 0, 3 }, { "more", 0, 2 } }, 3 },
  { "lose", do_lose, { { 0 } }, 3 },
  { "drop", do_drop, { { "which", 0, TARGETS - 1 } }, 3 },
  { "type", connections_type, { { "kind", 0, TYPE_KINDS - 1 }, { "listening", 0, 1 } }, 3 },
  { "nat", connections_nat, { { "rule", 0, RULES - 1 } }, 3 },
  { "later", connections_later, { { "count", 0, 3 }, { "free", 0, 1 } }, 3 },
  { "pieces", connections_pieces, { { "bytes", 1, 20000 }, { "most", 1, 8 } }, 3 },
  { "page", connections_page, { { 0 } }, 2 },
  { "count", connections_count, { { 0 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "connections.listen(0);connections.open(0);connections.echo(0,10);connections.echo_many(0,300000);connections.find(0);"
  "connections.leave(0,0);connections.page",
  "connections.listen(1);connections.open(0);connections.open(1);connections.open(2);connections.echo(1,7);"
  "connections.end(1,0);connections.leave(2,1);connections.end(0,3);connections.open(1);connections.echo(1,5000)",
  "connections.limits(4);connections.listen(2);connections.open(0);connections.open(1);connections.open(2);"
  "connections.echo(1,100);connections.leave(0,0);connections.leave(1,0);connections.page",
  "connections.listen(3);connections.limits(1);connections.open(0);connections.limits(3);connections.open(1);"
  "connections.limits(0);connections.open(2);connections.echo(2,1);connections.timeout(2,1);connections.timeout(2,3)",
  "connections.listen(4);connections.limits(2);connections.open(0);connections.open(1);connections.limits(0);"
  "connections.open(2);connections.find(2)",
  "connections.target(0,2,1);connections.lose;connections.lose;connections.target(0,2,1);connections.drop(0);"
  "connections.drop(0);connections.target(0,1,0);connections.page",
  "connections.target(1,1,0);connections.drop(1);connections.target(0,3,0);connections.drop(0)",
  "connections.nat(0);connections.nat(1);connections.nat(2);connections.nat(3);connections.nat(4);connections.nat(5);"
  "connections.nat(6);connections.nat(7)",
  "connections.type(0,0);connections.type(1,0);connections.type(1,1);connections.type(2,1);connections.type(3,0);"
  "connections.type(4,0)",
  "connections.later(3,1);connections.later(2,0);connections.later(0,1);connections.pieces(20000,2);"
  "connections.pieces(20000,8);connections.count",
  NULL,
};

const struct script_family connections_scripts = { "connections", CAN_CONNECT, operations, begin, observe, fixed };
