/*
 * An engine's surroundings: see engine_world.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "engine_world.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "interpose.h"
#include "own.h"
#include "script.h"

int engine_world_verbosity;

struct event_descr;
struct conn_functions;

static struct {
  bool on;
  int turn, turns, signal, every, last_signal;
  double clock;
} world;

void *own (const char *name) {
  void *at = thread_local_at (name);
  if (!at) {
    note ("%s: not in this program;", name);
    abort ();
  }
  return at;
}

/* ---- the clock ---- */

/* A quarter of a second: no turn ends where a second begins. */
static const double TURN = 0.25, START = 1000.125;
static const long long START_SECOND = 1700000000;

static void set_clock (void) {
  static const struct tm moment = { .tm_year = 126 };
  double since = world.clock - START + 0.125;
  fake_time (START_SECOND + (long long) since);
  fake_local_time (&moment, (long) ((since - (double) (long long) since) * 1e6));
  *(int *) own ("now") = (int) (START_SECOND + (long long) since);
  *(double *) own ("precise_now") = world.clock;
}

/* ---- jobs ---- */

typedef int (*job_function) (struct async_job *job, int signal, struct job_thread *thread);

enum { JOBS = 8, RUN = 0, ALARM = 4 };

static struct job {
  struct async_job head;
  union {
    struct event_timer timer;
    char room[128];
  } payload;
  job_function run;
  double (*alarm) (void *);
  double at; /* when its timer fires, or 0 */
  int number;
} jobs[JOBS];
static int job_count;

static struct job *job_of (struct async_job *job) {
  return (struct job *) (void *) job;
}

static void send (struct async_job *job, int signal) {
  struct job *j = job_of (job);
  if (j->alarm) {
    j->at = j->alarm (NULL);
    note ("job %d again in %.1f;", j->number, j->at - world.clock);
  } else {
    int result = j->run (job, signal, NULL);
    if (result) {
      note ("job %d: %d;", j->number, result);
    }
  }
}

void engine_world_begin (int turns, int signal, int every, int last_signal) {
  world.on = true;
  world.turns = turns;
  world.signal = signal;
  world.every = every;
  world.last_signal = last_signal;
  world.clock = START;
  set_clock ();
}

bool engine_world_is_on (void) {
  return world.on;
}

void engine_world_end (void) {
  world.on = false;
}

struct async_job *engine_world_job (void) {
  return &jobs[JOBS - 1].head;
}

bool engine_world_armed (struct async_job *job) {
  return job_of (job)->at > world.clock;
}

LEGACY (struct async_job *, create_async_job, job_function run, unsigned long long signals, int subclass, int bytes,
        unsigned long long type, int tag, struct async_job *parent) {
  if (!world.on) {
    return OWN (create_async_job) (run, signals, subclass, bytes, type, tag, parent);
  }
  if (job_count == JOBS - 1) {
    abort ();
  }
  struct job *j = &jobs[job_count];
  j->number = ++job_count;
  j->run = run;
  j->head.j_refcnt = 1;
  note ("job %d: signals %llx, subclass %d, %d bytes, type %llx;", j->number, signals, subclass, bytes, type);
  return &j->head;
}

LEGACY (int, schedule_job, int tag, struct async_job *job) {
  if (!world.on) {
    return OWN (schedule_job) (tag, job);
  }
  note ("schedules %d;", job_of (job)->number);
  set_clock (); /* the start has read the real one */
  send (job, RUN);
  return 0;
}

LEGACY (int, unlock_job, int tag, struct async_job *job) {
  return world.on ? 0 : OWN (unlock_job) (tag, job);
}

LEGACY (void, job_signal, int tag, struct async_job *job, int signal) {
  if (world.on) {
    send (job, signal);
  } else {
    OWN (job_signal) (tag, job, signal);
  }
}

LEGACY (struct async_job *, job_timer_alloc, int class, double (*alarm) (void *), void *extra) {
  if (!world.on) {
    return OWN (job_timer_alloc) (class, alarm, extra);
  }
  struct async_job *job = world_create_async_job (NULL, (unsigned) class, -1, 0, 0, 1, NULL);
  job_of (job)->alarm = alarm;
  return job;
}

LEGACY (void, job_timer_insert, struct async_job *job, double at) {
  if (world.on) {
    job_of (job)->at = at;
  } else {
    OWN (job_timer_insert) (job, at);
  }
}

LEGACY (int, job_timer_check, struct async_job *job) {
  if (!world.on) {
    return OWN (job_timer_check) (job);
  }
  int due = job_of (job)->at > 0;
  job_of (job)->at = 0;
  return due;
}

