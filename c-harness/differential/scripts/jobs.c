/*
 * Jobs: which signal runs when and where, what a job's function may do meanwhile, references, relations to parents, flags after
 * every step. Each thread of the script is a job thread with a class of its own; main serves all others.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "jobs.h"

#include <string.h>

#include "http_host.h"
#include "own.h"

enum { PAGE = 4000 };

struct script_job script_jobs[JOBS];

struct payload {
  int number;
  job_action_t *action;
};

static bool begun;

/* The payload of the scripts' jobs starts after a timer and a message queue, if there are such. */
static struct payload *payload_of (struct async_job *job) {
  return (struct payload *) ((char *) (job + 1) + 48);
}

static struct job_thread *entry_of (int thread) {
  return (struct job_thread *) lib->JobThreads + 1 + thread;
}

static struct job_class *class_of (int thread) {
  return (struct job_class *) lib->JobClasses + FIRST_CLASS + thread;
}

/* What a job's function of the scripts' has to run, at most: none goes on for ever. */
static int actions;

static int run_job (struct async_job *job, int signal, struct job_thread *thread) {
  struct payload *p = payload_of (job);
  int number = p->number;
  note ("%d gets %d flags %x refs %d on %d", number, signal, (unsigned) job->j_flags, job->j_refcnt, thread->id);
  if (signal == FINISH) {
    script_jobs[number].job = NULL;
    script_jobs[number].references = 0;
    return lib->job_free (1, job);
  }
  if (!p->action || actions <= 0) {
    return 0;
  }
  actions--;
  int result = p->action (number, job, signal);
  note ("%d answers %x", number, (unsigned) result);
  return result;
}

void begin_jobs (void) {
  actions = 60;
  if (*lib->verbosity > 2) {
    *lib->verbosity = 2; /* above that, addresses are logged */
  }
  if (begun) {
    return;
  }
  begun = true;
  http_host_library (thread_local_at);
  *lib->max_job_thread_id = THREADS;
  lib->init_async_jobs ();
  for (int thread = 1; thread < THREADS; thread++) {
    struct job_thread *entry = entry_of (thread);
    entry->id = 1 + thread;
    entry->thread_class = FIRST_CLASS + thread;
    entry->job_class_mask = 1 | 1 << entry->thread_class;
    entry->status = 1;
    entry->job_queue = ((struct mp_queue * (*) (void) ) thread_local_at ("alloc_mp_queue_w")) ();
    entry->job_class = class_of (thread);
    class_of (thread)->job_queue = entry->job_queue;
    class_of (thread)->cur_threads = 1;
    entry_of (0)->job_class_mask &= ~(1 << entry->thread_class);
  }
}

bool (*on_failure) (struct async_job *connection, int error);

LEGACY (void, fail_connection, struct async_job *connection, int error) {
  if (!on_failure || !on_failure (connection, error)) {
    OWN (fail_connection) (connection, error);
  }
}

void be_job_thread (void) {
  struct job_thread **own = thread_local_at ("this_job_thread");
  actions = 60;
  if (*lib->verbosity > 2) {
    *lib->verbosity = 2; /* above that, addresses are logged */
  }
  if (!*own) {
    *own = entry_of (this_thread ());
  }
  if (!*(void **) thread_local_at ("jobs_module_stat_jobs")) {
    lib->jobs_module_thread_init_jobs ();
  }
  if (!*(void **) thread_local_at ("jobs_module_stat_timers")) {
    lib->jobs_module_thread_init_timers ();
  }
  /* Queues and messages. */
  http_host_thread ();
}

void make_job (int number, unsigned long long signals, int type, int bytes, struct async_job *parent,
               job_action_t *action) {
  struct async_job *job = lib->create_async_job (run_job, signals, -2, 48 + (int) sizeof (struct payload) + bytes,
                                                 (unsigned long long) type, 1, parent);
  *payload_of (job) = (struct payload) { number, action };
  script_jobs[number] = (struct script_job) { job, 1, true };
}

struct async_job *held_job (long number) {
  if (!script_jobs[number].job || script_jobs[number].references < 1) {
    skip ();
    return NULL;
  }
  return script_jobs[number].job;
}

struct async_job *one_more (long number) {
  struct async_job *job = held_job (number);
  return job ? lib->job_incref (job) : NULL;
}

void unlock_held (long number) {
  script_jobs[number].locked = false;
  note ("%d", lib->unlock_job (1, lib->job_incref (script_jobs[number].job)));
}

void serve_queue (void) {
  be_job_thread ();
  if (!this_thread ()) {
    note ("%d", lib->run_pending_main_jobs ());
    return;
  }
  struct job_thread *own = *(struct job_thread **) thread_local_at ("this_job_thread");
  for (struct async_job *job;
       (job = ((void *(*) (struct mp_queue *, int) ) thread_local_at ("mpq_pop_nw")) (own->job_queue, 4));) {
    lib->process_one_job (1, job, own->thread_class);
  }
}

