/*
 * The HTTP server where the original leaks, aborts or loses requests, and what it adds: metrics.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "http_host.h"
#include "legacy_names.h"

/* The connection's input and output. */
enum { OWN_MESSAGES = 2 };

static int failed, executed, result_of_host;
static struct async_job *job;
static struct http_server_functions functions;

static void expect (int holds, const char *what) {
  if (!holds) {
    failed++;
    printf ("FAIL %s\n", what);
  }
}

/* As the proxy's: it knows one address. */
static int execute (struct async_job *c, struct raw_message *msg, int op) {
  struct hts_data data = http_connection_data (c);
  const char *text = http_message_bytes (msg);
  executed++;
  if (result_of_host) {
    return result_of_host;
  }
  if (op != 2 || data.uri_size != 6 || memcmp (text + data.uri_offset, "/stats", 6)) {
    return -404;
  }
  expect (data.header_size == msg->total_bytes && data.data_size == -1 && data.query_type == 2,
          "a request for statistics as any other");
  static const char page[] = "uptime\t5\nversion\ta \"proxy\"\nepoll_calls\t9\n";
  struct raw_message *raw = http_message_new ();
  write_basic_http_header_raw (c, raw, 200, 0, (int) strlen (page), NULL, "text/plain");
  rwm_push_data (raw, page, (int) strlen (page));
  http_connection_queue (c, raw);
  return 0;
}

static int request (const char *text) {
  functions = (struct http_server_functions) { .execute = (void *) execute };
  job = http_connection_open (&functions);
  executed = 0;
  http_connection_receive (job, text, (int) strlen (text));
  return hts_parse_execute (job);
}

/* All that was answered. The memory is the next call's too. */
static const char *answered (void) {
  static char text[1 << 16];
  size_t len = 0;
  for (struct raw_message *raw; (raw = http_connection_answer (job)); http_message_free (raw)) {
    memcpy (text + len, http_message_bytes (raw), (size_t) raw->total_bytes);
    len += (size_t) raw->total_bytes;
  }
  text[len] = 0;
  return text;
}

/* Cure 6: the original keeps the message that it parses. */
static void nothing_is_kept (void) {
  static const char *const texts[] = {
    "GET /stats HTTP/1.0\r\n\r\n",
    "GET /metrics HTTP/1.0\r\n\r\n",
    "GET /nothing HTTP/1.1\r\n\r\n",
    "POST / HTTP/1.1\r\n\r\n",
    "nonsense\r\n\r\n",
    "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nabcd",
  };
  for (size_t i = 0; i < sizeof (texts) / sizeof (texts[0]); i++) {
    expect (request (texts[i]) == 0, "the connection is closed");
    answered ();
    rwm_skip_data (&http_connection_info (job)->in, 1 << 20);
    request ("");
    expect (http_messages_alive () == OWN_MESSAGES, "no message is left");
  }
}

/* Cure 11: header and body together are more than INT_MAX. */
static void long_post (void) {
  expect (request ("POST / HTTP/1.1\r\nContent-Length: 2147483639\r\n\r\n") == 0 && executed == 1,
          "a long body is the host's to refuse");
  expect (strstr (answered (), " 404 ") != NULL, "... which it does");
}

static void bodies (void) {
  const char *keep = "POST / HTTP/1.1\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\n";
  char text[200];
  result_of_host = -2147483647 - 1; /* SKIP_ALL_BYTES */
  snprintf (text, sizeof (text), "%sbodyGET / HTTP/1.0\r\n\r\n", keep);
  expect (request (text) == 0 && executed == 2, "the request behind a body is not lost");
  snprintf (text, sizeof (text), "%sb", keep);
  expect (request (text) == -3 && executed == 1, "the rest of a body is skipped");
  result_of_host = 0;
}

