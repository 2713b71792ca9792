/*
 * The HTTP server on a connection without a socket: requests in pieces of any size, the host's answers to them, the headers and
 * pages that are sent, dates and header lines. What is left out: what kills the original, or loses requests (docs/differences.md).
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "http_host.h"
#include "script.h"

enum { REQUEST = 20000, POST = 3, KEEP_ALIVE = 0x100, EXTRA_HEADERS = 0x200 };

static struct async_job *job;
static struct http_server_functions functions;
/* What the host answers requests with. */
static long answer;

/* The original's job threads do this at their start, before they use queues and messages. */
static void be_registered (void) {
  http_host_thread ();
}

static struct connection_info *info (void) {
  return http_connection_info (job);
}

/* ---- what the host does ---- */

/* While bytes drip in, a number stands for all that happens. */
static bool dripping;
static uint64_t happened;

static void happens (const void *bytes, size_t len) {
  for (size_t i = 0; i < len; i++) {
    happened = (happened ^ ((const unsigned char *) bytes)[i]) * 0x100000001b3;
  }
}

static int execute (struct async_job *c, struct raw_message *msg, int op) {
  struct hts_data data = http_connection_data (c);
  int body = data.data_size > 0 ? data.data_size : 0, missing = data.header_size + body - msg->total_bytes;
  if (dripping) {
    int met[] = { op, data.header_size, data.data_size, msg->total_bytes, missing };
    happens (met, sizeof (met));
    return missing > 0 ? missing : 0;
  }
  note ("executes %d, %d bytes, %d missing", op, msg->total_bytes, missing);
  note_bytes ("of", http_message_bytes (msg) + data.uri_offset, (size_t) (data.uri_size < 40 ? data.uri_size : 40));
  if (missing > 0) {
    return answer == 0 ? missing : (int) answer;
  }
  if (answer == 0 && body && http_connection_info (c)->in.total_bytes > data.header_size + body) {
    return -403; /* the original throws away what follows */
  }
  if (answer == 0) {
    struct raw_message *raw = http_message_new ();
    lib->write_basic_http_header_raw (c, raw, 200, 0, 4, NULL, "text/plain");
    lib->rwm_push_data (raw, "page", 4);
    lib->http_flush (c, raw);
  }
  return (int) answer;
}

static int wake (struct async_job *c) {
  note ("woken %d", c == job);
  return 0;
}

static int closing (struct async_job *c, int who) {
  note ("closing %d by %d", c == job, who);
  return 0;
}

static void open_connection (void) {
  memset (&functions, 0, sizeof (functions));
  functions.execute = (void *) execute;
  functions.ht_wakeup = functions.ht_alarm = (void *) wake;
  functions.ht_close = (void *) closing;
  job = http_connection_open (&functions);
}

static void set_now (long seconds) {
  *(int *) thread_local_at ("now") = (int) seconds;
}

static void begin (void) {
  http_host_library (thread_local_at);
  set_now (1700000000);
  open_connection ();
}

/* ---- what is seen ---- */

static void note_message (const char *name, struct raw_message *raw) {
  note_bytes (name, http_message_bytes (raw), (size_t) raw->total_bytes);
}

static void observe (void) {
  be_registered ();
  struct hts_data d = http_connection_data (job);
  for (struct raw_message *raw; (raw = http_connection_answer (job));) {
    note_message ("answer", raw);
    http_message_free (raw);
  }
  if (info ()->out.total_bytes) {
    note_message ("sent", &info ()->out);
    lib->rwm_skip_data (&info ()->out, info ()->out.total_bytes);
  }
  note ("kind %d flags %x words %d header %d first %d data %d", d.query_type, (unsigned) d.query_flags, d.query_words,
        d.header_size, d.first_line_size, d.data_size);
  note ("host %d+%d uri %d+%d version %x state %d number %d", d.host_offset, d.host_size, d.uri_offset, d.uri_size,
        (unsigned) d.http_ver, d.parse_state, d.query_seqno);
  note ("word %d", d.wlen);
  note_bytes ("", d.word, sizeof (d.word));
  note ("in %d status %d generation %d signals %d closings %d", info ()->in.total_bytes, info ()->status,
        info ()->generation, http_connection_signals (), http_connection_closings ());
  note ("connections %d queries %lld bad %lld size %lld", *lib->http_connections, *lib->http_queries,
        *lib->http_bad_headers, *lib->http_queries_size);
}

