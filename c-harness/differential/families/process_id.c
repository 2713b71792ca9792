/*
 * Process identities: filling, matching, ordering.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "function.h"
#include "interpose.h"

static struct process_id take_pid (struct cursor *c) {
  struct process_id pid;
  pid.ip = take_u32 (c);
  pid.port = (short) take_u16 (c);
  pid.pid = (unsigned short) take_u16 (c);
  pid.utime = (int) take_u32 (c);
  return pid;
}

static void put_pid (struct sample *s, const struct process_id *pid) {
  put_u32 (s, pid->ip);
  put_u16 (s, (unsigned short) pid->port);
  put_u16 (s, pid->pid);
  put_u32 (s, (uint32_t) pid->utime);
}

static uint32_t any_ip (struct rng *r) {
  static const uint32_t ips[] = { 0, 0x7f000001, 0x7f000002, 0x0100007f, 0xffffffff, 0x0a000001 };
  return rng_chance (r, 2) ? ips[rng_below (r, sizeof (ips) / sizeof (ips[0]))] : (uint32_t) rng_next (r);
}

/* Each field is 0, small, or random. */
static struct process_id any_pid (struct rng *r) {
  struct process_id p = { any_ip (r), (short) rng_edge (r), (unsigned short) rng_edge (r), (int) rng_edge (r) };
  unsigned zero = (unsigned) rng_below (r, 16);
  p.ip = zero & 1 ? 0 : p.ip;
  p.port = zero & 2 ? 0 : p.port;
  p.pid = zero & 4 ? 0 : p.pid;
  p.utime = zero & 8 ? 0 : p.utime;
  return p;
}

/* The other identity: a copy with some fields changed and some zeroed. */
static struct process_id related_pid (struct rng *r, struct process_id p) {
  struct process_id q = any_pid (r);
  unsigned keep = (unsigned) rng_below (r, 16), zero = rng_chance (r, 2) ? (unsigned) rng_below (r, 16) : 0;
  p.ip = zero & 1 ? 0 : keep & 1 ? p.ip : q.ip;
  p.port = zero & 2 ? 0 : keep & 2 ? p.port : q.port;
  p.pid = zero & 4 ? 0 : keep & 4 ? p.pid : q.pid;
  p.utime = zero & 8 ? 0 : keep & 8 ? p.utime : q.utime;
  return p;
}

static void generate_match (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  struct process_id x = any_pid (&r), y = rng_chance (&r, 8) ? any_pid (&r) : related_pid (&r, x);
  bool turn = rng_chance (&r, 2);
  put_pid (s, turn ? &y : &x);
  put_pid (s, turn ? &x : &y);
}

static bool run_match (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  struct process_id x = take_pid (&c), y = take_pid (&c);
  if (!c.bad) {
    outcome_add (o, p->abi->matches_pid (p, &x, &y));
  }
  return !c.bad;
}

/* The same ip and port; utime equal or near; pids around the limits of the comparison modulo 32768. */
static void generate_newer (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  static const int steps[] = { 0, 1, -1, 0x3ffe, 0x3fff, 0x4000, 0x4001, 0x7fff, 0x8000, 0x8001 };
  struct process_id a = any_pid (&r), b = a;
  if (rng_chance (&r, 3)) {
    b.utime = rng_chance (&r, 2) ? (int) ((unsigned) a.utime + (unsigned) rng_below (&r, 5) - 2u) : (int) rng_edge (&r);
  }
  int step = steps[rng_below (&r, sizeof (steps) / sizeof (steps[0]))];
  b.pid = rng_chance (&r, 2) ? (unsigned short) (a.pid + step) : (unsigned short) rng_next (&r);
  put_pid (s, &a);
  put_pid (s, &b);
}

static bool run_newer (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  struct process_id a = take_pid (&c), b = take_pid (&c);
  if (c.bad || a.ip != b.ip || a.port != b.port) {
    return false;
  }
  outcome_add (o, p->abi->newer (p, &a, &b));
  return true;
}

/* identity, getpid(), time(), then up to three calls: which, ip, port. */
static void generate_init_with (struct sample *s, const struct draw *d, bool large) {
  struct rng r = rng_at (d, d->index);
  struct process_id pid = any_pid (&r);
  uint32_t getpid_is = 1 + (uint32_t) rng_below (&r, 65535);
  if (large) {
    static const uint32_t folds[] = { 65536, 0x10001, 0x20002, 70000, 131072, 4194303, 4194304 };
    pid.pid = 0;
    getpid_is = rng_chance (&r, 2) ? folds[rng_below (&r, 7)] : 65536 + (uint32_t) rng_below (&r, 4194304 - 65536);
  } else if (pid.pid && rng_chance (&r, 2)) {
    getpid_is = (uint32_t) rng_below (&r, 4194304);
  } else if (rng_chance (&r, 64)) {
    getpid_is = 0;
  }
  put_pid (s, &pid);
  put_u32 (s, getpid_is);
  put_u64 (s, rng_chance (&r, 4) ? rng_edge (&r) : 1754000000 + rng_below (&r, 1000000000));
  unsigned calls = large ? 1 : 1 + (unsigned) rng_below (&r, 3);
  while (calls--) {
    put_u8 (s, (unsigned) rng_below (&r, 3));
    put_u32 (s, any_ip (&r));
    put_u32 (s, rng_chance (&r, 2) ? (uint32_t) rng_below (&r, 70000) : (uint32_t) rng_edge (&r));
  }
}

