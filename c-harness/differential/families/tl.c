/*
 * TL headers of queries and answers: valid ones, with some of their parts damaged, and every truncation of each.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "function.h"
#include "tl_packet.h"

enum { CUTS = 64 };

static const uint32_t known[] = { RPC_INVOKE_REQ,
                                  RPC_INVOKE_KPHP_REQ,
                                  RPC_REQ_ERROR,
                                  RPC_REQ_RESULT,
                                  RPC_REQ_ERROR_WRAPPED,
                                  RPC_DEST_ACTOR,
                                  RPC_DEST_ACTOR_FLAGS,
                                  RPC_DEST_FLAGS,
                                  RPC_REQ_RESULT_FLAGS,
                                  0,
                                  0xffffffff,
                                  0x166bb7c6 };

static uint32_t any_known (struct rng *r) {
  return known[rng_below (r, sizeof (known) / sizeof (known[0]))];
}

/* Only 0 is accepted; the other flags are one bit, or random. */
static void put_flags (struct sample *s, struct rng *r) {
  put_u32 (s, !rng_chance (r, 6) ? 0 : rng_chance (r, 2) ? 1u << rng_below (r, 32) : (uint32_t) rng_edge (r));
}

static void put_query (struct sample *s, struct rng *r) {
  put_u32 (s, rng_chance (r, 20) ? any_known (r) : rng_chance (r, 8) ? RPC_INVOKE_KPHP_REQ : RPC_INVOKE_REQ);
  put_u64 (s, rng_edge (r));
  unsigned markers = (unsigned) rng_below (r, 5);
  while (markers--) {
    switch (rng_below (r, 7)) {
    case 0:
    case 1:
      put_u32 (s, RPC_DEST_ACTOR);
      put_u64 (s, rng_edge (r));
      break;
    case 2:
    case 3:
      put_u32 (s, RPC_DEST_ACTOR_FLAGS);
      put_u64 (s, rng_edge (r));
      put_flags (s, r);
      break;
    case 4:
    case 5:
      put_u32 (s, RPC_DEST_FLAGS);
      put_flags (s, r);
      break;
    default:
      put_u32 (s, any_known (r));
    }
  }
}

static void put_answer (struct sample *s, struct rng *r) {
  put_u32 (s, rng_chance (r, 20) ? any_known (r) : rng_chance (r, 8) ? RPC_REQ_ERROR : RPC_REQ_RESULT);
  put_u64 (s, rng_edge (r));
  unsigned markers = (unsigned) rng_below (r, 5);
  while (markers--) {
    switch (rng_below (r, 6)) {
    case 0:
    case 1:
      put_u32 (s, RPC_REQ_ERROR);
      put_u64 (s, rng_edge (r));
      break;
    case 2:
    case 3:
      put_u32 (s, RPC_REQ_RESULT_FLAGS);
      put_flags (s, r);
      break;
    case 4:
      put_u32 (s, rng_chance (r, 8) ? RPC_REQ_ERROR_WRAPPED : any_known (r));
      break;
    default:
      put_u32 (s, (uint32_t) rng_next (r));
    }
  }
}

/* One packet, cut at every offset; the case is the packet alone. */
static void generate (struct sample *s, const struct draw *d, void (*put) (struct sample *, struct rng *)) {
  struct rng r = rng_at (d, d->index / CUTS);
  if (rng_chance (&r, 32)) {
    size_t n = rng_below (&r, 80);
    rng_fill (&r, sample_grow (s, n), n);
  } else {
    put (s, &r);
    size_t payload = rng_chance (&r, 3) ? 0 : rng_below (&r, 24);
    rng_fill (&r, sample_grow (s, payload), payload);
  }
  if (rng_chance (&r, 8) && s->len) {
    s->data[rng_below (&r, s->len)] ^= (uint8_t) (1u << rng_below (&r, 8));
  }
  size_t cut = d->index % CUTS;
  if (cut < s->len && cut != CUTS - 1) {
    s->len = s->len > CUTS && cut % 2 ? s->len - cut : cut;
  }
  sample_grow (s, 0);
}

static void generate_query (struct sample *s, const struct draw *d) {
  generate (s, d, put_query);
}

