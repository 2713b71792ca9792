/*
 * Diffie-Hellman: what two ends agree on, which numbers they refuse, and the counters. Of what is drawn only the relations
 * are noted, which the library's own libcrypto computes; what is not drawn is noted whole.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "script.h"

enum { NUMBER = 256, CLIENTS = 2, PAGE = 300 };

struct bignum_st;
struct bignum_ctx;

/* A client between its first round and its third, and the agreement that it must come to. */
static struct {
  bool started, answered;
  struct crypto_temp_dh_params kept;
  unsigned char sent[NUMBER], answer[NUMBER], agreed[NUMBER];
} clients[CLIENTS];

static void begin (void) {
  *lib->max_job_thread_id = 8;
}

static void observe (void) {
  long long rounds[4] = { -7, -7, -7, -7 };
  lib->fetch_tot_dh_rounds_stat (rounds);
  note ("rounds %lld %lld %lld%s, group %08x, numbers %s %s", rounds[0], rounds[1], rounds[2],
        rounds[3] == -7 ? "" : " AND MORE", (unsigned) *lib->dh_params_select, *lib->rpc_dh_prime ? "made" : "missing",
        *lib->rpc_dh_generator ? "made" : "missing");
}

/* The original's job threads do this at their start. */
static void be_registered (void) {
  if (!*(void **) thread_local_at ("jobs_module_stat_crypto_dh")) {
    lib->jobs_module_thread_init_crypto_dh ();
  }
}

/* Any symbol that the library sees. */
static void *crypto (const char *name) {
  void *at = thread_local_at (name);
  if (!at) {
    abort ();
  }
  return at;
}

static struct bignum_st *big (const unsigned char *bytes) {
  struct bignum_st *(*make) (const unsigned char *, int, struct bignum_st *);
  *(void **) &make = crypto ("BN_bin2bn");
  return make (bytes, NUMBER, NULL);
}

/* The base to the power of the exponent, modulo the prime of the library's table. */
static void power (const unsigned char *base, const unsigned char *exponent, unsigned char *result) {
  int (*raise) (struct bignum_st *, const struct bignum_st *, const struct bignum_st *, const struct bignum_st *,
                struct bignum_ctx *);
  int (*write) (const struct bignum_st *, unsigned char *, int);
  struct bignum_ctx *(*room) (void);
  *(void **) &raise = crypto ("BN_mod_exp");
  *(void **) &write = crypto ("BN_bn2binpad");
  *(void **) &room = crypto ("BN_CTX_new");
  faults_pause (true);
  struct bignum_st *number = big (base);
  if (!raise (number, number, big (exponent), big (lib->rpc_dh_prime_bin), room ()) ||
      write (number, result, NUMBER) != NUMBER) {
    abort ();
  }
  faults_pause (false);
}

static bool is_power (const unsigned char *base, const unsigned char *exponent, const unsigned char *result) {
  unsigned char expected[NUMBER];
  power (base, exponent, expected);
  return !memcmp (expected, result, NUMBER);
}

static bool is_public (const unsigned char *secret, const unsigned char *sent) {
  static const unsigned char generator[NUMBER] = { [NUMBER - 1] = 3 };
  return is_power (generator, secret, sent);
}

/* Numbers that a stranger may send: those with a small order, beyond the prime, of a few bytes, and good ones. */
static void stranger (long kind, long number, unsigned char *place) {
  const unsigned char *prime = lib->rpc_dh_prime_bin;
  memcpy (place, numbered_bytes (number, NUMBER), NUMBER);
  if (kind < 4) { /* 0, 1, the prime less 1, the prime */
    memcpy (place, prime, NUMBER);
    memset (place, 0, kind < 2 ? NUMBER : 0);
    place[NUMBER - 1] = (unsigned char) (kind < 2 ? kind : prime[NUMBER - 1] - (kind == 2));
  } else if (kind == 4) {
    memset (place, 0xff, NUMBER);
  } else if (kind == 5) {
    memset (place, 0, 8); /* few bytes */
  } else if (kind == 6) {
    memcpy (place, prime, 8); /* as the prime starts */
    place[8] = 0;
  } else if (kind == 7) {
    memcpy (place, prime, 8);
    place[7] = (unsigned char) (prime[7] + number % 3 - 1);
  } else {
    place[0] &= 0x7f;
  }
}

static void start (const long *a) {
  (void) a;
  note ("%d", lib->init_dh_params ());
  note_bytes ("prime", lib->rpc_dh_prime_bin, NUMBER);
}

static bool is_ready (void) {
  if (!*lib->rpc_dh_prime) {
    skip ();
    return false;
  }
  be_registered ();
  return true;
}

static void draw_pair (const long *a) {
  static unsigned char last[NUMBER];
  struct {
    unsigned char before, sent[NUMBER], between, secret[NUMBER], after;
  } room;
  if (!is_ready ()) {
    return;
  }
  memset (&room, (int) a[0], sizeof (room));
  lib->create_g_a (room.sent, room.secret);
  note ("%s, %s, %s", is_public (room.secret, room.sent) ? "a pair" : "NO PAIR",
        memcmp (last, room.secret, NUMBER) ? "another" : "THE SAME",
        room.before == a[0] && room.between == a[0] && room.after == a[0] ? "256 bytes" : "MORE THAN 256 BYTES");
  memcpy (last, room.secret, NUMBER);
}