static void generate_init (struct sample *s, const struct draw *d) {
  generate_init_with (s, d, false);
}

static void generate_large (struct sample *s, const struct draw *d) {
  generate_init_with (s, d, true);
}

static bool run_init (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  struct process_id pid = take_pid (&c);
  int getpid_is = (int) take_u32 (&c);
  fake_pid (getpid_is);
  fake_time ((int64_t) take_u64 (&c));
  while (!c.bad && c.left) {
    unsigned op = take_u8 (&c);
    uint32_t ip = take_u32 (&c);
    int port = (int) take_u32 (&c);
    outcome_add (o, p->abi->pid_init (p, &pid, op % 3, ip, port));
    outcome_add (o, pid.ip);
    outcome_add (o, pid.port);
    outcome_add (o, pid.pid);
    outcome_add (o, pid.utime);
  }
  fake_clock_end ();
  return !c.bad;
}

struct call {
  struct provider *p;
  const struct sample *s;
};

static void init_in_child (void *arg) {
  struct call *call = arg;
  struct outcome o;
  outcome_clear (&o);
  run_init (call->p, call->s, &o);
}

static bool folded (struct provider *ours, struct provider *original, const struct sample *s, char *why, size_t room) {
  struct cursor c = cursor_of (s);
  take_pid (&c);
  uint32_t p = take_u32 (&c), fold = (p & 0xffff) ^ (p >> 16);
  struct outcome o;
  outcome_clear (&o);
  fold = fold ? fold : 1;
  bool ran = run_init (ours, s, &o);
  enum child_end end = run_in_child (init_in_child, &(struct call) { original, s }, 2000);
  snprintf (why, room, "getpid() = %u: ours %ld (folded: %u), the original %s", p, ran ? (long) o.value[3] : -1, fold,
            child_end_name (end));
  return ran && o.value[0] == 0 && o.value[3] == fold && end == CHILD_ABORTED;
}

static void generate_foreign (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  struct process_id a = any_pid (&r), b = a;
  b.utime = (int) rng_next (&r);
  if (rng_chance (&r, 2)) {
    b.ip ^= 1u << rng_below (&r, 32);
  } else {
    b.port = (short) (b.port ^ 1 << rng_below (&r, 15));
  }
  put_pid (s, &a);
  put_pid (s, &b);
}

static void newer_in_child (void *arg) {
  struct call *call = arg;
  struct cursor c = cursor_of (call->s);
  struct process_id a = take_pid (&c), b = take_pid (&c);
  call->p->abi->newer (call->p, &a, &b);
}

static bool not_newer (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                       size_t room) {
  struct cursor c = cursor_of (s);
  struct process_id a = take_pid (&c), b = take_pid (&c);
  int own = ours->abi->newer (ours, &a, &b);
  enum child_end end = run_in_child (newer_in_child, &(struct call) { original, s }, 2000);
  snprintf (why, room, "ours %d, the original %s", own, child_end_name (end));
  return own == 0 && end == CHILD_ABORTED;
}

static const struct function functions[] = {
  { "matches_pid", "process_id", "matches", CAN_MATCHES_PID, 1000000, generate_match, run_match, NULL, NULL },
  { "process_id_is_newer", "process_id", "newer", CAN_NEWER, 1000000, generate_newer, run_newer, NULL, NULL },
  { "init_PID", "process_id", "status ip port pid utime status2 ip2 port2 pid2 utime2 status3 ip3 port3 pid3 utime3",
    CAN_PID_INIT, 200000, generate_init, run_init, NULL, NULL },
  { 0 },
};

static const struct difference_test tests[] = {
  { PID_FOLDED, "process_id", "init_PID/large", CAN_PID_INIT, 50, generate_large, folded },
  { FOREIGN_NOT_NEWER, "process_id", "process_id_is_newer/foreign", CAN_NEWER, 50, generate_foreign, not_newer },
  { 0 },
};

static const struct property properties[] = { { 0 } };

const struct family process_id_family = { "process_id", functions, tests, properties, false };
