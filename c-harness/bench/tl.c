/*
 * TL headers. The original's parser needs a state, which tlf_init_str initialises for each packet; that is part of the
 * measured work. Its error text is allocated, and freed here.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "tl_packet.h"

typedef mtproxy_ffi_tl_header_parse_result_t header_t;
#define OUT ((header_t *) (void *) w->out)

/* The results that both have: the status, the parser's position, and the header. */
static uint64_t mix (int status, int consumed, int op, int errnum, long long qid, long long actor_id) {
  return (uint64_t) status + (uint64_t) consumed * 3 + (uint64_t) op * 5 + (uint64_t) errnum * 7 + (uint64_t) qid * 11 +
         (uint64_t) actor_id * 13;
}

CALLS (ours_query, sum += (uint64_t) ours.tl_parse_query_header (w->data, w->len, OUT))
CALLS (ours_answer, sum += (uint64_t) ours.tl_parse_answer_header (w->data, w->len, OUT))

static uint64_t our_value (const struct work *w) {
  const header_t *h = (const header_t *) (const void *) w->out;
  return mix (h->status, h->consumed, h->op, h->errnum, h->qid, h->actor_id);
}

struct legacy_result {
  struct tl_in_state in;
  struct tl_query_header header;
  int status;
};

#define LEGACY_HEADER(name, library, parse)                                                                         \
  CALLS (                                                                                                           \
      name, struct legacy_result *r = (struct legacy_result *) (void *) w->out; memset (&r->in, 0, sizeof (r->in)); \
      library.tlf_init_str (&r->in, (const char *) w->data, (int) w->len);                                          \
      r->status = library.parse (&r->in, &r->header); if (r->in.error) {                                            \
        free (r->in.error);                                                                                         \
        r->in.error = NULL;                                                                                         \
      })
LEGACY_HEADER (original_query, original, tlf_query_header)
LEGACY_HEADER (original_answer, original, tlf_query_answer_header)
LEGACY_HEADER (dropin_query, dropin, tlf_query_header)
LEGACY_HEADER (dropin_answer, dropin, tlf_query_answer_header)

static uint64_t legacy_value (const struct work *w) {
  const struct legacy_result *r = (const struct legacy_result *) (const void *) w->out;
  return mix (r->status < 0 ? -1 : 0, (int) w->len - r->in.in_remaining, r->header.op, r->in.errnum, r->header.qid,
              r->header.actor_id);
}

static size_t put (uint8_t *packet, const uint32_t *words, size_t count) {
  for (size_t i = 0; i < count * 4; i++) {
    packet[i] = (uint8_t) (words[i / 4] >> i % 4 * 8);
  }
  memset (packet + count * 4, 0x5a, 64); /* the body */
  return count * 4 + 64;
}

void bench_tl (void) {
  static uint8_t packet[256];
  static struct work w = { .data = packet };
  static const struct {
    const char *function, *label;
    uint32_t words[12];
    size_t count;
  } cases[] = {
    { "tl_query_header", "plain", { RPC_INVOKE_REQ, 5, 6 }, 3 },
    { "tl_query_header", "actor", { RPC_INVOKE_REQ, 5, 6, RPC_DEST_ACTOR, 7, 0 }, 6 },
    { "tl_query_header", "actor and flags", { RPC_INVOKE_REQ, 5, 6, RPC_DEST_ACTOR_FLAGS, 7, 0, 0 }, 7 },
    { "tl_query_header", "kphp", { RPC_INVOKE_KPHP_REQ, 5, 6 }, 3 },
    { "tl_query_header", "refused", { 1, 5, 6 }, 3 },
    { "tl_answer_header", "plain", { RPC_REQ_RESULT, 5, 6 }, 3 },
    { "tl_answer_header", "flags", { RPC_REQ_RESULT, 5, 6, RPC_REQ_RESULT_FLAGS, 0 }, 5 },
    { "tl_answer_header", "error", { RPC_REQ_ERROR, 5, 6, 0xfffffc18, 0x61626300 }, 5 },
    { "tl_answer_header", "refused", { 1, 5, 6 }, 3 },
  };
  for (size_t i = 0; i < sizeof (cases) / sizeof (cases[0]); i++) {
    bool answer = !strcmp (cases[i].function, "tl_answer_header");
    w.len = put (packet, cases[i].words, cases[i].count);
    struct bout b = { .family = "tl",
                      .function = cases[i].function,
                      .label = cases[i].label,
                      .size = cases[i].count * 4,
                      .work = &w,
                      .run = { [OURS] = answer ? ours_answer : ours_query },
                      .value = { [OURS] = our_value, [ORIGINAL] = legacy_value } };
    if (original.tlf_init_str && original.tlf_query_header && original.tlf_query_answer_header) {
      b.run[ORIGINAL] = answer ? original_answer : original_query;
    }
    compete (&b);
    b.function = answer ? "tlf_query_answer_header" : "tlf_query_header";
    b.run[OURS] = answer ? dropin_answer : dropin_query;
    b.value[OURS] = legacy_value;
    compete (&b);
  }
}
