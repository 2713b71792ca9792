/*
 * Shared functions: failures, clocks, little-endian words, fast random bytes.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_BASE_H
#define LOAD_BASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

/* The first failure ends the run: what comes after it is its consequence. From any thread. */
void fail (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
/* The same from a signal handler, with a text that stays. */
void fail_in_handler (const char *text);
/* Text of the first failure. */
const char *failure (void);

extern atomic_bool failed;
static inline bool has_failed (void) {
  return atomic_load_explicit (&failed, memory_order_acquire);
}

/* One line on stderr and exit status 2: nothing can be measured. */
void die (const char *format, ...) __attribute__ ((format (printf, 1, 2), noreturn));
/* The pointer, which is not null. */
void *must (void *p);

uint64_t clock_ns (clockid_t id);
static inline uint64_t now_ns (void) {
  return clock_ns (CLOCK_MONOTONIC);
}
uint64_t after (double seconds);
void sleep_ms (long ms);

/* Drawn once per run; all traffic follows from it. */
extern uint64_t run_seed;
void draw_run_seed (void);
uint64_t mix64 (uint64_t x);
/* Fast, not secret: nothing here protects anything. */
void random_bytes (uint8_t *p, size_t n);

/* Both protocols are little-endian, and so is every machine that the proxy runs on. */
static inline uint32_t get32 (const uint8_t *p) {
  uint32_t v;
  memcpy (&v, p, 4);
  return v;
}

static inline void put32 (uint8_t *p, uint32_t v) {
  memcpy (p, &v, 4);
}

static inline void put64 (uint8_t *p, uint64_t v) {
  memcpy (p, &v, 8);
}

/* A small file, such as those in /proc, read whole; the text ends with a NUL. Its length, 0 where it cannot be read. */
size_t read_text (const char *path, char *buf, size_t cap);

#endif
