/*
 * The larger objects of the drop-in against the original's: requests over HTTP, keys, ciphers, options and names of hosts.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <getopt.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "relink.h"

#define BOTH(name, ...)                                                                \
  CALLS (dropin_##name, const struct legacy_symbols *const lib = &dropin; __VA_ARGS__) \
  CALLS (original_##name, const struct legacy_symbols *const lib = &original; __VA_ARGS__)

/* ---- HTTP ---- */

static struct connection {
  struct async_job job;
  struct connection_info info;
} connections[2] __attribute__ ((aligned (64)));
static struct http_server_functions functions;

static struct connection *connection_of (const struct legacy_symbols *lib) {
  return &connections[lib == &original];
}

static int execute (void *c, void *msg, int op) {
  (void) c;
  return op == 2 && msg ? 0 : -400;
}

static void open_connection (const struct legacy_symbols *lib) {
  int (*const answer) (void *, void *, int) = execute;
  struct connection_info *info = &connection_of (lib)->info;
  memcpy (&functions.execute, &answer, sizeof (answer));
  info->status = 2; /* works */
  info->extra = &functions;
  lib->init_msg_buffers (0);
  lib->rwm_init (&info->in, 0);
  lib->rwm_init (&info->out, 0);
}

/* Requests that keep the connection, and are parsed whole. */
BOTH (request, struct connection *c = connection_of (lib); lib->rwm_push_data (&c->info.in, w->text, (int) w->len);
      sum += (uint64_t) lib->hts_parse_execute (&c->job); sum += (uint64_t) c->info.in.total_bytes)
BOTH (date, char text[32]; lib->gen_http_date (text, (int) (i * 1000003)); sum += (uint64_t) (unsigned char) text[6])
BOTH (read_date, int when; sum += (uint64_t) lib->gen_http_time (w->text, &when); sum += (uint64_t) when)
BOTH (find_header, char value[64];
      sum += (uint64_t) lib->get_http_header (w->text, (int) w->len, value, sizeof (value), "Connection", 10))

/* ---- keys and ciphers ---- */

static struct aes_secret secret = { .secret_len = 128 };
static unsigned char ipv6[16];

BOTH (keys, struct aes_key_data keys;
      sum += (uint64_t) lib->aes_create_keys (&keys, 1, (char *) (uintptr_t) w->data, (char *) (uintptr_t) w->data + 16,
                                              (int) i, 1, 2, ipv6, 3, 4, ipv6, &secret, w->data, (int) w->len);
      sum += keys.read_key[0] + keys.write_iv[15])
BOTH (cbc, lib->aes_crypto_init (&connection_of (lib)->job, (void *) (uintptr_t) w->data, 96);
      sum += (uint64_t) lib->aes_crypto_free (&connection_of (lib)->job))
BOTH (ctr, lib->aes_crypto_ctr128_init (&connection_of (lib)->job, (void *) (uintptr_t) w->data, 96);
      sum += (uint64_t) lib->aes_crypto_free (&connection_of (lib)->job))

/* ---- options and hosts ---- */

static int options_met;

static int meet (int value) {
  options_met += value;
  return 0;
}

static void add_options (const struct legacy_symbols *lib) {
  static const char *const names[] = { "port",      "http-ports", "slaves",  "max-special", "window-clamp",
                                       "proxy-tag", "mtproto",    "domain",  "stats",       "ping",
                                       "secret",    "aes-pwd",    "bind-to", "backlog",     "connections",
                                       "workers",   "ipv6",       "daemon",  "disable-tcp", "threads" };
  for (int i = 0; i < (int) (sizeof (names) / sizeof (names[0])); i++) {
    lib->parse_option_ex (names[i], i & 1 ? required_argument : no_argument, NULL, i < 10 ? 'A' + i : 300 + i, 0, meet,
                          "an option");
  }
}

