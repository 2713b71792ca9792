/*
 * The engine's surroundings: see engine_host.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "engine_host.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void (*on_terminal_attributes) (void);
int (*on_server_socket) (int port, unsigned address, int backlog, int mode);
void (*on_server_init) (void *type, void *methods);
bool (*on_usage) (void);
void (*on_network_call) (const char *name, long a, long b);

void engine_set_terminal_attributes (void);
int server_socket (int port, struct in_addr address, int backlog, int mode);
void server_init (void *type, void *methods);
void usage (void);
int net_add_nat_info (char *text);
void tcp_set_max_connections (int most);
void tcp_set_max_accept_rate (int rate);
void tcp_set_max_dh_accept_rate (int rate);
unsigned tcp_set_default_rpc_flags (unsigned and, unsigned or);
void tcp_force_enable_dh (void);

void engine_set_terminal_attributes (void) {
  if (on_terminal_attributes) {
    on_terminal_attributes ();
  }
}

int server_socket (int port, struct in_addr address, int backlog, int mode) {
  if (on_server_socket) {
    return on_server_socket (port, address.s_addr, backlog, mode);
  }
  errno = ENOSYS;
  return -1;
}

void server_init (void *type, void *methods) {
  if (on_server_init) {
    on_server_init (type, methods);
  }
}

void usage (void) {
  if (!on_usage || !on_usage ()) {
    puts ("usage");
    exit (2);
  }
}

static void told (const char *name, long a, long b) {
  if (on_network_call) {
    on_network_call (name, a, b);
  }
}

/* Weak where the drop-in has the real ones. A text is right if it has a colon. */
__attribute__ ((weak)) int net_add_nat_info (char *text) {
  told ("net_add_nat_info", (long) strlen (text), 0);
  return strchr (text, ':') ? 0 : -1;
}

__attribute__ ((weak)) void tcp_set_max_connections (int most) {
  told ("tcp_set_max_connections", most, 0);
}

__attribute__ ((weak)) void tcp_set_max_accept_rate (int rate) {
  told ("tcp_set_max_accept_rate", rate, 0);
}

void tcp_set_max_dh_accept_rate (int rate) {
  told ("tcp_set_max_dh_accept_rate", rate, 0);
}

unsigned tcp_set_default_rpc_flags (unsigned and, unsigned or) {
  told ("tcp_set_default_rpc_flags", and, or);
  return or ;
}

void tcp_force_enable_dh (void) {
  told ("tcp_force_enable_dh", 0, 0);
}