/* ---- texts ---- */

static const char *const whole_texts[] = {
  "",
  "GET /stats HTTP/1.0\r\n\r\n",
  "GET /stats HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
  "POST /x HTTP/1.1\r\nConnection: Keep-Alive\r\nContent-Length: 4\r\n\r\nbody",
  "POST / HTTP/1.0\r\ncontent-length:\t2000000000\r\n\r\nbo",
  "POST / HTTP/1.1\r\n\r\n",
  "GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\n",
  "HEAD / \r\n\r\n",
  "OPTIONS * HTTP/1.1\nhost: b.example:80\nConnection: close\n\n",
  "GET /\n",
  "PUT / HTTP/1.1\r\nA: b\r\n\r\n",
  "GET / HTTP/1.1\r\nContent-Length: 2147483640\r\n\r\n",
  "GET / HTTP/1.1\r\nfolded: a\r\n b\r\n\r\n",
};
enum { WHOLE_TEXTS = sizeof (whole_texts) / sizeof (whole_texts[0]) };

static const char *const parts_of_requests[] = {
  "GET ",
  "POST ",
  "HEAD ",
  "OPTIONS ",
  "/stats",
  "/",
  " ",
  "\t",
  " HTTP/1.1",
  " HTTP/1.0",
  "\r\n",
  "\r\n",
  "\n",
  "\r",
  "Host: a\r\n",
  "host:",
  "Connection: keep-alive\r\n",
  "connection:",
  "close",
  "Content-Length: 12\r\n",
  "content-length: ",
  "7",
  ":",
  "X: y\r\n",
  "\xc3\xa4",
  "\x01",
  "GET / HTTP/1.1\r\n",
  "POST /p HTTP/1.1\r\n",
};
enum { PIECES = sizeof (parts_of_requests) / sizeof (parts_of_requests[0]) };

/* Some texts by hand; above these, numbers give pieces in some order; every sixteenth a head of about the greatest size. */
static int text_of (long number, char *text) {
  if (number < WHOLE_TEXTS) {
    return sprintf (text, "%s", whole_texts[number]);
  }
  const unsigned char *order = (const unsigned char *) numbered_bytes (number, 64);
  int len = 0;
  if (number % 16 == 0) {
    int size = 16384 - 24 + (int) (number / 16 % 16);
    len = sprintf (text, "GET / HTTP/1.1\r\n");
    while (len < size) {
      int line = size - len > 4000 ? 3000 : size - len > 6 ? size - len : 6;
      len += sprintf (text + len, "X: ");
      memset (text + len, 'v', (size_t) (line - 5));
      len += line - 5;
      len += sprintf (text + len, "\r\n");
    }
    return len + sprintf (text + len, "\r\n");
  }
  for (int i = 0; i < 1 + order[0] % 20; i++) {
    len += sprintf (text + len, "%s", parts_of_requests[order[i + 1] % PIECES]);
  }
  return len;
}

/* ---- operations ---- */

static void open_again (const long *a) {
  be_registered ();
  open_connection ();
  answer = a[0] == 1 ? -404 : a[0] == 2 ? -413 : a[0] == 3 ? -501 : 0;
  if (a[0] == 4) {
    functions.execute = NULL;
  }
  if (a[0] == 5) {
    memset (&functions, 0, sizeof (functions));
  }
  http_message_pieces ((int) a[1]);
}

static void receive (const long *a) {
  char text[REQUEST];
  http_connection_receive (job, text, text_of (a[0], text));
}

static const char *const heads[] = {
  "GET /stats HTTP/1.1\r\nConnection: keep-alive\r\n\r\n",
  "GET / HTTP/1.1\r\nConnection: keep-alive\r\nX: ",
  "POST / HTTP/1.1\r\nConnection: keep-alive\r\nContent-Length: 65000\r\n\r\n",
  "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
  "POST / HTTP/1.1\r\nContent-Length: 4294967297\r\n\r\n",
  "POST / HTTP/1.1\r\nContent-Length: 18446744073709551617\r\n\r\n",
  "POST / HTTP/1.1\r\nContent-Length: 2147483000\r\n\r\n",
  "",
};
enum { HEADS = sizeof (heads) / sizeof (heads[0]) };

/* Up to 64 KiB in pieces of a few bytes, as long as the connection works: requests in a row, a head or body without end,
   lengths that overflow, no text at all. Nothing comes after the last piece, as from a peer that has closed its half. */
