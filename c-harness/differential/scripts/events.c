/*
 * The event loop: descriptors with handlers over pipes at fixed numbers, the heap, and its turns. A handler tells that it was
 * called, acts on others, and answers what the script has set, once: then it answers that all is done, so that every turn ends.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "interpose.h"
#include "script.h"

/* Of a pipe the reading end is even. The others have a slot and no file. */
enum { FIRST = 100, PIPES = 5, ENDS = 2 * PIPES, SLOTS = ENDS + 14, BELL = FIRST - 4, EPOLL = FIRST - 1 };
enum { IN_EPOLL = 0x20 };

/* What a handler does besides. */
enum action { NOTHING, PUT, TAKE_OUT, WAIT_FOR, REMOVE, CLOSE_ANOTHER, ACTIONS };

static struct plan {
  int answer;
  enum action action;
  int other, flags;
} plans[SLOTS];

static const int answers[] = { 0, -1, -2, -3, -4, -5, -7, -8, -100, 1, 2, 4, 6, 8, 12, 13, 15, 16, 0x104, 20 };
enum { ANSWERS = sizeof (answers) / sizeof (answers[0]) };

static struct event_descr *slot (long number) {
  return lib->Events + FIRST + number;
}

static bool is_open (int fd) {
  return fcntl (fd, F_GETFD) >= 0;
}

static void make_pipe (int reader) {
  int ends[2];
  if (pipe2 (ends, O_NONBLOCK) < 0 || dup2 (ends[0], reader) < 0 || dup2 (ends[1], reader + 1) < 0) {
    _exit (9);
  }
  close (ends[0]);
  close (ends[1]);
}

/* Pipes of which a handler's answer closed an end. */
static void restore (void) {
  for (int fd = FIRST; fd < FIRST + ENDS; fd += 2) {
    if (!is_open (fd) || !is_open (fd + 1)) {
      note ("pipe %d again", fd);
      errno = 0;
      make_pipe (fd);
    }
  }
}

/* Epoll knows a file, not a number: a slot that says it is in, for a file that is gone, is ours to put right. */
static bool can_wait (long number) {
  return number < ENDS && is_open (FIRST + (int) number) && *lib->epoll_fd > 0;
}

static int handle (int fd, void *data, struct event_descr *ev) {
  struct plan *p = data;
  int answer = p->answer;
  note ("calls %d%s: ready %x of %x at %lld", fd, ev == lib->Events + fd ? "" : " wrongly", ev->ready, ev->epoll_ready,
        ev->timestamp);
  p->answer = 0;
  struct event_descr *other = slot (p->other);
  bool known = other->fd == FIRST + p->other;
  switch (p->action) {
  case PUT:
    if (known && p->flags & 1) {
      p->action = NOTHING;
      note ("puts %d: %d", other->fd, lib->put_event_into_heap_tail (other, -(p->flags & 3)));
    }
    break;
  case TAKE_OUT:
    if (known) {
      note ("takes out %d: %d", other->fd, lib->remove_event_from_heap (other, 0));
    }
    break;
  case WAIT_FOR:
    if (known && can_wait (p->other)) {
      note ("%d waits: %d", other->fd, lib->epoll_insert (other->fd, p->flags));
    }
    break;
  case REMOVE:
    note ("removes %d: %d", FIRST + p->other, lib->epoll_remove (FIRST + p->other));
    break;
  case CLOSE_ANOTHER:
    if (other != ev) {
      note ("closes %d: %d", FIRST + p->other, lib->epoll_close (FIRST + p->other));
    }
    break;
  default:
    break;
  }
  errno = 0;
  if (answer > 0 && !can_wait (fd - FIRST)) {
    answer = 0;
  }
  return answer;
}

static int ring_bell (int fd, void *data, struct event_descr *ev) {
  char byte[8];
  (void) data;
  note ("bell %x", ev->ready);
  while (read (fd, byte, sizeof (byte)) > 0) {
  }
  errno = 0;
  return 0;
}

