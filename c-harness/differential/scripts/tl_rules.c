/*
 * The references to headers, the statistics of packets, and what ends the process.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>

#include "http_host.h"
#include "script.h"
#include "tl_packet.h"
#include "tl_world.h"

static struct tl_query_header *header;

/* A header of its own, which others get references to. */
static void references (const long *a) {
  if (!tl_world_ready ()) {
    return;
  }
  if (!header) {
    header = calloc (1, sizeof (*header));
    header->ref_cnt = 1;
    header->qid = a[1];
    header->actor_id = 7;
  }
  if (a[0] == 0) {
    note ("%s", lib->tl_query_header_dup (header) == header ? "the same" : "another");
  } else if (a[0] == 1) {
    struct tl_query_header *copy = lib->tl_query_header_clone (header);
    tl_world_note_header (copy);
    lib->tl_query_header_delete (copy);
  } else {
    bool last = header->ref_cnt == 1;
    lib->tl_query_header_delete (header);
    header = last ? NULL : header;
  }
  if (header) {
    tl_world_note_header (header);
  }
}

static void statistics (const long *a) {
  static char prefix[] = "all_";
  char page[700];
  struct stats_buffer sb;
  if (!tl_world_ready ()) {
    return;
  }
  *lib->start_time = 1700000000 - (int) a[1];
  *lib->jobs_module_state_prefix_tl_parse = a[0] ? prefix : NULL;
  lib->sb_init (&sb, page, sizeof (page));
  int written = lib->tl_parse_prepare_stat (&sb);
  note_bytes ("page", page, (size_t) written);
  *lib->jobs_module_state_prefix_tl_parse = NULL;
}

/* ---- what ends the process ---- */

static const struct tl_in_methods *methods_of (struct tl_in_state *in) {
  return in->in_methods;
}

static void refuse (const long *a) {
  char bytes[16] = "";
  struct tl_query_header h = { .op = 5 };
  if (!tl_world_ready ()) {
    return;
  }
  struct tl_in_state *in = lib->tl_in_state_alloc (), *memory = lib->tl_in_state_alloc ();
  struct tl_out_state *out = lib->tl_out_state_alloc ();
  struct raw_message *raw = http_message_new ();
  struct process_id pid = { .ip = 1 };
  lib->rwm_push_data (raw, "abcdefgh", 8);
  lib->tlf_init_raw_message (in, raw, 12, 0);
  lib->tlf_init_str (memory, bytes, 8);
  switch (a[0]) {
  case 0:
    methods_of (in)->fetch_raw_data (in, bytes, 12);
    break;
  case 1:
    methods_of (in)->fetch_lookup (in, bytes, 12);
    break;
  case 2:
    methods_of (in)->fetch_move (in, -1);
    break;
  case 3:
    methods_of (in)->fetch_mark (in);
    methods_of (in)->fetch_mark (in);
    break;
  case 4:
    methods_of (in)->fetch_mark_restore (in);
    break;
  case 5:
    methods_of (in)->fetch_mark_delete (in);
    break;
  case 6:
    lib->tlf_init_str (memory, bytes, 4);
    break;
  case 7:
    lib->tlf_init_str (lib->tl_in_state_alloc (), NULL, 0);
    break;
  case 8:
    lib->tls_init_raw_msg (out, &pid, 5);
    lib->tls_end_ext (out, 7); /* a message without a connection */
    break;
  case 9:
    lib->tls_init_str (out, bytes, 0, 4);
    lib->tls_init_str (out, bytes, 0, 4);
    break;
  case 10:
    lib->tls_init_tcp_raw_msg (out, 1, lib->job_incref (tl_world_connection), 5);
    lib->tls_end_ext (out, 0);
    break;
  case 11:
    lib->tls_init_tcp_raw_msg (out, 1, lib->job_incref (tl_world_connection), 0);
    ((const struct tl_out_methods *) out->out_methods)->store_raw_data (out, bytes, 3);
    out->out_pos = 3;
    lib->tls_end_ext (out, 7);
    break;
  case 12:
    lib->tls_init_str (out, bytes, 0, 16);
    lib->tls_header (out, &h);
    break;
  case 13:
    lib->tls_init (out, MEMORY, &pid, 0);
    break;
  case 14:
    h.ref_cnt = 0;
    lib->tl_query_header_delete (&h);
    break;
  case 15:
    lib->tls_init_str (out, bytes, 0, 4);
    h.op = (int) RPC_INVOKE_REQ;
    h.actor_id = 1;
    lib->tls_header (out, &h);
    break;
  case 16:
    methods_of (memory)->fetch_mark (memory);
    methods_of (memory)->fetch_mark (memory);
    break;
  default:
    lib->tlf_set_error (in, 1, NULL);
  }
  note ("goes on");
}

static const struct operation operations[] = {
  { "references", references, { { "what", 0, 2 }, { "qid", 0, 99 } }, 4 },
  { "statistics", statistics, { { "prefix", 0, 1 }, { "uptime", -1, 9 } }, 2 },
  { "refuse", refuse, { { "what", 0, 17 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "tl_rules.references(0,5);tl_rules.references(1,0);tl_rules.references(2,0);tl_rules.references(2,0);tl_rules.statistics(1,3)",
  "tl_rules.refuse(0)",
  "tl_rules.refuse(1)",
  "tl_rules.refuse(2)",
  "tl_rules.refuse(3)",
  "tl_rules.refuse(4)",
  "tl_rules.refuse(5)",
  "tl_rules.refuse(6)",
  "tl_rules.refuse(7)",
  "tl_rules.refuse(8)",
  "tl_rules.refuse(9)",
  "tl_rules.refuse(10)",
  "tl_rules.refuse(11)",
  "tl_rules.refuse(12)",
  "tl_rules.refuse(13)",
  "tl_rules.refuse(14)",
  "tl_rules.refuse(15)",
  "tl_rules.refuse(16)",
  "tl_rules.refuse(17)",
  NULL,
};

const struct script_family tl_rules_scripts = { "tl_rules", CAN_TL, operations, tl_world_begin, NULL, fixed };