static void generate_answer (struct sample *s, const struct draw *d) {
  generate (s, d, put_answer);
}

static bool run_header (struct provider *p, const struct sample *s, struct outcome *o, bool answer) {
  struct tl_result r;
  int status = p->abi->tl_header (p, answer, s->data, s->len, &r);
  outcome_add (o, status);
  outcome_add (o, r.status);
  outcome_add (o, r.consumed);
  outcome_add (o, r.op);
  outcome_add (o, r.real_op);
  outcome_add (o, r.flags);
  outcome_add (o, r.qid);
  outcome_add (o, r.actor_id);
  outcome_add (o, r.errnum);
  outcome_add (o, r.error_len);
  outcome_text (o, r.error, strnlen (r.error, sizeof (r.error)));
  return true;
}

static bool run_query (struct provider *p, const struct sample *s, struct outcome *o) {
  return run_header (p, s, o, false);
}

static bool run_answer (struct provider *p, const struct sample *s, struct outcome *o) {
  return run_header (p, s, o, true);
}

/* True if `o` is a success whose header ends at the marker. */
static bool ended_at (const struct sample *s, const struct outcome *o, long marker) {
  struct cursor c = cursor_of (s);
  take_u32 (&c);
  int64_t qid = (int64_t) take_u64 (&c);
  int32_t wrapped = (int32_t) RPC_REQ_ERROR_WRAPPED, result = (int32_t) RPC_REQ_RESULT;
  return o->value[0] == 0 && o->value[1] == 0 && o->value[2] == marker && o->value[3] == wrapped &&
         o->value[4] == result && o->value[5] == 0 && o->value[6] == qid && o->value[7] == 0 && o->value[8] == 0 &&
         o->value[9] == 0 && o->text_len == 0;
}

static enum difference spare_answer (const struct sample *s, const struct outcome *ours, bool *exact) {
  long marker = wrapped_marker (s->data, s->len);
  if (marker < 0) {
    return NO_DIFFERENCE;
  }
  *exact = ended_at (s, ours, marker);
  return WRAPPED_MARKER_ENDS;
}

static void generate_wrapped (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  put_u32 (s, RPC_REQ_RESULT);
  put_u64 (s, rng_edge (&r));
  if (d->index & 1) {
    put_u32 (s, RPC_REQ_RESULT_FLAGS);
    put_u32 (s, 0);
  }
  if (d->index & 2) {
    put_u32 (s, RPC_REQ_ERROR);
    put_u64 (s, rng_next (&r));
  }
  put_u32 (s, RPC_REQ_ERROR_WRAPPED);
  size_t payload = rng_below (&r, 3) * 4;
  rng_fill (&r, sample_grow (s, payload), payload);
}

struct call {
  struct provider *p;
  const struct sample *s;
};

static void answer_in_child (void *arg) {
  struct call *call = arg;
  struct tl_result r;
  call->p->abi->tl_header (call->p, true, call->s->data, call->s->len, &r);
}

static bool ends (struct provider *ours, struct provider *original, const struct sample *s, char *why, size_t room) {
  struct outcome o;
  outcome_clear (&o);
  run_answer (ours, s, &o);
  enum child_end end = run_in_child (answer_in_child, &(struct call) { original, s }, 300);
  bool exact = ended_at (s, &o, wrapped_marker (s->data, s->len));
  snprintf (why, room, "ours %s, the original %s", exact ? "ends the header there" : "does not end the header there",
            child_end_name (end));
  return exact && end == CHILD_HUNG;
}

static const char fields[] = "call status consumed op real_op flags qid actor_id errnum error_len";

static const struct function functions[] = {
  { "tlf_query_header", "tl", fields, CAN_TL_QUERY, 1000000, generate_query, run_query, NULL, NULL },
  { "tlf_query_answer_header", "tl", fields, CAN_TL_ANSWER, 1000000, generate_answer, run_answer, spare_answer, NULL },
  { 0 },
};

static const struct difference_test tests[] = {
  { WRAPPED_MARKER_ENDS, "tl", "tlf_query_answer_header/wrapped", CAN_TL_ANSWER, 4, generate_wrapped, ends },
  { 0 },
};

static const struct property properties[] = { { 0 } };

const struct family tl_family = { "tl", functions, tests, properties, false };
