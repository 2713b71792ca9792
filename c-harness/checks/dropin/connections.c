/*
 * Connections where the original is undefined, leaks, or dies: a listener is written to as a connection is, ends that a read sees
 * leave no message, a full pool closes what it cannot serve, and a sender at full speed waits for its parser.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"
#include "legacy_names.h"
#include "sentences.h"

enum { RAW = 0x40000, MAGIC = 0x11ef55aa, NO_READ = 0x10, IPV6_MODE = 2, RUN = 0, ERROR = 8 };
enum { TURN = 128 * 2048, ENDS = 100 };

int net_server_socket_reader (struct async_job *job);
int cpu_server_close_connection (struct async_job *job, int who);

static struct conn_functions type;
static struct async_job *server; /* the last connection that was accepted */
static int port, listener, closed;
/* The parser takes nothing. */
static int is_lazy;
/* It keeps all that comes. */
static int is_greedy;

static struct connection_info *info_of (struct async_job *job) {
  return (struct connection_info *) (job + 1);
}

static struct socket_connection_info *socket_of (struct async_job *job) {
  return (struct socket_connection_info *) (info_of (job)->io_conn + 1);
}

static int reader (struct async_job *job) {
  struct connection_info *c = info_of (job);
  for (struct raw_message *raw; !is_lazy && (raw = mpq_pop_nw (c->in_queue, 4));) {
    rwm_union (&c->in, raw);
    free (raw);
  }
  if (c->in.total_bytes > TURN && !is_greedy) {
    rwm_skip_data (&c->in, c->in.total_bytes);
  }
  return 0;
}

static int nothing (struct async_job *job) {
  (void) job;
  return 0;
}

static int free_buffers (struct async_job *job) {
  struct connection_info *c = info_of (job);
  rwm_free (&c->in);
  rwm_free (&c->in_u);
  rwm_free (&c->out);
  rwm_free (&c->out_p);
  return 0;
}

static int init_accepted (struct async_job *job) {
  server = job;
  return 0;
}

static int closes (struct async_job *job, int who) {
  closed++;
  return cpu_server_close_connection (job, who);
}

static void turn (void) {
  epoll_fetch_events (1);
  epoll_runqueue ();
  get_utime_monotonic ();
  thread_run_timers ();
  run_pending_main_jobs ();
}

static void turns (void) {
  for (int i = 0; i < 20; i++) {
    turn ();
  }
}

static int connect_client (void) {
  struct sockaddr_in at = { .sin_family = AF_INET,
                            .sin_port = htons ((uint16_t) port),
                            .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  server = NULL;
  if (connect (fd, (struct sockaddr *) &at, sizeof (at))) {
    perror ("connect");
    exit (2);
  }
  for (int i = 0; i < 500 && !server; i++) {
    turn ();
  }
  expect (server != NULL, "a connection is accepted");
  turns ();
  return fd;
}

static void leave (int fd) {
  int before = closed;
  close (fd);
  for (int i = 0; i < 500 && closed == before; i++) {
    turn ();
  }
  turns ();
}

static long on_page (const char *name) {
  static char page[16384];
  struct stats_buffer sb;
  sb_init (&sb, page, (int) sizeof (page));
  connections_prepare_stat (&sb);
  raw_msg_prepare_stat (&sb);
  const char *line = strstr (page, name);
  return line ? atol (line + strlen (name) + 1) : -1;
}

static void begin (void) {
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t len = sizeof (at);
  init_async_jobs ();
  init_msg_buffers (8 << 20);
  init_epoll ();
  type.magic = MAGIC;
  type.flags = RAW;
  type.reader = (void *) reader;
  type.writer = (void *) nothing;
  type.parse_execute = (void *) nothing;
  type.free_buffers = (void *) free_buffers;
  type.init_accepted = (void *) init_accepted;
  type.close = (void *) closes;
  listener = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind (listener, (struct sockaddr *) &at, len) || listen (listener, 16) ||
      getsockname (listener, (struct sockaddr *) &at, &len)) {
    perror ("listen");
    exit (2);
  }
  port = ntohs (at.sin_port);
}

/* Cures 5 and 15. */
static void a_listener_takes_any_family_and_its_block_is_large_enough (void) {
  expect (!init_listening_tcpv6_connection (listener, &type, NULL, IPV6_MODE), "the listener is made");
  struct async_job *job = connection_get_by_fd (listener);
  expect (job && job->j_custom_bytes >= (int) sizeof (struct connection_info), "the host writes within the block");
  info_of (job)->window_clamp = 131072;
  job_decref (1, job);
  int fd = connect_client ();
  expect (info_of (server)->remote_ip == INADDR_LOOPBACK, "a connection of IPv4 is one, whatever the listener's mode");
  leave (fd);
}

/* Cure 21. The end is there before epoll tells. */
static void an_end_that_a_read_sees_leaves_no_message (void) {
  long before = on_page ("rwm_total_msgs");
  for (int i = 0; i < ENDS; i++) {
    int fd = connect_client ();
    struct async_job *sock = info_of (server)->io_conn;
    shutdown (fd, SHUT_WR);
    __atomic_fetch_and (&socket_of (server)->flags, ~NO_READ, __ATOMIC_SEQ_CST);
    net_server_socket_reader (sock);
    leave (fd);
  }
  expect (on_page ("rwm_total_msgs") == before, "an end leaves no message");
  expect (on_page ("allocated_connections") == 0, "and no connection");
}

/* One system call where the original makes two. */
static void a_short_read_ends_the_turn (void) {
  int fd = connect_client ();
  long before = on_page ("tcp_readv_calls");
  for (int i = 0; i < 10; i++) {
    expect (write (fd, "0123456789", 10) == 10, "the client writes");
    turns ();
  }
  expect (info_of (server)->in.total_bytes == 100, "all arrives");
  expect (on_page ("tcp_readv_calls") - before == 10, "each message is read with one call");
  leave (fd);
}