static void begin (void) {
  for (int fd = FIRST; fd < FIRST + ENDS; fd += 2) {
    make_pipe (fd);
  }
  make_pipe (BELL);
  for (int i = ENDS; i < SLOTS; i++) {
    lib->epoll_sethandler (FIRST + i, i % 3, handle, &plans[i]);
  }
}

static void observe (void) {
  restore ();
  note ("queued %d calls %lld interrupted %lld status %d idle %.17g", *lib->ev_heap_size, *lib->epoll_calls,
        *lib->epoll_intr, *lib->main_thread_interrupt_status, *lib->a_idle_quotient);
  for (int i = 0; i < SLOTS; i++) {
    struct event_descr *e = slot (i);
    if (e->fd || e->refcnt) {
      note ("%d: %d %x %x %x %x %d %d %lld %lld %s;", FIRST + i, e->fd, e->state, e->ready, e->epoll_state,
            e->epoll_ready, e->priority, e->in_queue, e->timestamp, e->refcnt, e->work ? "handled" : "-");
    }
  }
}

/* ---- descriptors ---- */

static void init (const long *a) {
  (void) a;
  int fd = lib->init_epoll ();
  if (fd > 0) {
    note ("opened, slot 0 is %d's", lib->Events[0].fd);
    dup2 (fd, EPOLL);
    close (fd);
    *lib->epoll_fd = EPOLL;
    lib->epoll_sethandler (BELL, -5, ring_bell, NULL);
    lib->epoll_insert (BELL, 12);
  } else {
    note ("%d", fd);
  }
}

static void claim (const long *a) {
  if (slot (a[0])->refcnt || slot (a[0])->in_queue) {
    skip ();
    return;
  }
  note ("%d", lib->epoll_sethandler (FIRST + (int) a[0], (int) a[1], a[2] ? handle : NULL, &plans[a[0]]));
}

/* As whoever holds the last reference does. */
static void release (const long *a) {
  if (slot (a[0])->fd == FIRST + a[0]) {
    slot (a[0])->refcnt = 0;
  } else {
    skip ();
  }
}

static void wait_for (const long *a) {
  if (can_wait (a[0])) {
    note ("%d", lib->epoll_insert (FIRST + (int) a[0], (int) a[1]));
  } else {
    skip ();
  }
}

static void remove_one (const long *a) {
  note ("%d", lib->epoll_remove (FIRST + (int) a[0]));
}

static void close_one (const long *a) {
  note ("%d", lib->epoll_close (FIRST + (int) a[0]));
}

static void answer (const long *a) {
  plans[a[0]].answer = answers[a[1]];
}

static void act (const long *a) {
  plans[a[0]].action = (enum action) a[1];
  plans[a[0]].other = (int) a[2] % SLOTS;
  plans[a[0]].flags = (int) a[2] / SLOTS % 16;
}

static void write_one (const long *a) {
  note ("%zd", write (FIRST + 2 * (int) a[0] + 1, "byte", 4));
  errno = 0;
}

static void read_all (const long *a) {
  char text[64];
  while (read (FIRST + 2 * (int) a[0], text, sizeof (text)) > 0) {
  }
  errno = 0;
}

/* ---- the heap ---- */

static bool may_move (long number) {
  return slot (number)->fd == FIRST + number && !slot (number)->in_queue;
}

static void put (const long *a) {
  if (may_move (a[0])) {
    slot (a[0])->priority = (int) a[1];
    slot (a[0])->timestamp = a[2];
    note ("%d", lib->put_event_into_heap (slot (a[0])));
  } else {
    skip ();
  }
}

static void put_later (const long *a) {
  if (slot (a[0])->fd == FIRST + a[0]) {
    note ("%d", lib->put_event_into_heap_tail (slot (a[0]), (int) a[1]));
  } else {
    skip ();
  }
}

static void take_out (const long *a) {
  if (slot (a[0])->fd == FIRST + a[0]) {
    note ("%d", lib->remove_event_from_heap (slot (a[0]), 0));
  } else {
    skip ();
  }
}