static void drip (const long *a) {
  static char text[65536 + 200];
  size_t size = (size_t) a[1], head = strlen (heads[a[0]]), len = 0;
  int result = 0;
  be_registered ();
  if (a[0] == 2 && size > head + 65000) {
    size = head + 65000; /* the original throws away what follows */
  }
  memcpy (text, numbered_bytes (a[1], size < 60000 ? size : 60000), size < 60000 ? size : 60000);
  memset (text, 'v', a[0] == HEADS - 1 ? 0 : size);
  while (head && len + head <= size) {
    memcpy (text + len, heads[a[0]], head);
    len = a[0] ? size : len + head;
  }
  dripping = true;
  happened = 0xcbf29ce484222325;
  size_t at = 0;
  while (at < size && info ()->status == 2 && !(info ()->flags & 0x400000)) {
    size_t piece = size - at < (size_t) a[2] ? size - at : (size_t) a[2];
    http_connection_receive (job, text + at, (int) piece);
    at += piece;
    result = lib->hts_parse_execute (job);
    happens (&result, sizeof (result));
    for (struct raw_message *raw; (raw = http_connection_answer (job)); http_message_free (raw)) {
      happens (http_message_bytes (raw), (size_t) raw->total_bytes);
    }
  }
  dripping = false;
  note ("%zu bytes, the last result %d, %016llx", at, result, (unsigned long long) happened);
}

static void parse (const long *a) {
  (void) a;
  be_registered ();
  int result = lib->hts_parse_execute (job);
  note ("%d", result);
  note ("execute %s", functions.execute ? "set" : "empty");
}

static void receive_and_parse (const long *a) {
  receive (a);
  parse (a);
}

static void state (const long *a) {
  info ()->pending_queries = a[0] == 1;
  info ()->flags = a[0] == 2 ? 8 : a[0] == 3 ? 0x400000 : 0;
}

static void flags (const long *a) {
  struct hts_data data = http_connection_data (job);
  data.query_flags = (a[0] & 1 ? KEEP_ALIVE : 0) | (a[0] & 2 ? EXTRA_HEADERS : 0);
  data.http_ver = a[1] == 0 ? 0 : a[1] == 1 ? 9 : a[1] == 2 ? 0x100 : 0x101;
  http_connection_set_data (job, &data);
}

static void extra (const long *a) {
  static char long_text[1500];
  memset (long_text, 'e', sizeof (long_text) - 1);
  static char *const texts[] = { "", "X-Extra: 1\r\n", long_text, NULL };
  *lib->extra_http_response_headers = texts[a[0]];
}

static const int codes[] = { 0,   200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 400, 403, 404,
                             405, 406, 408, 411, 413, 414, 418, 429, 500, 501, 502, 503, 599, -1 };
enum { CODES = sizeof (codes) / sizeof (codes[0]) };

static void header (const long *a) {
  static char long_text[1500];
  memset (long_text, 'x', sizeof (long_text) - 1);
  const char *const added[] = { NULL, "", "X: y\r\n", long_text };
  const char *const types[] = { NULL, "", "text/plain", long_text };
  struct raw_message *raw = http_message_new ();
  note ("%d", lib->write_basic_http_header_raw (job, raw, codes[a[0] % CODES], a[1] % 3 ? (int) a[1] : 0,
                                                (int) a[1] - 1000, added[a[2] & 3], types[a[2] >> 2]));
  note_message ("header", raw);
  http_message_free (raw);
}

static void error (const long *a) {
  be_registered ();
  int code = codes[a[0] % CODES];
  if (a[1]) {
    note ("%d", lib->write_http_error (job, code));
    return;
  }
  struct raw_message *raw = http_message_new ();
  note ("%d", lib->write_http_error_raw (job, raw, code));
  note_message ("page", raw);
  http_message_free (raw);
}

static void flush (const long *a) {
  be_registered ();
  struct raw_message *raw = a[0] ? http_message_new () : NULL;
  if (raw) {
    lib->rwm_push_data (raw, "flushed", 7);
  }
  lib->http_flush (job, raw);
}

static void write_packet (const long *a) {
  struct raw_message *raw = http_message_new ();
  lib->rwm_push_data (raw, numbered_bytes (a[0], 20), 20);
  note ("%d", lib->hts_write_packet (job, raw));
  free (raw);
}

