/*
 * What is sent to jobs besides signals: messages, in which order they are received and what becomes of them; and who waits for
 * lists and notifications.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "jobs.h"

#include <string.h>

#include "http_host.h"

enum { SUBSCRIBE = 0x8934a894, MAGIC = 0x5a5a, TRUE_ANSWER = 0x3fedd339 };

static const unsigned long long rules = 0x33333333ff000000;

/* What the receiver answers, message by message, and which messages it wants. */
static int answers[8], received;
static unsigned wanted = 0xffffff;
static struct job_message *kept;
static struct async_job *list, *notification;

static int receive (struct async_job *job, struct job_message *message, void *extra) {
  int answer = answers[received++ % 8];
  note ("receives %x flags %x ints %u source %d extra %ld", message->type, message->flags, message->payload_ints,
        message->src != NULL, (long) extra);
  note_bytes ("bytes", http_message_bytes (&message->message), (size_t) message->message.total_bytes);
  /* Of a continuation they are addresses. */
  for (unsigned i = 0; i < message->payload_ints && message->type != 0x300; i++) {
    note ("%u", ((unsigned *) (message + 1))[i]);
  }
  if (answer <= 0) {
    if (kept) {
      lib->job_message_free_default (kept);
    }
    kept = message;
  }
  (void) job;
  return answer;
}

static int continued (struct async_job *job, struct job_message *message, void *extra) {
  note ("continues %x", message->type);
  return receive (job, message, extra);
}

static void destroy (struct job_message *message) {
  note ("destroys %x", message->type);
  lib->job_message_free_default (message);
}

static int on_signal (int number, struct async_job *job, int signal) {
  (void) number;
  if (signal == MSG) {
    lib->job_message_queue_work (job, receive, (void *) 7, wanted);
  }
  return 0;
}

static void begin (void) {
  begin_jobs ();
  wanted = 0xffffff;
}

static void observe (void) {
  be_job_thread ();
  observe_jobs ();
  /* The original keeps some of an HTTP server's. */
  if (!http_connection_used ()) {
    note ("messages %d", http_messages_alive ());
  }
  if (list) {
    note ("list flags %x refs %d status %x error %d", (unsigned) list->j_flags, list->j_refcnt,
          (unsigned) list->j_status, list->j_error);
  }
}

static void create (const long *a) {
  be_job_thread ();
  if (script_jobs[a[0]].job) {
    skip ();
    return;
  }
  make_job ((int) a[0], rules, (int) a[1] | 2, 0, NULL, on_signal);
  lib->job_message_queue_get (script_jobs[a[0]].job)->payload_magic = a[2] ? MAGIC : 0;
  unlock_held (a[0]);
}

static void answer (const long *a) {
  answers[a[0]] = (int) a[1];
}

static void want (const long *a) {
  wanted = (unsigned) a[0];
}

/* A job that the message comes from, or none. */
static struct async_job *source (long number) {
  return number < JOBS && script_jobs[number].job && script_jobs[number].references > 0
             ? lib->job_incref (script_jobs[number].job)
             : NULL;
}

static void send (const long *a) {
  static const unsigned payload[] = { 11, 22, 33 };
  be_job_thread ();
  struct async_job *job = one_more (a[0]);
  if (!job) {
    return;
  }
  struct raw_message raw;
  lib->rwm_init (&raw, 0);
  lib->rwm_push_data (&raw, "abcdefgh", (int) a[2] % 9);
  lib->job_message_send (1, job, 1, source (a[1]), 0x100 + (unsigned) a[1], &raw, a[2] > 8, (int) a[2] % 4, payload,
                         (unsigned) a[2] % 7 + 1, a[2] % 5 ? NULL : destroy);
  if (a[2] > 8) {
    lib->rwm_free (&raw);
  }
}

static void send_fake (const long *a) {
  be_job_thread ();
  struct async_job *job = one_more (a[0]);
  if (!job) {
    return;
  }
  struct raw_message raw;
  lib->rwm_init (&raw, 0);
  lib->rwm_push_data (&raw, "fake", 4);
  lib->job_message_send_fake (1, job, receive, (void *) a[2], 1, source (a[1]), 0x200, &raw, 0, 0, NULL, 0,
                              a[2] % 2 ? NULL : destroy);
}

