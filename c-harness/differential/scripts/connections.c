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
#include <netinet/tcp.h>
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

enum { CLIENTS = 6, MOST = 300000, ERRORS = 8, AT_ONCE = 4, RATE = 2 };
enum { INBOUND = 2, OUTBOUND = 3, SPECIAL = 0x10000, LOW_PRIORITY = 8 };

struct conn_functions connections_echo;
static int listener = -1, port;
/* What a new connection's function answers, and whether it is of the special listener. */
static int init_answer;
static bool is_special;
/* A target has tried to connect while there was no room: how often it does is a matter of time. */
static bool was_tried_again;
bool connections_have_no_room;

static struct client {
  int fd, server; /* the server's descriptor, 0 once it is gone */
} clients[CLIENTS];

static int alarms, last_error, inbound_count, last_inbound;
int connections_closed;

/* ---- the type's functions: an echo ---- */

static struct mp_queue *socket_queue (struct async_job *job) {
  return ((struct socket_connection_info *) (job + 1))->out_packet_queue;
}

static int reader (struct async_job *job) {
  struct connection_info *c = connection_info_of (job);
  for (struct raw_message *raw; (raw = lib->mpq_pop_nw (c->in_queue, 4));) {
    lib->rwm_union (&c->in, raw);
    free (raw);
  }
  return 0;
}

static int writer (struct async_job *job) {
  struct connection_info *c = connection_info_of (job);
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
  struct connection_info *c = connection_info_of (job);
  lib->rwm_free (&c->in);
  lib->rwm_free (&c->out);
  lib->rwm_free (&c->in_u);
  lib->rwm_free (&c->out_p);
  return 0;
}

static int init_accepted (struct async_job *job) {
  last_inbound = connection_info_of (job)->fd;
  inbound_count++;
  return init_answer;
}

static int alarmed (struct async_job *job) {
  (void) job;
  alarms++;
  return 0;
}

static int closes (struct async_job *job, int who) {
  /* How often a refused one was tried is a matter of time. */
  if (connection_info_of (job)->remote_port != REFUSING) {
    connections_closed++;
    last_error = connection_info_of (job)->error;
  }
  for (int i = 0; i < CLIENTS; i++) {
    if (connection_info_of (job)->basic_type == INBOUND && clients[i].server == connection_info_of (job)->fd) {
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

/* epoll_work sleeps until there is something: here a step may wait for what never comes. */
void connections_turn (void) {
  lib->epoll_fetch_events (1);
  lib->epoll_runqueue ();
  lib->get_utime_monotonic ();
  lib->thread_run_timers ();
  lib->run_pending_main_jobs ();
  lib->free_later_act ();
  connections_accept_peers ();
}

/* Until it holds; false after six seconds, which only a machine that stands still takes, or where a call fails, after which many a
   step waits for what does not come. Then some more turns. */
bool connections_drive (bool (*holds) (void)) {
  double end = seconds () + (sides_with_faults ? 0.5 : 6);
  bool reached = true;
  while (!holds ()) {
    connections_turn ();
    if (seconds () > end) {
      reached = false;
      break;
    }
  }
  for (int i = 0; i < TURNS; i++) {
    connections_turn ();
  }
  errno = 0;
  return reached;
}

int connections_listen (int *number) {
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
  memset (&connections_echo, 0, sizeof (connections_echo));
  connections_echo.magic = MAGIC;
  connections_echo.flags = RAW;
  connections_echo.title = "echo";
  connections_echo.reader = (void *) reader;
  connections_echo.writer = (void *) writer;
  connections_echo.free_buffers = (void *) free_buffers;
  connections_echo.init_accepted = (void *) init_accepted;
  connections_echo.alarm = (void *) alarmed;
  connections_echo.close = (void *) closes;
  connections_echo.parse_execute = (void *) parse;
}

static void begin (void) {
  http_host_has_real_connections = true;
  begin_jobs ();
  be_job_thread ();
  lib->init_epoll ();
  complete_type ();
  listener = connections_listen (&port);
  connections_begin_targets ();
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
  was_tried_again |= connections_have_no_room && connections_have_targets ();
  note ("failed %lld %lld %lld %lld", st.accept_calls_failed, st.accept_rate_limit_failed,
        st.accept_init_accepted_failed, was_tried_again ? -1 : st.accept_connection_limit_failed);
  note ("closed %d error %d alarms %d nodes %lld", connections_closed, last_error, alarms, *lib->total_vv_tree_nodes);
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
  note ("%d", a[0] ? lib->init_listening_tcpv6_connection (listener, &connections_echo, NULL, modes[a[0]])
                   : lib->init_listening_connection (listener, &connections_echo, NULL));
  listening = true;
}

static int connected_client (void) {
  struct sockaddr_in at = { .sin_family = AF_INET,
                            .sin_port = htons ((uint16_t) port),
                            .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  if (connect (fd, (struct sockaddr *) &at, sizeof (at))) {
    _exit (9);
  }
  fcntl (fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static struct client *the_client;
static bool seen;

static bool has_ended (void) {
  char byte[256];
  ssize_t got = recv (the_client->fd, byte, sizeof (byte), 0);
  bool over = !got || (got < 0 && errno != EAGAIN);
  errno = 0;
  return over;
}

static bool is_answered (void) {
  return (last_inbound > 0 && init_answer >= 0) || seen || has_ended ();
}

static void do_open (const long *a) {
  struct client *c = &clients[a[0]];
  if (connections_elsewhere () || !listening || c->fd) {
    skip ();
    return;
  }
  c->fd = connected_client ();
  the_client = c;
  last_inbound = 0;
  seen = is_special && *lib->active_special_connections >= *lib->max_special_connections;
  bool reached = connections_drive (is_answered);
  c->server = last_inbound;
  note ("%s %s", reached ? "seen" : "not seen", last_inbound > 0 ? "accepted" : "-");
  if (init_answer < 0) {
    c->server = 0;
  }
}

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
    connections_drive (is_echoed);
    note ("%ld %s", received, intact && received == total ? "intact" : "NOT INTACT");
  }
}

static bool is_gone (void) {
  return !the_client->server;
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
    note ("%d", connections_drive (is_gone));
    if (the_client->fd >= 0) {
      note ("%d", connections_drive (has_ended));
    }
    forget_client ();
  }
}

static struct async_job *connection_of (const struct client *c) {
  return lib->connection_get_by_fd (c->server);
}

static int closed_goal;
static bool are_closed (void) {
  return connections_closed >= closed_goal;
}

/* The server ends it: at once, with an error; or once something more was written, which does not come. Then the client ends it. */
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
      connections_turn ();
    }
    note ("%d", waits ? is_gone () : connections_drive (is_gone));
    note ("%d", waits ? has_ended () : connections_drive (has_ended));
    closed_goal = connections_closed + waits;
    forget_client ();
    note ("%d", connections_drive (are_closed));
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
      note ("%d", connections_drive (has_alarmed));
    }
  }
}

