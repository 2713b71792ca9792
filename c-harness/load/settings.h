/*
 * The settings of a run: options from the command line, and the modes that they select.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_SETTINGS_H
#define LOAD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  MIN_SIZE = 56,               /* the shortest encrypted message that the proxy forwards */
  MAX_SIZE = (1 << 20) - 4096, /* its longest */
  MAX_ROUNDS = 64,
  MAX_MODES = 32,
  MAX_CLIENTS = 20000
};

enum kind { PING_PONG, PIPELINE, CONNECT, IDLE, IDLE_CLIENTS };

struct mode {
  enum kind kind;
  int clients, depth; /* depth: messages in flight per client */
  uint32_t size_lo, size_hi;
  bool mixed;    /* sizes as in real traffic, by chance */
  bool one_core; /* the generator and the proxy share one */
  double seconds;
  uint64_t messages; /* if not 0, that many instead of a time */
};

static inline bool mode_sends (const struct mode *m) {
  return m->kind == PING_PONG || m->kind == PIPELINE || m->kind == CONNECT;
}

/* In words, for the reports. */
void mode_name (const struct mode *m, char *out, size_t cap);

/* A mistake that the middle-end makes once, to show that the checks see it. */
enum fault { NO_FAULT, FAULT_DROP, FAULT_CHANGE, FAULT_SHORTEN, FAULT_REPEAT, FAULT_SWAP, FAULT_FRAME };

extern struct settings {
  const char *command[2]; /* the drop-in, or the only proxy; the original */
  int variants;
  struct mode modes[MAX_MODES];
  int mode_count, rounds, inflight_mib;
  bool pin, one_core, crc32c, high_pid, padded, tls, all_figures, syscalls, keep;
  double warm, patience;
  const char *domain, *extra, *exec, *json, *markdown;
  enum fault fault;
} settings;

/* Ends the program where they make no sense. */
void parse_options (int argc, char **argv);
/* Seconds that the run may take at most, everything going wrong as slowly as it can. */
double longest_run (void);

#endif