static void continuation (const long *a) {
  be_job_thread ();
  struct async_job *job = one_more (a[0]);
  if (!job) {
    return;
  }
  struct raw_message raw;
  lib->rwm_init (&raw, 0);
  lib->job_message_send (1, job, 1, NULL, 0x300, &raw, 0, a[2] ? 5 : 0,
                         lib->payload_continuation_create (MAGIC + (unsigned) a[1], continued, (void *) 9), 8, NULL);
}

static void work (const long *a) {
  be_job_thread ();
  struct async_job *job = held_job (a[0]);
  if (job) {
    lib->job_message_queue_work (job, receive, NULL, (unsigned) a[1]);
  }
}

static void requeue (const long *a) {
  be_job_thread ();
  struct async_job *job = held_job (a[0]);
  if (!job) {
    return;
  }
  struct job_message_queue *queue = lib->job_message_queue_get (job);
  switch (a[1]) {
  case 0:
    lib->job_message_queue_free (job);
    lib->job_message_queue_init (job);
    break;
  case 1:
    lib->job_message_queue_free (job);
    note ("queue %d", lib->job_message_queue_get (job) != NULL);
    lib->job_message_queue_free (job);
    lib->job_message_queue_init (job);
    break;
  default:
    lib->job_message_queue_set (job, queue);
  }
}

static void unrefer (const long *a) {
  be_job_thread ();
  struct async_job *job = held_job (a[0]);
  if (job) {
    script_jobs[a[0]].references--;
    lib->job_decref (1, job);
  }
}

static void signal_one (const long *a) {
  be_job_thread ();
  struct async_job *job = one_more (a[0]);
  if (job) {
    lib->job_signal (1, job, (int) a[1]);
  }
}

static void serve (const long *a) {
  (void) a;
  serve_queue ();
}

/* ---- who waits ---- */

static int called (struct async_job *job, int signal, struct job_list_node *node) {
  note ("node %d list %d next %d", signal, job == list, node->jl_next != NULL);
  return 0;
}

static void make_list (const long *a) {
  (void) a;
  be_job_thread ();
  if (list) {
    skip ();
    return;
  }
  list = lib->create_job_list ();
}

static void wait_for (const long *a) {
  static struct job_list_node nodes[STEPS];
  static int used;
  be_job_thread ();
  if (!list) {
    skip ();
  } else if (a[0] < JOBS) {
    struct async_job *job = one_more (a[0]);
    if (job) {
      note ("%d", lib->insert_job_into_job_list (list, 1, job, (int) a[1]));
    }
  } else {
    nodes[used].jl_type = called;
    note ("%d", lib->insert_node_into_job_list (list, &nodes[used++]));
  }
}

static void signal_list (const long *a) {
  be_job_thread ();
  if (list) {
    lib->job_signal (1, lib->job_incref (list), (int) a[0]);
  } else {
    skip ();
  }
}

static void drop_list (const long *a) {
  (void) a;
  be_job_thread ();
  if (list) {
    struct async_job *job = list;
    list = NULL;
    lib->job_decref (1, job);
  } else {
    skip ();
  }
}

static void notify (const long *a) {
  be_job_thread ();
  if (!notification) {
    notification = lib->notify_job_create (MAIN_CLASS);
    note ("%d", lib->unlock_job (1, lib->job_incref (notification)));
  }
  if (a[0] < JOBS) {
    struct raw_message raw;
    lib->rwm_init (&raw, 0);
    lib->job_message_send (1, lib->job_incref (notification), 1, source (a[0]), a[1] ? SUBSCRIBE : 1, &raw, 0, 0, NULL,
                           1, NULL);
  } else if (a[0] == JOBS) {
    lib->job_signal (1, lib->job_incref (notification), a[1] ? RUN : ABORT);
  } else {
    struct async_job *job = notification;
    notification = NULL;
    lib->job_decref (1, job);
  }
}

