/*
 * Sockets that lead nowhere: see fake_socket.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
/* No function in this file may be replaced by a checking macro. */
#undef _FORTIFY_SOURCE
#include "fake_socket.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Defined under other names in C, because the headers' prototypes differ from one libc to another. */
int on_socket (int domain, int type, int protocol) __asm__ ("socket");
int on_setsockopt (int fd, int level, int name, const void *value, socklen_t len) __asm__ ("setsockopt");
int on_getsockopt (int fd, int level, int name, void *value, socklen_t *len) __asm__ ("getsockopt");
int on_bind (int fd, const struct sockaddr *address, socklen_t len) __asm__ ("bind");
int on_listen (int fd, int backlog) __asm__ ("listen");
int on_connect (int fd, const struct sockaddr *address, socklen_t len) __asm__ ("connect");
int on_getifaddrs (struct ifaddrs **list) __asm__ ("getifaddrs");
void on_freeifaddrs (struct ifaddrs *list) __asm__ ("freeifaddrs");

enum { OPTIONS = 20, INTERFACES = 32 };

static struct {
  bool active, buffers_refused;
  enum socket_call failing;
  int cause, buffer_size;
  int fd, domain, type, count;
  struct {
    int level, name, value;
  } options[OPTIONS];
  char bound[100], connected[100];
  int backlog;
} fake = { .buffer_size = 16384 };

void fake_sockets_begin (void) {
  fake.active = true;
}

void fake_sockets_fail (enum socket_call call, int cause) {
  fake.failing = call;
  fake.cause = cause;
}

void fake_sockets_buffers (int size, bool refused) {
  fake.buffer_size = size;
  fake.buffers_refused = refused;
}

static bool fails (enum socket_call call) {
  if (fake.failing == call) {
    errno = fake.cause;
  }
  return fake.failing == call;
}

static int by_number (const void *a, const void *b) {
  return memcmp (a, b, 2 * sizeof (int));
}

const char *fake_sockets_told (void) {
  static char text[1000];
  size_t len = (size_t) snprintf (text, sizeof (text), "domain %d type %d", fake.domain, fake.type);
  qsort (fake.options, (size_t) fake.count, sizeof (fake.options[0]), by_number);
  for (int i = 0; i < fake.count; i++) {
    len += (size_t) snprintf (text + len, sizeof (text) - len, " %d/%d=%d", fake.options[i].level, fake.options[i].name,
                              fake.options[i].value);
  }
  snprintf (text + len, sizeof (text) - len, "%s%s backlog %d", fake.bound, fake.connected, fake.backlog);
  return text;
}

/* ---- sockets ---- */

int on_socket (int domain, int type, int protocol) {
  if (!fake.active) {
    return (int) syscall (SYS_socket, domain, type, protocol);
  }
  fake.domain = domain;
  fake.type = type;
  fake.count = fake.backlog = 0;
  fake.bound[0] = fake.connected[0] = 0;
  fake.fd = fails (CALL_SOCKET) ? -1 : (int) syscall (SYS_socket, AF_UNIX, SOCK_STREAM, 0);
  return fake.fd;
}

int on_setsockopt (int fd, int level, int name, const void *value, socklen_t len) {
  if (!fake.active) {
    return (int) syscall (SYS_setsockopt, fd, level, name, value, len);
  }
  int number = 0, at = 0;
  memcpy (&number, value, len < sizeof (number) ? len : sizeof (number));
  bool is_buffer = level == SOL_SOCKET && (name == SO_SNDBUF || name == SO_RCVBUF);
  if (is_buffer && fake.buffers_refused) {
    errno = EPERM;
    return -1;
  }
  if ((level == IPPROTO_IPV6 && name == IPV6_V6ONLY && fails (CALL_IPV6_ONLY)) ||
      (level == SOL_SOCKET && name == SO_REUSEADDR && fails (CALL_REUSE)) ||
      (level == IPPROTO_TCP && name == TCP_NODELAY && fails (CALL_NO_DELAY))) {
    return -1;
  }
  while (at < fake.count && (fake.options[at].level != level || fake.options[at].name != name)) {
    at++;
  }
  if (at == OPTIONS || fd != fake.fd) {
    abort ();
  }
  fake.count += at == fake.count;
  fake.options[at].level = level;
  fake.options[at].name = name;
  fake.options[at].value = number;
  return 0;
}

