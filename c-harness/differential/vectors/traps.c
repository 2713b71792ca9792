/*
 * Recorded traps: calls of the original that end the process, or never return, and the results of our libraries.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "interpose.h"
#include "legacy.h"
#include "vectors.h"

struct trap {
  struct row *row;
  char args[2000];
};

static const char *argument (const struct trap *t, const char *name) {
  const char *at = strstr (t->args, name);
  return at ? at + strlen (name) : "0";
}

/* The call of each row, by function: ours runs in this process, the original in a child. */
static double newer_trap (struct trap *t) {
  struct process_id x = parse_pid (argument (t, "x=")), y = parse_pid (argument (t, "y="));
  return t->row->p->abi->newer (t->row->p, &x, &y);
}

static double pid_trap (struct trap *t) {
  struct process_id x = parse_pid (argument (t, "PID="));
  fake_pid (atoi (argument (t, "getpid=")));
  fake_time (5);
  int status = t->row->p->abi->pid_init (t->row->p, &x, PID_COMMON, 0, 0);
  fake_clock_end ();
  return status < 0 ? -1 : x.pid;
}

static double clock_trap (struct trap *t) {
  return t->row->p->abi->utime (t->row->p, atoi (argument (t, "clock_id=")));
}

static double timer_trap (struct trap *t) {
  struct timer_result r = { false, -1 };
  t->row->p->abi->timer_wait (t->row->p, strtod (argument (t, "wakeup="), NULL), strtod (argument (t, "now="), NULL),
                              &r);
  return r.wait;
}

static double answer_trap (struct trap *t) {
  struct sample data = { 0 };
  struct tl_result r;
  sample_from_hex (&data, argument (t, "data="));
  int status = t->row->p->abi->tl_header (t->row->p, true, data.data, data.len, &r);
  sample_release (&data);
  return status < 0 ? status : r.status;
}

/* The results of ours for calls at which the original traps. */
static double fold (const struct trap *t) {
  uint32_t p = (uint32_t) atoi (argument (t, "getpid=")), f = (p & 0xffff) ^ (p >> 16);
  return f ? f : 1;
}

static double zero (const struct trap *t) {
  (void) t;
  return 0;
}

static double wait_without_number (const struct trap *t) {
  return timer_wait_without_number (t->row->p, strtod (argument (t, "wakeup="), NULL));
}

static double refused (const struct trap *t) {
  (void) t;
  return -1;
}

/* ---- functions that only the legacy names have ---- */

static double number (const struct trap *t, const char *name) {
  return strtod (argument (t, name), NULL);
}

/* The first bytes of the digest of `first` and `second` bytes; for ours a negative length is 0. */
static double digest_start (const struct trap *t, enum digest d, long first, long second) {
  static uint8_t data[64];
  uint8_t out[32];
  struct digest_input in = { data, data, first, second };
  t->row->p->abi->digest (t->row->p, d, &in, out);
  return out[0] + 256.0 * out[1] + 65536.0 * out[2];
}

static enum digest digest_of (const struct trap *t) {
  enum digest d = 0;
  while (d < DIGESTS && !cell_is (t->row, 0, digest_name (d))) {
    d++;
  }
  return d;
}

static double digest_with (const struct trap *t, bool no_negative) {
  enum digest d = digest_of (t);
  bool hmac = d == DIGEST_MD5_HMAC || d == DIGEST_SHA256_HMAC;
  long first = (long) number (t, hmac ? "keylen=" : "ilen="), second = hmac ? (long) number (t, "ilen=") : 0;
  return digest_start (t, d, no_negative && first < 0 ? 0 : first, no_negative && second < 0 ? 0 : second);
}

static double digest_trap (struct trap *t) {
  return digest_with (t, false);
}

static double digest_of_nothing (const struct trap *t) {
  return digest_with (t, true);
}

enum { POLY = 0xedb88320, GENERIC = 32 * 67, WIDE = 252 };
static _Alignas (64) unsigned table[GENERIC], aligned[WIDE];

static double power_trap (struct trap *t) {
  return t->row->p->legacy->gf32_pow (3, (int) number (t, "k="), POLY);
}

static double find_trap (struct trap *t) {
  return t->row->p->legacy->crc32_find_corrupted_bit ((int) number (t, "size="), 1);
}

/* 1: the table is the same as an aligned one. */
static double wide_trap (struct trap *t) {
  unsigned *at = table + (int) number (t, "16 = ") / 4;
  t->row->p->legacy->gf32_compute_powers_clmul (at, POLY);
  t->row->p->legacy->gf32_compute_powers_clmul (aligned, POLY);
  return !memcmp (at, aligned, sizeof (aligned));
}

static double one (const struct trap *t) {
  (void) t;
  return 1;
}

static double generic_trap (struct trap *t) {
  t->row->p->legacy->gf32_compute_powers_generic (table, (int) number (t, "size="), POLY);
  return 0;
}

static double combine_trap (struct trap *t) {
  t->row->p->legacy->gf32_compute_powers_generic (table, GENERIC, POLY);
  return t->row->p->legacy->gf32_combine_generic (table, 5, (int64_t) number (t, "len2="));
}

