/*
 * Calls for which the original is undefined, or crashes: the drop-in does what docs/differences.md says. There is nothing to
 * compare with, so the differential harness cannot have them.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#include "host.h"
#include "legacy_names.h"

extern const char mtproxy_kdb_release[];

enum { MAX_CONFIG = 16 << 20 };

static int failed;
static char path[256];

static void expect (int holds, const char *what) {
  if (!holds) {
    failed++;
    printf ("FAIL %s\n", what);
  }
}

static void fill_file (const char *piece, size_t size) {
  static char text[MAX_CONFIG + 1];
  size_t len = strlen (piece);
  for (size_t at = 0; at < size; at++) {
    text[at] = piece[at % len];
  }
  int file = open (path, O_WRONLY | O_TRUNC);
  expect (file >= 0 && write (file, text, size) == (ssize_t) size, "a file to load");
  close (file);
}

static void scan_everything (void) {
  cfg_getword ();
  cfg_getstr ();
  cfg_getint_zero ();
  cfg_getlex ();
  cfg_getint_signed_zero ();
  cfg_gethost ();
  cfg_skipspc ();
}

static void nothing_loaded (void) {
  expect (cfg_skipspc () == 0 && cfg_getword () == 0 && cfg_getlex () == 0, "without a config the text ends");
  scan_everything ();
}

/* The longest config, and a longer one, which is refused: no bytes at the end make the scanner read past it. */
static void ends_of_the_buffer (void) {
  static const char *const pieces[] = { "# ", "[", "a", "-", "12", ";", " " };
  for (size_t i = 0; i < sizeof (pieces) / sizeof (pieces[0]); i++) {
    for (int more = 0; more < 2; more++) {
      fill_file (pieces[i], MAX_CONFIG + (size_t) more);
      int fd = load_config (path, -1);
      expect (more ? fd == -2 : fd >= 0, "the longest config is accepted, one more byte refused");
      scan_everything ();
      reset_config ();
      cfg_cur = cfg_end - cfg_start > 7 ? cfg_end - 7 : cfg_start;
      scan_everything ();
      expect (cfg_cur >= cfg_start && cfg_cur <= cfg_end, "the cursor stays inside");
      close_config (fd >= 0 ? &fd : NULL);
    }
  }
}

static void names (void) {
  fill_file ("word ", 5);
  int fd = load_config (path, -1);
  expect (load_config (config_name, fd) == fd && !strcmp (config_name, path), "a config reloads under its own name");
  expect (load_config (NULL, fd) == fd && !config_name, "a config without a name");
  expect (load_config (NULL, fd) == fd && !config_name, "and again");
  close_config (&fd);
}

static void buffers (void) {
  struct stats_buffer sb;
  char room[8] = "~~~~~~~";
  sb_init (&sb, room + 4, 1);
  sb_prepare (&sb);
  expect (sb.pos == 0 && !memcmp (room, "~~~~", 5) && room[5] == '~', "sb_prepare into one byte");
  char text[16];
  sb_init (&sb, text, sizeof text);
  sb_printf (&sb, "kept");
  sb_printf (&sb, "x%lc", (wint_t) 0x110000); /* no character: libc fails after the x */
  expect (sb.pos == 4 && !strcmp (text, "kept"), "a format that libc refuses adds no text");
}

static void crc_of_null (void) {
  crc32_partial (NULL, 5, 7);
}

static void md5_of_null (void) {
  unsigned char digest[16];
  md5 (NULL, 5, digest);
}

static void kwrite_of_null (void) {
  kwrite (2, NULL, 5);
}

static void negative_speed (void) {
  reindex_speed = -1;
  kdb_write (2, "x", 1, "stderr");
}

static void nothing (void) {
}

/* The signal that ends `call` in a child process, 0 for none. */
static int ended_by (void (*call) (void)) {
  pid_t child = fork ();
  if (!child) {
    call ();
    _exit (0);
  }
  int status;
  return waitpid (child, &status, 0) == child && WIFSIGNALED (status) ? WTERMSIG (status) : 0;
}

/* With a message; the original reads address 0. */
static void null_with_a_length (void) {
  expect (ended_by (crc_of_null) == SIGABRT, "the CRC of null ends the process");
  expect (ended_by (md5_of_null) == SIGABRT, "the digest of null ends the process");
  expect (ended_by (kwrite_of_null) == SIGABRT, "a short kwrite of null ends the process");
  expect (ended_by (nothing) == 0, "control: a child that returns");
}

static void smaller_things (void) {
  struct process_id a = { 1, 2, 3, 4 }, b = { 9, 2, 1, 4 };
  expect (process_id_is_newer (&a, &b) == 0, "different addresses do not compare");
  expect (reindex_speed == 33554432.0 && !strncmp (mtproxy_kdb_release, "mtproxy-ffi ", 12), "initial values");
  errno = 5;
  expect (kwrite (-1, "x", 1) == -1 && errno == 5, "kwrite to nowhere keeps errno");
  expect (crc32_find_corrupted_bit (268435452, 1) == -1, "a block of 2^31 bits has no bit to repair");
  expect (ended_by (negative_speed) == 0, "a negative speed is no limit");
}

/* `undefined control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  int saved = dup (2), null = open ("/dev/null", O_WRONLY), file = make_file (path);
  dup2 (null, 2); /* the scanner's complaints */
  nothing_loaded ();
  ends_of_the_buffer ();
  names ();
  buffers ();
  null_with_a_length ();
  smaller_things ();
  dup2 (saved, 2);
  close (file);
  unlink (path);
  return failed != 0;
}