static void do_find (const long *a) {
  if (has_server (a)) {
    struct async_job *job = connection_of (the_client);
    int generation = connection_info_of (job)->generation, fd = the_client->server;
    struct async_job *again = lib->connection_get_by_fd_generation (fd, generation);
    struct async_job *other = lib->connection_get_by_fd_generation (fd, generation + 1);
    struct async_job *listens = lib->connection_get_by_fd (listener);
    note ("%d %d %d ready %d status %d type %d flags %x", again == job, !other, listens && listens != job,
          lib->server_check_ready (job), connection_info_of (job)->status, connection_info_of (job)->basic_type,
          (unsigned) connection_info_of (job)->flags & 0x3ffffff);
    note ("from %x %d to %x %d", connection_info_of (job)->remote_ip, connection_info_of (job)->remote_port != 0,
          connection_info_of (job)->our_ip, connection_info_of (job)->our_port == (unsigned) port);
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
  bool had_no_room = connections_have_no_room;
  connections_have_no_room = a[0] == 1;
  lib->tcp_set_max_connections (connections_have_no_room ? listener + 1 : 65536);
  /* Below zero all are refused, whatever time it is. */
  lib->tcp_set_max_accept_rate (a[0] == 2 ? -1 : 0);
  init_answer = a[0] == 3 ? -1 : 0;
  if (a[0] == 4) {
    *lib->max_special_connections = 2;
  }
  if (had_no_room && !connections_have_no_room) {
    connections_await_targets ();
  }
}

/* The length of the listener's queue. */
static bool are_queued (void) {
  struct tcp_info info;
  socklen_t len = sizeof (info);
  return getsockopt (listener, IPPROTO_TCP, TCP_INFO, &info, &len) || info.tcpi_unacked >= AT_ONCE;
}

/* Some clients at the same time, of which the rate lets some in: once, because the time until then gives room to more. */
static void do_burst (const long *a) {
  static bool was_here;
  struct connections_stat before, after;
  int fds[AT_ONCE];
  (void) a;
  if (connections_elsewhere () || !listening || is_special || connections_have_no_room || init_answer || was_here) {
    skip ();
    return;
  }
  was_here = true;
  closed_goal = connections_closed;
  int inbound_before = inbound_count;
  lib->fetch_connections_stat (&before);
  lib->tcp_set_max_accept_rate (RATE);
  for (int i = 0; i < AT_ONCE; i++) {
    fds[i] = connected_client ();
  }
  for (double end = seconds () + 1; !are_queued () && seconds () < end;) {
  }
  for (int i = 0; i < 10 * TURNS; i++) {
    connections_turn ();
  }
  lib->tcp_set_max_accept_rate (0);
  lib->fetch_connections_stat (&after);
  note ("%lld of %d refused", after.accept_rate_limit_failed - before.accept_rate_limit_failed, AT_ONCE);
  for (int i = 0; i < AT_ONCE; i++) {
    close (fds[i]);
  }
  closed_goal += inbound_count - inbound_before;
  note ("%d", connections_drive (are_closed));
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
  { "burst", do_burst, { { 0 } }, 2 },
  { "target", connections_target, { { "which", 0, TARGETS - 1 }, { "least", 0, 3 }, { "more", 0, 2 } }, 3 },
  { "lose", connections_lose, { { 0 } }, 3 },
  { "drop", connections_drop, { { "which", 0, TARGETS - 1 } }, 3 },
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
  "connections.burst;connections.open(2);connections.find(2);connections.burst",
  "connections.target(0,2,1);connections.lose;connections.lose;connections.target(0,2,1);connections.drop(0);"
  "connections.drop(0);connections.target(0,1,0);connections.page",
  "connections.target(1,1,0);connections.drop(1);connections.target(0,3,0);connections.drop(0)",
  "connections.nat(0);connections.nat(1);connections.nat(2);connections.nat(3);connections.nat(4);connections.nat(5);"
  "connections.nat(6);connections.nat(7)",
  "connections.type(0,0);connections.type(1,0);connections.type(1,1);connections.type(2,1);connections.type(3,0);"
  "connections.type(4,0)",
  "connections.target(0,2,0);connections.target(0,1,0);connections.limits(1);connections.target(1,1,0);connections.lose;"
  "connections.limits(0);connections.lose",
  "connections.later(3,1);connections.later(2,0);connections.later(0,1);connections.pieces(20000,2);"
  "connections.pieces(20000,8);connections.count",
  NULL,
};

const struct script_family connections_scripts = { "connections", CAN_CONNECT, operations, begin, observe, fixed };
