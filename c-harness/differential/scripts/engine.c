/*
 * The engine: its state at the start, options, regular work, statistics, and a host's whole run, in a world without threads and
 * sockets (engine_world.h).
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "engine_host.h"
#include "engine_world.h"
#include "rpc_world.h"
#include "fake_account.h"
#include "handlers.h"
#include "script.h"

enum { RUN = 0, ALARM = 4, FINISH = 7, ENTRIES = 5 };

static server_functions_t functions;
static engine_t engine;
static bool has_run; /* default_main */

static void tell (const char *name, long a, long b) {
  note ("%s %ld %ld;", name, a, b);
}

static int open_socket (int port, unsigned address, int backlog, int mode) {
  note ("opens %d %08x %d %d;", port, address, backlog, mode);
  return dup (1);
}

static void serve (void *type, void *methods) {
  note ("serves;");
  lib->server_init (type, methods);
}

static void call_entry (struct event_precise_cron *e);

static struct event_precise_cron entries[ENTRIES];

/* The log has descriptors: the first free one is the same on both sides. */
static void occupy_descriptors (void) {
  while (dup (1) < 20) {
  }
}

/* Another family may have set its own. */
static void be_the_engine (void) {
  *lib->engine_state = &engine;
  engine.F = &functions;
}

static void begin (void) {
  occupy_descriptors ();
  for (int i = 0; i < ENTRIES; i++) {
    entries[i].wakeup = call_entry;
  }
  be_the_engine ();
  on_network_call = tell;
  on_server_socket = open_socket;
  on_server_init = serve;
}

static void observe (void) {
  const engine_t *e = *lib->engine_state;
  if (!e) {
    note ("no engine");
    return;
  }
  note ("port %d (%d to %d), no port %d, timeout %d, modules %llx, backlog %d, at most %d, threads %d %d %d %d",
        e->port, e->start_port, e->end_port, e->do_not_open_port, e->epoll_wait_timeout, e->modules, e->backlog,
        e->maxconn, e->required_io_threads, e->required_cpu_threads, e->required_tcp_io_threads,
        e->required_tcp_cpu_threads);
  note ("sleep %d", *(int *) thread_local_at ("epoll_sleep_ns"));
  const server_functions_t *f = e->F;
  if (f) {
    note ("allowed %llx, timeouts %d %.2f, functions %d%d%d%d%d%d%d%d%d", f->allowed_signals, f->epoll_timeout,
          f->aio_timeout, f->close_net_sockets != NULL, calls_same (f->cron, lib->default_cron),
          f->parse_option != NULL, f->prepare_parse_options != NULL, f->pre_init != NULL, f->pre_start != NULL,
          calls_same (f->parse_extra_args, lib->default_parse_extra_args), f->pre_loop != NULL,
          calls_same (f->get_op, lib->default_get_op));
  }
  for (int i = 1; i <= 64; i++) {
    struct sigaction action = { 0 };
    if (f && f->signal_handlers[i]) {
      note ("%d handled", i);
    }
    if (!sigaction (i, NULL, &action) && handler_name (action.sa_handler)) {
      note ("%d %s", i, handler_name (action.sa_handler));
    }
  }
}

/* ---- the state ---- */

static void nothing (void) {
}

static void start (const long *a) {
  functions.allowed_signals = a[0] & 1 ? 1ull << SIGCHLD | 1ull << SIGWINCH : 0;
  functions.forbidden_signals = a[0] & 2 ? 1ull << SIGUSR1 | 1 : 0;
  functions.default_modules = (unsigned long long) a[1] << 23;
  functions.default_modules_disabled = a[0] & 4 ? 0x10 : 0;
  functions.epoll_timeout = (int) a[2];
  functions.cron = a[0] & 8 ? nothing : NULL;
  functions.pre_init = a[0] & 16 ? nothing : NULL;
  functions.signal_handlers[SIGUSR1] = a[0] & 32 ? nothing : NULL;
  *lib->engine_state = &engine;
  lib->engine_startup (&engine, &functions);
  note ("%s", *lib->precise_now_diff != 0 ? "a difference" : "none");
}

/* A wrong one ends the process. */
static void set_timeout (const long *a) {
  lib->engine_set_epoll_wait_timeout ((int) a[0]);
}

static void set_handler (const long *a) {
  functions.allowed_signals = (unsigned long long) a[1] << 32 | (unsigned long long) a[1];
  lib->check_signal_handler (&functions, (int) a[0], nothing);
}