/* Pointers and places that are wrong end both sides. */
static void misuse (const long *a) {
  struct event_descr foreign = { .fd = FIRST };
  struct event_descr *e = slot (0);
  switch (a[0]) {
  case 0:
    lib->put_event_into_heap (&foreign);
    break;
  case 1:
    lib->remove_event_from_heap (&foreign, 0);
    break;
  case 2:
    e->fd = FIRST + 1;
    lib->put_event_into_heap (e);
    break;
  case 3:
    e->fd = FIRST;
    e->in_queue = *lib->ev_heap_size + 7;
    lib->remove_event_from_heap (e, 0);
    break;
  case 4:
    lib->epoll_sethandler (-1, 0, handle, NULL);
    break;
  case 5:
    lib->epoll_sethandler (1 << 19, 0, handle, NULL);
    break;
  case 6:
    lib->epoll_insert (1 << 19, 4);
    break;
  case 7:
    lib->epoll_remove (-1);
    break;
  case 8:
    lib->epoll_close (1 << 19);
    break;
  case 9:
    e->fd = FIRST;
    e->refcnt = 1;
    lib->epoll_sethandler (FIRST, 0, handle, NULL);
    break;
  default:
    if (*lib->epoll_fd <= 0) {
      skip ();
      return;
    }
    plans[0].answer = -666;
    lib->epoll_close (FIRST);
    lib->epoll_sethandler (FIRST, -100, handle, &plans[0]);
    lib->put_event_into_heap_tail (slot (0), 0);
    lib->epoll_runqueue ();
  }
}

/* ---- turns ---- */

static void run (const long *a) {
  (void) a;
  note ("%d", lib->epoll_runqueue ());
}

static void fetch (const long *a) {
  if (*lib->epoll_fd > 0) {
    note ("%d", lib->epoll_fetch_events ((int) a[0]));
  } else {
    skip ();
  }
}

static int fire (struct event_timer *et) {
  note ("timer %d", et->flags);
  return 0;
}

/* One that is due, so that nobody waits for it. */
static void set_timer (const long *a) {
  static struct event_timer timers[4];
  if (this_thread ()) {
    skip ();
    return;
  }
  if (!*(void **) thread_local_at ("jobs_module_stat_timers")) {
    lib->jobs_module_thread_init_timers ();
  }
  struct event_timer *et = &timers[a[0]];
  et->flags = (int) a[0];
  et->wakeup = fire;
  et->wakeup_time = (double) a[1] / 4;
  note ("%d", lib->insert_event_timer (et));
}

static void run_timers (const long *a) {
  (void) a;
  lib->get_utime_monotonic ();
  note ("%d", lib->epoll_run_timers ());
}

/* The bell ends the wait. */
static void work (const long *a) {
  if (*lib->epoll_fd <= 0) {
    skip ();
    return;
  }
  fake_time (1700000000 + a[0]);
  double slept = *lib->tot_idle_time, recent = *lib->a_idle_time;
  if (write (BELL + 1, "x", 1) < 0) {
    errno = 0;
  }
  int ended = lib->term_signal_received ();
  note ("%d", lib->epoll_work ((int) a[1]));
  note (
      "now %d%s%s", *(int *) thread_local_at ("now"), ended || *lib->tot_idle_time > slept ? "" : " without idle time",
      isfinite (*lib->a_idle_time) && recent >= 0 && *lib->last_epoll_wait_at <= lib->get_utime_monotonic () ? ""
                                                                                                             : " odd");
}

static void term (const long *a) {
  int signal = a[0] & 1 ? SIGINT : SIGTERM;
  if (a[0] & 2) {
    lib->signal_set_pending (signal);
  } else {
    lib->signal_check_pending_and_clear (signal);
  }
  note ("%d", lib->term_signal_received ());
}

static void verbose (const long *a) {
  *lib->verbosity = (int) a[0];
}

