/*
 * What the scripts of RPC's clients and of its servers have in common: see rpc_parts.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "rpc_parts.h"

#include <string.h>

#include "http_host.h"
#include "script.h"

void (*rpc_parse) (void);
static int taken;

int rpc_execute (void *job, int op, void *message) {
  struct raw_message *raw = message;
  note ("executes %x of %d %s", (unsigned) op, raw->total_bytes, job == wire ? "" : "FOR ANOTHER");
  note_bytes ("with", http_message_bytes (raw), (size_t) raw->total_bytes);
  if (taken > 0) {
    lib->rwm_free (raw);
  }
  return taken;
}

/* ---- what a peer sends ---- */

void rpc_put (unsigned char *nonce, int at, int word) {
  memcpy (nonce + at, &word, 4);
}

int rpc_nonce (unsigned char *nonce, const long *a, int now) {
  enum { KEYS = 8 };
  int schema = (int) a[0], key = a[1] & 1 ? 0x55 : KEY, spoilt = (int) a[2];
  if (schema == PLAIN && !(a[1] & 2)) {
    key = 0;
  }
  memcpy (nonce, numbered_bytes (a[1], NONCE_ROOM), NONCE_ROOM);
  rpc_put (nonce, 0, spoilt == 11 ? HANDSHAKE : NONCE);
  rpc_put (nonce, 4, key);
  rpc_put (nonce, 8, schema);
  rpc_put (nonce, 12, now + (spoilt == 1 ? 31 : spoilt == 2 ? -31 : spoilt == 3 ? 30 : -30));
  if (schema != EXTRA && schema != WITH_DH) {
    return 32;
  }
  int count = (int) (a[1] >> 2) % (KEYS + 1);
  rpc_put (nonce, 32, spoilt == 4 ? KEYS + 1 : spoilt == 5 ? -1 : count);
  for (int i = 0; i < count; i++) {
    rpc_put (nonce, 36 + 4 * i, 0x100 + i);
  }
  if (count && a[1] & 1 && spoilt != 6) {
    rpc_put (nonce, 36 + 4 * (count - 1), KEY);
  }
  int length = 36 + 4 * count;
  if (schema == WITH_DH) {
    rpc_put (nonce, length, spoilt == 7 ? 5 : spoilt == 8 ? 0 : *lib->dh_params_select);
  }
  return length;
}

void rpc_receive_handshake (struct rpc_handshake *packet, const long *a) {
  static const int flags[] = { 0, 2048, 0x100, 1, 0x80, 2048 | 0x40000000 };
  static const unsigned char shorter[] = { 0, 12, 4, 8 };
  packet->flags = flags[a[0]];
  packet->type = a[2] == 5 ? NONCE : HANDSHAKE;
  packet->more = 9;
  wire_receive_frame (a[2] == 6 ? 0 : -1, packet, 32 - (a[2] < 4 ? shorter[a[2]] : 0) + (a[2] == 4 ? 4 : 0));
  rpc_parse ();
}

void rpc_receive_data (const long *a, int awaited) {
  int words = (int) a[1], packet[400];
  memcpy (packet, numbered_bytes (a[0], sizeof (packet)), sizeof (packet));
  packet[0] = a[0] % 4 == 0 ? PING : 0x1234 + (int) a[0];
  taken = a[2] & 1;
  wire_receive_frame (awaited + (a[2] & 2 ? 1 : 0), packet, 4 * words);
  rpc_parse ();
}

void rpc_receive_word (int word, int first) {
  wire_receive (&word, first);
  rpc_parse ();
  wire_receive ((char *) &word + first, 4 - first);
  rpc_parse ();
  note ("with %d left", wire_info ()->in.total_bytes);
  lib->rwm_skip_data (&wire_info ()->in, wire_info ()->in.total_bytes);
}

void rpc_receive_spoilt (int checksum) {
  int frame[8] = { 32, wire_data ().in_packet_num, 0x1234, 0, 0, 0, 0, checksum };
  wire_receive (frame, 32);
  rpc_parse ();
}

/* ---- what a host sets ---- */

void rpc_set_pieces (const long *a) {
  wire_pieces ((int) a[0]);
}

void rpc_offer_checksum (const long *a) {
  lib->tcp_set_default_rpc_flags (0, a[0] ? 2048 : 0);
}

void rpc_allow_rate (const long *a) {
  lib->tcp_set_max_dh_accept_rate ((int) a[0]);
}

void rpc_set_number (const long *a) {
  struct tcp_rpc_data d = wire_data ();
  d.in_packet_num = (int) a[0];
  wire_set_data (&d);
}

void rpc_be_loud (const long *a) {
  *lib->verbosity = (int) a[0];
}
