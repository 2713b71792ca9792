/*
 * Sockets: which options they end up with, where they are bound and connected, and what is said of a failure. The system's calls are
 * interposed: they note, fail when the script says so, and work on a socket that leads nowhere.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_socket.h"
#include "script.h"

/* Descriptors below are taken, so that the next one has the same number on each side. */
enum { FIRST_FREE = 60 };

static engine_t engine;

static void begin (void) {
  int fd;
  while ((fd = open ("/dev/null", O_RDONLY)) >= 0 && fd < FIRST_FREE) {
  }
  close (fd);
  errno = 0;
  fake_sockets_begin ();
}

static void tell (int fd) {
  note ("%d", fd);
  note ("%s", fake_sockets_told ());
  if (fd >= 0) {
    note ("flags %x %x", fcntl (fd, F_GETFL) & O_NONBLOCK, fcntl (fd, F_GETFD));
    close (fd);
  }
}

/* Which call fails, and how. */
static void fail (const long *a) {
  static const int causes[] = { EMFILE, EADDRINUSE, ECONNREFUSED, EINPROGRESS, EACCES };
  fake_sockets_fail ((int) a[0], causes[a[1]]);
}

static void buffers (const long *a) {
  fake_sockets_buffers ((int) a[0], (int) a[1]);
}

static void large (const long *a) {
  *lib->tcp_maximize_buffers = (int) a[0];
}

static void verbose (const long *a) {
  *lib->verbosity = (int) a[0];
}

static void own_address (const long *a) {
  *lib->engine_state = a[0] ? &engine : NULL;
  engine.settings_addr = a[0] == 2 ? htonl (0x0a000001) : 0;
}

static void open_one (const long *a) {
  tell (lib->new_socket ((int) a[0], (int) a[1]));
}

static void server (const long *a) {
  struct in_addr in = { htonl (0x7f000000 | (unsigned) a[1]) };
  tell (lib->server_socket ((int) a[1], in, (int) a[2], (int) a[0]));
}

static void client (const long *a) {
  tell (lib->client_socket (htonl (0xc0000200 | (unsigned) a[1]), (int) a[2], (int) a[0]));
}

static void client6 (const long *a) {
  unsigned char address[16] = { 0x20, 1, 0xd, 0xb8 };
  address[15] = (unsigned char) a[1];
  tell (lib->client_socket_ipv6 (address, (int) a[2], (int) a[0]));
}

static void enlarge (const long *a) {
  int fd = lib->new_socket ((int) a[0], 0);
  if (fd >= 0) {
    (a[1] ? lib->maximize_sndbuf : lib->maximize_rcvbuf) (fd, (int) a[2]);
  }
  tell (fd);
}

static const struct operation operations[] = {
  { "fail", fail, { { "call", 0, 8 }, { "cause", 0, 4 } }, 3 },
  { "buffers", buffers, { { "size", 1, 1 << 25 }, { "refused", 0, 1 } }, 2 },
  { "large", large, { { "buffers", 0, 1 } }, 2 },
  { "verbosity", verbose, { { "level", 0, 2 } }, 2 },
  { "own_address", own_address, { { "which", 0, 2 } }, 2 },
  { "open", open_one, { { "mode", 0, 31 }, { "nonblocking", 0, 1 } }, 2 },
  { "server", server, { { "mode", 0, 31 }, { "port", 0, 70000 }, { "backlog", -1, 9000 } }, 5 },
  { "client", client, { { "mode", 0, 31 }, { "host", 0, 255 }, { "port", 0, 70000 } }, 5 },
  { "client6", client6, { { "mode", 0, 31 }, { "host", 0, 255 }, { "port", 0, 70000 } }, 4 },
  { "enlarge", enlarge, { { "mode", 0, 3 }, { "send", 0, 1 }, { "size", -1, 1 << 25 } }, 3 },
  { 0 },
};

static const char *const fixed[] = {
  "sockets.server(0,443,128);sockets.large(1);sockets.verbosity(2);sockets.server(0,443,128);sockets.client(0,7,443);sockets.client6(2,7,443);"
  "sockets.server(1,53,0);sockets.server(17,53,0);sockets.server(2,443,128);sockets.server(6,443,128);sockets.client(1,7,53);sockets.client6(3,7,53)",
  "sockets.client(2,1,1);sockets.client6(0,1,1);sockets.own_address(2);sockets.client(0,7,443);sockets.own_address(1);sockets.client(0,7,443)",
  "sockets.fail(1,0);sockets.open(0,1);sockets.fail(2,1);sockets.server(0,1,1);sockets.fail(3,1);sockets.server(0,1,1);sockets.fail(4,2);"
  "sockets.client(0,1,1);sockets.client6(2,1,1);sockets.fail(4,3);sockets.client(0,1,1);sockets.fail(5,4);sockets.open(2,1)",
  "sockets.fail(6,4);sockets.enlarge(0,0,0);sockets.verbosity(1);sockets.enlarge(0,0,0);sockets.enlarge(0,1,7);sockets.fail(0,0);"
  "sockets.verbosity(2);sockets.enlarge(0,1,7);sockets.buffers(20000000,0);sockets.enlarge(0,1,7);sockets.buffers(4096,1);sockets.enlarge(0,1,7)",
  NULL,
};

const struct script_family sockets_scripts = { "sockets", CAN_SOCKETS, operations, begin, NULL, fixed };
