/*
 * Relinking: see relink.h. The archive's objects are position independent, so `cc -shared` can make a shared object of
 * them. Symbols that they need from the program stay undefined: such functions are never called; data, which dlopen must
 * resolve, is defined in a stub, zeroed.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "relink.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine_parts.h"

static char folder[512];

static int remove_one (const char *path, const struct stat *st, int flag, struct FTW *ftw) {
  (void) st;
  (void) flag;
  (void) ftw;
  return remove (path);
}

static void remove_folder (void) {
  if (folder[0]) {
    nftw (folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    folder[0] = 0;
  }
}

/* The signal that arrived, if any. The linker gets it too (same process group) or is killed, and the folder is removed
   before the program ends. */
static volatile sig_atomic_t caught_signal;
static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
enum { ENDING_SIGNALS = sizeof (ending_signals) / sizeof (ending_signals[0]) };
static struct sigaction old_actions[ENDING_SIGNALS];

static void note_signal (int number) {
  caught_signal = number;
}

static void catch_signals (void) {
  struct sigaction action = { .sa_handler = note_signal };
  sigemptyset (&action.sa_mask);
  for (int i = 0; i < ENDING_SIGNALS; i++) {
    sigaction (ending_signals[i], &action, &old_actions[i]);
    if (old_actions[i].sa_handler == SIG_IGN) {
      sigaction (ending_signals[i], &old_actions[i], NULL);
    }
  }
}

static void release_signals (void) {
  remove_folder ();
  for (int i = 0; i < ENDING_SIGNALS; i++) {
    sigaction (ending_signals[i], &old_actions[i], NULL);
  }
  if (caught_signal) {
    raise (caught_signal);
  }
}

static void end_if_signalled (void) {
  if (caught_signal) {
    release_signals ();
    exit (2);
  }
}

enum { ARGUMENTS = 64 };

/* Splits $CC, which may hold options. */
static int compiler_words (char **argv, char *words, size_t room) {
  const char *cc = getenv ("CC");
  snprintf (words, room, "%s", cc && *cc ? cc : "cc");
  int n = 0;
  for (char *w = strtok (words, " \t"); w && n < 8; w = strtok (NULL, " \t")) {
    argv[n++] = w;
  }
  return n;
}

