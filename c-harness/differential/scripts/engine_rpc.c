/*
 * Packets to the engine's port: queries that the engine or its host answers, and other operations; with all that surrounds them
 * (rpc_world.h), a signal at a time.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "engine_world.h"
#include "http_host.h"
#include "rpc_jobs.h"
#include "rpc_world.h"
#include "script.h"
#include "tl_packet.h"

enum { RUN = 0, ABORT = 5, PONG = (int) 0x8430eaa7, RAW = 2, TCP = 3 };
enum { ENGINE_STAT = (int) 0xefb3c36b, ENGINE_NOP = 0x166bb7c6 };

/* ---- what the host does with queries ---- */

/* The first words of its queries. The last two are unknown to it; the second of them with an error of its own. */
enum { ANSWERS = 0x1000, ALLOCATED, SELF_COPIED, HEADED, FAILS, ERRS, WAITS, WAITS_IN_VAIN, WRONG, UNKNOWN };
enum { QUERIES = UNKNOWN - ANSWERS + 1 };

/* A query's parameters follow it. */
struct query {
  struct tl_act_extra head;
  unsigned word;
};

static bool of_query (unsigned word) {
  return word >= ANSWERS && word <= UNKNOWN;
}

/* Queries that wait, each a reference to the job that runs it. */
enum { WAITING = 4 };
static struct async_job *waiting[WAITING];

static void keep (struct async_job *job) {
  for (int i = 0; i < WAITING; i++) {
    if (waiting[i] == job) {
      return;
    }
  }
  for (int i = 0; i < WAITING; i++) {
    if (!waiting[i]) {
      waiting[i] = lib->job_incref (job);
      return;
    }
  }
}

static int act (void *job, struct tl_act_extra *extra) {
  struct query *q = (struct query *) (void *) extra;
  note ("acts on %x, attempt %d, op %x, flags %d;", q->word, extra->attempt, (unsigned) extra->op, extra->flags);
  switch (q->word) {
  case FAILS:
    return -1;
  case ERRS:
    rpc_store (extra->tlio_out, 1);
    rpc_set_error (extra->tlio_out, -77, "an error of the host's");
    return 0;
  case WAITS:
    keep (job);
    ((struct async_job *) job)->j_children = 1;
    return -2;
  case WAITS_IN_VAIN:
    return -2;
  }
  rpc_store (extra->tlio_out, q->word);
  rpc_store (extra->tlio_out, 0x20202020);
  return 0;
}

static void free_it (struct tl_act_extra *extra) {
  note ("frees a query;");
  free (extra);
}

static struct tl_act_extra *copy_it (struct tl_act_extra *extra) {
  note ("copies a query;");
  struct tl_act_extra *copy = malloc ((size_t) extra->size);
  memcpy (copy, extra, (size_t) extra->size);
  return copy;
}

static struct tl_act_extra *parse (struct tl_in_state *in, long long actor) {
  static struct query shared;
  unsigned word = 0;
  if (in->in_remaining >= 4) {
    ((const struct tl_in_methods *) in->in_methods)->fetch_lookup (in, &word, 4);
  }
  note ("parses %x of actor %lld;", word, actor);
  if (!of_query (word) || word == UNKNOWN) {
    return NULL;
  }
  if (word == WRONG) {
    in->error = strdup ("wrong parameters");
    in->errnum = -78;
    return NULL;
  }
  struct query *q = word == ALLOCATED ? calloc (1, sizeof (*q)) : &shared;
  memset (q, 0, sizeof (*q));
  q->head.size = sizeof (*q);
  q->head.flags = word == ALLOCATED ? 3 : 0;
  q->head.subclass = -1;
  q->head.act = act;
  q->word = word;
  if (word == SELF_COPIED) {
    q->head.free = free_it;
    q->head.dup = copy_it;
  } else if (word == HEADED) {
    q->head.header = rpc_header (5, 0);
  }
  return &q->head;
}

static void tell_statistics (struct tl_out_state *out) {
  rpc_store (out, 0x74617473);
}

static int tell_kind (struct tl_in_state *in) {
  return 1000 + in->in_remaining;
}