static const struct operation operations[] = {
  { "create", create, { { "job", 0, JOBS - 1 }, { "timer", 0, 1 }, { "magic", 0, 1 } }, 6 },
  { "answer", answer, { { "place", 0, 7 }, { "answer", -1, 3 } }, 8 },
  { "want", want, { { "mask", 0, 0xffff } }, 2 },
  { "send", send, { { "job", 0, JOBS - 1 }, { "source", 0, JOBS }, { "contents", 0, 63 } }, 12 },
  { "send_fake", send_fake, { { "job", 0, JOBS - 1 }, { "source", 0, JOBS }, { "extra", 0, 9 } }, 3 },
  { "continuation", continuation, { { "job", 0, JOBS - 1 }, { "wrong", 0, 1 }, { "payload", 0, 1 } }, 1 },
  { "work", work, { { "job", 0, JOBS - 1 }, { "mask", 0, 0xffff } }, 3 },
  { "requeue", requeue, { { "job", 0, JOBS - 1 }, { "how", 0, 2 } }, 1 },
  { "unrefer", unrefer, { { "job", 0, JOBS - 1 } }, 2 },
  { "signal", signal_one, { { "job", 0, JOBS - 1 }, { "signal", 0, 6 } }, 4 },
  { "serve", serve, { { 0 } }, 4 },
  { "list", make_list, { { 0 } }, 3 },
  { "wait", wait_for, { { "job", 0, JOBS }, { "how", 0, 7 } }, 4 },
  { "signal_list", signal_list, { { "signal", 0, 6 } }, 2 },
  { "drop_list", drop_list, { { 0 } }, 1 },
  { "notify", notify, { { "job", 0, JOBS + 1 }, { "how", 0, 1 } }, 4 },
  { 0 },
};

static const char *const fixed[] = {
  "job_messages.create(0,0,0);job_messages.answer(0,1);job_messages.answer(1,2);job_messages.answer(2,0);job_messages.send(0,5,5);"
  "job_messages.send(0,0,10);job_messages.send(0,5,3);job_messages.unrefer(0)",
  "job_messages.create(0,1,0);job_messages.want(4);job_messages.answer(0,1);job_messages.send(0,5,1);job_messages.send(0,5,2);"
  "job_messages.send(0,5,8);job_messages.answer(1,-1);job_messages.work(0,65535);job_messages.work(0,65535);"
  "job_messages.requeue(0,0);job_messages.unrefer(0)",
  "job_messages.create(0,0,1);job_messages.answer(0,1);job_messages.answer(1,1);job_messages.continuation(0,0,1);"
  "job_messages.continuation(0,0,0);job_messages.continuation(0,1,1)",
  "job_messages.create(0,0,0);job_messages.continuation(0,0,1)",
  "job_messages.create(0,0,0);job_messages.send_fake(0,0,1);job_messages.answer(1,2);job_messages.send_fake(0,5,2);"
  "job_messages.requeue(0,1);job_messages.requeue(0,2)",
  "job_messages.create(0,0,0);job_messages.list;job_messages.wait(0,7)@3;job_messages.wait(5,0)@3;job_messages.signal_list(0);"
  "job_messages.serve@3;job_messages.serve;job_messages.drop_list@3",
  "job_messages.create(0,0,0);job_messages.list;job_messages.wait(0,7)@3;job_messages.signal_list(5)@3;job_messages.serve;"
  "job_messages.wait(0,1)@3",
  "job_messages.list;job_messages.drop_list@3",
  "job_messages.create(0,0,0);job_messages.notify(0,1);job_messages.notify(0,1);job_messages.notify(5,1);job_messages.serve;"
  "job_messages.notify(0,1);job_messages.notify(5,0);job_messages.notify(6,0);job_messages.unrefer(0)",
  "job_messages.create(0,0,0);job_messages.notify(0,0)",
  NULL,
};

const struct script_family job_messages_scripts = { "job_messages", CAN_JOBS, operations, begin, observe, fixed };