static void first_round (const long *a) {
  struct {
    struct crypto_temp_dh_params kept;
    unsigned char after;
  } room;
  if (!is_ready ()) {
    return;
  }
  memset (&room, 0x5a, sizeof (room));
  note ("%d", lib->dh_first_round (clients[a[0]].sent, &room.kept));
  clients[a[0]].kept = room.kept;
  clients[a[0]].started = true;
  note ("magic %08x, group %08x, %s, %s", (unsigned) room.kept.magic, (unsigned) room.kept.dh_params_select,
        is_public (room.kept.a, clients[a[0]].sent) ? "a pair" : "NO PAIR",
        room.after == 0x5a ? "264 bytes" : "MORE THAN 264 BYTES");
}

/* A server answers what a client has sent; at a verbosity of 2 it says six bytes of what it does not know yet. */
static void second_round (const long *a) {
  unsigned char expected[NUMBER];
  if (!is_ready ()) {
    return;
  }
  if (!clients[a[0]].started) {
    skip ();
    return;
  }
  note ("%d", lib->dh_second_round (clients[a[0]].agreed, clients[a[0]].answer, clients[a[0]].sent));
  clients[a[0]].answered = true;
  power (clients[a[0]].answer, clients[a[0]].kept.a, expected);
  note ("%s", memcmp (expected, clients[a[0]].agreed, NUMBER) ? "NOT WHAT THE CLIENT WILL KNOW" : "agreed");
}

static void third_round (const long *a) {
  unsigned char agreed[NUMBER];
  if (!is_ready ()) {
    return;
  }
  if (!clients[a[0]].answered) {
    skip ();
    return;
  }
  memset (agreed, 0x5a, NUMBER);
  note ("%d", lib->dh_third_round (agreed, clients[a[0]].answer, &clients[a[0]].kept));
  note ("%s", is_power (clients[a[0]].answer, clients[a[0]].kept.a, agreed) ? "the power" : "NOT THE POWER");
}

/* A client whose secret is known: the whole result is noted, and what the log says. */
static void known_third (const long *a) {
  struct crypto_temp_dh_params kept = { 1, 2, { 0 } };
  unsigned char received[NUMBER], room[NUMBER + 1];
  if (!is_ready ()) {
    return;
  }
  memcpy (kept.a, numbered_bytes (a[1], NUMBER), NUMBER);
  stranger (a[0], a[1] + 1, received);
  memset (room, 0x5a, sizeof (room));
  *lib->verbosity = (int) a[2];
  note ("%d", lib->dh_third_round (room, received, &kept));
  *lib->verbosity = 0;
  note_bytes ("agreed", room, sizeof (room));
}

/* What a stranger sends to a server. */
static void strange_second (const long *a) {
  unsigned char received[NUMBER], agreed[NUMBER], answer[NUMBER];
  if (!is_ready ()) {
    return;
  }
  stranger (a[0], a[1], received);
  memset (agreed, 0x5a, NUMBER);
  memset (answer, 0x5a, NUMBER);
  *lib->verbosity = 0; /* above 1 it says six bytes of the key, which differs */
  int ret = lib->dh_second_round (agreed, answer, received);
  note ("%d", ret);
  if (!ret) {
    note_bytes ("agreed", agreed, NUMBER);
    note_bytes ("answer", answer, NUMBER);
  }
}

static void statistics (const long *a) {
  static char prefix[] = "all_", page[PAGE];
  struct stats_buffer sb;
  *lib->jobs_module_state_prefix_crypto_dh = a[0] ? prefix : NULL;
  *lib->max_job_thread_id = (int) a[1];
  lib->sb_init (&sb, page, sizeof (page));
  int length = lib->crypto_dh_prepare_stat (&sb);
  note_bytes ("page", page, (size_t) length);
  *lib->max_job_thread_id = 8;
}

static const struct operation operations[] = {
  { "start", start, { { 0 } }, 8 },
  { "draw", draw_pair, { { "filled", 0, 255 } }, 2 },
  { "first", first_round, { { "client", 0, CLIENTS - 1 } }, 4 },
  { "second", second_round, { { "client", 0, CLIENTS - 1 } }, 4 },
  { "third", third_round, { { "client", 0, CLIENTS - 1 } }, 4 },
  { "known_third", known_third, { { "kind", 0, 9 }, { "number", 0, 1000 }, { "verbosity", 0, 2 } }, 8 },
  { "strange_second", strange_second, { { "kind", 0, 9 }, { "number", 0, 1000 } }, 4 },
  { "statistics", statistics, { { "prefix", 0, 1 }, { "threads", 0, 8 } }, 2 },
  { 0 },
};

static const char *const fixed[] = {
  "dh.start@1;dh.known_third(0,1,2);dh.known_third(1,1,2);dh.known_third(2,1,2);dh.known_third(3,1,2);"
  "dh.known_third(4,1,2);dh.known_third(5,1,2);dh.known_third(6,1,2);dh.known_third(7,0,2);dh.known_third(7,1,2);"
  "dh.known_third(7,2,2);dh.known_third(8,3,2);dh.known_third(9,4,1)",
  "dh.statistics(0,8);dh.start;dh.start;dh.start@1;dh.first(0);dh.second(0);dh.third(0);dh.third(0)@1;dh.first(1)@2;"
  "dh.second(1);dh.third(1);dh.draw(0);dh.draw(255);dh.statistics(1,8);dh.statistics(0,0)",
  "dh.start;dh.strange_second(0,1);dh.strange_second(1,1);dh.strange_second(2,1);dh.strange_second(3,1);"
  "dh.strange_second(4,1);dh.strange_second(5,1);dh.strange_second(6,1);dh.strange_second(7,0);dh.strange_second(7,1);"
  "dh.strange_second(7,2);dh.strange_second(8,1)",
  NULL,
};

const struct script_family dh_scripts = { "dh", CAN_DH, operations, begin, observe, fixed };
