/*
 * The engine's own port, what is spoken there, and the options about the network. The sockets, and all that these are handed to, are
 * the script's: it tells what it was asked for.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "engine_host.h"
#include "script.h"

static engine_t engine;
/* Sockets of ports from here on can be opened. */
static int first_free_port;
static char http_type, http_functions;

static int open_socket (int port, unsigned address, int backlog, int mode) {
  struct in_addr in = { address };
  note ("listens on %s port %d, backlog %d, mode %d", inet_ntoa (in), port, backlog, mode);
  if (port < first_free_port) {
    errno = EACCES;
    return -1;
  }
  return open ("/dev/null", O_RDONLY);
}

static void serve (void *type, void *methods) {
  note ("serves %s with %s", type == (void *) lib->ct_tcp_rpc_server ? "rpc" : "something else",
        methods == (void *) lib->default_engine_tcp_rpc_methods ? "the engine's methods" : "others");
}

static void tell (const char *name, long a, long b) {
  note ("%s %ld %ld", name, a, b);
}

static void begin (void) {
  *lib->engine_state = &engine;
  engine.modules = 0x10;
  engine.sfd = -1;
  on_server_socket = open_socket;
  on_server_init = serve;
  on_network_call = tell;
}

static const char *name_of (const void *p) {
  return !p                                                 ? "-"
         : calls_same (p, lib->default_tl_tcp_rpcs_execute) ? "execute"
         : calls_same (p, lib->server_check_ready)          ? "ready"
         : calls_same (p, lib->tcp_rpc_flush_packet)        ? "flush"
         : calls_same (p, lib->tcp_rpcs_default_check_perm) ? "perm"
         : calls_same (p, lib->tcp_rpcs_init_crypto)        ? "crypto"
         : calls_same (p, lib->default_tl_close_conn)       ? "close"
         : p == &http_type                                  ? "http"
         : p == &http_functions                             ? "http functions"
         : p == &engine                                     ? "the script's"
                                                            : "unknown";
}

static void observe (void) {
  struct in_addr in = { engine.settings_addr };
  const struct tcp_rpc_server_functions *m = lib->default_engine_tcp_rpc_methods;
  note ("port %d, %d to %d, backlog %d, at most %d, modules %llx, address %s, file %s", engine.port, engine.start_port,
        engine.end_port, engine.backlog, engine.maxconn, engine.modules, inet_ntoa (in),
        engine.aes_pwd_file ? engine.aes_pwd_file : "none");
  note ("socket %s", engine.sfd < 0 ? "none" : fcntl (engine.sfd, F_GETFD) < 0 ? "closed" : "open");
  errno = 0;
  note ("methods %s %s %s %s %s %s %s %s %s %s %s %s %d %d %s %s %s %s", name_of (m->info), name_of (m->rpc_extra),
        name_of ((void *) m->execute), name_of ((void *) m->check_ready), name_of ((void *) m->flush_packet),
        name_of ((void *) m->rpc_check_perm), name_of ((void *) m->rpc_init_crypto), name_of (m->nop),
        name_of ((void *) m->rpc_wakeup), name_of ((void *) m->rpc_alarm), name_of ((void *) m->rpc_ready),
        name_of ((void *) m->rpc_close), m->max_packet_len, m->mode_flags, name_of (m->memcache_fallback_type),
        name_of (m->memcache_fallback_extra), name_of (m->http_fallback_type), name_of (m->http_fallback_extra));
}

/* ---- the port ---- */

static void ports_from (const long *a) {
  first_free_port = (int) a[0];
}

static void open_port (const long *a) {
  note ("%d", lib->try_open_port ((int) a[0], (int) a[1]));
}

static void open_range (const long *a) {
  note ("%d", lib->try_open_port_range (90, 90 + (int) a[0], (int) a[1], (int) a[2], 0));
}

static void open_range_or_end (const long *a) {
  note ("%d", lib->try_open_port_range ((int) a[0], (int) a[1], 3, 1, 1));
}

static void set_ports (const long *a) {
  engine.port = (int) a[0];
  engine.start_port = (int) a[1];
  engine.end_port = (int) a[2];
}

/* Ends the process where no port opens. */
static void open_asked (const long *a) {
  (void) a;
  lib->engine_do_open_port ();
}

static void close_port (const long *a) {
  (void) a;
  lib->default_close_network_sockets ();
}

static void port_mod (const long *a) {
  (void) a;
  note ("%d", lib->get_port_mod ());
}

static void verbose (const long *a) {
  *lib->verbosity = (int) a[0];
}

/* ---- what is spoken there ---- */

static void methods (const long *a) {
  struct tcp_rpc_server_functions m = { .info = a[0] & 1 ? &engine : NULL, .rpc_extra = a[0] & 2 ? &http_type : NULL };
  m.max_packet_len = (int) a[0];
  m.mode_flags = (int) a[0] / 2;
  m.http_fallback_extra = &engine;
  lib->engine_set_tcp_methods (&m);
}

static void fallback (const long *a) {
  lib->engine_set_http_fallback (a[0] ? (void *) &http_type : NULL, a[1] ? (void *) &http_functions : NULL);
}

static void server (const long *a) {
  (void) a;
  lib->engine_server_init ();
}