/* A crash of a script shall be one, which side and thread it may be: not what the library prints of it. */
static void forget_crashes (void) {
  static const int crashes[] = { SIGSEGV, SIGABRT, SIGFPE, SIGBUS };
  for (size_t i = 0; i < sizeof (crashes) / sizeof (crashes[0]); i++) {
    signal (crashes[i], SIG_DFL);
  }
}

static void install (const long *a) {
  (void) a;
  lib->set_signals_handlers ();
  forget_crashes ();
}

static void mask (const long *a) {
  (void) a;
  note ("%llx", *lib->default_signal_mask);
}

static void version (const long *a) {
  functions.FullVersionStr = a[0] ? "the host's" : NULL;
  const char *text = lib->get_version_string ();
  /* Its own tells when it was compiled. */
  note ("%s", text == functions.FullVersionStr ? text : text && *text ? "a text" : "none");
}

static void no_engine (const long *a) {
  (void) a;
  *lib->engine_state = NULL;
}

static void extra_args (const long *a) {
  lib->default_parse_extra_args ((int) a[0], NULL);
}

static int parse_one (int value) {
  note ("asks for %d;", value);
  return value % 3;
}

static void foreign_option (const long *a) {
  functions.parse_option = a[0] % 2 ? parse_one : NULL;
  note ("%d", lib->default_parse_option_func ((int) a[0]));
}

static void verbose (const long *a) {
  *lib->verbosity = (int) a[0];
}

/* ---- options ---- */

static const char *const arguments[] = { NULL, "0", "1", "16", "-3", "no", "7x", "" };
enum { ARGUMENTS_OF_OPTIONS = sizeof (arguments) / sizeof (arguments[0]), OPTIONS = 5 };

/* The library's table may hold another family's options later, whose arguments are others: an empty port is what lies on the
   original's stack. */
static struct engine_parse_option own_options[OPTIONS];
static int known;

static void options (const long *a) {
  (void) a;
  *lib->engine_parse_options_num = 0;
  lib->engine_add_engine_parse_options ();
  for (known = 0; known < OPTIONS && known < *lib->engine_parse_options_num; known++) {
    struct engine_parse_option *o = &own_options[known];
    *o = (*lib->engine_parse_options)[known];
    note ("--%s %d %d %x %s;", o->longopts[0], o->arg, o->base_val, o->flags, o->help);
  }
}

static void obey (const long *a) {
  if (a[0] >= known || !*lib->engine_state) {
    skip ();
    return;
  }
  struct engine_parse_option *o = &own_options[a[0]];
  optarg = (char *) (size_t) arguments[o->arg == required_argument && !a[1] ? 1 : a[1]];
  note ("%d", o->func (a[2] == 9 ? 999 : o->base_val));
}

/* ---- regular work ---- */

static bool in_ring[ENTRIES];
/* What an entry does when it is called, besides telling. */
static long act, act_on;

static void call_entry (struct event_precise_cron *e) {
  int number = (int) (e - entries);
  note ("%d", number);
  if (act == 1 && in_ring[number]) {
    lib->precise_cron_function_remove (e);
    in_ring[number] = false;
  } else if (act == 2 && !in_ring[act_on]) {
    lib->precise_cron_function_insert (&entries[act_on]);
    in_ring[act_on] = true;
  }
}

static void insert (const long *a) {
  if (in_ring[a[0]]) {
    skip ();
    return;
  }
  lib->precise_cron_function_insert (&entries[a[0]]);
  in_ring[a[0]] = true;
}

static void take_out (const long *a) {
  if (!in_ring[a[0]]) {
    skip ();
    return;
  }
  lib->precise_cron_function_remove (&entries[a[0]]);
  in_ring[a[0]] = false;
  note ("%s", entries[a[0]].next || entries[a[0]].prev ? "linked" : "alone");
}

static void walk (void) {
  struct event_precise_cron *head = lib->precise_cron_events, *e = head;
  int count = 0;
  do {
    note ("%s", e->next->prev == e ? "." : "broken");
    e = e->next;
  } while (e != head && ++count < 2 * ENTRIES);
}

static void cron (void) {
  note ("cron;");
}

static void precise_cron (void) {
  note ("often;");
}

static void work (const long *a) {
  if (!*lib->engine_state) {
    skip ();
    return;
  }
  be_the_engine ();
  engine_world_begin (0, 0, 0, 0);
  functions.cron = cron;
  functions.precise_cron = a[0] & 1 ? precise_cron : NULL;
  act = a[1];
  act_on = a[2];
  note ("%d", lib->precise_cron_job_run (engine_world_job (), RUN, NULL));
  note ("%s", engine_world_armed (engine_world_job ()) ? "armed" : "rests");
  engine_world_end ();
  act = 0;
  walk ();
}