static char *arguments[] = { "mtproto-proxy", "--port", "-B",     "443,444", "--slaves", "-D", "2", "--proxy-tag",
                             "abcdef",        "name",   "--ipv6", "--stats", "--ping",   "5",  NULL };

BOTH (options, char *given[sizeof (arguments) / sizeof (arguments[0])]; memcpy (given, arguments, sizeof (given));
      optind = 0; options_met = 0;
      sum += (uint64_t) lib->parse_engine_options_long (sizeof (given) / sizeof (given[0]) - 1, given);
      sum += (uint64_t) options_met + (uint64_t) optind)
BOTH (host, const struct hostent *found = lib->kdb_gethostbyname (w->text);
      sum += found ? *(uint32_t *) (void *) found->h_addr_list[0] : 1)

static const char page[] = "GET /stats HTTP/1.1\r\nConnection: keep-alive\r\n\r\n";
static const char browser[] =
    "GET /stats HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
    "Firefox/128.0\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: "
    "en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\n\r\n";

void bench_objects (void) {
  static char text[20000];
  static struct work w = { .text = text };
  static const struct {
    const char *function, *label, *text;
    size_t size; /* 0: the text's */
    run_fn *ours, *theirs;
  } tests[] = {
#define TEST(function, label, text, size, name) { function, label, text, size, dropin_##name, original_##name }
    TEST ("hts_parse_execute", "a short request", page, 0, request),
    TEST ("hts_parse_execute", "a browser's request", browser, 0, request),
    TEST ("hts_parse_execute", "a head of 16,000 bytes", NULL, 16000, request),
    TEST ("gen_http_date", NULL, NULL, 29, date),
    TEST ("gen_http_time", NULL, "Thu, 06 Nov 2014 08:49:37 GMT", 0, read_date),
    TEST ("get_http_header", "a browser's request", browser, 0, find_header),
    TEST ("aes_create_keys", "mixed with nothing", NULL, 0, keys),
    TEST ("aes_create_keys", "mixed with 256 bytes", NULL, 256, keys),
    TEST ("aes_crypto_init, aes_crypto_free", NULL, NULL, 0, cbc),
    TEST ("aes_crypto_ctr128_init, aes_crypto_free", NULL, NULL, 0, ctr),
    TEST ("parse_engine_options_long", "14 arguments", NULL, 14, options),
    TEST ("kdb_gethostbyname", "localhost", "localhost", 0, host),
    TEST ("kdb_gethostbyname", "no such name", "nohostofthisname", 0, host),
#undef TEST
  };
  if (!is_present (DROPIN) || !is_present (ORIGINAL)) {
    return;
  }
  if (!original.evp_cipher_ctx_init || !original.hts_parse_execute) {
    refuse ("the original lacks what the drop-in has");
  }
  open_connection (&dropin);
  open_connection (&original);
  dropin.jobs_module_thread_init_crypto_aes ();
  original.jobs_module_thread_init_crypto_aes ();
  add_options (&dropin);
  add_options (&original);
  memcpy (secret.secret, input_at (0), 128);
  for (size_t i = 0; i < sizeof (tests) / sizeof (tests[0]); i++) {
    if (tests[i].text) {
      strcpy (text, tests[i].text);
    } else {
      size_t len = (size_t) sprintf (text, "GET /stats HTTP/1.1\r\nConnection: keep-alive\r\n");
      while (len + 100 < tests[i].size) {
        len += (size_t) sprintf (text + len, "X-Header-%06zu: %076d\r\n", len, 7);
      }
      strcpy (text + len, "\r\n");
    }
    w.data = input_at (0);
    w.len = tests[i].text || tests[i].size > 1000 ? strlen (text) : tests[i].size;
    compete (&(struct bout) { .family = "objects",
                              .function = tests[i].function,
                              .label = tests[i].label,
                              .size = w.len,
                              .work = &w,
                              .run = { [OURS] = tests[i].ours, [ORIGINAL] = tests[i].theirs } });
  }
}
