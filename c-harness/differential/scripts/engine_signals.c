/*
 * Signals that wait for the engine, the handlers that note them, and the host's functions that are called later.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "engine_host.h"
#include "handlers.h"
#include "script.h"

enum { LAST = 64 };

static server_functions_t functions;
static engine_t engine = { .F = &functions };
/* What a host's function does besides telling that it was called: it makes these signals wait. */
static long again;

static void handle (int number) {
  note ("handles %d", number);
  if (again) {
    lib->signal_set_pending ((int) again);
    lib->signal_set_pending (number);
  }
}

#define ONE(n)                    \
  static void handle_##n (void) { \
    handle (n);                   \
  }
#define NINE(each, t) \
  each (t##1) each (t##2) each (t##3) each (t##4) each (t##5) each (t##6) each (t##7) each (t##8) each (t##9)
#define TEN(each, t) each (t##0) NINE (each, t)
#define ALL(each) \
  NINE (each, )   \
  TEN (each, 1)   \
  TEN (each, 2) TEN (each, 3) TEN (each, 4) TEN (each, 5) each (60) each (61) each (62) each (63) each (64)
ALL (ONE)

static void begin (void) {
#define ROW(n) functions.signal_handlers[n] = handle_##n;
  ALL (ROW)
  *lib->engine_state = &engine;
}

static const char *name_of (void (*handler) (int)) {
  const char *name = handler_name (handler);
  return handler == SIG_DFL ? "default" : handler == SIG_IGN ? "ignored" : name ? name : "another";
}

static void observe (void) {
  struct sigaction interrupt, terminate;
  for (int i = 1; i <= LAST; i++) {
    if (lib->signal_check_pending (i)) {
      note ("waits %d", i);
    }
  }
  sigaction (SIGINT, NULL, &interrupt);
  sigaction (SIGTERM, NULL, &terminate);
  note ("%s, %s, %s", name_of (interrupt.sa_handler), name_of (terminate.sa_handler),
        lib->interrupt_signal_raised () ? "ending" : "running");
}

static void set (const long *a) {
  lib->signal_set_pending ((int) a[0]);
}

static void take (const long *a) {
  note ("%d", lib->signal_check_pending_and_clear ((int) a[0]));
}

static void process (const long *a) {
  static const unsigned long long sets[] = { ~0ull, 0, 1, 0x4206, 0x8000000000000001, 0xffffffff00000000 };
  functions.allowed_signals = sets[a[0]];
  note ("%d", lib->engine_process_signals ());
}

static void make_wait (const long *a) {
  again = a[0];
}

/* A signal without a function ends the process once it is allowed and waits. */
static void forget (const long *a) {
  functions.signal_handlers[a[0]] = NULL;
}

static void (*handler (long which)) (int) {
  void (*const handlers[]) (int) = { lib->default_signal_handler,   lib->quiet_signal_handler,
                                     lib->empty_signal_handler,     lib->sigint_handler,
                                     lib->sigterm_handler,          lib->sigint_immediate_handler,
                                     lib->sigterm_immediate_handler };
  return handlers[which];
}
enum { HANDLERS = 7 };

static void call (const long *a) {
  handler (a[0]) ((int) a[1]);
}

/* As the engine does: SIGINT and SIGTERM go to the handler. */
static void install (const long *a) {
  signal (SIGINT, handler (a[0]));
  signal (SIGTERM, handler (a[1]));
}

static void raise_it (const long *a) {
  int number = a[0] ? SIGTERM : SIGINT;
  struct sigaction action;
  sigaction (number, NULL, &action);
  if (action.sa_handler == SIG_DFL) {
    skip ();
  } else {
    raise (number);
  }
}

static void verbose (const long *a) {
  *lib->verbosity = (int) a[0];
}

static void tell_terminal (void) {
  note ("the terminal's attributes are set");
}

/* A host's own function is called at the end. */
static void terminal (const long *a) {
  (void) a;
  on_terminal_attributes = tell_terminal;
}

static const struct operation operations[] = {
  { "set", set, { { "signal", -2, LAST + 2 } }, 8 },
  { "take", take, { { "signal", -2, LAST + 2 } }, 4 },
  { "process", process, { { "allowed", 0, 5 } }, 6 },
  { "make_wait", make_wait, { { "signal", 0, LAST } }, 2 },
  { "forget", forget, { { "signal", 1, LAST } }, 1 },
  { "call", call, { { "handler", 0, HANDLERS - 1 }, { "signal", 1, 120 } }, 4 },
  { "install", install, { { "int", 0, HANDLERS - 1 }, { "term", 0, HANDLERS - 1 } }, 2 },
  { "raise", raise_it, { { "term", 0, 1 } }, 3 },
  { "verbosity", verbose, { { "level", 0, 2 } }, 1 },
  { "terminal", terminal, { { 0 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "engine_signals.set(12);engine_signals.set(64);engine_signals.set(2);engine_signals.set(1);engine_signals.process(3);"
  "engine_signals.process(0);engine_signals.process(0)",
  "engine_signals.make_wait(3);engine_signals.set(5);engine_signals.process(0);engine_signals.make_wait(0);engine_signals.process(0)",
  "engine_signals.install(3,4);engine_signals.raise(0);engine_signals.terminal;engine_signals.raise(0)",
  "engine_signals.install(3,4);engine_signals.raise(1);engine_signals.take(15);engine_signals.raise(1)",
  "engine_signals.call(0,10);engine_signals.call(1,12);engine_signals.verbosity(1);engine_signals.call(1,64);engine_signals.call(2,1)",
  "engine_signals.set(9);engine_signals.forget(9);engine_signals.process(1);engine_signals.process(0)",
  NULL,
};

const struct script_family engine_signals_scripts = { "engine_signals", CAN_ENGINE_SIGNALS,
                                                      operations,       begin,
                                                      observe,          fixed };