void observe_jobs (void) {
  for (int i = 0; i < JOBS; i++) {
    struct async_job *job = script_jobs[i].job;
    if (job && script_jobs[i].references > 0) {
      note ("%d: flags %x refs %d status %x classes %x error %d children %d parent %d", i, (unsigned) job->j_flags,
            job->j_refcnt, (unsigned) job->j_status, (unsigned) job->j_sigclass, job->j_error, job->j_children,
            job->j_parent != NULL);
    }
  }
}

/* ---- the family of signals and references ---- */

enum kind { NOTHING, SIGNALS_OTHER, SIGNALS_ITSELF, COMPLETES, ANSWERS, UNREFERS, CHANGES, KINDS };

/* What each job does at each signal. */
static struct act {
  enum kind kind;
  int other;
} acts[JOBS][SIGNALS];

#define ALLOW(class, signal) ((unsigned long long) (class) << (32 + 4 * (signal)) | 0x1000000u << (signal))
#define FAST(class, signal) (ALLOW (class, signal) | 0x10000u << (signal))
#define ALL(class)                                                                                              \
  (ALLOW (class, RUN) | ALLOW (class, AUX) | ALLOW (class, MSG) | ALLOW (class, ALARM) | ALLOW (class, ABORT) | \
   ALLOW (class, KILL) | ALLOW (class, FINISH))

static const unsigned long long rules[] = {
  ALL (MAIN_CLASS),
  ALLOW (MAIN_CLASS, RUN) | ALLOW (MAIN_CLASS, FINISH),
  FAST (0, RUN) | FAST (0, ABORT) | FAST (0, FINISH),
  FAST (MAIN_CLASS, RUN) | ALLOW (MAIN_CLASS, ABORT) | ALLOW (6, AUX) | ALLOW (7, MSG) | FAST (0, FINISH),
  ALL (6),
  ALL (ENGINE_CLASS),
  ALLOW (6, RUN) | ALLOW (7, AUX) | ALLOW (8, ABORT) | ALLOW (MAIN_CLASS, ALARM) | ALLOW (MAIN_CLASS, FINISH),
  ALLOW (0, RUN) | ALLOW (0, FINISH),
  ALLOW (MAIN_CLASS, RUN),
};
enum { RULES = sizeof (rules) / sizeof (rules[0]) };

static int act (int number, struct async_job *job, int signal) {
  struct act a = acts[number][signal];
  struct script_job *other = &script_jobs[a.other % JOBS];
  int other_signal = a.other / JOBS % SIGNALS;
  switch (a.kind) {
  case SIGNALS_OTHER:
    if (other->job && other->references > 0 && other_signal != FINISH) {
      lib->job_signal (1, lib->job_incref (other->job), other_signal);
    }
    return 0;
  case SIGNALS_ITSELF:
    lib->job_send_signals (1, lib->job_incref (job), 1 << (24 + other_signal % FINISH));
    return 0;
  case COMPLETES:
    lib->complete_job (job);
    return 0;
  case ANSWERS:
    return a.other & 0x17f;
  case UNREFERS:
    if (other->job && other->references > 1) {
      other->references--;
      lib->job_decref (1, other->job);
    }
    return 0;
  case CHANGES:
    lib->job_change_signals (job, rules[a.other % (RULES - 1)]);
    return 0;
  default:
    return 0;
  }
}

static void create (const long *a) {
  be_job_thread ();
  struct script_job *one = &script_jobs[a[0]];
  struct async_job *parent = NULL;
  if (one->job) {
    skip ();
    return;
  }
  memset (acts[a[0]], 0, sizeof (acts[a[0]]));
  if (a[2] < 8 * JOBS && script_jobs[a[2] % JOBS].job && script_jobs[a[2] % JOBS].references > 0) {
    parent = lib->job_incref (script_jobs[a[2] % JOBS].job);
  }
  make_job ((int) a[0], rules[a[1]] | (parent ? (unsigned long long) a[2] / JOBS : 0), 0, 0, parent, act);
}

/* This thread has the job's lock. */
static bool is_locked_here (long i) {
  struct job_thread *own = *(struct job_thread **) thread_local_at ("this_job_thread");
  return script_jobs[i].locked && script_jobs[i].job->j_thread == own;
}

static void unlock (const long *a) {
  be_job_thread ();
  struct async_job *job = held_job (a[0]);
  if (!job) {
    return;
  }
  if (!is_locked_here (a[0])) {
    skip ();
  } else if (a[1]) {
    unlock_held (a[0]);
  } else {
    script_jobs[a[0]].locked = false;
    script_jobs[a[0]].references--;
    note ("%d", lib->unlock_job (1, job));
  }
}

