/*
 * TL packets: valid, truncated, malformed.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "host.h"

typedef int32_t parse_t (const uint8_t *data, size_t len, mtproxy_ffi_tl_header_parse_result_t *out);

/* Packets are written in hex, as a capture shows them. */
static size_t from_hex (const char *text, unsigned char *bytes) {
  size_t len = 0;
  unsigned byte;
  for (; sscanf (text, "%2x", &byte) == 1; text += 2) {
    bytes[len++] = (unsigned char) byte;
  }
  return len;
}

static void show (const char *what, parse_t *parse, const char *packet, int status, const char *error) {
  unsigned char bytes[128];
  size_t len = from_hex (packet, bytes);
  mtproxy_ffi_tl_header_parse_result_t result;
  expect (parse (bytes, len, &result) == 0, "%s: looked at", what);
  expect (result.status == status && !strcmp (result.error, error), "%s: status %d '%s'", what, result.status,
          result.error);
  if (result.status == 0) {
    printf ("  %-32s op %08x qid %lld actor %lld, body at %d of %zu\n", what, (unsigned) result.op,
            (long long) result.qid, (long long) result.actor_id, result.consumed, len);
  } else {
    printf ("  %-32s refused, %d: %s (answer goes to qid %lld)\n", what, result.errnum, result.error,
            (long long) result.qid);
  }
}

void use_tl (void) {
  parse_t *query = mtproxy_ffi_tl_parse_query_header, *answer = mtproxy_ffi_tl_parse_answer_header;
  printf ("TL headers\n");
  show ("query", query,
        "3ddf74230500000000000000"
        "c6b76b16",
        0, "");
  show ("query with actor and flags", query,
        "3ddf74230500000000000000"
        "f7aca5f0070000000000000000000000"
        "c6b76b16",
        0, "");
  show ("query, actor cut off", query,
        "3ddf74230500000000000000"
        "bdaa6875010203",
        -1, "Trying to read 8 bytes at position 16 (size = 19)");
  show ("query, unknown flags", query,
        "3ddf74230500000000000000"
        "5e0352e301000000",
        -1, "Unsupported flags in header 0x00000001");
  show ("empty packet", query, "", -1, "Trying to read 4 bytes at position 0 (size = 0)");
  show ("answer", answer,
        "4edaae630500000000000000"
        "c6b76b16",
        0, "");
  show ("answer, error inside", answer,
        "4edaae630500000000000000"
        "f532e47a0600000000000000"
        "c6b76b16",
        0, "");
  show ("query where an answer is due", answer,
        "3ddf74230500000000000000"
        "c6b76b16",
        -1, "Expected RPC_REQ_ERROR or RPC_REQ_RESULT");
  show ("16 bytes that hang the original", answer,
        "4edaae630500000000000000"
        "f632e47a",
        0, "");
  report ("mtproxy_ffi_tl_parse_query_header", "2 accepted, 3 refused with the legacy texts");
  report ("mtproxy_ffi_tl_parse_answer_header", "3 accepted, 1 refused, none hangs");
}
