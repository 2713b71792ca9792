/*
 * A non-blocking connection: see connect.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOWEST_PORT = 2000, HIGHEST_PORT = 65000, TRIES = 1000 };

static uint16_t next_source_port (void) {
  static unsigned turn = LOWEST_PORT, lo, hi;
  if (!lo) {
    FILE *f = fopen ("/proc/sys/net/ipv4/ip_local_port_range", "r");
    if (!f || fscanf (f, "%u %u", &lo, &hi) != 2) {
      lo = 32768;
      hi = 60999;
    }
    if (f) {
      fclose (f);
    }
  }
  if (++turn > HIGHEST_PORT) {
    turn = LOWEST_PORT;
  }
  if (turn >= lo && turn <= hi) {
    turn = hi < HIGHEST_PORT ? hi + 1 : LOWEST_PORT;
  }
  return (uint16_t) turn;
}

int connect_loopback (int port, bool many, bool *at_once) {
  struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) }, to = from;
  to.sin_port = htons ((uint16_t) port);
  for (int tries = 0; tries < TRIES; tries++) {
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      return -1;
    }
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int) { 1 }, sizeof (int));
    bool bound = true;
    if (many) {
      setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &(int) { 1 }, sizeof (int));
      from.sin_port = htons (next_source_port ());
      bound = !bind (fd, (struct sockaddr *) &from, sizeof (from));
    }
    *at_once = bound && !connect (fd, (struct sockaddr *) &to, sizeof (to));
    if (*at_once || (bound && errno == EINPROGRESS)) {
      return fd;
    }
    int error = errno;
    close (fd);
    errno = error;
    if (error != EADDRINUSE && error != EADDRNOTAVAIL) {
      break;
    }
  }
  return -1;
}
