/*
 * The proxy under test: see proxy.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "proxy.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arguments.h"
#include "base.h"
#include "crypto.h"
#include "middle_end.h"
#include "settings.h"

enum {
  HIGH_PID = 70001, /* above 65535, the greatest that the original survives */
  READY_MS = 15000,
  FOLDER = 200,
  LOG_LINES = 8
};

static struct {
  volatile pid_t pid;
  int port, status;
  bool gone; /* by itself */
  char folder[FOLDER], secret[FOLDER + 16], config[FOLDER + 16], log[FOLDER + 16];
} proxy;

pid_t proxy_pid (void) {
  return proxy.pid;
}

int proxy_port (void) {
  return proxy.port;
}

void proxy_kill (void) {
  if (proxy.pid > 0) {
    kill (-proxy.pid, SIGKILL);
    kill (proxy.pid, SIGKILL);
  }
}

static FILE *create (const char *path) {
  FILE *f = fopen (path, "w");
  if (!f) {
    die ("%s: %s", path, strerror (errno));
  }
  return f;
}

static void remove_files (void) {
  if (!*proxy.folder) {
    return;
  }
  if (settings.keep) {
    fprintf (stderr, "proxy_load: kept %s\n", proxy.folder);
  } else {
    unlink (proxy.log);
    unlink (proxy.secret);
    unlink (proxy.config);
    rmdir (proxy.folder);
  }
  *proxy.folder = 0;
}

static void write_files (void) {
  static bool removed_at_exit; /* die() leaves from anywhere */
  if (!removed_at_exit) {
    removed_at_exit = !atexit (remove_files);
  }
  const char *tmp = getenv ("TMPDIR");
  snprintf (proxy.folder, FOLDER, "%s/proxy-load-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  if (!mkdtemp (proxy.folder)) {
    *proxy.folder = 0;
    die ("no temporary folder: %s", strerror (errno));
  }
  snprintf (proxy.secret, sizeof (proxy.secret), "%s/proxy-secret", proxy.folder);
  snprintf (proxy.config, sizeof (proxy.config), "%s/proxy.conf", proxy.folder);
  snprintf (proxy.log, sizeof (proxy.log), "%s/log", proxy.folder);
  FILE *f = create (proxy.secret);
  fwrite (rpc_secret, 1, sizeof (rpc_secret), f);
  fclose (f);
  f = create (proxy.config);
  fprintf (f, "# a stand-in middle-end on loopback\ndefault 2;\n");
  static const int data_centres[] = { 1, 2, -2 };
  for (int i = 0; i < 3; i++) {
    fprintf (f, "proxy_for %d 127.0.0.1:%d;\n", data_centres[i], middle_end_port ());
  }
  fclose (f);
}

static int free_port (void) {
  int port;
  close (listen_loopback (&port));
  return port;
}

static void become_proxy (char **words, const cpu_set_t *cpus, pid_t parent) {
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != parent) {
    _exit (127);
  }
  setpgid (0, 0);
  if (cpus) {
    sched_setaffinity (0, sizeof (*cpus), cpus);
  }
  int log = open (proxy.log, O_WRONLY | O_CREAT | O_TRUNC, 0644), null = open ("/dev/null", O_RDONLY);
  dup2 (null, 0);
  dup2 (log, 1);
  dup2 (log, 2);
  execvp (words[0], words);
  dprintf (2, "exec %s: %s\n", words[0], strerror (errno));
  _exit (127);
}

/* A process id that was chosen: nothing else on the machine changes for it. */
static pid_t fork_with_high_pid (void) {
  pid_t wanted = HIGH_PID;
  struct clone_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t) &wanted, .set_tid_size = 1 };
  pid_t pid = (pid_t) syscall (SYS_clone3, &args, sizeof (args));
  if (pid < 0) {
    die ("--high-pid: no process id %d (%s): needs root, Linux 5.5 and kernel.pid_max above it (README.md: Good to "
         "know)",
         HIGH_PID, strerror (errno));
  }
  return pid;
}

static const char *how_it_ended (void) {
  static char text[64];
  bool killed = WIFSIGNALED (proxy.status);
  snprintf (text, sizeof (text), killed ? "the proxy died of signal %d" : "the proxy exited with status %d",
            killed ? WTERMSIG (proxy.status) : WEXITSTATUS (proxy.status));
  return text;
}

bool proxy_is_gone (void) {
  if (proxy.pid > 0 && waitpid (proxy.pid, &proxy.status, WNOHANG) == proxy.pid) {
    proxy.pid = 0;
    proxy.gone = true;
    fail ("%s", how_it_ended ());
  }
  return proxy.gone;
}

static int connect_once (int port) {
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) port) };
  at.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect (fd, (struct sockaddr *) &at, sizeof (at))) {
    close (fd);
    fd = -1;
  }
  return fd;
}

