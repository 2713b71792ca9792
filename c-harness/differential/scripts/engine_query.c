/*
 * Queries to the engine itself: a packet of words is read through a state of tl-parse's, and what comes of it is called. The
 * methods of the states are the script's own: they copy words, and tell.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "engine_host.h"
#include "script.h"

enum { WORDS = 6 };

static unsigned packet[WORDS];
static struct tl_in_state in;
static struct tl_out_state out;
static struct tl_act_extra *query;

static void copy_word (struct tl_in_state *state, void *to, int len) {
  note ("looks");
  memcpy (to, (char *) state->in + state->in_pos, (size_t) len);
}

static void take_word (struct tl_in_state *state, void *to, int len) {
  note ("takes");
  memcpy (to, (char *) state->in + state->in_pos, (size_t) len);
}

static void store (struct tl_out_state *state, const void *data, int len) {
  unsigned word = 0;
  memcpy (&word, data, len == 4 ? 4 : 0);
  note ("stores %d bytes at %d: %08x", len, state->out_pos, word);
}

static const struct tl_in_methods in_methods = { .fetch_lookup = copy_word, .fetch_raw_data = take_word };
static const struct tl_out_methods out_methods = { .store_raw_data = store };

static void tell_statistics (struct tl_out_state *state) {
  note ("statistics %s", state == &out ? "to the answer" : "elsewhere");
}

static void begin (void) {
  lib->engine_tl_init (NULL, (void (*) ()) tell_statistics, NULL, 0, NULL);
}

static void observe (void) {
  note ("at %d, %d left", in.in_pos, in.in_remaining);
  if (in.error) {
    note ("error %d %s", in.errnum, in.error);
  }
  note ("answer at %d, %d left", out.out_pos, out.out_remaining);
}

static const unsigned words[] = { 0xefb3c36b, 0x166bb7c6, 0x3fedd339, 0, 0xffffffff };
enum { KINDS = sizeof (words) / sizeof (words[0]) };

static void write_packet (const long *a) {
  for (int i = 0; i < WORDS; i++) {
    packet[i] = words[(a[0] + i) % KINDS];
  }
  free (in.error);
  memset (&in, 0, sizeof (in));
  in.in_type = 2;
  in.in_methods = &in_methods;
  in.in = packet;
  in.in_remaining = (int) a[1];
  in.in_flags = (int) a[2];
}

static void no_packet (const long *a) {
  (void) a;
  free (in.error);
  memset (&in, 0, sizeof (in));
  in.in_remaining = 8;
}

static void set_error (const long *a) {
  free (in.error);
  in.error = strdup ("an earlier one");
  in.errnum = (int) a[0];
}

static void parse (const long *a) {
  free (query);
  query = lib->tl_default_parse_function (&in, a[0]);
  if (!query) {
    note ("null");
    return;
  }
  note ("size %d flags %d type %d clock %s", query->size, query->flags, query->type,
        query->start_rdtsc ? "read" : "unread");
  note ("rest %s", query->attempt || query->op || query->subclass || query->hash || query->cpu_rdtsc ||
                           query->tlio_out || query->free || query->dup || query->header || query->raw ||
                           query->error || query->extra_ref || query->error_code
                       ? "set"
                       : "unset");
}

/* Ends the process where there is no room for the answer. */
static void answer (const long *a) {
  if (!query) {
    skip ();
    return;
  }
  memset (&out, 0, sizeof (out));
  out.out_type = (int) a[0];
  out.out_methods = &out_methods;
  out.out_remaining = (int) a[1];
  query->tlio_out = &out;
  note ("%d", query->act (NULL, query));
}

static const struct operation operations[] = {
  { "packet", write_packet, { { "first", 0, KINDS - 1 }, { "bytes", 0, 9 }, { "flags", 0, 3 } }, 6 },
  { "no_packet", no_packet, { { 0 } }, 1 },
  { "error", set_error, { { "number", -2000, -1999 } }, 1 },
  { "parse", parse, { { "actor", 0, 1 } }, 6 },
  { "answer", answer, { { "type", 0, 3 }, { "room", 3, 40 } }, 4 },
  { 0 },
};

static const char *const fixed[] = {
  "engine_query.packet(0,4,0);engine_query.parse(0);engine_query.answer(2,40);engine_query.packet(1,4,0);engine_query.parse(0);"
  "engine_query.answer(2,4)",
  "engine_query.packet(0,8,0);engine_query.parse(0);engine_query.packet(1,8,1);engine_query.parse(0)",
  "engine_query.packet(2,4,0);engine_query.parse(0);engine_query.packet(0,3,0);engine_query.parse(0);engine_query.parse(1)",
  "engine_query.no_packet;engine_query.parse(0);engine_query.packet(1,4,0);engine_query.error(-2000);engine_query.parse(0)",
  "engine_query.packet(1,4,0);engine_query.parse(0);engine_query.answer(1,3)",
  "engine_query.packet(1,4,0);engine_query.parse(0);engine_query.answer(0,8)",
  NULL,
};

const struct script_family engine_query_scripts = {
  "engine_query", CAN_ENGINE_QUERY, operations, begin, observe, fixed
};