static void schedule (const long *a) {
  be_job_thread ();
  struct async_job *job = held_job (a[0]);
  if (!job) {
    return;
  }
  if (!is_locked_here (a[0])) {
    skip ();
    return;
  }
  script_jobs[a[0]].locked = false;
  note ("%d", lib->schedule_job (1, lib->job_incref (job)));
}

static void signal_one (const long *a) {
  be_job_thread ();
  struct async_job *job = one_more (a[0]);
  if (job) {
    lib->job_signal (1, job, (int) a[1]);
  }
}

static void send (const long *a) {
  be_job_thread ();
  struct async_job *job = one_more (a[0]);
  if (job) {
    lib->job_send_signals (1, job, (int) a[1] << 24);
  }
}

static void refer (const long *a) {
  if (one_more (a[0])) {
    script_jobs[a[0]].references++;
  }
}

static void unrefer (const long *a) {
  be_job_thread ();
  struct async_job *job = held_job (a[0]);
  /* The last reference of who has the lock is given up by unlocking. */
  if (!job || (script_jobs[a[0]].locked && script_jobs[a[0]].references == 1)) {
    skip ();
    return;
  }
  script_jobs[a[0]].references--;
  lib->job_decref (1, job);
}

static void lock (const long *a) {
  be_job_thread ();
  struct async_job *job = held_job (a[0]);
  if (job) {
    int done = lib->try_lock_job (job, (int) a[1] << 24, (int) a[2] << 24);
    script_jobs[a[0]].locked |= done != 0;
    note ("%d", done);
  }
}

static void complete (const long *a) {
  be_job_thread ();
  struct async_job *job = held_job (a[0]);
  if (job && script_jobs[a[0]].locked) {
    lib->complete_job (job);
  } else {
    skip ();
  }
}

static void complete_child (const long *a) {
  be_job_thread ();
  struct async_job *job = held_job (a[0]), *parent = job ? one_more (a[1]) : NULL;
  if (parent) {
    lib->complete_subjob (job, 1, parent, (int) a[2]);
  }
}

static void change (const long *a) {
  struct async_job *job = held_job (a[0]);
  if (job && script_jobs[a[0]].locked) {
    lib->job_change_signals (job, rules[a[1]]);
  } else {
    skip ();
  }
}

static void fail (const long *a) {
  struct async_job *job = held_job (a[0]);
  if (job) {
    job->j_error = (int) a[1];
  }
}

static void set_act (const long *a) {
  acts[a[0]][a[1] % SIGNALS] = (struct act) { (enum kind) (a[1] / SIGNALS), (int) a[2] };
}

static void serve (const long *a) {
  (void) a;
  serve_queue ();
}

static void statistics (const long *a) {
  char page[PAGE];
  struct stats_buffer sb;
  (void) a;
  be_job_thread ();
  /* A block of ours for a listener is as large as a connection's. */
  bool tells_memory = !http_host_has_real_connections;
  if (tells_memory) {
    note ("memory %lld", lib->jobs_get_allocated_memoty ());
  }
  /* With more threads the original mixes them up. */
  if (*lib->max_job_thread_id == 1 || this_thread ()) {
    return;
  }
  int last = *lib->max_job_thread_id;
  *lib->max_job_thread_id = 1;
  lib->sb_init (&sb, page, sizeof (page));
  int length = lib->jobs_prepare_stat (&sb);
  *lib->max_job_thread_id = last;
  if (tells_memory) {
    note ("%d", length);
  }
  for (char *line = strtok (page, "\n"); line; line = strtok (NULL, "\n")) {
    if (tells_memory || strncmp (line, "jobs_allocated_memory", 21)) {
      note_bytes ("line", line, strlen (line));
    }
  }
}

static void numbers (const long *a) {
  be_job_thread ();
  struct job_thread *own = *(struct job_thread **) thread_local_at ("this_job_thread");
  /* The C library's own constants, which its functions need, follow the state. */
  static const unsigned short constants[] = { 0xb, 1, 0xe66d, 0xdeec, 5, 0 };
  char *state = (char *) own->rand_data;
  memcpy (state, numbered_bytes (a[0], 12), 12);
  memcpy (state + 12, constants, sizeof (constants));
  long first = lib->lrand48_j (), second = lib->mrand48_j ();
  note ("%ld %ld %.17g", first, second, lib->drand48_j ());
}

/* Without threads: main serves it. */
static void declare_class (const long *a) {
  be_job_thread ();
  struct job_class *class = (struct job_class *) lib->JobClasses + a[0];
  if (this_thread ()) {
    skip ();
    return;
  }
  note ("%d", lib->create_new_job_class ((int) a[0], 0, (int) a[1]));
  note ("least %d most %d threads %d", class->min_threads, class->max_threads, class->cur_threads);
}

