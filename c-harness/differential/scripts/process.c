/*
 * The process: its user, its limit of open files, its signal handlers, and what is printed at a crash. The accounts and the
 * limit are the script's own (fake_account.h); the signals are this process's.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "fake_account.h"
#include "interpose.h"
#include "script.h"

static const char *const users[] = { NULL, "", "mtproxy", "nobody", "stranger" };
static const char *const groups[] = { NULL, "wheel", "strangers", "" };

static void root (const long *a) {
  static const char *const calls[] = { NULL,     "setgroups", "initgroups", "setgid",
                                       "setuid", "getrlimit", "setrlimit",  "getpwnam" };
  fake_account_begin ((unsigned) a[0] & 1, (unsigned) a[0] >> 1, (unsigned long long) a[2],
                      (unsigned long long) a[2] * 2, calls[a[1]]);
}

static void note_asked (void) {
  note ("asked %s", fake_account_asked ());
}

static void user (const long *a) {
  note ("%d", lib->change_user (users[a[0]]));
  note_asked ();
}

static void user_and_group (const long *a) {
  note ("%d", lib->change_user_group (users[a[0]], groups[a[1]]));
  note_asked ();
}

static void files (const long *a) {
  note ("%d", lib->raise_file_rlimit ((int) a[0]));
  note_asked ();
}

/* ---- signals ---- */

static const int signals[] = { SIGUSR1, SIGUSR2, SIGHUP, SIGSEGV, SIGKILL, 0, -1, 100 };

static void simple (int number) {
  note ("signal %d", number);
}

static void detailed (int number, siginfo_t *info, void *context) {
  note ("signal %d with %d and %s", number, info->si_signo, context ? "a context" : "none");
}

/* SA_RESTORER, which libc adds on x86-64 only. */
static const unsigned ADDED_BY_LIBC = 0x04000000;

static void note_handler (int number) {
  struct sigaction action;
  if (sigaction (number, NULL, &action) < 0) {
    note ("no handler");
    return;
  }
  int blocked = 0;
  for (int i = 1; i < 32; i++) {
    blocked += sigismember (&action.sa_mask, i);
  }
  void (*handler) (int) = action.sa_handler;
  note ("%s, flags %x, %d blocked",
        handler == SIG_DFL                                                                ? "default"
        : handler == SIG_IGN                                                              ? "ignored"
        : handler == simple                                                               ? "simple"
        : action.sa_sigaction == detailed                                                 ? "detailed"
        : calls_same ((void *) action.sa_sigaction, (void *) lib->extended_debug_handler) ? "the library's"
                                                                                          : "another",
        (unsigned) action.sa_flags & ~ADDED_BY_LIBC, blocked);
}

static void install (const long *a) {
  static void (*const handlers[]) (int) = { SIG_DFL, SIG_IGN, simple };
  int number = signals[a[0]];
  catch_stderr_begin ();
  lib->ksignal (number, handlers[a[1]]);
  size_t len;
  const char *text = catch_stderr_end (&len);
  note_bytes ("wrote", text, len);
  note_handler (number);
  if (a[1] == 2 && a[0] < 3) {
    raise (number);
  }
}

/* Ends the process where there is no such signal. */
static void install_detailed (const long *a) {
  int number = signals[a[0]];
  lib->ksignal_ex (number, detailed);
  note_handler (number);
  if (a[0] < 3) {
    raise (number);
  }
}

static void handlers (const long *a) {
  (void) a;
  lib->set_debug_handlers ();
  static const int crashes[] = { SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL };
  for (size_t i = 0; i < sizeof (crashes) / sizeof (crashes[0]); i++) {
    note_handler (crashes[i]);
  }
  note ("%s", *lib->debug_main_pthread_id == pthread_self () ? "this thread" : "another thread");
}

/* Ends the process, with the stack on stderr, which differs. */
static void crash (const long *a) {
  if (a[0]) {
    lib->extended_debug_handler (SIGUSR1, NULL, NULL);
  } else {
    raise (SIGFPE);
  }
}