/* The original calls the function that tells a query's kind, even if there is none. */
static void begin (void) {
  rpc_world_begin ();
  lib->engine_tl_init (parse, NULL, tell_kind, 0.5, "engine");
}

static void observe (void) {
  rpc_world_observe ();
  note ("%lld at work, %lld operations, %.1f s", lib->engine_get_allocated_queries (), *lib->total_vv_tree_nodes,
        *lib->tl_aio_timeout);
}

static void host (const long *a) {
  lib->engine_tl_init (a[0] & 1 ? parse : NULL, a[0] & 2 ? (void (*) ()) tell_statistics : NULL, tell_kind,
                       (double) a[1] / 2, "engine");
}

/* Jobs are of the first thread, and there are none of these while a whole engine runs. At level 3 they tell addresses. */
static bool elsewhere (void) {
  bool is = this_thread () || engine_world_is_on () || *lib->verbosity > 2;
  rpc_world_step ();
  if (is) {
    skip ();
  }
  return is;
}

/* ---- packets ---- */

static void add (struct raw_message *raw, unsigned word) {
  lib->rwm_push_data (raw, &word, 4);
}

static const unsigned bodies[] = { ENGINE_NOP, ENGINE_STAT, 0xffffffff, RPC_REQ_ERROR_WRAPPED };
enum { BODIES = QUERIES + sizeof (bodies) / sizeof (bodies[0]) };

static unsigned body (long number) {
  return number < QUERIES ? ANSWERS + (unsigned) number : bodies[number - QUERIES];
}

/* A query: with a header that has flags, an actor, or neither; and what it asks for. Of all that the first words. */
static void query_packet (struct raw_message *raw, long header, long what, int words) {
  http_host_thread ();
  lib->rwm_init (raw, 0);
  add (raw, RPC_INVOKE_REQ);
  add (raw, 0x55667788);
  add (raw, 0x11223344);
  if (header) {
    add (raw, RPC_DEST_ACTOR_FLAGS);
    add (raw, header == 2 ? 9 : 0);
    add (raw, 0);
    add (raw, header == 1 ? 0x50005 : 0);
  }
  add (raw, body (what));
  lib->rwm_trunc (raw, words * 4);
}

static void receive (struct raw_message *raw, int op) {
  note ("%d", lib->default_tl_tcp_rpcs_execute (rpc_connection, op, raw));
}

static void query (const long *a) {
  if (elsewhere ()) {
    return;
  }
  struct raw_message raw;
  query_packet (&raw, a[0], a[1], (int) a[2]);
  receive (&raw, RPC_INVOKE_REQ);
}

static const unsigned first_words[] = { RPC_REQ_RESULT, RPC_REQ_ERROR, 0x31337, 0x31338, 0x80000000, (unsigned) PONG };
enum { FIRST_WORDS = sizeof (first_words) / sizeof (first_words[0]) };

static void other_packet (struct raw_message *raw, long first, int words) {
  http_host_thread ();
  lib->rwm_init (raw, 0);
  add (raw, first_words[first]);
  add (raw, 0x99);
  /* The kind of an answer is the top of its number. */
  add (raw, (unsigned) words << 28 | 0x123);
  lib->rwm_trunc (raw, words * 4);
}

/* At most three words: a number needs all of them. */
static void other (const long *a) {
  if (elsewhere ()) {
    return;
  }
  struct raw_message raw;
  other_packet (&raw, a[0], (int) a[1]);
  receive (&raw, (int) first_words[a[0]]);
}

/* Bytes of any kind, after the word of a query or as they are. */
static void noise (const long *a) {
  struct raw_message raw;
  if (elsewhere ()) {
    return;
  }
  lib->rwm_init (&raw, 0);
  if (a[2]) {
    add (&raw, RPC_INVOKE_REQ);
  }
  lib->rwm_push_data (&raw, numbered_bytes (a[0], (size_t) a[1]), (int) a[1]);
  receive (&raw, a[2] ? (int) RPC_INVOKE_REQ : 0);
}

/* From nowhere, or from a connection whose answer goes to its descriptor. */
static void start (const long *a) {
  if (elsewhere ()) {
    return;
  }
  struct raw_message raw;
  query_packet (&raw, 0, a[1], 9);
  note ("%d", lib->do_create_query_job (&raw, (int) a[0], &rpc_remote, a[2] ? lib->job_incref (rpc_connection) : NULL));
}