static void event (const long *a) {
  be_registered ();
  switch (a[0]) {
  case 0:
    note ("accepted %d", lib->hts_init_accepted (job));
    break;
  case 1:
    note ("wakeup %d", lib->hts_std_wakeup (job));
    break;
  case 2:
    note ("alarm %d", lib->hts_std_alarm (job));
    break;
  case 3:
    note ("close %d", lib->hts_close_connection (job, (int) a[1]));
    break;
  default:
    note ("default %d", lib->hts_default_execute (job, &info ()->in, (int) a[1]));
  }
}

static void assertion (const long *a) {
  (void) a;
  lib->hts_do_wakeup (job);
}

static void date (const long *a) {
  char text[32];
  memset (text, '~', sizeof (text));
  lib->gen_http_date (text, (int) a[0]);
  note_bytes ("date", text, sizeof (text));
}

static void current_date (const long *a) {
  set_now (a[0]);
  note ("%s", lib->cur_http_date ());
  note ("%s of %d", lib->now_date_string, *lib->now_date_utime);
  set_now (1700000000);
}

static void read_date (const long *a) {
  static const char *const parts[][6] = {
    { "Sun", "Thursday", "", " Mon", "," },
    { ", ", ",", " ", ",  \t" },
    { "06", "1", "-5", "99999999999999999999", "x", "+3" },
    { " Nov ", "Jan", " jan ", " Glk ", " Fe ", "Dec" },
    { "1994", "1969", "2039", "2040", "-1", "" },
    { " 08:49:37", " 24:00:00", " 1:60:0", " 0: 0:60", " 08:49", " -1:1:1" },
  };
  static const char *const zones[] = { " GMT", " UTC", "", " GMTx", "GMT", " GMT and more" };
  char text[200] = "";
  const unsigned char *choice = (const unsigned char *) numbered_bytes (a[0], 8);
  int time = -7;
  for (int i = 0; i < 6; i++) {
    /* Mostly the first: else little is read. */
    const char *part = choice[i] % 3 ? parts[i][0] : parts[i][choice[i] % 6];
    strcat (text, part ? part : parts[i][0]);
  }
  strcat (text, choice[6] % 3 ? zones[0] : zones[choice[6] % 6]);
  note_bytes ("text", text, strlen (text));
  note ("%d", lib->gen_http_time (text, &time));
  note ("%d", time);
  errno = 0; /* the original sets it for numbers beyond 64 bits */
}

static void find_header (const long *a) {
  static const char *const names[] = { "host", "X", "content-length", "", "GET / HTTP/1.1\r\nHost" };
  char text[REQUEST], value[64];
  int len = text_of (a[0], text);
  memset (value, '~', sizeof (value));
  note ("%d", lib->get_http_header (text, len, value, (int) a[2], names[a[1]], (int) strlen (names[a[1]])));
  note_bytes ("value", value, sizeof (value));
}

static void tables (const long *a) {
  (void) a;
  struct conn_functions *type = lib->ct_http_server;
  const struct http_server_functions *d = lib->default_http_server;
  void *const *place = (void *const *) type;
  note ("magic %x flags %x title %s", (unsigned) type->magic, (unsigned) type->flags, (const char *) type->title);
  for (size_t i = 2; i < sizeof (*type) / sizeof (*place); i++) {
    if (place[i]) {
      note ("%zu", i);
    }
  }
  note ("own %d", calls_same ((void *) type->parse_execute, (void *) lib->hts_parse_execute) &&
                      calls_same ((void *) type->close, (void *) lib->hts_close_connection) &&
                      calls_same ((void *) type->init_accepted, (void *) lib->hts_init_accepted) &&
                      calls_same ((void *) type->write_packet, (void *) lib->hts_write_packet) &&
                      calls_same ((void *) type->wakeup, (void *) lib->hts_std_wakeup) &&
                      calls_same ((void *) type->alarm, (void *) lib->hts_std_alarm) &&
                      type->accept == (void *) net_accept_new_connections &&
                      type->init_outbound == (void *) server_failed && type->connected == (void *) server_failed);
  note ("default %d", calls_same ((void *) d->execute, (void *) lib->hts_default_execute) &&
                          calls_same ((void *) d->ht_wakeup, (void *) lib->hts_do_wakeup) &&
                          calls_same ((void *) d->ht_alarm, (void *) lib->hts_do_wakeup) && !d->ht_close && !d->info);
}