static void most (const long *a) {
  lib->set_maxconn ((int) a[0]);
}

/* ---- options ---- */

enum { OPTIONS = 13 };

static struct option_row {
  int value, has_argument;
  int (*obey) (int value);
} options[OPTIONS];
static int known;

/* The table is the library's own. */
static void add_options (const long *a) {
  (void) a;
  known = 0;
  *lib->engine_parse_options_num = 0;
  lib->engine_add_net_parse_options ();
  for (; known < OPTIONS && known < *lib->engine_parse_options_num; known++) {
    struct engine_parse_option *o = *lib->engine_parse_options + known;
    note ("--%s %d %d %x %s;", o->longopts[0], o->arg, o->base_val, o->flags, o->help);
    options[known] = (struct option_row) { o->base_val, o->arg, o->func };
  }
}

/* An empty argument is not among those of --port: the original takes what lies on its stack. */
static const char *const arguments[] = {
  "0",
  "7",
  "-3",
  "12x",
  "5:3",
  "5:9",
  "0:3",
  "x",
  "80:",
  ":80",
  "443:444:445",
  " 12: 13",
  "+5:+6",
  "70000",
  "4294967297",
  "127.0.0.1",
  "10.1.2.3",
  "127.0.0.1.1",
  "::1",
  "a/file",
  "1:2",
  "1 :2",
  "-",
  "99999999999999999999",
  "5:99999999999999999999",
};
enum { ARGUMENTS_OF_OPTIONS = sizeof (arguments) / sizeof (arguments[0]) };

/* Wrong arguments end the process. */
static void obey (const long *a) {
  if (!known) {
    skip ();
    return;
  }
  struct option_row *o = &options[a[0] % known];
  optarg = o->has_argument ? (char *) (size_t) arguments[a[1]] : NULL;
  on_usage = NULL; /* the original goes on with what it did not read */
  note ("%d", o->obey (o->value));
}

static void obey_unknown (const long *a) {
  if (known) {
    note ("%d", options[0].obey ((int) a[0]));
  } else {
    skip ();
  }
}

static const struct operation operations[] = {
  { "ports_from", ports_from, { { "port", 0, 120 } }, 4 },
  { "open", open_port, { { "port", 0, 130 }, { "or_end", 0, 1 } }, 4 },
  { "open_range", open_range, { { "length", -1, 30 }, { "modulus", 0, 7 }, { "remainder", -1, 20 } }, 4 },
  { "open_range_or_end", open_range_or_end, { { "first", 90, 120 }, { "last", 90, 130 } }, 1 },
  { "ports", set_ports, { { "port", -1, 1100 }, { "first", 0, 1100 }, { "last", 0, 1200 } }, 3 },
  { "open_asked", open_asked, { { 0 } }, 3 },
  { "close", close_port, { { 0 } }, 4 },
  { "port_mod", port_mod, { { 0 } }, 1 },
  { "verbosity", verbose, { { "level", 0, 2 } }, 1 },
  { "methods", methods, { { "which", 0, 9 } }, 2 },
  { "fallback", fallback, { { "type", 0, 1 }, { "functions", 0, 1 } }, 2 },
  { "server", server, { { 0 } }, 1 },
  { "most", most, { { "connections", -2, 100000 } }, 2 },
  { "options", add_options, { { 0 } }, 3 },
  { "obey", obey, { { "option", 0, OPTIONS - 1 }, { "argument", 0, ARGUMENTS_OF_OPTIONS - 1 } }, 8 },
  { "obey_unknown", obey_unknown, { { "value", 374, 400 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "engine_net.open(80,1);engine_net.close;engine_net.close;engine_net.ports_from(100);engine_net.verbosity(1);engine_net.open(80,0);"
  "engine_net.open(80,1)",
  "engine_net.ports_from(97);engine_net.open_range(20,0,0);engine_net.open_range(20,5,3);engine_net.open_range(3,5,3);"
  "engine_net.open_range_or_end(90,96)",
  "engine_net.ports(80,0,0);engine_net.open_asked;engine_net.ports(0,1000,1100);engine_net.open_asked;engine_net.ports(1100,1,9);"
  "engine_net.open_asked",
  "engine_net.methods(3);engine_net.fallback(1,1);engine_net.server;engine_net.most(0);engine_net.most(70000);engine_net.port_mod",
  "engine_net.options;engine_net.obey(0,3);engine_net.obey(1,2);engine_net.obey(2,5);engine_net.obey(2,14);engine_net.obey(3,19);"
  "engine_net.obey(3,20);engine_net.obey(4,0);engine_net.obey(5,0);engine_net.open(80,1);engine_net.obey(6,0);engine_net.obey(7,0);"
  "engine_net.obey(8,0);engine_net.obey(9,1);engine_net.obey(10,1);engine_net.obey(11,20);engine_net.obey(12,16);engine_net.obey_unknown(390)",
  "engine_net.options;engine_net.obey(11,2)",
  "engine_net.options;engine_net.obey(12,17)",
  "engine_net.options;engine_net.obey(2,7)",
  "engine_net.options;engine_net.obey(2,4)",
  NULL,
};

const struct script_family engine_net_scripts = { "engine_net", CAN_ENGINE_NET, operations, begin, observe, fixed };
