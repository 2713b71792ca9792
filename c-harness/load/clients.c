/*
 * All clients of one measurement: see clients.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "clients.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base.h"
#include "latency.h"

enum { WAVE = 64 /* clients opened at a time */ };

struct clients clients;
static uint64_t enough;

void clients_start (const struct mode *m, int port) {
  memset (&clients, 0, sizeof (clients));
  clients.mode = m;
  clients.port = port;
  clients.made = m->clients;
  clients.sending = true;
  clients.budget = ((uint64_t) settings.inflight_mib << 20) / (uint64_t) (m->clients ? m->clients : 1);
  clients.epoll = epoll_create1 (EPOLL_CLOEXEC);
  clients.c = must (calloc ((size_t) m->clients + 1, sizeof (*clients.c)));
  for (int i = 0; i < m->clients; i++) {
    clients.c[i].id = i;
  }
  latency_clear ();
}

void clients_stop (void) {
  for (int i = 0; i < clients.made; i++) {
    struct client *c = &clients.c[i];
    client_close (c);
    EVP_CIPHER_CTX_free (c->enc);
    EVP_CIPHER_CTX_free (c->dec);
    free (c->sent_at);
  }
  free (clients.c);
  close (clients.epoll);
  memset (&clients, 0, sizeof (clients));
}

bool clients_run (bool (*stop) (void), uint64_t until) {
  struct epoll_event ev[512];
  while (!has_failed ()) {
    if (stop && stop ()) {
      return true;
    }
    uint64_t t = now_ns ();
    if (t >= until) {
      return false;
    }
    uint64_t ms = (until - t) / 1000000;
    int n = epoll_wait (clients.epoll, ev, 512, ms < 100 ? (int) ms + 1 : 100);
    for (int i = 0; i < n && !has_failed (); i++) {
      client_event (ev[i].data.ptr, ev[i].events);
    }
  }
  return false;
}

static bool all_opened (void) {
  while (clients.next < clients.made && clients.next - clients.opened < WAVE && !has_failed ()) {
    client_open (&clients.c[clients.next++]);
  }
  return clients.opened == clients.made;
}

void clients_open_all (void) {
  if (!clients_run (all_opened, after (15 + clients.made / 200.0))) {
    fail ("only %d of %d clients got their first echo", clients.opened, clients.made);
  }
}

void clients_open_again_and_again (void) {
  for (int i = 0; i < clients.made && !has_failed (); i++) {
    client_open (&clients.c[i]);
  }
}

void clients_let_send (uint32_t limit) {
  for (int i = 0; i < clients.made && !has_failed (); i++) {
    clients.c[i].limit = limit;
    client_pump (&clients.c[i]);
  }
}

static bool enough_done (void) {
  return clients.done >= enough;
}

bool clients_run_messages (uint64_t messages, uint64_t until) {
  enough = clients.done + messages;
  return clients_run (enough_done, until);
}

static bool nothing_outstanding (void) {
  for (int i = 0; clients.mode->kind == CONNECT && i < clients.made; i++) {
    if (clients.c[i].state != FREE) {
      return false;
    }
  }
  return !clients.outstanding;
}

void clients_drain (void) {
  clients.sending = false;
  if (!clients_run (nothing_outstanding, after (settings.patience))) {
    fail ("%llu messages were lost or never sent (no answer within %g s)", (unsigned long long) clients.outstanding,
          settings.patience);
  }
  clients_run (NULL, after (0.01)); /* nothing more may come */
}