/* ---- a query by its parts ---- */

static struct query_info *info_of (struct async_job *job) {
  return (struct query_info *) job->j_custom;
}

static int not_run (struct async_job *job, int signal, struct job_thread *thread) {
  (void) job;
  (void) thread;
  note ("gets %d;", signal);
  abort ();
}

/* A job, into which a packet was put. */
static struct async_job *job_with (long which) {
  struct async_job *job = rpc_job_new (not_run, sizeof (struct query_work_params));
  struct query_info *info = info_of (job);
  if (which < BODIES) {
    query_packet (&info->raw, 0, which, 9);
  } else {
    other_packet (&info->raw, which - BODIES, 3);
  }
  info->src_type = TCP;
  info->src_pid = rpc_remote;
  return job;
}
enum { PACKETS = BODIES + FIRST_WORDS };

/* What follows from a result of a call in a job. */
static void go_on (struct async_job *job, int result) {
  note ("%x, error %d;", (unsigned) result, job->j_error);
  job->j_flags = (int) ((unsigned) job->j_flags | (unsigned) (result & 0xff) << 24);
  lib->unlock_job (1, job);
}

/* A packet with which nothing is to be done leaves the job without a function of the library's. */
static void run_query (const long *a) {
  if (elsewhere ()) {
    return;
  }
  struct async_job *job = job_with (a[0]);
  int result = lib->query_job_run (job, (int) a[1], 1);
  note ("%x;", (unsigned) result);
  if (result & 0xff) {
    go_on (job, result);
  }
}

static void create_query (const long *a) {
  if (elsewhere ()) {
    return;
  }
  struct async_job *job = job_with (a[0]);
  struct raw_message raw = info_of (job)->raw;
  lib->rwm_skip_data (&raw, 12);
  struct tl_query_header *header = rpc_header (a[1] ? 0x77 : 0, (int) a[1]);
  int result = lib->create_query_job (job, &raw, header, (double) a[2] / 2, &rpc_remote, TCP, 0, 0);
  rpc_header_drop (header);
  lib->rwm_free (&raw);
  go_on (job, result);
}

static void create_other (const long *a) {
  if (elsewhere ()) {
    return;
  }
  struct async_job *job = job_with (BODIES + a[0]);
  struct raw_message raw = info_of (job)->raw;
  int result = lib->create_query_custom_job (job, &raw, (double) a[1] / 2, 7, (int) a[2]);
  lib->rwm_free (&raw);
  go_on (job, result);
}

static void act_custom (const long *a) {
  struct query_work_params params = { .fd = 3, .generation = 4 };
  struct raw_message raw;
  other_packet (&raw, a[0], (int) a[1]);
  struct tl_in_state *in = rpc_in (&raw);
  note ("%d, at %d", lib->__tl_query_act_custom (in, &params), in->in_pos);
  note ("error %d %s", in->errnum, in->error ? in->error : "none");
  rpc_in_free (in);
}

static void run (const long *a) {
  (void) a;
  if (elsewhere ()) {
    return;
  }
  lib->run_pending_main_jobs ();
}

static void wait_for (const long *a) {
  if (elsewhere ()) {
    return;
  }
  rpc_jobs_wait ((double) a[0] / 4);
}

/* What a query waited for has come, or is not awaited any more; or the query is aborted. */
static void wake (const long *a) {
  if (elsewhere ()) {
    return;
  }
  struct async_job *job = waiting[a[0]];
  if (!job) {
    skip ();
    return;
  }
  if (a[1] == 1 && job->j_parent) {
    lib->job_signal (1, lib->job_incref (job->j_parent), ABORT);
  } else if (a[1] == 2) {
    lib->job_signal (1, lib->job_incref (job), ABORT);
  } else if (a[1] == 3) {
    waiting[a[0]] = NULL;
    lib->job_decref (1, job);
  } else {
    job->j_children = 0;
    lib->job_signal (1, lib->job_incref (job), RUN);
  }
}