int on_getsockopt (int fd, int level, int name, void *value, socklen_t *len) {
  if (!fake.active) {
    return (int) syscall (SYS_getsockopt, fd, level, name, value, len);
  }
  if (fails (CALL_GET)) {
    return -1;
  }
  memcpy (value, &fake.buffer_size, sizeof (int));
  return 0;
}

static void address_text (char *text, size_t room, const char *what, const struct sockaddr *address) {
  char name[INET6_ADDRSTRLEN] = "?";
  const struct sockaddr_in *v4 = (const void *) address;
  const struct sockaddr_in6 *v6 = (const void *) address;
  bool is_v6 = address->sa_family == AF_INET6;
  inet_ntop (address->sa_family, is_v6 ? (const void *) &v6->sin6_addr : &v4->sin_addr, name, sizeof (name));
  snprintf (text, room, " %s %s port %d", what, name, ntohs (is_v6 ? v6->sin6_port : v4->sin_port));
}

int on_bind (int fd, const struct sockaddr *address, socklen_t len) {
  if (!fake.active) {
    return (int) syscall (SYS_bind, fd, address, len);
  }
  address_text (fake.bound, sizeof (fake.bound), "bound to", address);
  return fails (CALL_BIND) ? -1 : 0;
}

int on_listen (int fd, int backlog) {
  if (!fake.active) {
    return (int) syscall (SYS_listen, fd, backlog);
  }
  fake.backlog = backlog;
  return fails (CALL_LISTEN) ? -1 : 0;
}

int on_connect (int fd, const struct sockaddr *address, socklen_t len) {
  if (!fake.active) {
    return (int) syscall (SYS_connect, fd, address, len);
  }
  address_text (fake.connected, sizeof (fake.connected), "connected to", address);
  return fails (CALL_CONNECT) ? -1 : 0;
}

/* ---- interfaces ---- */

static struct interface {
  struct ifaddrs entry;
  struct sockaddr_storage address, mask;
} interfaces[INTERFACES];
static int interface_count = -2; /* the machine's own */

static void *next (const char *name) {
  void *f = dlsym (RTLD_NEXT, name);
  if (!f) {
    abort ();
  }
  return f;
}

static void read_address (struct sockaddr_storage *place, const char *text) {
  struct sockaddr_in *v4 = (void *) place;
  struct sockaddr_in6 *v6 = (void *) place;
  bool is_v6 = strchr (text, ':') != NULL;
  place->ss_family = is_v6 ? AF_INET6 : AF_INET;
  if (inet_pton (place->ss_family, text, is_v6 ? (void *) &v6->sin6_addr : &v4->sin_addr) != 1) {
    abort ();
  }
}

void fake_interfaces (const struct fake_interface *all, int count) {
  memset (interfaces, 0, sizeof (interfaces));
  interface_count = count;
  for (int i = 0; i < count; i++) {
    struct interface *place = &interfaces[i];
    place->entry.ifa_name = (char *) (size_t) all[i].name;
    place->entry.ifa_next = i + 1 < count ? &interfaces[i + 1].entry : NULL;
    if (all[i].address) {
      read_address (&place->address, all[i].address);
      read_address (&place->mask, all[i].mask);
      place->entry.ifa_addr = (struct sockaddr *) &place->address;
      place->entry.ifa_netmask = (struct sockaddr *) &place->mask;
    }
  }
}

int on_getifaddrs (struct ifaddrs **list) {
  if (interface_count == -2) {
    int (*real) (struct ifaddrs **);
    *(void **) &real = next ("getifaddrs");
    return real (list);
  }
  if (interface_count < 0) {
    errno = ENOMEM;
    return -1;
  }
  *list = interface_count ? &interfaces[0].entry : NULL;
  return 0;
}

void on_freeifaddrs (struct ifaddrs *list) {
  if (interface_count == -2) {
    void (*real) (struct ifaddrs *);
    *(void **) &real = next ("freeifaddrs");
    real (list);
  }
}