static void metrics (void) {
  expect (request ("GET /metrics HTTP/1.1\r\n\r\n") == 0 && executed == 2 && http_queries > 0,
          "the host is asked for its statistics");
  const char *text = answered ();
  expect (strstr (text, "HTTP/1.1 200 OK\r\n") == text &&
              strstr (text, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
          "metrics are an answer");
  expect (strstr (text, "\n# TYPE mtproxy_uptime gauge\nmtproxy_uptime 5\n") &&
              strstr (text, "\nmtproxy_epoll_calls_total 9\n") &&
              strstr (text, "\nmtproxy_version_info{version=\"a \\\"proxy\\\"\"} 1\n"),
          "... of all lines");
  request ("GET /metrics\r\n");
  expect (!strncmp (answered (), "# HELP mtproxy_uptime ", 22),
          "without a header, as any answer to a request without a version");
  result_of_host = -429;
  request ("GET /metrics HTTP/1.1\r\n\r\n");
  expect (executed == 1 && strstr (answered (), " 429 "), "a host that refuses is not asked again");
  result_of_host = 0;
}

static void give_back (struct msg_buffer *buffer) {
  buffer->refcnt = 0;
  free_msg_buffer (buffer);
}

/* Cure 14: a page that does not fit the pool ends a host. */
static void full_pool (void) {
  enum { POOL = 8 << 20, BUFFER = 2048, MANY = POOL / BUFFER, SOME = 40 };
  static struct msg_buffer *taken[MANY];
  int count = 0;
  init_msg_buffers (POOL);
  while (count < MANY && (taken[count] = alloc_msg_buffer (NULL, BUFFER))) {
    count++;
  }
  expect (count > SOME && count < MANY, "a full pool");
  int log = dup (STDERR_FILENO), nowhere = open ("/dev/null", O_WRONLY);
  dup2 (nowhere, STDERR_FILENO);
  request ("GET /stats HTTP/1.1\r\nConnection: keep-alive\r\n\r\nGET /stats HTTP/1.0\r\n\r\n");
  expect (executed == 0 && !*answered () && http_connection_info (job)->error == -12,
          "without buffers for a page the connection fails");
  dup2 (log, STDERR_FILENO);
  close (log);
  close (nowhere);
  for (int i = 0; i < SOME; i++) {
    give_back (taken[--count]);
  }
  request ("GET /stats HTTP/1.0\r\n\r\n");
  expect (executed == 1 && *answered (), "with some it is answered");
  while (count) {
    give_back (taken[--count]);
  }
}

static void headers (void) {
  char value[4] = "abc";
  expect (get_http_header ("A: b\r\n", 6, value, 0, "a", 1) == -1 && !strcmp (value, "abc"), "a value without room");
  expect (get_http_header ("A: b\r\n", 6, value, 1, "a", 1) == 0 && !value[0], "room for the NUL alone");
}

static void ends (void) {
  pid_t child = fork ();
  if (!child) {
    setrlimit (RLIMIT_CORE, &(struct rlimit) { 0, 0 });
    freopen ("/dev/null", "w", stderr);
    hts_do_wakeup (job);
    _exit (0);
  }
  int status = 0;
  waitpid (child, &status, 0);
  expect (WIFSIGNALED (status) && WTERMSIG (status) == SIGABRT, "a wakeup that nobody set ends the process");
}

#define NAMES(X)       \
  X (alloc_mp_queue_w) \
  X (free_mp_queue)    \
  X (mpq_push_w)       \
  X (mpq_pop_nw)       \
  X (init_msg_buffers) \
  X (alloc_msg_buffer) \
  X (new_msg_part)     \
  X (rwm_init)         \
  X (rwm_free)         \
  X (rwm_push_data)    \
  X (rwm_union)        \
  X (rwm_fetch_lookup) \
  X (sb_init)          \
  X (raw_msg_prepare_stat)

/* Threads need no start of their own. */
static void *find (const char *name) {
  static const struct {
    const char *name;
    void *at;
  } all[] = {
#define X(name) { #name, (void *) name },
    NAMES (X)
#undef X
  };
  for (size_t i = 0; i < sizeof (all) / sizeof (all[0]); i++) {
    if (!strcmp (name, all[i].name)) {
      return all[i].at;
    }
  }
  return NULL;
}

/* `http control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  /* The main thread's number, so that sums have it. */
  max_job_thread_id = 1;
  http_host_library (find);
  nothing_is_kept ();
  long_post ();
  bodies ();
  metrics ();
  full_pool ();
  headers ();
  ends ();
  return failed != 0;
}
