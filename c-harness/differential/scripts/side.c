/*
 * A side: a process that loads one library, and forks a child for each script. The child's notes are in shared memory, so
 * that they survive if it ends in the middle of a step.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "crash.h"
#include "relink.h"
#include "script.h"

/* In seconds. A script that takes longer counts as hanging. */
enum { PATIENCE = 20 };

struct shared {
  char script[SCRIPT_TEXT];
  bool legacy, lacks[ABILITIES];
  enum fault_group fault;
  unsigned long fault_number;
  struct fault_counts faults;
  size_t len;
  char log[SCRIPT_LOG];
};

bool sides_with_faults;

struct side {
  struct side *next;
  pid_t process;
  int to, from;
  struct shared *shared;
};

static struct side *sides;

/* ---- in the side's process ---- */

static int remove_one (const char *path, const struct stat *st, int flag, struct FTW *ftw) {
  (void) st;
  (void) flag;
  return ftw->level ? remove (path) : 0;
}

/* Removes everything in the working directory, which belongs to the scripts; some make folders. */
static void empty_folder (void) {
  nftw (".", remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void redirect (int fd, const char *path) {
  int file = open (path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
  if (file < 0 || dup2 (file, fd) < 0) {
    _exit (3);
  }
  close (file);
}

static void be_child (struct provider *p, struct shared *shared) {
  struct rlimit none = { 0, 0 };
  struct script script;
  char why[200];
  setrlimit (RLIMIT_CORE, &none);
  signal (SIGALRM, SIG_DFL);
  alarm (PATIENCE);
  empty_folder ();
  redirect (1, "out");
  redirect (2, "err");
  if (!script_parse (&script, shared->script, why, sizeof (why))) {
    _exit (3);
  }
  if (sides_with_faults) {
    faults_begin (&shared->faults, shared->fault, shared->fault_number);
  }
  script_execute (p, &script, shared->log, sizeof (shared->log) - 64, &shared->len);
  _exit (0);
}

static void run_script (struct provider *p, struct shared *shared) {
  static const struct {
    int number;
    const char *name;
  } ends[] = { { SIGABRT, "aborts" },  { SIGSEGV, "crashes" },        { SIGBUS, "crashes" }, { SIGILL, "crashes" },
               { SIGTRAP, "crashes" }, { SIGFPE, "divides by zero" }, { SIGALRM, "hangs" },  { SIGKILL, "is killed" } };
  int status = 0;
  const char *end = "fails";
  shared->len = 0;
  pid_t child = fork ();
  if (child == 0) {
    be_child (p, shared);
  }
  while (child > 0 && waitpid (child, &status, 0) < 0 && errno == EINTR) {
  }
  for (size_t i = 0; WIFSIGNALED (status) && i < sizeof (ends) / sizeof (ends[0]); i++) {
    end = WTERMSIG (status) == ends[i].number ? ends[i].name : end;
  }
  bool whole = !shared->len || shared->log[shared->len - 1] == '\n';
  char *at = shared->log + shared->len;
  if (WIFEXITED (status) && (!WEXITSTATUS (status) && whole)) {
    sprintf (at, "= end\n");
  } else if (WIFEXITED (status)) {
    sprintf (at, "%s= exits with %d\n", whole ? "" : "\n", WEXITSTATUS (status));
  } else {
    sprintf (at, "%s= %s\n", whole ? "" : "\n", end);
  }
}

/* Closes the other sides' pipes, which would otherwise stay open after the program ends. */
static void leave_others (void) {
  for (struct side *s = sides; s; s = s->next) {
    close (s->to);
    close (s->from);
  }
}

static void be_side (const char *role, const char *library, struct shared *shared, int in, int out) {
  static struct provider p;
  const char *tmp = getenv ("TMPDIR");
  char folder[600], byte = 0;
  crash_default ();
  leave_others ();
  provider_open (&p, role, library, NULL);
  if (!strcmp (role, "OURS")) {
    calls_count (&p);
  }
  if (sides_with_faults) {
    faults_watch (p.handle);
  }
  shared->legacy = p.abi == &legacy_abi;
  for (int i = 0; i < ABILITIES; i++) {
    shared->lacks[i] = p.lacks[i] != NULL;
  }
  snprintf (folder, sizeof (folder), "%.500s/mtproxy-scripts-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  /* The end of the program closes the pipe; then this process removes the folder. */
  signal (SIGINT, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  signal (SIGPIPE, SIG_IGN);
  if (!mkdtemp (folder) || chdir (folder) < 0) {
    refuse ("no temporary folder: %s", strerror (errno));
  }
  do {
    if (byte) {
      run_script (&p, shared);
    }
    byte = 1;
    if (write (out, &byte, 1) != 1) {
      break;
    }
  } while (read (in, &byte, 1) == 1);
  empty_folder ();
  rmdir (folder);
  _exit (0);
}

/* ---- in the program ---- */

static void await (struct side *s) {
  char byte;
  ssize_t n;
  while ((n = read (s->from, &byte, 1)) < 0 && errno == EINTR) {
  }
  if (n != 1) {
    exit (2); /* the side has printed the reason */
  }
}

struct side *side_start (const char *role, const char *library) {
  struct side *s = calloc (1, sizeof (*s));
  int to[2], from[2];
  void *shared = mmap (NULL, sizeof (*s->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (!s || shared == MAP_FAILED || pipe2 (to, O_CLOEXEC) < 0 || pipe2 (from, O_CLOEXEC) < 0) {
    refuse ("scripts: %s", strerror (errno));
  }
  fflush (NULL);
  s->shared = shared;
  s->shared->fault = NO_FAULT;
  s->process = fork ();
  if (s->process < 0) {
    refuse ("scripts: %s", strerror (errno));
  }
  if (s->process == 0) {
    close (to[1]);
    close (from[0]);
    be_side (role, library, s->shared, to[0], from[1]);
  }
  close (to[0]);
  close (from[1]);
  s->to = to[1];
  s->from = from[0];
  s->next = sides;
  sides = s;
  await (s);
  return s;
}

void side_stop (struct side *s) {
  struct side **at = &sides;
  while (*at != s) {
    at = &(*at)->next;
  }
  *at = s->next;
  close (s->to);
  close (s->from);
  waitpid (s->process, NULL, 0);
  munmap (s->shared, sizeof (*s->shared));
  free (s);
}

bool side_legacy (const struct side *s) {
  return s->shared->legacy;
}

bool side_lacks (const struct side *s, enum ability needs) {
  return s->shared->lacks[needs];
}

static void ask (struct side *s, const char *script) {
  char byte = 1;
  snprintf (s->shared->script, sizeof (s->shared->script), "%s", script);
  if (write (s->to, &byte, 1) != 1) {
    refuse ("scripts: a side is gone");
  }
}

const char *side_run (struct side *s, const char *script) {
  ask (s, script);
  await (s);
  return s->shared->log;
}

const char *side_run_failing (struct side *s, const char *script, enum fault_group group, unsigned long number) {
  s->shared->fault = group;
  s->shared->fault_number = number;
  const char *log = side_run (s, script);
  s->shared->fault = NO_FAULT;
  return log;
}

const struct fault_counts *side_faults (const struct side *s) {
  return &s->shared->faults;
}

void sides_run (struct side *a, struct side *b, const char *script, const char **log_a, const char **log_b) {
  ask (a, script);
  ask (b, script);
  await (a);
  await (b);
  *log_a = a->shared->log;
  *log_b = b->shared->log;
}