LEGACY (struct async_job *, alloc_timer_manager, int class) {
  if (!world.on) {
    return OWN (alloc_timer_manager) (class);
  }
  note ("timers of class %d;", class);
  return NULL;
}

LEGACY (int, create_new_job_class, int class, int least, int most) {
  if (!world.on) {
    return OWN (create_new_job_class) (class, least, most);
  }
  note ("class %d: %d to %d;", class, least, most);
  return most;
}

LEGACY (int, run_pending_main_jobs, void) {
  return world.on ? 0 : OWN (run_pending_main_jobs) ();
}

/* The original spreads its alarms. */
LEGACY (double, drand48_j, void) {
  return world.on ? 0.5 : OWN (drand48_j) ();
}

/* ---- the event loop ---- */

/* An emulator keeps the last two signals for itself: there, nothing arrives, so their handler is called. */
static void deliver (int number) {
  struct sigaction action;
  if (number < SIGRTMAX - 1 || sigaction (number, NULL, &action) < 0 || action.sa_handler == SIG_DFL) {
    raise (number);
  } else {
    action.sa_handler (number);
  }
}

LEGACY (int, epoll_work, int timeout) {
  if (!world.on) {
    return OWN (epoll_work) (timeout);
  }
  note ("|");
  world.clock += TURN;
  set_clock ();
  world.turn++;
  if (world.every && world.turn % world.every == 0) {
    deliver (world.signal);
  }
  if (world.turn >= world.turns) {
    deliver (world.last_signal);
    return 0;
  }
  /* The first job, which does the regular work, comes last: each side does it once in a turn. */
  for (int i = job_count - 1; i >= 0; i--) {
    if (jobs[i].at > 0 && jobs[i].at <= world.clock) {
      send (&jobs[i].head, ALARM);
    }
  }
  return 1;
}

LEGACY (int, epoll_sethandler, int fd, int priority, int (*handler) (int, void *, struct event_descr *), void *data) {
  if (!world.on) {
    return OWN (epoll_sethandler) (fd, priority, handler, data);
  }
  note ("handler, priority %d;", priority);
  return 0;
}

LEGACY (int, epoll_insert, int fd, int flags) {
  if (!world.on) {
    return OWN (epoll_insert) (fd, flags);
  }
  note ("waits with flags %d;", flags);
  return 0;
}

/* ---- what is only told ---- */

#define TOLD(name)            \
  LEGACY (void, name, void) { \
    if (world.on) {           \
      note (#name ";");       \
    } else {                  \
      OWN (name) ();          \
    }                         \
  }
TOLD (update_all_thread_stats)

LEGACY (void, notification_event_job_create, void) {
  if (!world.on) {
    OWN (notification_event_job_create) ();
    return;
  }
  note ("notifications;");
  *lib->verbosity = engine_world_verbosity;
}

/* How often this is called is each side's own. */
LEGACY (void, free_later_act, void) {
  if (!world.on) {
    OWN (free_later_act) ();
  }
}

#define NUMBER(type, name, result) \
  LEGACY (type, name, void) {      \
    if (!world.on) {               \
      return OWN (name) ();        \
    }                              \
    note (#name ";");              \
    return result;                 \
  }
NUMBER (int, init_epoll, 1)
NUMBER (int, init_async_jobs, 1)
NUMBER (unsigned, get_my_ipv4, 0xc0a80105)

LEGACY (int, get_my_ipv6, unsigned char *address) {
  if (!world.on) {
    return OWN (get_my_ipv6) (address);
  }
  memcpy (address, "an IPv6 address.", 16);
  return 1;
}

LEGACY (int, init_msg_buffers, long most) {
  if (!world.on) {
    return OWN (init_msg_buffers) (most);
  }
  note ("buffers %ld;", most);
  return 1;
}

LEGACY (int, check_conn_functions, struct conn_functions *type, int listening) {
  if (!world.on) {
    return OWN (check_conn_functions) (type, listening);
  }
  note ("checks a type, %d;", listening);
  return 0;
}

/* The engine's port is one of IPv4's, whatever the original takes it for. */
static int listens (int fd) {
  note ("listens %s;", fd > 0 ? "to a port" : "to nothing");
  return 0;
}

LEGACY (int, init_listening_connection, int fd, struct conn_functions *type, void *extra) {
  return world.on ? listens (fd) : OWN (init_listening_connection) (fd, type, extra);
}

LEGACY (int, init_listening_tcpv6_connection, int fd, struct conn_functions *type, void *extra, int mode) {
  return world.on ? listens (fd) : OWN (init_listening_tcpv6_connection) (fd, type, extra, mode);
}