static void odd_signals (const long *a) {
  note ("%d %d", lib->precise_cron_job_run (NULL, (int) a[0], NULL), lib->terminate_job_run (NULL, (int) a[0], NULL));
}

static void mean (const long *a) {
  *lib->precise_now_diff = (double) a[0] * 1e9;
  lib->default_cron ();
  note ("%s", *lib->precise_now_diff < (double) a[0] * 1e9 ? "less" : "more");
}

/* ---- statistics ---- */

static long statistics;

static void prepare (struct stats_buffer *sb) {
  for (long i = 0; i < statistics; i++) {
    lib->sb_printf (sb, "key%ld\t%ld\n", i, i * i);
  }
}

static void stats (const long *a) {
  if (!*lib->engine_state) {
    note ("%d", lib->engine_prepare_stats ());
    return;
  }
  statistics = a[0];
  functions.prepare_stats = a[0] < 0 ? NULL : prepare;
  note ("%d;", lib->engine_prepare_stats ());
  lib->output_engine_stats ();
  if (*lib->verbosity > 2) {
    skip (); /* the original's buffers tell addresses */
    return;
  }
  struct tl_out_state *out = rpc_out (1 << 16);
  lib->engine_rpc_stats (out);
  rpc_out_end (out);
}

static void look_word (struct tl_in_state *state, void *to, int len) {
  memcpy (to, (char *) state->in + state->in_pos, (size_t) len);
}

static void get_op (const long *a) {
  static const struct tl_in_methods methods = { .fetch_lookup = look_word };
  unsigned word = 0xfedcba98;
  struct tl_in_state in = { .in_type = 2, .in_methods = &methods, .in = &word, .in_remaining = (int) a[0] };
  int op = lib->default_get_op (&in);
  note ("%d, %d left, error %s", op, in.in_remaining, in.error ? in.error : "none");
  free (in.error);
}

/* ---- the pipe ---- */

static void pipes (const long *a) {
  for (long i = 0; i < a[0]; i++) {
    lib->create_main_thread_pipe ();
  }
}

static void wake (const long *a) {
  for (long i = 0; i < a[0]; i++) {
    lib->wakeup_main_thread ();
  }
  errno = 0; /* the original's tells that the pipe is full */
}

/* ---- a whole run ---- */

static const char *const lines[][5] = {
  { NULL },
  { "--multithread" },
  { "--multithread=0" },
  { "--multithread=no" },
  { "--io-threads", "3", "--cpu-threads", "2" },
  { "--tcp-iothreads", "4", "--tcp-cpu-threads=2", "--multithread" },
  { "more" },
  { "-c", "100", "-b", "7" },
  { "--unknown" },
  { "-p", "8000" },
  { "-p", "5000:5005" },
  { "-p", "80" },
  { "-6", "-p", "9000" },
  { "--disable-tcp", "-p", "9000" },
  { "--address", "127.0.0.1" },
  { "--address", "10.1.2.3" },
  { "--aes-pwd", "missing" },
  { "--daemonize=0" },
  { "--special" },
};
enum { LINES = sizeof (lines) / sizeof (lines[0]) };

#define STAGE(name)              \
  static void at_##name (void) { \
    note (#name ";");            \
  }
STAGE (pre_init)
STAGE (pre_start)
STAGE (on_exit)

static int script_result, waits;

static void at_prepare_options (void) {
  note ("prepare_options;");
  forget_crashes ();
}

static int at_script (void) {
  note ("script, by %s;", *lib->local_progname);
  return script_result;
}

static int at_waiting_exit (void) {
  note ("waits %d;", waits);
  return waits-- * 10;
}

static void at_hangup (void) {
  note ("user signal;");
}

static void on_custom (struct tl_in_state *in, void *work_) {
  note ("operation %u, %s;", *(unsigned *) in->in, work_ ? "with work" : "without work");
}

/* Another family's targets have nodes, too. */
static long long nodes_before;

/* What queries were told of: operations 7 and 9, if there are any. */
static void at_pre_loop (void) {
  static const struct tl_in_methods methods = { .fetch_lookup = look_word };
  note ("pre_loop; %lld operations, queries within %.2f s;", *lib->total_vv_tree_nodes - nodes_before,
        *lib->tl_aio_timeout);
  for (unsigned word = 7; word < 10; word++) {
    struct tl_in_state in = { .in_type = 2, .in_methods = &methods, .in = &word, .in_remaining = 4 };
    lib->__tl_query_act_custom (&in, NULL);
  }
}