static void connect_again (const long *a) {
  rpc_connected = a[0] != 0;
  http_connection_info (rpc_connection)->generation += (int) a[1];
}

static void close_it (const long *a) {
  note ("%d", lib->default_tl_close_conn (rpc_connection, (int) a[0]));
}

static void verbose (const long *a) {
  *lib->verbosity = (int) a[0];
}

/* ---- other operations, and answers ---- */

static void operate (struct tl_in_state *in, struct query_work_params *params) {
  note ("operates on %d bytes, type %u, from %08x:%d, descriptor %d of %d;", in->in_remaining, params->type,
        params->pid.ip, params->pid.port, params->fd, params->generation);
}

/* Of two for one word the original takes any, or ends the process. */
static void know (const long *a) {
  static bool known[FIRST_WORDS];
  if (known[a[0]]) {
    skip ();
    return;
  }
  known[a[0]] = true;
  lib->register_custom_op_cb (first_words[a[0]],
                              first_words[a[0]] == RPC_REQ_RESULT ? lib->engine_work_rpc_req_result : operate);
}

static void on_answer (struct tl_in_state *in, struct tl_query_header *header) {
  note ("answer to %llx, %d bytes, %s;", header->qid, in->in_remaining,
        header->qw_params ? "with its job" : "without a job");
}

static void want (const long *a) {
  lib->tl_query_result_fun_set (a[1] ? on_answer : NULL, (int) a[0]);
}

static void take_answer (const long *a) {
  struct raw_message raw;
  other_packet (&raw, a[0], (int) a[1]);
  struct tl_in_state *in = rpc_in (&raw);
  lib->engine_work_rpc_req_result (in, NULL);
  note ("at %d", in->in_pos);
  rpc_in_free (in);
}

/* Ends the process for a kind above 15. The counter below starts somewhere. */
static void next_number (const long *a) {
  static unsigned last;
  unsigned long long number = (unsigned long long) lib->tl_generate_next_qid ((int) a[0]);
  note ("kind %llu, then %s", number >> 60, last && (unsigned) number != last + 1 ? "another" : "the next");
  last = (unsigned) number;
}

/* ---- pure parts ---- */

static void header (const long *a) {
  struct tl_query_header h = { .flags = (int) a[0] * 0x10001 };
  int words[3] = { -1, -1, -1 };
  note ("%x %d", (unsigned) lib->tl_result_new_flags (h.flags), lib->tl_result_get_header_len (&h));
  int made = lib->tl_result_make_header (words, &h);
  note ("%d: %x %x %x", made, (unsigned) words[0], (unsigned) words[1], (unsigned) words[2]);
}

static void copy (const long *a) {
  struct {
    struct query q;
    int more[4];
  } original = { .q = { .head = { .flags = (int) a[0], .attempt = 3 }, .word = 0x1234 }, .more = { 1, 2, 3, 4 } };
  original.q.head.size = sizeof (original);
  note ("%d;", lib->need_dup (&original.q.head));
  struct tl_act_extra *copied = lib->tl_default_act_dup (&original.q.head);
  note ("flags %d, %s", copied->flags,
        memcmp ((char *) copied + 8, (char *) &original + 8, sizeof (original) - 8) ? "another" : "the same");
  copied->header = a[1] ? rpc_header (1, 0) : NULL;
  lib->tl_default_act_free (copied);
  struct tl_act_extra borrowed = { .header = a[1] ? rpc_header (1, 0) : NULL };
  lib->tl_default_act_free (&borrowed);
}

static const char *const pages[] = {
  "",
  "a\t1\n",
  "a\t1\nno tab\nb\t22\n",
  "two\ttabs\tare no line\nc\t3\nlast\t4",
  "\tvalue\nname\t\n\t\n\n\nd\t5\n",
  ">>>>>>jobs>>>>>>\tstart\nname of more than four bytes\ta value of a few more bytes\n",
};
enum { PAGES = sizeof (pages) / sizeof (pages[0]) + 3 };

/* A value whose length has one or four bytes. */
static const char *page (long number) {
  static char text[5000];
  static const int lengths[] = { 253, 254, 4000 };
  int plain = PAGES - 3;
  if (number < plain) {
    return pages[number];
  }
  int len = lengths[number - plain];
  memcpy (text, "n\t", 2);
  memset (text + 2, 'x', (size_t) len);
  memcpy (text + 2 + len, "\n", 2);
  return text;
}

