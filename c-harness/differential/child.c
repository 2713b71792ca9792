/*
 * Calls that may abort or never return, made in a child process.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "function.h"

enum child_end run_in_child (void (*f) (void *), void *arg, int milliseconds) {
  fflush (NULL);
  pid_t child = fork ();
  if (child < 0) {
    perror ("mtproxy-differential: fork");
    exit (2);
  }
  if (child == 0) {
    struct rlimit none = { 0, 0 };
    setrlimit (RLIMIT_CORE, &none);
    int fd = open ("/dev/null", O_WRONLY);
    if (fd >= 0) {
      dup2 (fd, 2);
    }
    f (arg);
    _exit (0);
  }
  int status = 0;
  struct timespec nap = { 0, 100000 };
  long waited = 0;
  while (waitpid (child, &status, WNOHANG) == 0) {
    if (waited / 10 >= milliseconds) {
      kill (child, SIGKILL);
      waitpid (child, &status, 0);
      return CHILD_HUNG;
    }
    nanosleep (&nap, NULL);
    waited++; /* tenths of milliseconds, about */
  }
  if (WIFEXITED (status)) {
    return WEXITSTATUS (status) == 0 ? CHILD_RETURNED : CHILD_CRASHED;
  }
  return WTERMSIG (status) == SIGABRT ? CHILD_ABORTED : CHILD_CRASHED;
}

const char *child_end_name (enum child_end e) {
  static const char *const names[] = { "returns", "aborts", "crashes", "never returns" };
  return names[e];
}

void *shared_memory (size_t size) {
  void *at = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) {
    perror ("mtproxy-differential: mmap");
    exit (2);
  }
  return at;
}
