/*
 * What the engine has to wake a thread that waits for events: a pipe, whose handler empties it; and a clock.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DROPIN_BELL_H
#define DROPIN_BELL_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct event_descr;

static inline double seconds (void) {
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

/* The handler of the pipe's reading end. */
static inline int ring (int fd, void *data, struct event_descr *ev) {
  char bytes[400];
  (void) data;
  (void) ev;
  while (read (fd, bytes, sizeof (bytes)) == sizeof (bytes)) {
  }
  return 0;
}

/* Writes to the other end; a full pipe wakes as well. */
static inline void wake_up (int fd) {
  int x = 0;
  if (write (fd, &x, sizeof (x)) != sizeof (x) && errno != EAGAIN) {
    perror ("the pipe");
    exit (1);
  }
}

#endif
