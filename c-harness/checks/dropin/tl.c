/*
 * Places to read from and to write to, where the original hangs, crashes, leaks or writes past its place.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "legacy_names.h"
#include "sentences.h"
#include "tl_packet.h"

enum { JOB_HEADER = 64, REMOTE_PID_AT = 16, MEMORY = 1, MOST = 70000, LONG = 9000 };

static const struct process_id remote = { .ip = 0x0a000001, .port = 443, .pid = 77, .utime = 1700000000 };
static char bytes[LONG], fetched[LONG + 100];
static int sent;

/* The last reference goes with what is sent, and the connection with it. */
static int finish (struct async_job *job, int signal, struct job_thread *thread) {
  enum { FINISH = 7 };
  struct connection_info *c = (struct connection_info *) (void *) ((char *) job + JOB_HEADER);
  (void) thread;
  if (signal != FINISH) {
    return -1;
  }
  struct raw_message *raw = mpq_pop_nw (c->out_queue, 4);
  sent = raw ? raw->total_bytes : -1;
  if (raw) {
    rwm_free (raw);
    free (raw);
  }
  free_mp_queue (c->out_queue);
  memset (c, 0xff, sizeof (*c));
  return job_free (1, job);
}

static struct async_job *new_connection (void) {
  /* It hears of nothing but its end. */
  struct async_job *job = create_async_job (finish, 0x80000000, -2, sizeof (struct connection_info), 0, 1, NULL);
  struct connection_info *c = (struct connection_info *) (void *) ((char *) job + JOB_HEADER);
  memset (c, 0, sizeof (*c));
  memcpy ((char *) c->custom_data + REMOTE_PID_AT, &remote, sizeof (remote));
  c->out_queue = alloc_mp_queue_w ();
  unlock_job (1, job_incref (job));
  return job;
}

static const struct tl_in_methods *ways_in (struct tl_in_state *in) {
  return in->in_methods;
}

static const struct tl_out_methods *ways_out (struct tl_out_state *out) {
  return out->out_methods;
}

/* A state that reads a message, or memory. */
static struct tl_in_state *reader (const void *data, int len, int type) {
  struct tl_in_state *in = tl_in_state_alloc ();
  struct raw_message raw;
  if (type == MEMORY) {
    tlf_init_str (in, data, len);
  } else {
    rwm_create (&raw, data, len);
    tlf_init_raw_message (in, &raw, len, 0);
  }
  return in;
}

/* Cure 2. */
static void wrapped_error (void) {
  unsigned packet[] = { RPC_REQ_RESULT, 5, 6, RPC_REQ_ERROR_WRAPPED };
  for (int type = 1; type < 3; type++) {
    struct tl_query_header h;
    struct tl_in_state *in = reader (packet, sizeof (packet), type);
    alarm (20);
    expect (tlf_query_answer_header (in, &h) == 12 && h.op == (int) RPC_REQ_ERROR_WRAPPED &&
                h.real_op == (int) RPC_REQ_RESULT && h.qid == 0x600000005 && !in->error && in->in_remaining == 4,
            "the marker ends the header");
    alarm (0);
    tl_in_state_free (in);
  }
}

static void nowhere (void) {
  struct tl_query_header h;
  struct tl_in_state *in = tl_in_state_alloc ();
  expect (tlf_query_header (in, &h) == -1 && h.op == -1 && in->errnum == -3003 && strstr (in->error, "unitialized"),
          "a header of nothing is an error");
  tl_in_state_free (in);
}

static void ends_are_told (void) {
  struct tl_out_state *out = tl_out_state_alloc ();
  verbosity = 2;
  tls_init_tcp_raw_msg (out, 1, new_connection (), 5);
  ways_out (out)->store_raw_data (out, bytes, 8);
  out->out_pos = 8;
  expect (tls_end_ext (out, 7) == 0 && sent == 20, "a message is sent");
  expect (said ("written 20 bytes, qid = 5, PID = [10.0.0.1:443:77:1700000000]"), "to whom it was");
  tls_init_str (out, fetched + 50, 5, LONG);
  expect (tls_end_ext (out, 7) == 0 && said ("written 12 bytes, qid = 5, PID = [0.0.0.0:0:0:0]"), "memory is nobody's");
  tls_init_str (out, fetched + 50, 5, LONG);
  tls_set_error_format (out, -7, "an error");
  expect (tls_end_ext (out, 7) == 0 && said ("[0.0.0.0:0:0:0] writing error an error, errnum -7"), "nor is an error");
  expect (!memcmp (fetched + 50 - 12, "\7\0\0\0\5\0\0\0\0\0\0\0\365\62\344\172", 16), "which is there");
  verbosity = 0;
  /* Its error goes with the next place. */
  tls_init_str (out, fetched + 50, 5, LONG);
  expect (!out->error, "the next place has no error");
  tl_out_state_free (out);
}