/* Ready: it accepts clients, and each of its processes has its connections to the middle-end: at least four, and for a
 * quarter of a second no more have come. In the second half of the time, any number will do. */
static void wait_until_ready (int workers) {
  enum { STEP_MS = 20, CALM_STEPS = 12 };
  uint64_t start = now_ns ();
  int fd = -1, want = 4 * (workers > 1 ? workers : 1), ready = 0, calm = 0;
  while (calm <= CALM_STEPS && !has_failed () && !proxy_is_gone ()) {
    uint64_t ms = (now_ns () - start) / 1000000;
    if (ms >= READY_MS) {
      fail ("the proxy was not ready after %d s (%d connections to the middle-end)", READY_MS / 1000, ready);
    }
    if (fd < 0) {
      fd = connect_once (proxy.port);
    }
    int now_ready = middle_end_ready ();
    bool enough = fd >= 0 && now_ready >= (ms < READY_MS / 2 ? want : 1);
    calm = enough && now_ready == ready ? calm + 1 : 0;
    ready = now_ready;
    sleep_ms (STEP_MS);
  }
  if (fd >= 0) {
    close (fd);
  }
  sleep_ms (50);
}

void proxy_start (const char *command, int max_connections, const cpu_set_t *cpus) {
  write_files ();
  int stats_port, workers;
  proxy.port = free_port ();
  do {
    stats_port = free_port ();
  } while (stats_port == proxy.port);
  struct place at = { proxy.secret, proxy.config, proxy.port, stats_port, max_connections };
  char **words = proxy_arguments (command, &at, &workers);
  pid_t parent = getpid (), pid = settings.high_pid ? fork_with_high_pid () : fork ();
  if (pid < 0) {
    die ("fork: %s", strerror (errno));
  }
  if (!pid) {
    become_proxy (words, cpus, parent);
  }
  proxy.pid = pid;
  proxy.gone = false;
  wait_until_ready (workers);
}

static int add_tree (pid_t pid, pid_t *pids, int n) {
  char path[64], text[4096];
  if (n == MAX_PROCESSES) {
    return n;
  }
  pids[n++] = pid;
  snprintf (path, sizeof (path), "/proc/%d/task", (int) pid);
  DIR *tasks = opendir (path);
  for (struct dirent *d; tasks && (d = readdir (tasks));) {
    if (!isdigit ((unsigned char) d->d_name[0])) {
      continue;
    }
    snprintf (path, sizeof (path), "/proc/%d/task/%.16s/children", (int) pid, d->d_name);
    read_text (path, text, sizeof (text));
    for (char *p = text, *next;; p = next) {
      long child = strtol (p, &next, 10);
      if (next == p) {
        break;
      }
      n = add_tree ((pid_t) child, pids, n);
    }
  }
  if (tasks) {
    closedir (tasks);
  }
  return n;
}

int proxy_processes (pid_t pids[MAX_PROCESSES]) {
  return proxy.pid > 0 ? add_tree (proxy.pid, pids, 0) : 0;
}

static void end_processes (void) {
  pid_t pids[MAX_PROCESSES];
  int n = proxy_processes (pids);
  if (!n) {
    return;
  }
  kill (proxy.pid, SIGTERM);
  for (int i = 0; i < 300 && proxy.pid; i++) {
    if (waitpid (proxy.pid, &proxy.status, WNOHANG) == proxy.pid) {
      proxy.pid = 0;
    } else {
      sleep_ms (20);
    }
  }
  if (proxy.pid) {
    for (int i = 0; i < n; i++) {
      kill (pids[i], SIGKILL);
    }
    waitpid (proxy.pid, &proxy.status, 0);
    proxy.pid = 0;
  }
}

/* Prints the line of the proxy's assertion, which a backtrace follows in the log, and then the last lines of the log. */
static void print_last_lines (void) {
  static char log[1 << 20];
  size_t size = read_text (proxy.log, log, sizeof (log));
  char *p = log + size;
  for (int lines = 0; p > log && lines <= LOG_LINES; p--) {
    lines += p[-1] == '\n';
  }
  fprintf (stderr, "proxy_load: last lines of the proxy's log:\n");
  char *assertion = strstr (log, "Assertion `"), *line = assertion;
  if (assertion && assertion < p) {
    while (line > log && line[-1] != '\n') {
      line--;
    }
    fprintf (stderr, "%.*s\n...\n", (int) strcspn (line, "\n"), line);
  }
  fprintf (stderr, "%s\n", p);
}

void proxy_stop (void) {
  end_processes ();
  for (int i = 0; i < 100 && middle_end_ready (); i++) {
    sleep_ms (10);
  }
  if (has_failed ()) {
    fprintf (stderr, "proxy_load: %s\n", failure ());
    if (proxy.gone && strcmp (failure (), how_it_ended ())) { /* the connections went first */
      fprintf (stderr, "proxy_load: %s\n", how_it_ended ());
    }
    print_last_lines ();
  }
  remove_files ();
}
