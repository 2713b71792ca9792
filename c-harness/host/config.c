/*
 * Reads the configuration to its end, token by token, and prints it by data centre.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

enum { MAX_TARGETS = 256, MAX_TEXT = 1 << 20 };

struct target {
  long long dc;
  char host[64];
  long long port;
};

/* The scanner's state, like the legacy globals. */
static const char *cur, *end;
static int line = 1;

static size_t left (void) {
  return (size_t) (end - cur);
}

static int skip_spaces (void) {
  mtproxy_ffi_cfg_scan_result_t at;
  if (mtproxy_ffi_cfg_skipspc (cur, left (), line, &at) < 0) {
    return -1;
  }
  cur += at.advance;
  line = at.line_no;
  return at.ch;
}

static void skip_blanks (void) {
  mtproxy_ffi_cfg_scan_result_t at;
  if (mtproxy_ffi_cfg_skspc (cur, left (), line, &at) == 0) {
    cur += at.advance;
  }
}

static int syntax_error (const char *what) {
  expect (0, "line %d: %s near '%.20s'", line, what, cur);
  return -1;
}

/* One of `;` and `:`, after spaces. */
static int take_mark (char mark) {
  if (skip_spaces () != mark) {
    return syntax_error (mark == ';' ? "; expected" : ": expected");
  }
  cur++;
  return 0;
}

static int take_int (long long *value, int32_t (*get) (const char *, size_t, mtproxy_ffi_cfg_int_result_t *)) {
  mtproxy_ffi_cfg_int_result_t read;
  skip_blanks ();
  if (get (cur, left (), &read) < 0 || !read.consumed) {
    return syntax_error ("number expected");
  }
  cur += read.consumed;
  *value = read.value;
  return 0;
}

/* `proxy_for DC HOST:PORT;` */
static int take_target (struct target *target) {
  if (take_int (&target->dc, mtproxy_ffi_cfg_getint_signed_zero) < 0) {
    return -1;
  }
  skip_blanks ();
  int len = mtproxy_ffi_cfg_getword_len (cur, left ());
  if (len <= 0 || (size_t) len >= sizeof (target->host)) {
    return syntax_error ("hostname expected");
  }
  memcpy (target->host, cur, (size_t) len);
  target->host[len] = 0;
  cur += len;
  if (take_mark (':') < 0 || take_int (&target->port, mtproxy_ffi_cfg_getint) < 0) {
    return -1;
  }
  return take_mark (';');
}

static int take_statement (struct target *targets, int *count, long long *default_dc) {
  int len = mtproxy_ffi_cfg_getword_len (cur, left ());
  if (len == 7 && !memcmp (cur, "default", 7)) {
    cur += len;
    return take_int (default_dc, mtproxy_ffi_cfg_getint_zero) < 0 ? -1 : take_mark (';');
  }
  if (len == 9 && !memcmp (cur, "proxy_for", 9) && *count < MAX_TARGETS) {
    cur += len;
    return take_target (&targets[(*count)++]);
  }
  return syntax_error ("'default' or 'proxy_for' expected");
}

/* One line for each data centre, in the order of their first target. */
static void show_targets (const struct target *targets, int count) {
  for (int i = 0; i < count; i++) {
    int seen = 0;
    for (int j = 0; j < i; j++) {
      seen |= targets[j].dc == targets[i].dc;
    }
    if (seen) {
      continue;
    }
    printf ("  dc %3lld:", targets[i].dc);
    for (int j = i; j < count; j++) {
      if (targets[j].dc == targets[i].dc) {
        printf (" %s:%lld", targets[j].host, targets[j].port);
      }
    }
    printf ("\n");
  }
}

static void scan (const char *text, size_t len) {
  static struct target targets[MAX_TARGETS];
  int count = 0, statements = 0;
  long long default_dc = 0;
  cur = text;
  end = text + len;
  while (skip_spaces () > 0) {
    int string = mtproxy_ffi_cfg_getstr_len (cur, left ());
    if (statements == 0) {
      report ("mtproxy_ffi_cfg_getstr_len", "first string '%.*s'", string, cur);
      report ("mtproxy_ffi_cfg_getword_len", "first word '%.*s'", mtproxy_ffi_cfg_getword_len (cur, left ()), cur);
    }
    if (take_statement (targets, &count, &default_dc) < 0) {
      return;
    }
    statements++;
  }
  printf ("  %d statements in %d lines, default data centre %lld, %d targets\n", statements, line - 1, default_dc,
          count);
  show_targets (targets, count);
  expect (cur == end, "the scanner reaches the end of the file");
  if (!expect (count > 0, "the config names targets")) {
    return;
  }
  report ("mtproxy_ffi_cfg_skipspc", "%d lines, end at byte %td", line - 1, cur - text);
  report ("mtproxy_ffi_cfg_skspc", "before each number and host");
  report ("mtproxy_ffi_cfg_getint_zero", "default %lld", default_dc);
  report ("mtproxy_ffi_cfg_getint_signed_zero", "%d data centres, last %lld", count, targets[count - 1].dc);
  report ("mtproxy_ffi_cfg_getint", "%d ports, last %lld", count, targets[count - 1].port);
}

void use_config (const char *path) {
  printf ("config %s\n", path);
  FILE *file = fopen (path, "rb");
  if (!expect (file != NULL, "%s can be opened", path)) {
    return;
  }
  char *text = malloc (MAX_TEXT);
  size_t len = text ? fread (text, 1, MAX_TEXT, file) : 0;
  fclose (file);
  if (expect (len > 0 && len < MAX_TEXT, "%s has between 1 byte and 1 MiB", path)) {
    scan (text, len);
    use_digests ((const unsigned char *) text, len);
  }
  free (text);
}