/* The addresses go elsewhere: C writes them in its own way. */
static void stack (const long *a) {
  (void) a;
  int kept = dup (2), null = open ("/dev/null", O_WRONLY);
  size_t len;
  dup2 (null, 2);
  catch_stderr_begin ();
  lib->print_backtrace ();
  const char *text = catch_stderr_end (&len);
  dup2 (kept, 2);
  close (kept);
  close (null);
  /* Which version follows differs. */
  const char *end = memmem (text, len, "-------------------------------\n", 32);
  const char *rule =
      end ? memmem (end + 32, len - (size_t) (end + 32 - text), "-------------------------------\n", 32) : NULL;
  end = rule ? rule : end;
  /* The rule is missing where it could not be written. */
  const char *version = memmem (text, len, lib->get_version_string (), strlen (lib->get_version_string ()));
  const char *cut = end ? end : version ? version : text + len;
  note_bytes ("wrote", text, (size_t) (cut - text));
  note ("%s", lib->get_version_string () && end ? "a version" : "none");
}

/* From another thread than the noted one it ends the process. */
static void stop_main (const long *a) {
  (void) a;
  lib->kill_main ();
  while (*lib->debug_main_pthread_id && *lib->debug_main_pthread_id != pthread_self ()) {
    pause ();
  }
}

static void weak_ones (const long *a) {
  lib->queries_log_store (NULL, (int) a[0], 1, 2, 3);
}

static const struct operation operations[] = {
  { "root", root, { { "who", 0, 3 }, { "fails", 0, 7 }, { "files", 0, 3000 } }, 6 },
  { "user", user, { { "user", 0, 4 } }, 6 },
  { "user_group", user_and_group, { { "user", 0, 4 }, { "group", 0, 3 } }, 8 },
  { "files", files, { { "files", -3, 6000 } }, 6 },
  { "signal", install, { { "signal", 0, 7 }, { "handler", 0, 2 } }, 6 },
  { "signal_ex", install_detailed, { { "signal", 0, 7 } }, 2 },
  /* After it, a crash of another thread ends the process in one of two ways. */
  { "handlers", handlers, { { 0 } }, BY_HAND },
  { "crash", crash, { { "handler", 0, 1 } }, 1 },
  { "stack", stack, { { 0 } }, 1 },
  { "kill_main", stop_main, { { 0 } }, 1 },
  { "weak", weak_ones, { { "number", 0, 9 } }, 1 },
  { 0 },
};

static void begin (void) {
  fake_account_begin (0, 0, 1024, 4096, NULL);
}

static const char *const fixed[] = {
  "process.root(0,0,100);process.user(0);process.user(3);process.user(4);process.user_group(1,0);process.user_group(3,1);"
  "process.user_group(2,2);process.root(3,0,100);process.user(2);process.user_group(2,1);process.root(1,0,5);process.user_group(2,3)",
  "process.root(0,1,9);process.user(2);process.user_group(2,1);process.root(0,2,9);process.user(2);process.root(0,3,9);process.user(2);"
  "process.user_group(2,1);process.root(0,4,9);process.user(2);process.user_group(2,1);process.root(2,7,9);process.user(2)",
  "process.root(0,0,100);process.files(100);process.files(101);process.files(3000);process.files(-1);process.root(0,5,100);"
  "process.files(300);process.root(0,6,100);process.files(99);process.files(300)",
  "process.signal(0,2);process.signal_ex(1);process.signal(4,2);process.signal(5,0);process.signal(0,1);process.signal(0,0);process.signal_ex(7)",
  "process.stack;process.handlers;process.stack@1;process.kill_main;process.crash(0)",
  "process.handlers;process.kill_main@1",
  "process.crash(1)",
  "process.handlers@2;process.weak(1);process.signal(3,0)",
  NULL,
};

const struct script_family process_scripts = { "process", CAN_PROCESS, operations, begin, NULL, fixed };