/* Ends the process where there is no room for a page. */
static void store_page (const long *a) {
  struct tl_out_state *out = rpc_out ((int) a[2]);
  note ("%d;", lib->tl_store_stats (out, page (a[0]), (int) a[1]));
  rpc_out_end (out);
}

static void store_statistics (const long *a) {
  struct tl_out_state *out = rpc_out ((int) a[0]);
  lib->tl_engine_store_stats (out);
  rpc_out_end (out);
}

/* Types but those of messages end the process. */
static void answer_place (const long *a) {
  if (elsewhere ()) {
    return;
  }
  struct tl_out_state *out = lib->tl_aio_init_store ((unsigned) a[0], &rpc_remote, a[1]);
  if (out) {
    note ("type %d, number %lld;", out->out_type, out->out_qid);
    rpc_out_end (out);
  } else {
    note ("nobody");
  }
}

static void generated (const long *a) {
  (void) a;
  note ("%s %s %d %d %s", lib->skip_function_any (NULL) ? "?" : "-", lib->fetch_function_any (NULL) ? "?" : "-",
        lib->skip_type_any (NULL, NULL), lib->fetch_type_any (NULL, NULL), lib->paramed_type_dup (NULL) ? "?" : "-");
  lib->free_vars_to_be_freed ();
  lib->tl_printf_clear ();
  lib->paramed_type_free (NULL);
}