static const struct operation operations[] = {
  { "create", create, { { "job", 0, JOBS - 1 }, { "rules", 0, RULES - 1 }, { "parent", 0, 16 * JOBS - 1 } }, 8 },
  { "unlock", unlock, { { "job", 0, JOBS - 1 }, { "keep", 0, 1 } }, 8 },
  { "schedule", schedule, { { "job", 0, JOBS - 1 } }, 3 },
  { "signal", signal_one, { { "job", 0, JOBS - 1 }, { "signal", 0, 6 } }, 10 },
  { "send", send, { { "job", 0, JOBS - 1 }, { "signals", 0, 127 } }, 5 },
  { "refer", refer, { { "job", 0, JOBS - 1 } }, 3 },
  { "unrefer", unrefer, { { "job", 0, JOBS - 1 } }, 3 },
  { "lock", lock, { { "job", 0, JOBS - 1 }, { "set", 0, 127 }, { "clear", 0, 127 } }, 4 },
  { "complete", complete, { { "job", 0, JOBS - 1 } }, 2 },
  { "complete_child", complete_child, { { "job", 0, JOBS - 1 }, { "parent", 0, JOBS - 1 }, { "how", 0, 31 } }, 2 },
  { "change", change, { { "job", 0, JOBS - 1 }, { "rules", 0, RULES - 1 } }, 2 },
  { "fail", fail, { { "job", 0, JOBS - 1 }, { "error", 0, 3 } }, 1 },
  { "act", set_act, { { "job", 0, JOBS - 1 }, { "kind", 0, SIGNALS *KINDS - 1 }, { "other", 0, 511 } }, 10 },
  { "serve", serve, { { 0 } }, 8 },
  { "statistics", statistics, { { 0 } }, 1 },
  { "class", declare_class, { { "class", 9, 15 }, { "most", 0, 3 } }, 1 },
  { "numbers", numbers, { { "seed", 0, 1000 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "jobs.create(0,0,79);jobs.unlock(0,1);jobs.signal(0,0);jobs.signal(0,1);jobs.send(0,127);jobs.statistics;jobs.unrefer(0)",
  "jobs.create(0,0,79);jobs.lock(0,0,0);jobs.send(0,127);jobs.signal(0,0);jobs.unlock(0,1);jobs.unrefer(0);jobs.statistics",
  "jobs.create(0,0,79);jobs.unlock(0,1);jobs.act(0,8,40);jobs.signal(0,0);jobs.serve;jobs.act(0,16,0);jobs.signal(0,0);"
  "jobs.serve",
  "jobs.create(0,4,79);jobs.unlock(0,1);jobs.signal(0,0);jobs.signal(0,0);jobs.serve@1;jobs.signal(0,1)@1;jobs.signal(0,2)@2;"
  "jobs.serve@1;jobs.unrefer(0);jobs.serve@1",
  "jobs.create(0,6,79);jobs.unlock(0,1);jobs.send(0,127);jobs.serve;jobs.serve@2;jobs.serve@1;jobs.serve;jobs.serve@1;"
  "jobs.serve@2;jobs.unrefer(0)",
  "jobs.create(0,0,79);jobs.unlock(0,1);jobs.create(1,0,30);jobs.create(2,0,30);jobs.fail(2,3);jobs.complete(1);"
  "jobs.unlock(1,0);jobs.complete(2);jobs.unlock(2,0);jobs.unrefer(0)",
  "jobs.create(0,0,79);jobs.unlock(0,1);jobs.create(1,0,79);jobs.complete_child(1,0,2);jobs.fail(1,1);jobs.complete_child(1,0,1)",
  "jobs.create(0,0,79);jobs.unlock(0,1);jobs.create(1,0,35);jobs.fail(1,2);jobs.act(1,32,256);jobs.schedule(1);jobs.signal(1,0);"
  "jobs.unrefer(1);jobs.unrefer(0)",
  "jobs.create(0,1,79);jobs.unlock(0,1);jobs.signal(0,5);jobs.lock(0,0,0);jobs.change(0,0);jobs.unlock(0,1);jobs.unrefer(0)",
  "jobs.create(0,2,79);jobs.create(1,0,79);jobs.unlock(0,1);jobs.unlock(1,1);jobs.act(1,8,0);jobs.signal(1,0);jobs.serve",
  "jobs.create(0,8,79);jobs.unlock(0,1);jobs.signal(0,0);jobs.unrefer(0)",
  "jobs.numbers(1);jobs.numbers(2)@1;jobs.class(9,2);jobs.class(9,1)",
  NULL,
};

const struct script_family jobs_scripts = { "jobs", CAN_JOBS, operations, begin_jobs, observe_jobs, fixed };