/* Runs the compiler with its messages in a file. */
static bool run_compiler (char **argv, const char *messages) {
  pid_t child = fork ();
  if (child == 0) {
    int fd = open (messages, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd >= 0) {
      dup2 (fd, 1);
      dup2 (fd, 2);
    }
    setenv ("TMPDIR", folder, 1);
    setenv ("LC_ALL", "C", 1);
    /* LD_PRELOAD is meant for the library under test, not for the compiler. */
    unsetenv ("LD_PRELOAD");
    execvp (argv[0], argv);
    _exit (127);
  }
  int status = -1;
  while (child > 0 && waitpid (child, &status, 0) < 0 && errno == EINTR) {
    if (caught_signal) {
      kill (child, SIGTERM);
    }
  }
  end_if_signalled ();
  if (child > 0 && WIFEXITED (status) && WEXITSTATUS (status) == 127) {
    char name[200];
    snprintf (name, sizeof (name), "%s", argv[0]);
    release_signals ();
    refuse ("no C compiler: '%s' not found (set CC=...)", name);
  }
  return child > 0 && WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

/* Prints the linker's first line that names the cause, or else its first line. */
static void complain (const char *role, const char *archive, const char *messages) {
  static const char *const causes[] = { "multiple definition", "relocation", "cannot find", "incompatible", "error:" };
  char line[1000], first[1000] = "", cause[1000] = "";
  FILE *f = fopen (messages, "r");
  while (f && fgets (line, sizeof (line), f)) {
    line[strcspn (line, "\n")] = 0;
    if (!first[0]) {
      memcpy (first, line, sizeof (first));
    }
    for (size_t i = 0; !cause[0] && i < sizeof (causes) / sizeof (causes[0]); i++) {
      if (strstr (line, causes[i])) {
        memcpy (cause, line, sizeof (cause));
      }
    }
  }
  if (f) {
    fclose (f);
  }
  release_signals ();
  refuse ("%s: %s cannot be linked as a shared object: %s%s", role, archive, cause[0] ? cause : first,
          strstr (cause, "multiple definition") ? " (build the proxy with -fcommon, as gcc before 10 did)" : "");
}

/* The libraries that the proxy is linked with, and smaller sets for machines that lack some. */
static const char *const libraries[][6] = {
  { "-lcrypto", "-lz", "-lm", "-lpthread", "-lrt" },
  { "-lcrypto", "-lm", "-lpthread" },
  { "-lm", "-lpthread" },
};

static bool link_once (const char *archive, const char *parts, const char *stub, const char *out, const char *messages,
                       int set) {
  char words[1000], *argv[ARGUMENTS];
  int n = compiler_words (argv, words, sizeof (words));
  const char *const fixed[] = { "-shared",
                                "-fPIC",
                                "-o",
                                out,
                                "-Wl,--whole-archive",
                                archive,
                                "-Wl,--no-whole-archive",
                                parts,
                                stub,
                                "-Wl,-z,lazy",
                                "-Wl,--no-as-needed" };
  for (size_t i = 0; i < sizeof (fixed) / sizeof (fixed[0]); i++) {
    argv[n++] = (char *) (size_t) fixed[i];
  }
  for (int i = 0; i < 6 && libraries[set][i]; i++) {
    argv[n++] = (char *) (size_t) libraries[set][i];
  }
  argv[n] = NULL;
  return run_compiler (argv, messages);
}

/* If dlopen reported "… undefined symbol: NAME", adds a definition of NAME to the stub. */
static bool add_to_stub (const char *stub, const char *error) {
  const char *at = error ? strstr (error, "undefined symbol: ") : NULL;
  if (!at) {
    return false;
  }
  at += strlen ("undefined symbol: ");
  int len = (int) strspn (at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
  FILE *f = fopen (stub, "a");
  if (f) {
    fprintf (f, "char %.*s[65536] __attribute__ ((aligned (64)));\n", len, at);
    fclose (f);
  }
  return f != NULL && len > 0;
}

static void write_text (const char *path, const char *text) {
  FILE *f = fopen (path, "w");
  if (f) {
    fputs (text, f);
    fclose (f);
  }
}

#define TEXT(...) TEXT_OF (__VA_ARGS__)
#define TEXT_OF(...) #__VA_ARGS__

void *relink_and_load (const char *role, const char *archive, char *loaded, size_t room, bool *with_crypto) {
  const char *tmp = getenv ("TMPDIR");
  catch_signals ();
  if (snprintf (folder, sizeof (folder), "%s/mtproxy-differential-XXXXXX", tmp && *tmp ? tmp : "/tmp") >= 400 ||
      !mkdtemp (folder)) {
    folder[0] = 0;
    release_signals ();
    refuse ("no temporary folder: %s", strerror (errno));
  }
  char parts[600], stub[600], messages[600], error[500] = "";
  snprintf (parts, sizeof (parts), "%s/host_parts.c", folder);
  snprintf (stub, sizeof (stub), "%s/host_data.c", folder);
  snprintf (messages, sizeof (messages), "%s/messages", folder);
  snprintf (loaded, room, "%s/original.so", folder);
  /* Two files: what the parts declare may be data that the stub defines. */
  write_text (parts, TEXT (ENGINE_PARTS) "\n");
  write_text (stub, "typedef int no_data_yet;\n");
  int set = 0;
  while (!link_once (archive, parts, stub, loaded, messages, set)) {
    if (++set == (int) (sizeof (libraries) / sizeof (libraries[0]))) {
      complain (role, archive, messages);
    }
  }
  *with_crypto = set < 2;
  void *handle = NULL;
  for (int round = 0; round < 64 && !(handle = dlopen (loaded, RTLD_LAZY | RTLD_LOCAL)); round++) {
    snprintf (error, sizeof (error), "%s", dlerror ());
    if (!add_to_stub (stub, error)) {
      break;
    }
    if (!link_once (archive, parts, stub, loaded, messages, set)) {
      complain (role, archive, messages);
    }
  }
  release_signals ();
  if (!handle) {
    refuse ("%s: %s cannot be loaded: %s", role, archive, error);
  }
  return handle;
}