static void fill (int fd) {
  static char bytes[1 << 16];
  fcntl (fd, F_SETFL, O_NONBLOCK);
  while (write (fd, bytes, sizeof (bytes)) > 0) {
  }
}

/* Cure 10, as far as the socket goes. */
static void a_turn_is_bounded_and_the_parser_is_waited_for (void) {
  int fd = connect_client ();
  struct async_job *connection = job_incref (server);
  long before = on_page ("tcp_readv_bytes"), last = before;
  is_lazy = 1;
  for (int i = 0; i < 50; i++) {
    fill (fd);
    turn ();
    last = on_page ("tcp_readv_bytes");
  }
  expect (last - before > 4 * 2048, "the socket is read");
  expect (last - before <= 5L * TURN, "and waits for the parser");
  is_lazy = 0;
  job_signal (1, job_incref (connection), RUN);
  for (int i = 0; i < 100; i++) {
    fill (fd);
    turn ();
  }
  expect (on_page ("tcp_readv_bytes") - last > 2L * TURN, "then it goes on");
  leave (fd);
  job_decref (1, connection);
  turns ();
}

static struct msg_buffer *held[200000];
static int held_count;

static void take_all_buffers (void) {
  static const int sizes[] = { 2048, 512, 48, 16384, 262144 };
  for (int i = 0; i < 5; i++) {
    while ((held[held_count] = alloc_msg_buffer (NULL, sizes[i]))) {
      held_count++;
    }
  }
}

static void give_buffers_back (void) {
  while (held_count > 0) {
    held[--held_count]->refcnt = 0;
    free_msg_buffer (held[held_count]);
  }
}

/* Cures 7 and 14. */
static void a_full_pool_closes_who_needs_a_buffer (int control) {
  int fd = connect_client ();
  struct async_job *connection = job_incref (server);
  if (!control) {
    take_all_buffers ();
  }
  /* The receive buffers that the thread has go first. */
  is_greedy = 1;
  for (int i = 0; i < 400 && !(info_of (connection)->flags & ERROR); i++) {
    if (!control) {
      fill (fd);
    }
    turn ();
  }
  is_greedy = 0;
  expect (on_page ("connections_shed") == 1, "one connection is closed, and counted");
  expect (info_of (connection)->flags & ERROR, "it is the one that needs a buffer");
  job_decref (1, connection);
  give_buffers_back ();
  leave (fd);
  fd = connect_client ();
  expect (write (fd, "again", 5) == 5, "the client writes");
  turns ();
  expect (info_of (server)->in.total_bytes == 5, "and the next one is served again");
  leave (fd);
}

/* Has a connection's socket send so many bytes. */
static void send_bytes (struct async_job *connection, int count) {
  struct async_job *sock = info_of (connection)->io_conn;
  struct raw_message *raw = malloc (sizeof (*raw));
  expect (rwm_create (raw, NULL, count) == count, "there is room for what is sent");
  mpq_push_w (socket_of (connection)->out_packet_queue, raw, 0);
  job_signal (1, job_incref (sock), RUN);
}

/* A client that reads nothing, and one that asks: in the full pool the first one holds most of what there is. */
static void a_full_pool_closes_who_holds_most (int control) {
  int reads_nothing = connect_client ();
  struct async_job *holder = job_incref (server);
  for (int i = 0; i < 100 && socket_of (holder)->out.total_bytes < 1 << 20; i++) {
    send_bytes (holder, 1 << 18);
    turns ();
  }
  expect (socket_of (holder)->out.total_bytes >= 1 << 20, "the client does not read");
  int asks = connect_client ();
  struct async_job *connection = job_incref (server);
  long before = on_page ("connections_shed");
  if (!control) {
    take_all_buffers ();
  }
  /* The receive buffers that the thread has go first. */
  is_greedy = 1;
  for (int i = 0; i < 2000 && !(info_of (holder)->flags & ERROR); i++) {
    fill (asks);
    turn ();
  }
  is_greedy = 0;
  expect (info_of (holder)->flags & ERROR, "who holds most is closed");
  expect (!(info_of (connection)->flags & ERROR), "who asks is not");
  expect (on_page ("connections_shed") == before + 1, "one connection is closed, and counted");
  job_decref (1, holder);
  turns ();
  long bytes = on_page ("tcp_readv_bytes");
  for (int i = 0; i < 100; i++) {
    fill (asks);
    turn ();
  }
  expect (on_page ("tcp_readv_bytes") > bytes, "who asks is served with what the other has held");
  job_decref (1, connection);
  give_buffers_back ();
  leave (asks);
  close (reads_nothing);
}

static void a_type_that_cannot_be_completed (void) {
  static struct conn_functions plain = { .magic = MAGIC };
  check_conn_functions (&plain, 0);
}

int main (int argc, char **argv) {
  int control = argc > 1 && !strcmp (argv[1], "control");
  listen_to_stderr ();
  begin ();
  a_listener_takes_any_family_and_its_block_is_large_enough ();
  an_end_that_a_read_sees_leaves_no_message ();
  a_short_read_ends_the_turn ();
  a_turn_is_bounded_and_the_parser_is_waited_for ();
  expect_end (a_type_that_cannot_be_completed, "lacks its own functions");
  a_full_pool_closes_who_needs_a_buffer (control);
  a_full_pool_closes_who_holds_most (control);
  expect (on_page ("rwm_total_msgs") == 0 && on_page ("allocated_socket_connections") == 0, "nothing is left");
  expect (said ("message buffers are used up: closed 1 connections"), "the log says so");
  return stop_listening ();
}
