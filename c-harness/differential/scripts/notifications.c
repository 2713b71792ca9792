/*
 * Events of connections, which the engine's job hands to the functions of their protocol: their order, references, and what a
 * function does meanwhile.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>

#include "jobs.h"
#include "script.h"

enum { CONNECTIONS = 3, READY = 1, CLOSE = 2, WAKEUP = 4, KINDS = 4, MANY = 100 };

static struct connection {
  struct async_job job;
  struct connection_info info;
} connections[CONNECTIONS] __attribute__ ((aligned (64)));
static struct tcp_rpc_client_functions functions[CONNECTIONS];
static bool made;

/* What the functions do besides noting that they were called. */
static struct {
  int answer, nested; /* a number of events that they insert */
} plan[CONNECTIONS];

static int number_of (struct async_job *job) {
  return (int) ((struct connection *) (void *) job - connections);
}

static void insert_one (int connection, int kind) {
  struct async_job *job = &connections[connection].job;
  switch (kind) {
  case READY:
    lib->notification_event_insert_tcp_conn_ready (job);
    break;
  case CLOSE:
    lib->notification_event_insert_tcp_conn_close (job);
    break;
  case WAKEUP:
    lib->notification_event_insert_tcp_conn_wakeup (job);
    break;
  default:
    lib->notification_event_insert_tcp_conn_alarm (job);
  }
}

static int called (const char *name, struct async_job *job) {
  int number = number_of (job);
  note ("%s %d with %d references on %d;", name, number, job->j_refcnt, this_thread ());
  if (made && plan[number].nested > 0) {
    plan[number].nested--;
    insert_one ((number + 1) % CONNECTIONS, 1 + plan[number].nested % KINDS);
  }
  return plan[number].answer;
}

static int ready (struct async_job *job) {
  return called ("ready", job);
}

static int wakeup (struct async_job *job) {
  return called ("wakeup", job);
}

static int alarmed (struct async_job *job) {
  return called ("alarm", job);
}

static int closed (struct async_job *job, int who) {
  note ("%d", who);
  return called ("close", job);
}

static bool is_ours (const struct async_job *job) {
  return job >= &connections[0].job && job <= &connections[CONNECTIONS - 1].job;
}

static bool fails (struct async_job *job, int error) {
  if (is_ours (job)) {
    note ("fails %d with %d;", number_of (job), error);
  }
  return is_ours (job);
}

static void begin (void) {
  begin_jobs ();
  on_failure = fails;
  for (int i = 0; i < CONNECTIONS; i++) {
    functions[i] = (struct tcp_rpc_client_functions) {
      .rpc_wakeup = wakeup, .rpc_alarm = alarmed, .rpc_ready = ready, .rpc_close = closed
    };
    connections[i].job.j_refcnt = 1000;
    connections[i].info.extra = &functions[i];
  }
}

static void observe (void) {
  note ("references");
  for (int i = 0; i < CONNECTIONS; i++) {
    note ("%d", connections[i].job.j_refcnt);
  }
}

static bool not_made (void) {
  be_job_thread ();
  if (!made) {
    skip ();
  }
  return !made;
}

static void make (const long *a) {
  (void) a;
  be_job_thread ();
  if (this_thread ()) {
    skip ();
    return;
  }
  lib->notification_event_job_create ();
  made = true;
}

static void insert (const long *a) {
  if (!not_made ()) {
    insert_one ((int) a[0], (int) a[1]);
  }
}

static void insert_kind (const long *a) {
  if (!not_made ()) {
    lib->notification_event_insert_conn (&connections[a[0]].job, (int) a[1]);
  }
}

static void insert_many (const long *a) {
  if (not_made ()) {
    return;
  }
  for (long i = 0; i < a[1]; i++) {
    insert_one ((int) ((a[0] + i) % CONNECTIONS), 1 + (int) (i % KINDS));
  }
}

static void serve (const long *a) {
  (void) a;
  serve_queue ();
}

static void run_one (const long *a) {
  be_job_thread ();
  struct notification_event *ev = malloc (sizeof (*ev));
  *ev = (struct notification_event) { (int) a[1], lib->job_incref (&connections[a[0]].job) };
  lib->run_notification_event (ev);
}

static void run_signal (const long *a) {
  note ("%d", lib->notification_event_run (&connections[0].job, (int) a[0], NULL));
}

static void set_plan (const long *a) {
  plan[a[0]].answer = (int) a[1];
  plan[a[0]].nested = (int) a[2];
}

/* A protocol need not be told of connections that are ready. */
static void set_ready (const long *a) {
  functions[a[0]].rpc_ready = a[1] ? ready : NULL;
}

#define CONNECTION { "connection", 0, CONNECTIONS - 1 }

static const struct operation operations[] = {
  { "make", make, { { 0 } }, 10 },
  { "insert", insert, { CONNECTION, { "kind", 1, KINDS } }, 12 },
  { "insert_kind", insert_kind, { CONNECTION, { "kind", 1, KINDS + 1 } }, 2 },
  { "insert_many", insert_many, { CONNECTION, { "count", 1, MANY } }, 2 },
  { "serve", serve, { { 0 } }, 6 },
  { "run_one", run_one, { CONNECTION, { "kind", 1, KINDS } }, 3 },
  { "run_signal", run_signal, { { "signal", 1, 7 } }, 1 },
  { "plan", set_plan, { CONNECTION, { "answer", -1, 1 }, { "nested", 0, 6 } }, 6 },
  { "ready", set_ready, { CONNECTION, { "on", 0, 1 } }, 2 },
  { 0 },
};

static const char *const fixed[] = {
  "notifications.make;notifications.insert(0,1);notifications.insert(0,4);notifications.insert(0,3);notifications.insert(0,2)",
  "notifications.make;notifications.insert(0,1)@1;notifications.insert(1,2)@2;notifications.insert(2,3)@1;notifications.serve@1;"
  "notifications.serve",
  "notifications.make;notifications.plan(1,-1,0);notifications.insert(1,1);notifications.ready(1,0);notifications.insert(1,1);"
  "notifications.insert(1,2)",
  "notifications.make;notifications.plan(0,0,3);notifications.plan(1,0,3);notifications.insert(0,3);notifications.serve",
  "notifications.make;notifications.insert_many(0,100)@3;notifications.serve;notifications.insert_many(0,5)",
  "notifications.run_one(0,1);notifications.run_one(1,2);notifications.run_one(2,3);notifications.run_one(2,4);"
  "notifications.run_signal(7);notifications.run_signal(4)",
  "notifications.make;notifications.insert_kind(0,5)",
  "notifications.make;notifications.insert_kind(0,3)@1;notifications.make;notifications.insert_kind(0,4);notifications.serve",
  NULL,
};

const struct script_family notifications_scripts = { "notifications", CAN_NOTIFY, operations, begin, observe, fixed };
