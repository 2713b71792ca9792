/*
 * Child processes: see child.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "crash.h"

enum child_end run_in_child (void (*f) (void *), void *arg, int milliseconds) {
  fflush (NULL);
  pid_t child = fork ();
  if (child < 0) {
    perror ("mtproxy-differential: fork");
    exit (2);
  }
  if (child == 0) {
    crash_default ();
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
  struct timespec nap = { 0, 100000 }, start, now;
  clock_gettime (CLOCK_MONOTONIC, &start);
  while (waitpid (child, &status, WNOHANG) == 0) {
    clock_gettime (CLOCK_MONOTONIC, &now);
    if ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 >= milliseconds) {
      kill (child, SIGKILL);
      waitpid (child, &status, 0);
      return CHILD_HUNG;
    }
    nanosleep (&nap, NULL);
  }
  if (WIFEXITED (status)) {
    return WEXITSTATUS (status) == 0 ? CHILD_RETURNED : CHILD_FAILED;
  }
  return WTERMSIG (status) == SIGABRT   ? CHILD_ABORTED
         : WTERMSIG (status) == SIGSEGV ? CHILD_CRASHED
         : WTERMSIG (status) == SIGFPE  ? CHILD_DIVIDED
                                        : CHILD_FAILED;
}

const char *child_end_name (enum child_end e) {
  static const char *const names[] = { "returns", "aborts", "crashes", "divides by zero", "never returns", "fails" };
  return names[e];
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(SANITIZED)
#define SANITIZED 1
#endif

bool child_lost (enum child_end e) {
#ifdef SANITIZED
  return e != CHILD_RETURNED;
#else
  return e != CHILD_RETURNED && e != CHILD_FAILED;
#endif
}