static const struct operation operations[] = {
  { "host", host, { { "functions", 0, 3 }, { "halves", 0, 4 } }, 3 },
  { "query", query, { { "header", 0, 2 }, { "body", 0, BODIES - 1 }, { "words", 1, 9 } }, 16 },
  { "other", other, { { "word", 0, FIRST_WORDS - 1 }, { "words", 0, 3 } }, 6 },
  { "noise", noise, { { "bytes", 0, 1000000 }, { "length", 0, 60 }, { "query", 0, 1 } }, 6 },
  { "start", start, { { "type", RAW, TCP }, { "body", 0, BODIES - 1 }, { "connection", 0, 1 } }, 4 },
  { "run_query", run_query, { { "packet", 0, PACKETS - 1 }, { "descriptor", 0, 8 } }, 2 },
  { "create_query", create_query, { { "body", 0, BODIES - 1 }, { "flags", 0, 2 }, { "timeout", -1, 2 } }, 4 },
  { "create_other", create_other, { { "word", 0, FIRST_WORDS - 1 }, { "timeout", -1, 1 }, { "generation", 0, 2 } }, 3 },
  { "act_custom", act_custom, { { "word", 0, FIRST_WORDS - 1 }, { "words", 0, 3 } }, 2 },
  { "run", run, { { 0 } }, 24 },
  { "wait", wait_for, { { "quarters", 0, 3 } }, 6 },
  { "wake", wake, { { "query", 0, WAITING - 1 }, { "how", 0, 3 } }, 12 },
  { "connect", connect_again, { { "open", 0, 1 }, { "generations", 0, 1 } }, 2 },
  { "close", close_it, { { "who", 0, 2 } }, 1 },
  { "verbosity", verbose, { { "level", 0, 2 } }, 1 },
  { "know", know, { { "word", 0, FIRST_WORDS - 1 } }, 3 },
  { "want", want, { { "kind", 0, 15 }, { "function", 0, 1 } }, 3 },
  { "answer", take_answer, { { "word", 0, 1 }, { "words", 1, 3 } }, 3 },
  { "number", next_number, { { "kind", 0, 16 } }, 1 },
  { "header", header, { { "flags", 0, 3 } }, 1 },
  { "copy", copy, { { "flags", 0, 4 }, { "header", 0, 1 } }, 1 },
  { "page", store_page, { { "page", 0, PAGES - 1 }, { "raw", 0, 1 }, { "room", 30, 5000 } }, 3 },
  { "statistics", store_statistics, { { "room", 9000, 9001 } }, 2 },
  { "place", answer_place, { { "type", 0, 5 }, { "number", 0, 9 } }, 1 },
  { "generated", generated, { { 0 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "engine_rpc.host(3,1);engine_rpc.query(0,0,9);engine_rpc.run;engine_rpc.query(0,1,9);engine_rpc.run;"
  "engine_rpc.query(0,2,9);engine_rpc.run;engine_rpc.query(0,3,9);engine_rpc.run;engine_rpc.query(0,4,9);"
  "engine_rpc.run;engine_rpc.query(0,5,9);engine_rpc.run;engine_rpc.query(0,6,9);engine_rpc.run;"
  "engine_rpc.query(0,7,9);engine_rpc.run;engine_rpc.query(0,8,9);engine_rpc.run;engine_rpc.query(0,9,9);"
  "engine_rpc.run;engine_rpc.query(0,10,9);engine_rpc.run;engine_rpc.query(0,11,9);engine_rpc.run;"
  "engine_rpc.query(0,12,9);engine_rpc.run;engine_rpc.query(0,13,9);engine_rpc.run",
  "engine_rpc.host(1,1);engine_rpc.query(1,0,9);engine_rpc.run;engine_rpc.query(1,10,9);engine_rpc.run;"
  "engine_rpc.query(1,11,9);engine_rpc.run;engine_rpc.query(1,9,9);engine_rpc.run;engine_rpc.query(2,0,9);"
  "engine_rpc.run;engine_rpc.query(2,10,9);engine_rpc.run;engine_rpc.query(2,11,9);engine_rpc.run;"
  "engine_rpc.query(2,9,9);engine_rpc.run;engine_rpc.statistics(9000)",
  "engine_rpc.query(0,10,1);engine_rpc.run;engine_rpc.query(0,10,2);engine_rpc.run;engine_rpc.query(0,10,3);"
  "engine_rpc.run;engine_rpc.query(0,10,4);engine_rpc.run;engine_rpc.query(1,10,4);engine_rpc.run;"
  "engine_rpc.query(1,10,5);engine_rpc.run;engine_rpc.query(1,10,6);engine_rpc.run;engine_rpc.query(1,10,7);"
  "engine_rpc.run;engine_rpc.query(1,10,8);engine_rpc.run",
  "engine_rpc.host(1,2);engine_rpc.query(0,6,9);engine_rpc.run;engine_rpc.wake(0,0);engine_rpc.run;"
  "engine_rpc.wake(0,0);engine_rpc.run;engine_rpc.wake(0,0);engine_rpc.run;engine_rpc.wake(0,0);engine_rpc.run;"
  "engine_rpc.wake(0,0);engine_rpc.run;engine_rpc.wake(0,0);engine_rpc.run;engine_rpc.wake(0,3);engine_rpc.run",
  "engine_rpc.host(1,2);engine_rpc.query(0,6,9);engine_rpc.run;engine_rpc.wait(3);engine_rpc.wait(3);"
  "engine_rpc.run;engine_rpc.wake(0,0);engine_rpc.run;engine_rpc.wake(0,3);engine_rpc.run",
  "engine_rpc.host(1,2);engine_rpc.query(0,6,9);engine_rpc.run;engine_rpc.wake(0,1);engine_rpc.run;"
  "engine_rpc.wake(0,0);engine_rpc.run;engine_rpc.wake(0,3);engine_rpc.run;engine_rpc.wait(3)",
  "engine_rpc.host(1,2);engine_rpc.query(0,6,9);engine_rpc.run;engine_rpc.wake(0,2);engine_rpc.run;"
  "engine_rpc.wake(0,3);engine_rpc.run",
  "engine_rpc.host(1,1);engine_rpc.query(0,0,9);engine_rpc.wait(3);engine_rpc.run;engine_rpc.query(0,1,9);"
  "engine_rpc.connect(0,1);engine_rpc.run;engine_rpc.connect(1,0);engine_rpc.query(0,0,9);engine_rpc.close(1);"
  "engine_rpc.run",
  "engine_rpc.host(1,0);engine_rpc.start(2,0,1);engine_rpc.run;engine_rpc.start(2,0,1);engine_rpc.connect(1,1);"
  "engine_rpc.run;engine_rpc.start(2,4,0);engine_rpc.run;engine_rpc.start(3,0,0);engine_rpc.run;"
  "engine_rpc.start(2,6,1);engine_rpc.run;engine_rpc.wake(0,1);engine_rpc.run;engine_rpc.wake(0,3);engine_rpc.run",
  "engine_rpc.other(2,3);engine_rpc.know(0);engine_rpc.know(2);engine_rpc.know(5);engine_rpc.other(2,3);"
  "engine_rpc.other(5,2);engine_rpc.other(0,3);engine_rpc.want(3,1);engine_rpc.other(0,3);engine_rpc.want(3,0);"
  "engine_rpc.other(0,3);engine_rpc.other(0,2);engine_rpc.other(1,3);engine_rpc.other(3,1);engine_rpc.other(4,0);"
  "engine_rpc.run",
  "engine_rpc.know(2);engine_rpc.act_custom(2,3);engine_rpc.act_custom(3,3);engine_rpc.act_custom(2,0);"
  "engine_rpc.want(3,1);engine_rpc.want(0,1);engine_rpc.answer(0,3);engine_rpc.answer(1,3);engine_rpc.answer(0,2);"
  "engine_rpc.verbosity(1);engine_rpc.want(3,0);engine_rpc.answer(0,3)",
  "engine_rpc.know(2);engine_rpc.create_other(2,0,1);engine_rpc.create_other(3,1,2);engine_rpc.run;"
  "engine_rpc.wait(3);engine_rpc.run_query(0,7);engine_rpc.run;engine_rpc.run_query(16,8);"
  "engine_rpc.run_query(17,0);engine_rpc.run",
  "engine_rpc.host(1,1);engine_rpc.create_query(0,0,2);engine_rpc.run;engine_rpc.create_query(0,1,2);"
  "engine_rpc.run;engine_rpc.create_query(1,0,2);engine_rpc.run;engine_rpc.create_query(1,1,2);engine_rpc.run;"
  "engine_rpc.create_query(5,0,2);engine_rpc.run;engine_rpc.create_query(5,1,2);engine_rpc.run;"
  "engine_rpc.create_query(10,0,2);engine_rpc.run;engine_rpc.create_query(10,1,2);engine_rpc.run;"
  "engine_rpc.create_query(6,1,1);engine_rpc.wait(3);engine_rpc.wake(0,3);engine_rpc.run",
  "engine_rpc.number(0);engine_rpc.number(0);engine_rpc.number(15);engine_rpc.number(7);engine_rpc.header(0);"
  "engine_rpc.header(1);engine_rpc.header(3);engine_rpc.copy(0,0);engine_rpc.copy(1,1);engine_rpc.copy(4,1);"
  "engine_rpc.generated;engine_rpc.place(2,7);engine_rpc.place(3,7);"
  "engine_rpc.number(16)",
  "engine_rpc.page(0,0,5000);engine_rpc.page(0,1,5000);engine_rpc.page(1,0,5000);engine_rpc.page(1,1,5000);"
  "engine_rpc.page(2,0,5000);engine_rpc.page(2,1,5000);engine_rpc.page(3,0,5000);engine_rpc.page(3,1,5000);"
  "engine_rpc.page(4,0,5000);engine_rpc.page(4,1,5000);engine_rpc.page(5,0,5000);engine_rpc.page(5,1,5000);"
  "engine_rpc.page(6,0,5000);engine_rpc.page(6,1,5000);engine_rpc.page(7,0,5000);engine_rpc.page(7,1,5000);"
  "engine_rpc.page(8,0,5000);engine_rpc.page(8,1,5000);engine_rpc.statistics(9000);engine_rpc.page(5,0,30)",
  "engine_rpc.place(1,1)",
  "engine_rpc.place(4,1)",
  "engine_rpc.verbosity(2);engine_rpc.host(1,1);engine_rpc.query(0,4,9);engine_rpc.run;engine_rpc.query(0,9,9);"
  "engine_rpc.run;engine_rpc.query(0,0,9);engine_rpc.connect(0,0);engine_rpc.run",
  NULL,
};

const struct script_family engine_rpc_scripts = { "engine_rpc", CAN_ENGINE_RPC, operations, begin, observe, fixed };
