/*
 * Shared functions: see base.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

atomic_bool failed;
uint64_t run_seed;

static char first_failure[512];
static const char *_Atomic handler_failure;
static pthread_mutex_t failure_lock = PTHREAD_MUTEX_INITIALIZER;

void fail (const char *format, ...) {
  pthread_mutex_lock (&failure_lock);
  if (!has_failed ()) {
    va_list ap;
    va_start (ap, format);
    vsnprintf (first_failure, sizeof (first_failure), format, ap);
    va_end (ap);
    atomic_store_explicit (&failed, true, memory_order_release);
  }
  pthread_mutex_unlock (&failure_lock);
}

void fail_in_handler (const char *text) {
  const char *none = NULL;
  atomic_compare_exchange_strong (&handler_failure, &none, text);
  atomic_store_explicit (&failed, true, memory_order_release);
}

const char *failure (void) {
  const char *text = handler_failure;
  return *first_failure || !text ? first_failure : text;
}

void die (const char *format, ...) {
  va_list ap;
  va_start (ap, format);
  fprintf (stderr, "proxy_load: ");
  vfprintf (stderr, format, ap);
  fputc ('\n', stderr);
  va_end (ap);
  exit (2);
}

void *must (void *p) {
  if (!p) {
    die ("out of memory, or libcrypto lacks an algorithm");
  }
  return p;
}

uint64_t clock_ns (clockid_t id) {
  struct timespec t;
  clock_gettime (id, &t);
  return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

uint64_t after (double seconds) {
  return now_ns () + (uint64_t) (seconds * 1e9);
}

void sleep_ms (long ms) {
  nanosleep (&(struct timespec) { ms / 1000, ms % 1000 * 1000000 }, NULL);
}

void draw_run_seed (void) {
  if (getrandom (&run_seed, sizeof (run_seed), 0) != sizeof (run_seed)) {
    die ("getrandom: %s", strerror (errno));
  }
}

/* splitmix64 */
uint64_t mix64 (uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

void random_bytes (uint8_t *p, size_t n) {
  static _Thread_local uint64_t state;
  if (!state) {
    state = run_seed ^ now_ns () ^ (uint64_t) (uintptr_t) &state;
  }
  while (n) {
    size_t part = n < 8 ? n : 8;
    uint64_t v = mix64 (state += 0x9E3779B97F4A7C15u);
    memcpy (p, &v, part);
    p += part;
    n -= part;
  }
}

size_t read_text (const char *path, char *buf, size_t cap) {
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read (fd, buf, cap - 1);
  if (fd >= 0) {
    close (fd);
  }
  buf[n > 0 ? n : 0] = 0;
  return n > 0 ? (size_t) n : 0;
}