/* A process that ends tells what it wrote. */
static void at_end (void) {
  fflush (stdout);
  note_file ("out");
  note_file ("err");
}

static void run_main (const long *a, bool script) {
  static struct rpc_custom_op operations[] = { { 7, on_custom }, { 9, on_custom }, { 0, NULL } };
  static char name[] = "./a-proxy";
  char *argv[8] = { name };
  int argc = 1;
  if (has_run) {
    skip ();
    return;
  }
  has_run = true;
  nodes_before = *lib->total_vv_tree_nodes;
  atexit (at_end);
  optind = 0; /* getopt_long's start: the harness has used it */
  for (int i = 0; i < 5 && lines[a[0]][i]; i++) {
    argv[argc++] = (char *) (size_t) lines[a[0]][i];
  }
  memset (&functions, 0, sizeof (functions));
  functions.FullVersionStr = "version 7";
  functions.ShortVersionStr = "seven";
  functions.prepare_parse_options = at_prepare_options;
  functions.pre_init = at_pre_init;
  functions.pre_start = at_pre_start;
  functions.pre_loop = at_pre_loop;
  functions.on_exit = at_on_exit;
  functions.cron = cron;
  functions.precise_cron = precise_cron;
  functions.custom_ops = a[1] & 1 ? operations : NULL;
  functions.flags = a[1] & 2 ? 4 : 0;
  functions.on_waiting_exit = a[1] & 4 ? at_waiting_exit : NULL;
  functions.http_functions = a[1] & 8 ? (void *) &functions : NULL;
  functions.http_type = a[1] & 16 ? (void *) &functions : NULL;
  functions.signal_handlers[SIGUSR1] = at_hangup;
  functions.run_script = script ? at_script : NULL;
  functions.cron_subclass = (int) a[1] - 2;
  waits = 3;
  script_result = (int) a[2];
  lib->signal_check_pending_and_clear (SIGINT);
  lib->signal_check_pending_and_clear (SIGTERM);
  engine_world_verbosity = *lib->verbosity;
  *lib->verbosity = 0;
  /* As many files may be open as the engine wants: it has its own way where they may not. */
  fake_account_begin (a[1] & 1 ? 0 : 1000, 0, 100000, 100000, NULL);
  fake_account_asked ();
  /* Its own name, whose place the original does not tell. */
  note ("returns %d;", lib->default_main (&functions, argc, argv));
  note ("%s; as user: %s", *lib->start_time ? "started" : "not started", fake_account_asked ());
  note_bytes ("address", *lib->server_ipv6 ? lib->server_ipv6 : (unsigned char *) "none", 4);
}

static void main_to_script (const long *a) {
  engine_world_begin (0, 0, 0, 0);
  run_main (a, true);
  engine_world_end ();
}

/* Ends the process. */
static void main_whole (const long *a) {
  static const int signals[] = { SIGUSR1, SIGHUP, 64, 63, 55, SIGPIPE };
  engine_world_begin (3 + (int) a[2], signals[a[2] % 6], 3, a[2] % 2 ? SIGTERM : SIGINT);
  run_main (a, false);
}

static void server (const long *a) {
  engine_world_begin (0, 0, 0, 0);
  engine.do_not_open_port = (int) a[0];
  engine.port = (int) a[1];
  engine.sfd = (int) a[2];
  functions.close_net_sockets = functions.close_net_sockets ? functions.close_net_sockets : nothing;
  *lib->engine_state = &engine;
  lib->server_init (NULL, NULL);
  engine_world_end ();
}

static void leave (const long *a) {
  functions.close_net_sockets = at_on_exit;
  if (!*lib->engine_state) {
    skip ();
    return;
  }
  be_the_engine ();
  if (a[0]) {
    lib->signal_set_pending ((int) a[0]);
  }
  lib->server_exit ();
}

static void again (const long *a) {
  (void) a;
  engine_world_begin (0, 0, 0, 0);
  double next = lib->update_job_stats_gw (NULL), now = *(double *) thread_local_at ("precise_now");
  engine_world_end ();
  note ("in %.3f", next - now);
}