static void from_memory (void) {
  char last[8];
  struct tl_in_state *in = reader (bytes, 100, MEMORY);
  struct tl_out_state *out = tl_out_state_alloc ();
  void (*copy) (struct tl_in_state *, struct tl_out_state *, int, int);
  tls_init_str (out, fetched + 50, 0, LONG);
  memcpy (&copy, &ways_out (out)->copy_through[MEMORY], sizeof (copy));
  copy (in, out, 40, 1);
  expect (in->in == (void *) (bytes + 40), "what was copied is read");
  ways_out (out)->store_read_back_nondestruct (out, last, 8);
  expect (!memcmp (last, bytes + 32, 8) && !memcmp (fetched + 50, bytes, 40), "the last bytes are looked at");
  tl_out_state_free (out);
  out = tl_out_state_alloc ();
  tls_init_raw_msg_nosend (out);
  memcpy (&copy, &ways_out (out)->copy_through[MEMORY], sizeof (copy));
  copy (in, out, 60, 1);
  expect (in->in == (void *) (bytes + 100) && rwm_fetch_lookup (out->out, fetched, 100) == 60 &&
              !memcmp (fetched, bytes + 40, 60),
          "into a message, too");
  tl_out_state_free (out);
  tl_in_state_free (in);
}

/* What was marked goes with the state: valgrind sees a leak. */
static void open_mark (void) {
  struct tl_in_state *in = reader (bytes, 300, 2);
  ways_in (in)->fetch_mark (in);
  tl_in_state_free (in);
  struct buffers_stat s;
  fetch_buffers_stat (&s);
  expect (s.total_used_buffers == 0, "a mark goes with its state");
}

static void full_pool (void) {
  static const int sizes[] = { 48, 512, 2048, 16384, 262144 };
  static struct msg_buffer *held[MOST];
  struct tl_out_state *out = tl_out_state_alloc ();
  int count = 0;
  tls_init_tcp_raw_msg (out, 1, new_connection (), 5);
  for (int class = 0; class < 5; class ++) {
    while (count < MOST && (held[count] = alloc_msg_buffer (NULL, sizes[class]))) {
      count++;
    }
  }
  ways_out (out)->store_raw_data (out, bytes, LONG);
  out->out_pos = LONG;
  expect (rwm_fetch_lookup (out->out, fetched, LONG) == LONG && !memcmp (fetched, bytes, LONG),
          "what is written while the pool is full is there");
  expect (tls_end_ext (out, 7) == 0 && sent == LONG + 12, "and is sent");
  while (count) {
    held[--count]->refcnt = 0;
    free_msg_buffer (held[count]);
  }
  tl_out_state_free (out);
}

static void *other_thread (void *states) {
  unsigned packet[] = { RPC_INVOKE_KPHP_REQ, 5, 6 };
  struct tl_query_header h;
  struct tl_in_state *in = reader (packet, sizeof (packet), 2);
  expect (tlf_query_header (in, &h) == 12, "a thread of nobody's reads");
  tl_in_state_free (in);
  *(int *) states = 1;
  return NULL;
}

static void threads (void) {
  pthread_t thread;
  char page[2000];
  struct stats_buffer sb;
  int done = 0;
  pthread_create (&thread, NULL, other_thread, &done);
  pthread_join (thread, NULL);
  sb_init (&sb, page, sizeof (page));
  tl_parse_prepare_stat (&sb);
  expect (done && strstr (page, "rpc_queries_received\t1\n") && strstr (page, "tl_in_allocated\t0\n"),
          "and is counted");
}

/* ---- what ends the process ---- */

static void end_for_nobody (void) {
  struct tl_out_state *out = tl_out_state_alloc ();
  tls_init_raw_msg_nosend (out);
  tls_end_ext (out, 7);
}

static void restore_nothing (void) {
  struct tl_in_state *in = reader (bytes, 10, MEMORY);
  ways_in (in)->fetch_mark_restore (in);
}

static void negative_length (void) {
  struct tl_in_state *in = reader (bytes, 10, MEMORY);
  ways_in (in)->fetch_raw_data (in, fetched, -1);
}

static void too_little (void) {
  struct tl_in_state *in = reader (bytes, 10, 2);
  ways_in (in)->fetch_raw_data (in, fetched, 11);
}

/* `tl control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  max_job_thread_id = 1;
  for (size_t i = 0; i < sizeof (bytes); i++) {
    bytes[i] = (char) (i * 7 + i / 251);
  }
  listen_to_stderr ();
  init_msg_buffers (4 * ((1L << 21) - 64));
  threads ();
  init_async_jobs ();
  wrapped_error ();
  nowhere ();
  ends_are_told ();
  from_memory ();
  open_mark ();
  full_pool ();
  expect_end (end_for_nobody, "a message for nobody has no end");
  expect_end (restore_nothing, "no mark");
  expect_end (negative_length, "a negative length");
  expect_end (too_little, "shorter than what is read of it");
  return stop_listening ();
}
