/*
 * The relay: see relay.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "relay.h"

#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "middle_end.h"

enum { WARM_MESSAGES = 200 };

static bool connect_to (int port, int *fd) {
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) port) };
  at.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  *fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return *fd >= 0 && !connect (*fd, (struct sockaddr *) &at, sizeof (at)) &&
         !setsockopt (*fd, IPPROTO_TCP, TCP_NODELAY, &(int) { 1 }, sizeof (int));
}

static bool read_all (int fd, uint8_t *to, size_t n) {
  for (ssize_t got; n; to += got, n -= (size_t) got) {
    if ((got = read (fd, to, n)) <= 0) {
      return false;
    }
  }
  return true;
}

static bool accept_from (int listener, int *fd) {
  *fd = accept (listener, NULL, NULL);
  return *fd >= 0 && !setsockopt (*fd, IPPROTO_TCP, TCP_NODELAY, &(int) { 1 }, sizeof (int));
}

/* The other end: sends back what comes, until there is nothing more. */
static void *echo_main (void *listener) {
  static uint8_t bytes[RELAY_LARGEST];
  int fd;
  if (!accept_from (*(int *) listener, &fd)) {
    return NULL;
  }
  for (ssize_t n; (n = read (fd, bytes, sizeof (bytes))) > 0;) {
    if (write (fd, bytes, (size_t) n) != n) {
      break;
    }
  }
  close (fd);
  return NULL;
}

/* The child: both sockets in one epoll instance, as in a proxy. */
static void become_relay (int listener, int echo_port, const cpu_set_t *cpus) {
  static uint8_t bytes[RELAY_LARGEST];
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (cpus) {
    sched_setaffinity (0, sizeof (*cpus), cpus);
  }
  int side[2], epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (epoll < 0 || !connect_to (echo_port, &side[1]) || !accept_from (listener, &side[0])) {
    _exit (1);
  }
  for (uint32_t i = 0; i < 2; i++) {
    fcntl (side[i], F_SETFL, O_NONBLOCK);
    epoll_ctl (epoll, EPOLL_CTL_ADD, side[i], &(struct epoll_event) { EPOLLIN | EPOLLET, { .u32 = i } });
  }
  for (;;) {
    struct epoll_event ready[2];
    int count = epoll_wait (epoll, ready, 2, -1);
    for (int i = 0; i < count; i++) {
      uint32_t from = ready[i].data.u32;
      ssize_t n = read (side[from], bytes, sizeof (bytes));
      if (n <= 0 || write (side[1 - from], bytes, (size_t) n) != n) {
        _exit (0);
      }
    }
  }
}

static uint64_t cpu_of (pid_t pid) {
  clockid_t id;
  return clock_getcpuclockid (pid, &id) ? 0 : clock_ns (id);
}

static double drive (pid_t relay, int fd, uint32_t size, double seconds) {
  static uint8_t bytes[RELAY_LARGEST];
  uint64_t messages = 0, from = 0, end = UINT64_MAX;
  for (; now_ns () < end; messages++) {
    if (messages == WARM_MESSAGES) {
      from = cpu_of (relay);
      end = after (seconds);
    }
    if (write (fd, bytes, size) != (ssize_t) size || !read_all (fd, bytes, size)) {
      return NAN;
    }
  }
  return (double) (cpu_of (relay) - from) / 1000 / (double) (messages - WARM_MESSAGES);
}

double relay_cpu_us (uint32_t size, double seconds, const cpu_set_t *relay, const cpu_set_t *echo) {
  int port, echo_port, fd = -1;
  int listener = listen_loopback (&port), echo_listener = listen_loopback (&echo_port);
  double us = NAN;
  pthread_t thread;
  if (pthread_create (&thread, NULL, echo_main, &echo_listener)) {
    die ("cannot start the relay's other end");
  }
  if (echo) {
    pthread_setaffinity_np (thread, sizeof (*echo), echo);
  }
  pid_t child = fork ();
  if (!child) {
    become_relay (listener, echo_port, relay);
  }
  if (child > 0 && connect_to (port, &fd)) {
    us = drive (child, fd, size, seconds);
  }
  close (fd);
  if (child > 0) {
    kill (child, SIGKILL);
    waitpid (child, NULL, 0);
  }
  shutdown (echo_listener, SHUT_RDWR); /* if the child never came, its accept() ends */
  pthread_join (thread, NULL);
  close (listener);
  close (echo_listener);
  return us;
}