static const struct operation operations[] = {
  { "init", init, { { 0 } }, 8 },
  { "claim", claim, { { "slot", 0, SLOTS - 1 }, { "priority", -2, 3 }, { "handler", 0, 3 } }, 8 },
  { "release", release, { { "slot", 0, SLOTS - 1 } }, 2 },
  { "wait_for", wait_for, { { "slot", 0, ENDS - 1 }, { "flags", 0, 0x3ff } }, 6 },
  { "wait_for_some", wait_for, { { "slot", 0, ENDS - 1 }, { "flags", 0, 15 } }, 6 },
  { "remove", remove_one, { { "slot", 0, SLOTS - 1 } }, 2 },
  { "close", close_one, { { "slot", 0, SLOTS - 1 } }, 2 },
  { "answer", answer, { { "slot", 0, SLOTS - 1 }, { "answer", 0, ANSWERS - 1 } }, 6 },
  { "act", act, { { "slot", 0, SLOTS - 1 }, { "action", 0, ACTIONS - 1 }, { "other", 0, SLOTS * 16 - 1 } }, 4 },
  { "write", write_one, { { "pipe", 0, PIPES - 1 } }, 4 },
  { "read", read_all, { { "pipe", 0, PIPES - 1 } }, 2 },
  { "put", put, { { "slot", 0, SLOTS - 1 }, { "priority", -2, 2 }, { "time", -2, 6 } }, 10 },
  { "put_later", put_later, { { "slot", ENDS, SLOTS - 1 }, { "delta", -3, 3 } }, 12 },
  { "take_out", take_out, { { "slot", 0, SLOTS - 1 } }, 6 },
  { "run", run, { { 0 } }, 5 },
  { "fetch", fetch, { { "milliseconds", 0, 1 } }, 4 },
  { "timer", set_timer, { { "timer", 0, 3 }, { "time", 1, 9 } }, 1 },
  { "run_timers", run_timers, { { 0 } }, 1 },
  { "work", work, { { "second", 0, 99 }, { "milliseconds", -1, 1000 } }, 6 },
  { "term", term, { { "which", 0, 3 } }, 1 },
  { "verbosity", verbose, { { "level", 0, 3 } }, 1 },
  { "misuse", misuse, { { "which", 0, 10 } }, 0 },
  { 0 },
};

static const char *const fixed[] = {
  "events.init;events.init;events.claim(0,0,1);events.wait_for(0,4);events.write(0);events.fetch(0);events.run;events.write(0);"
  "events.work(0,1);events.read(0);events.work(1,1);events.work(3,1);events.work(80,1);events.work(81,1)",
  "events.put(11,1,1);"
  "events.put(12,1,1);events.put(13,0,2);events.put(14,0,2);events.put(15,1,1);events.take_out(13);events.put_later(11,3);events.put_later(12,-3);"
  "events.put_later(15,2);events.put_later(14,-1);events.run",
  "events.init;events.claim(0,0,1);events.wait_for(0,12);events.write(0);events.answer(0,5);events.work(0,1);events.claim(0,1,1);"
  "events.wait_for(0,4);events.answer(0,3);events.write(0);events.work(0,1)",
  "events.init;events.verbosity(3);events.claim(1,0,1);events.wait_for(1,2);events.wait_for(1,2);events.wait_for(1,258);"
  "events.wait_for(1,10);events.answer(1,9);events.fetch(0);events.run;events.remove(1);events.close(1);events.close(1);events.remove(1)",
  "events.init;events.claim(0,0,1);events.claim(2,0,1);events.put(0,0,0);events.put(2,0,0);events.term(2);events.run;events.work(0,1);"
  "events.term(0);events.timer(1,2);events.timer(2,1);events.work(0,1);events.run_timers",
  "events.init;events.claim(0,0,1);events.answer(0,2);events.put(0,0,0);events.run;events.run;events.work(5,37)",
  "events.init;events.misuse(0)",
  "events.init;events.misuse(1)",
  "events.misuse(2)",
  "events.misuse(3)",
  "events.misuse(4)",
  "events.misuse(5)",
  "events.misuse(6)",
  "events.misuse(7)",
  "events.misuse(8)",
  "events.misuse(9)",
  "events.init;events.misuse(10)",
  NULL,
};

const struct script_family events_scripts = { "events", CAN_EVENTS, operations, begin, observe, fixed };