static const struct operation operations[] = {
  { "start", start, { { "flags", 0, 63 }, { "modules", 0, 7 }, { "timeout", 0, 40 } }, 3 },
  { "timeout", set_timeout, { { "milliseconds", 1, 1000 } }, 1 },
  { "any_timeout", set_timeout, { { "milliseconds", -1, 1100 } }, 1 },
  { "handler", set_handler, { { "signal", 1, 64 }, { "allowed", 0, 65535 } }, 2 },
  { "install", install, { { 0 } }, 1 },
  { "mask", mask, { { 0 } }, 1 },
  { "version", version, { { "own", 0, 1 } }, 1 },
  { "no_engine", no_engine, { { 0 } }, 1 },
  { "extra_args", extra_args, { { "count", 0, 1 } }, 1 },
  { "foreign_option", foreign_option, { { "value", 0, 9 } }, 1 },
  { "verbosity", verbose, { { "level", 0, 3 } }, 2 },
  { "options", options, { { 0 } }, 3 },
  { "obey",
    obey,
    { { "option", 0, OPTIONS - 1 }, { "argument", 0, ARGUMENTS_OF_OPTIONS - 1 }, { "strange", 0, 9 } },
    6 },
  { "insert", insert, { { "entry", 0, ENTRIES - 1 } }, 5 },
  { "remove", take_out, { { "entry", 0, ENTRIES - 1 } }, 2 },
  { "work", work, { { "often", 0, 1 }, { "act", 0, 2 }, { "on", 0, ENTRIES - 1 } }, 5 },
  { "odd_signals", odd_signals, { { "signal", 5, 7 } }, 1 },
  { "mean", mean, { { "difference", 1, 3 } }, 1 },
  { "stats", stats, { { "lines", -1, 30 } }, 2 },
  { "get_op", get_op, { { "bytes", 0, 5 } }, 1 },
  { "pipe", pipes, { { "times", 1, 2 } }, 1 },
  { "wake", wake, { { "times", 1, 20000 } }, 1 },
  { "script", main_to_script, { { "line", 0, LINES - 1 }, { "flags", 0, 31 }, { "result", -3, 2 } }, 3 },
  { "whole", main_whole, { { "line", 0, LINES - 1 }, { "flags", 0, 31 }, { "turns", 0, 40 } }, 2 },
  { "server", server, { { "no_port", 0, 1 }, { "port", 0, 100 }, { "socket", 0, 2 } }, 1 },
  { "leave", leave, { { "signal", 0, 15 } }, 1 },
  { "again", again, { { 0 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "engine.start(0,0,0);engine.start(63,7,5);engine.timeout(1000);engine.handler(12,65535);engine.install;engine.mask;"
  "engine.version(0);engine.version(1);engine.foreign_option(3);engine.foreign_option(4);engine.no_engine;"
  "engine.foreign_option(4);engine.version(1);engine.stats(3)",
  "engine.any_timeout(0)",
  "engine.any_timeout(1001)",
  "engine.extra_args(0);engine.extra_args(1)",
  "engine.options;engine.obey(0,3,0);engine.obey(1,4,0);engine.obey(2,0,0);engine.obey(2,1,0);engine.obey(2,2,0);engine.obey(2,5,0);"
  "engine.obey(3,3,0);engine.obey(4,6,0);engine.obey(4,6,9)",
  "engine.start(0,0,0);engine.work(1,0,0);engine.insert(0);engine.insert(1);engine.insert(2);engine.work(1,0,0);engine.work(0,2,4);"
  "engine.work(0,1,0);engine.work(0,0,0);engine.remove(2)",
  "engine.start(0,0,0);engine.insert(1);engine.work(0,1,0);engine.insert(1);engine.work(0,0,0)",
  "engine.start(0,0,0);engine.insert(3);engine.insert(1);engine.remove(3);engine.work(0,0,0);engine.odd_signals(7)",
  "engine.stats(5);engine.stats(-1);engine.get_op(4);engine.get_op(3);engine.mean(2)",
  "engine.wake(1);engine.verbosity(2);engine.pipe(2);engine.wake(20000);engine.wake(1)",
  "engine.script(0,0,0)",
  "engine.verbosity(3);engine.script(1,1,2)",
  "engine.script(5,2,-3)",
  "engine.script(6,2,0)",
  "engine.script(8,2,0)",
  "engine.script(14,3,-1)",
  "engine.script(15,8,-1)",
  "engine.script(16,24,0)",
  "engine.whole(0,2,40)",
  "engine.whole(1,3,31)",
  "engine.verbosity(1);engine.whole(9,5,24)",
  "engine.whole(12,9,13)",
  "engine.whole(13,0,8)",
  "engine.whole(0,0,5)",
  "engine.server(0,5,1);engine.leave(15);engine.again",
  "engine.server(1,0,0);engine.leave(2)",
  "engine.server(0,0,1)",
  NULL,
};

const struct script_family engine_scripts = { "engine", CAN_ENGINE, operations, begin, observe, fixed };
