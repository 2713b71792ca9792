/*
 * One round of one mode against one proxy: see measure.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "measure.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "clients.h"
#include "middle_end.h"
#include "proxy.h"
#include "relay.h"

enum { LEAST_CONNECTIONS = 1000, CONNECTIONS_BEYOND_CLIENTS = 500 };
static const double RELAY_SECONDS = 0.5;

static cpu_set_t generator_cpus, middle_end_cpus, proxy_cpus;

void pin_cpus (void) {
  cpu_set_t all;
  int cpu[CPU_SETSIZE], n = 0;
  sched_getaffinity (0, sizeof (all), &all);
  for (int i = 0; i < CPU_SETSIZE; i++) {
    if (CPU_ISSET (i, &all)) {
      cpu[n++] = i;
    }
  }
  settings.pin = settings.pin && n >= 2;
  if (!settings.pin) {
    return;
  }
  int own = n >= 4 ? 2 : 1; /* the generator's cores; the proxy has all others */
  CPU_ZERO (&generator_cpus);
  CPU_ZERO (&middle_end_cpus);
  CPU_ZERO (&proxy_cpus);
  CPU_SET (cpu[0], &generator_cpus);
  CPU_SET (cpu[own - 1], &middle_end_cpus);
  for (int i = own; i < n; i++) {
    CPU_SET (cpu[i], &proxy_cpus);
  }
  sched_setaffinity (0, sizeof (generator_cpus), &generator_cpus);
}

void start_middle_end (void) {
  middle_end_start (settings.pin ? &middle_end_cpus : NULL);
}

/* Starts the command of --exec, which runs during the measurement. */
static pid_t start_command (void) {
  char pid[16];
  snprintf (pid, sizeof (pid), "%d", (int) proxy_pid ());
  pid_t child = settings.exec && !has_failed () ? fork () : -1;
  if (!child) {
    setenv ("PROXY_PID", pid, 1);
    execl ("/bin/sh", "sh", "-c", settings.exec, (char *) NULL);
    _exit (127);
  }
  return child;
}

static void end_command (pid_t child) {
  if (child > 0) {
    waitpid (child, NULL, 0);
  }
}

static void measure_load (const struct mode *m, double x[FIGURES]) {
  struct sample from, to;
  if (m->kind == CONNECT) {
    clients_open_again_and_again ();
  } else {
    clients_open_all ();
    clients_let_send (UINT32_MAX);
  }
  clients_run (NULL, after (settings.warm));
  if (has_failed ()) {
    return;
  }
  syscalls_open ();
  pid_t child = start_command ();
  clients.measuring = true;
  sample_take (&from);
  if (!m->messages) {
    clients_run (NULL, after (m->seconds));
  } else if (!clients_run_messages (m->messages, after (60))) {
    fail ("%llu messages were not done within 60 s", (unsigned long long) m->messages);
  }
  clients.measuring = false;
  sample_take (&to);
  figures_fill (m, &from, &to, x);
  syscalls_close ();
  clients_drain ();
  end_command (child);
}

static void measure_silence (const struct mode *m, double x[FIGURES]) {
  struct sample empty, from, to;
  sample_take (&empty);
  clients_open_all ();
  clients_run (NULL, after (1.5)); /* settle */
  pid_t child = start_command ();
  sample_take (&from);
  clients_run (NULL, after (m->seconds));
  sample_take (&to);
  figures_fill (m, &from, &to, x);
  if (m->kind == IDLE_CLIENTS) { /* each must still answer */
    x[RSS_CLIENT] = ((double) from.rss - (double) empty.rss) / 1024 / m->clients;
    clients_let_send (2);
    clients_drain ();
  }
  end_command (child);
}

void measure (const struct mode *m, const char *command, double x[FIGURES]) {
  for (int i = 0; i < FIGURES; i++) {
    x[i] = NAN;
  }
  int connections = m->clients + CONNECTIONS_BEYOND_CLIENTS;
  if (connections < LEAST_CONNECTIONS) {
    connections = LEAST_CONNECTIONS;
  }
  const cpu_set_t *proxy_at = NULL, *middle_end_at = NULL;
  if (settings.pin) {
    proxy_at = m->one_core ? &generator_cpus : &proxy_cpus;
    middle_end_at = m->one_core ? &generator_cpus : &middle_end_cpus;
    middle_end_move (middle_end_at);
  }
  proxy_start (command, connections, proxy_at);
  clients_start (m, proxy_port ());
  if (!has_failed ()) {
    (mode_sends (m) ? measure_load : measure_silence) (m, x);
  }
  if (has_failed ()) {
    sleep_ms (100);
  }
  proxy_is_gone ();
  clients_stop ();
  proxy_stop ();
  if (m->kind == PING_PONG && m->clients == 1 && m->size_lo == m->size_hi && m->size_hi <= RELAY_LARGEST && !m->mixed &&
      !has_failed ()) {
    x[RELAY] = relay_cpu_us (m->size_lo, RELAY_SECONDS, proxy_at, middle_end_at);
  }
}
