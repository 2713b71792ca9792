/*
 * Events of connections: from many threads, none is lost, and each thread's come in order; and what crashes the original.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "legacy_names.h"
#include "sentences.h"

enum { SENDERS = 4, REFERENCES = 1000000 };

static struct connection {
  struct async_job job;
  struct connection_info info;
  long sent, heard, out_of_order;
} connections[SENDERS] __attribute__ ((aligned (64)));
static struct tcp_rpc_client_functions functions;

/* How many events each sends. Fewer under valgrind. */
static long rounds;

/* Alarms and wake-ups take turns. */
static int hear (struct async_job *job, int is_alarm) {
  struct connection *c = (struct connection *) (void *) job;
  c->out_of_order += c->heard++ % 2 == is_alarm;
  return 0;
}

static int alarmed (struct async_job *job) {
  return hear (job, 1);
}

static int woken (struct async_job *job) {
  return hear (job, 0);
}

static void *insert (void *connection) {
  struct connection *c = connection;
  for (c->sent = 0; c->sent < rounds; c->sent++) {
    (c->sent % 2 ? notification_event_insert_tcp_conn_wakeup : notification_event_insert_tcp_conn_alarm) (&c->job);
  }
  return NULL;
}

static long heard (void) {
  long sum = 0;
  for (int i = 0; i < SENDERS; i++) {
    sum += connections[i].heard;
  }
  return sum;
}

static void many_threads (void) {
  pthread_t ids[SENDERS];
  for (int i = 0; i < SENDERS; i++) {
    pthread_create (&ids[i], NULL, insert, &connections[i]);
  }
  while (heard () < SENDERS * rounds) {
    run_pending_main_jobs ();
  }
  for (int i = 0; i < SENDERS; i++) {
    pthread_join (ids[i], NULL);
    expect (connections[i].out_of_order == 0, "a thread's events come in order");
    expect (connections[i].job.j_refcnt == REFERENCES, "each event gives its reference back");
  }
  run_pending_main_jobs ();
  expect (heard () == SENDERS * rounds, "none comes twice");
}

/* ---- what ends the process ---- */

static void too_early (void) {
  notification_event_insert_tcp_conn_close (&connections[0].job);
}

static void no_function (void) {
  notification_event_insert_tcp_conn_close (&connections[0].job);
  run_pending_main_jobs ();
}

static void no_kind (void) {
  notification_event_insert_conn (&connections[0].job, 9);
  run_pending_main_jobs ();
}

/* `notifications control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  const char *told = getenv ("ROUNDS");
  rounds = told ? atol (told) : 50000;
  functions = (struct tcp_rpc_client_functions) { .rpc_alarm = alarmed, .rpc_wakeup = woken };
  for (int i = 0; i < SENDERS; i++) {
    connections[i].job.j_refcnt = REFERENCES;
    connections[i].info.extra = &functions;
  }
  listen_to_stderr ();
  init_async_jobs ();
  expect_end (too_early, "an event before there is a job that handles it");
  notification_event_job_create ();
  many_threads ();
  expect_end (no_function, "the connection's protocol has no function for its event");
  expect_end (no_kind, "an event of no known kind");
  return stop_listening ();
}