static const struct operation operations[] = {
  { "open", open_again, { { "answer", 0, 5 }, { "pieces", 0, 31 } }, 6 },
  { "receive", receive, { { "text", 0, 5000 } }, 3 },
  { "parse", parse, { { 0 } }, 3 },
  { "request", receive_and_parse, { { "text", 0, 5000 } }, 12 },
  { "drip", drip, { { "text", 0, HEADS - 1 }, { "bytes", 0, 3000 }, { "piece", 1, 31 } }, 2 },
  { "drip_long", drip, { { "text", 0, HEADS - 1 }, { "bytes", 0, 65536 }, { "piece", 1, 31 } }, BY_HAND },
  { "state", state, { { "which", 0, 3 } }, 1 },
  { "flags", flags, { { "which", 0, 3 }, { "version", 0, 3 } }, 3 },
  { "extra", extra, { { "text", 0, 3 } }, 1 },
  { "header", header, { { "code", 0, CODES - 1 }, { "date", 0, 2147483647 }, { "texts", 0, 15 } }, 4 },
  { "error", error, { { "code", 0, CODES - 1 }, { "queued", 0, 1 } }, 2 },
  { "flush", flush, { { "message", 0, 1 } }, 1 },
  { "write_packet", write_packet, { { "text", 0, 100 } }, 1 },
  { "event", event, { { "which", 0, 4 }, { "argument", 0, 6 } }, 4 },
  { "date", date, { { "time", -2147483647, 2147483647 } }, 2 },
  { "current_date", current_date, { { "now", 0, 2147483647 } }, 1 },
  { "read_date", read_date, { { "text", 0, 100000 } }, 4 },
  { "find_header", find_header, { { "text", 0, 5000 }, { "name", 0, 4 }, { "room", 1, 60 } }, 3 },
  { "tables", tables, { { 0 } }, 1 },
  { "assertion", assertion, { { "which", 0, 0 } }, 0 },
  { 0 },
};

static const char *const fixed[] = {
  "http.tables;http.request(1);http.open(0,1);http.request(2);http.request(2);http.request(1)",
  "http.open(1,3);http.request(2);http.request(3);http.request(3);http.request(5)",
  "http.open(0,0);http.request(3);http.open(0,7);http.request(4);http.open(4,2);http.request(2);http.request(3)",
  "http.open(5,0);http.request(8);http.event(1,0);http.event(2,0);http.event(3,5);http.event(0,0)",
  "http.flags(3,2);http.extra(1);http.header(1,5,6);http.header(1,5,6);http.extra(2);http.flags(2,0);http.header(4,1,15);"
  "http.extra(3);http.flags(2,3);http.header(3,0,0);http.flags(0,1);http.header(1,3,0);http.error(13,1);http.error(4,0)",
  "http.date(0);http.date(951782400);http.date(-5);http.date(2147483647);http.current_date(784111777);http.current_date(5);http.read_date(1)",
  "http.receive(1);http.state(1);http.parse;http.state(2);http.parse;http.state(3);http.parse;http.state(0);http.parse",
  "http.event(4,2);http.event(4,6);http.flush(0);http.flush(1);http.write_packet(1);http.assertion(0)",
  "http.drip_long(0,65536,1);http.open(0,0);http.drip_long(0,65536,31);http.open(0,0);http.drip_long(0,65536,7);http.open(0,0);http.drip(0,0,1);"
  "http.drip(0,46,3);http.drip(0,20,15)",
  "http.drip_long(1,65536,1);http.open(0,0);http.drip_long(1,65536,31);http.open(0,0);http.drip_long(1,16384,5);http.open(0,0);http.drip_long(2,65536,31);"
  "http.open(0,0);http.drip_long(2,65536,11);http.open(0,0);http.drip_long(3,65536,1);http.open(0,0);http.drip_long(4,65536,2);http.open(0,0);"
  "http.drip_long(5,65536,3);http.open(0,0);http.drip_long(7,65536,13);http.open(0,0);http.drip_long(7,4000,1)",
  "http.request(16);http.open(0,0);http.request(32);http.open(0,0);http.request(48);http.open(0,0);http.request(64);http.open(0,0);"
  "http.request(80);http.open(0,0);http.request(96);http.open(0,0);http.request(128);http.open(0,0);http.request(160)",
  NULL,
};

const struct script_family http_scripts = { "http", CAN_HTTP, operations, begin, observe, fixed };
