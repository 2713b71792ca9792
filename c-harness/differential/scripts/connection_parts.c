/*
 * What connections need besides connections: their types, rules of addresses, what is freed later, pieces of messages, the page.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "connections.h"
#include "jobs.h"
#include "script.h"

enum { NO_FLAGS, FULL_TYPE, PLAIN_TYPE, WRONG_MAGIC, NO_PARSER };

static int function (struct async_job *job) {
  (void) job;
  return 0;
}

static const char *name_of (const void *function) {
  static const char *const names[] = {
    "server_noop",
    "server_failed",
    "server_check_ready",
    "cpu_server_read_write",
    "cpu_server_close_connection",
    "net_accept_new_connections",
    "cpu_server_free_connection",
    "net_server_socket_read_write",
    "net_server_socket_reader",
    "net_server_socket_writer",
    "net_server_socket_free",
  };
  for (size_t i = 0; function && i < sizeof (names) / sizeof (names[0]); i++) {
    if (function == thread_local_at (names[i])) {
      return names[i];
    }
  }
  /* Another function of the same contents. */
  return !function ? "-" : function == thread_local_at ("server_flush") ? names[0] : "other";
}

void connections_type (const long *a) {
  struct conn_functions one;
  memset (&one, 0, sizeof (one));
  one.magic = a[0] == WRONG_MAGIC ? MAGIC + 1 : MAGIC;
  one.flags = a[0] == PLAIN_TYPE || a[0] == NO_FLAGS ? 0 : RAW;
  if (a[0] != NO_PARSER) {
    one.parse_execute = (void *) function;
  }
  if (a[0] == NO_FLAGS) {
    one.reader = one.writer = one.free_buffers = (void *) function;
  }
  if (a[0] == PLAIN_TYPE) {
    one.reader = one.writer = one.free_buffers = one.close = one.accept = one.alarm = (void *) function;
  }
  int result = lib->check_conn_functions (&one, (int) a[1]);
  note ("%d %s", result, one.title ? (const char *) one.title : "-");
  void *const *all = (void *const *) (const void *) &one;
  for (size_t i = 2; i < sizeof (one) / sizeof (void *); i++) {
    note ("%s", name_of (all[i]));
  }
}

static const char *const rules[] = { "10.0.0.1:192.0.2.1", "10.0.0.2:192.0.2.2", "10.0.0.1:192.0.2.3", "10.0.0.1",
                                     "x:1.2.3.4",          "1.2.3.4:y",          "1:2:3.4.5.6",        "" };
_Static_assert (sizeof (rules) / sizeof (rules[0]) == RULES, "as the operation says");

void connections_nat (const long *a) {
  char text[40];
  strcpy (text, rules[a[0]]);
  note ("%d", lib->net_add_nat_info (text));
  note ("%d rules, %x %x %x; cut %s", *lib->nat_info_rules, lib->nat_translate_ip (0x0a000001),
        lib->nat_translate_ip (0x0a000002), lib->nat_translate_ip (7), text);
}

static void note_freed (void *number) {
  note ("freed %ld", (long) number);
}

void connections_later (const long *a) {
  if (connections_elsewhere ()) {
    return;
  }
  for (long i = 0; i < a[0]; i++) {
    struct free_later *later = malloc (sizeof (*later));
    later->ptr = (void *) (i + 1);
    later->free = (void *) note_freed;
    lib->insert_free_later_struct (later);
  }
  if (a[1]) {
    lib->free_later_act ();
  }
}

void connections_pieces (const long *a) {
  if (connections_elsewhere ()) {
    return;
  }
  struct raw_message raw;
  struct iovec entries[8];
  int count = -1;
  lib->rwm_create (&raw, numbered_bytes (a[0], 20000), (int) a[0]);
  int bytes = lib->tcp_prepare_iovec (entries, &count, (int) a[1], &raw);
  note ("%d in %d", bytes, count);
  lib->rwm_free (&raw);
}

/* The page's names, and those numbers that the kernel has no part in. */
void connections_page (const long *a) {
  static char page[8192];
  (void) a;
  struct stats_buffer sb;
  lib->sb_init (&sb, page, (int) sizeof (page));
  lib->connections_prepare_stat (&sb);
  for (char *line = strtok (page, "\n"); line; line = strtok (NULL, "\n")) {
    char *tab = strchr (line, '\t');
    bool varies = strstr (line, "readv") || strstr (line, "writev") || strstr (line, "max_connection") ||
                  strstr (line, "cur_accept") || strstr (line, "outbound_connections_created") ||
                  strstr (line, "connect_failures") || strstr (line, "generation") || strstr (line, "free_later_total");
    if (tab && varies) {
      *tab = 0;
    }
    note ("%s;", line);
  }
}

void connections_count (const long *a) {
  (void) a;
  if (!connections_elsewhere ()) {
    int generation = lib->new_conn_generation ();
    note ("%d", lib->get_cur_conn_generation () - generation);
    lib->incr_active_dh_connections ();
    lib->assert_main_thread ();
    lib->assert_net_cpu_thread ();
    lib->assert_net_net_thread ();
    lib->assert_engine_thread ();
    note ("%d %d %d %d", lib->server_noop (NULL), lib->server_flush (NULL), lib->create_all_outbound_connections (),
          lib->create_all_outbound_connections_limited (3));
    note ("special %d slot %d", *lib->special_listen_sockets, lib->nat_info[0][0] != 0);
  }
}