static double repair_trap (struct trap *t) {
  struct sample data = { 0 };
  char hex[1000];
  unsigned stored = (unsigned) strtoul (argument (t, "crc="), NULL, 10);
  snprintf (hex, sizeof (hex), "%.*s", (int) strcspn (argument (t, "data="), " "), argument (t, "data="));
  sample_from_hex (&data, hex);
  int ret =
      t->row->p->legacy->crc32_check_and_repair (data.data, (int) data.len, &stored, (int) number (t, "force_exit="));
  sample_release (&data);
  return ret;
}

/* Runs in a child, in which no config is loaded. */
static double config_trap (struct trap *t) {
  char digest[32];
  t->row->p->legacy->close_config (NULL);
  if (cell_is (t->row, 0, "reset_config")) {
    t->row->p->legacy->reset_config ();
  } else if (cell_is (t->row, 0, "md5_hex_config")) {
    t->row->p->legacy->md5_hex_config (digest);
  } else {
    return t->row->p->legacy->load_config ("/nonexistent/config", -1);
  }
  return 0;
}

static const struct {
  const char *function;
  enum ability needs;
  enum difference difference;
  double (*call) (struct trap *t);
  double (*instead) (const struct trap *t);
  bool legacy_only;
} traps[] = {
  { "process_id_is_newer", CAN_NEWER, FOREIGN_NOT_NEWER, newer_trap, zero, false },
  { "init_common_PID", CAN_PID_INIT, PID_FOLDED, pid_trap, fold, false },
  { "get_utime", CAN_CLOCK, CLOCK_REFUSED, clock_trap, refused, false },
  { "thread_run_timers", CAN_TIMERS, TIMER_WAIT_SATURATES, timer_trap, wait_without_number, false },
  { "tlf_query_answer_header", CAN_TL_ANSWER, WRAPPED_MARKER_ENDS, answer_trap, zero, false },
  { "sha1", CAN_SHA1, LENGTH_EMPTY, digest_trap, digest_of_nothing, true },
  { "sha256", CAN_SHA256, LENGTH_EMPTY, digest_trap, digest_of_nothing, true },
  { "sha256_hmac", CAN_SHA256_HMAC, LENGTH_EMPTY, digest_trap, digest_of_nothing, true },
  { "md5", CAN_MD5, NO_DIFFERENCE, digest_trap, zero, true },
  { "md5_hmac", CAN_MD5_HMAC, NO_DIFFERENCE, digest_trap, zero, true },
  { "gf32_pow", CAN_GF32, POWER_NEGATIVE, power_trap, zero, true },
  { "crc32_find_corrupted_bit", CAN_REPAIR, NOTHING_TO_SEARCH, find_trap, refused, true },
  { "gf32_compute_powers_clmul", CAN_GF32, TABLE_UNALIGNED, wide_trap, one, true },
  { "gf32_compute_powers_generic", CAN_GF32, NO_DIFFERENCE, generic_trap, zero, true },
  { "gf32_combine_generic", CAN_GF32, NO_DIFFERENCE, combine_trap, zero, true },
  { "crc32_check_and_repair", CAN_REPAIR, NO_DIFFERENCE, repair_trap, zero, true },
  { "reset_config", CAN_CONFIG_FILE, NO_DIFFERENCE, config_trap, zero, true },
  { "md5_hex_config", CAN_CONFIG_FILE, NO_DIFFERENCE, config_trap, zero, true },
  { "load_config", CAN_CONFIG_FILE, NO_DIFFERENCE, config_trap, zero, true },
};

enum { TRAPS = sizeof (traps) / sizeof (traps[0]) };

struct trap_call {
  int which;
  struct trap *t;
};

static void trap_in_child (void *arg) {
  struct trap_call *call = arg;
  traps[call->which].call (call->t);
}

/* fn args outcome */
enum row_result trap (struct row *row) {
  static const char *const outcomes[] = { "returns", "abort", "segv", "fpe", "hang", "fails" };
  struct trap t = { .row = row };
  int i = 0;
  while (i < TRAPS && !cell_is (row, 0, traps[i].function)) {
    i++;
  }
  if (i == TRAPS || (traps[i].legacy_only && is_boundary (row))) {
    return skipped (row, "calls that cannot be made through this API");
  }
  if (lacks (row, traps[i].needs)) {
    return ROW_SKIPPED;
  }
  snprintf (t.args, sizeof (t.args), "%s", cell (row, 1));
  if (!differs (row, traps[i].difference) || (!is_boundary (row) && cell_is (row, 2, "returns"))) {
    out_text (row, 2, outcomes[run_in_child (trap_in_child, &(struct trap_call) { i, &t }, 3000)]);
    return ROW_COMPARED;
  }
  double seen = traps[i].call (&t);
  if (cell_is (row, 2, "returns")) {
    return ROW_PASSED;
  }
  double wanted = traps[i].instead (&t);
  snprintf (row->why, sizeof (row->why), "gives %g, should give %g", seen, wanted);
  return on_purpose (row, traps[i].difference, seen == wanted);
}
