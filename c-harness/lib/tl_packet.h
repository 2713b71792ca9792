/*
 * TL constants, and a search for the marker on which the original hangs.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_TL_PACKET_H
#define HARNESS_TL_PACKET_H

#include <stddef.h>
#include <stdint.h>

#define RPC_INVOKE_REQ 0x2374df3du
#define RPC_INVOKE_KPHP_REQ 0x99a37fdau
#define RPC_REQ_ERROR 0x7ae432f5u
#define RPC_REQ_RESULT 0x63aeda4eu
#define RPC_REQ_ERROR_WRAPPED 0x7ae432f6u
#define RPC_DEST_ACTOR 0x7568aabdu
#define RPC_DEST_ACTOR_FLAGS 0xf0a5acf7u
#define RPC_DEST_FLAGS 0xe352035eu
#define RPC_REQ_RESULT_FLAGS 0x8cc84ce1u

static inline uint32_t packet_word (const uint8_t *at) {
  return (uint32_t) at[0] | (uint32_t) at[1] << 8 | (uint32_t) at[2] << 16 | (uint32_t) at[3] << 24;
}

/* The position at which RPC_REQ_ERROR_WRAPPED is an answer's next marker, or -1. */
static inline long wrapped_marker (const uint8_t *data, size_t len) {
  size_t at = 12;
  if (len < 16 || packet_word (data) != RPC_REQ_RESULT) {
    return -1;
  }
  while (at + 4 <= len) {
    switch (packet_word (data + at)) {
    case RPC_REQ_ERROR_WRAPPED:
      return (long) at;
    case RPC_REQ_ERROR:
      at += 12;
      break;
    case RPC_REQ_RESULT_FLAGS:
      if (at + 8 > len || packet_word (data + at + 4)) {
        return -1;
      }
      at += 8;
      break;
    default:
      return -1;
    }
  }
  return -1;
}

#endif
