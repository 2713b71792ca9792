/*
 * The log: lines, raw writing, and the file that replaces the standard descriptors. Changes of each file's content are
 * noted; `out` and `err` are the initial descriptors 1 and 2.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interpose.h"
#include "script.h"

enum { FILES = 3, LONG = 4300 };

static const char *const names[FILES] = { "data.0", "data.1", "data.2" };
static const char *const logs[] = { "a.log", "b.log" };
static int opened[FILES] = { -1, -1, -1 };

static void begin (void) {
  /* No speed limit. */
  *lib->reindex_speed = 0;
}

static void observe (void) {
  for (int i = 0; i < FILES; i++) {
    note_file (names[i]);
  }
  note_file (logs[0]);
  note_file (logs[1]);
  note_file ("old.log");
}

/* Opening the log reopens standard output and error; data files get greater descriptors. */
static int file (long f) {
  if (opened[f] < 0) {
    opened[f] = open (names[f], O_RDWR | O_CREAT | O_TRUNC, 0600);
  }
  return opened[f];
}

static const char *letters (long number, size_t len) {
  char *text = numbered_bytes (number, len);
  for (size_t i = 0; i < len; i++) {
    text[i] = (char) (' ' + (unsigned char) text[i] % 95);
  }
  return text;
}

static void print_line (const long *a) {
  const char *text = letters (a[1], (size_t) a[2]);
  errno = (int) a[0] + 1;
  switch (a[0]) {
  case 0:
    lib->kprintf ("%s\n", text);
    break;
  case 1:
    lib->kprintf ("%m: %s, %ld\n", text, a[1]);
    break;
  case 2:
    lib->kprintf ("%s%5.1f%lld", text, 0.25, -1LL);
    break;
  default:
    lib->kprintf ("%s\n\n%s", text, text);
  }
}

static void raw (const long *a) {
  note ("%d", lib->kwrite (a[0] < FILES    ? file (a[0])
                           : a[0] == FILES ? 2
                                           : -1,
                           letters (a[1], (size_t) a[2]), (int) a[2]));
}

static void write_data (const long *a) {
  lib->nck_write (file (a[0]), letters (a[1], (size_t) a[2]), (size_t) a[2]);
}

static void write_at (const long *a) {
  lib->nck_pwrite (file (a[0]), letters (a[1], (size_t) (a[1] % 40)), (size_t) (a[1] % 40), a[2]);
}

/* The last descriptor is invalid, which ends the program. */
static void write_slowly (const long *a) {
  lib->kdb_write (a[0] < FILES ? file (a[0]) : -1, letters (a[1], (size_t) a[2]), a[2], "the file");
}

static void speed (const long *a) {
  static const double speeds[] = { 0, 1e12, -0.0 };
  *lib->reindex_speed = speeds[a[0]];
}

/* A null pointer with a length: the kernel refuses it, and kdb_write ends the program. A short kwrite, which copies first,
   ends on both sides. */
static void null_data (const long *a) {
  if (a[1]) {
    lib->kdb_write (file (a[0]), NULL, a[2], "the file");
  } else {
    note ("%d", lib->kwrite (file (a[0]), NULL, (int) (a[2] ? 300 + a[2] : 0)));
  }
}

static void no_local_time (const long *a) {
  (void) a;
  fake_local_time (NULL, 7);
}

static void dump (const long *a) {
  const char *data = numbered_bytes (a[0], (size_t) a[1]);
  note ("%d", lib->hexdump (data, data + a[1]));
}

static void set_pid (const long *a) {
  fake_pid ((int) a[0]);
}

/* The program's own output goes to the same descriptors. */
static void say (const long *a) {
  fprintf (a[0] ? stderr : stdout, "said %ld\n", a[1]);
}

/* ---- the log's file ---- */

static void name_log (const long *a) {
  *lib->logname = a[0] ? logs[a[0] - 1] : NULL;
}

static void reopen (const long *a) {
  fflush (NULL);
  if (a[0]) {
    lib->reopen_logs_ext ((int) a[0] - 1);
  } else {
    lib->reopen_logs ();
  }
  note ("%s %s %s", fcntl (0, F_GETFD) < 0 ? "closed" : "open", fcntl (1, F_GETFD) < 0 ? "closed" : "open",
        fcntl (2, F_GETFD) < 0 ? "closed" : "open");
}

/* Rotates the log: open descriptors keep the old file. */
static void rotate (const long *a) {
  note ("%d", rename (logs[a[0]], "old.log"));
  errno = 0;
}

static const struct operation operations[] = {
  { "line", print_line, { { "how", 0, 3 }, { "bytes", 0, 100 }, { "length", 0, LONG } }, 8 },
  { "raw", raw, { { "file", 0, FILES + 1 }, { "bytes", 0, 100 }, { "length", 0, 400 } }, 4 },
  { "write", write_data, { { "file", 0, FILES - 1 }, { "bytes", 0, 100 }, { "length", 0, 400 } }, 3 },
  { "write_at", write_at, { { "file", 0, FILES - 1 }, { "bytes", 0, 100 }, { "at", 0, 300 } }, 3 },
  { "slow_write", write_slowly, { { "file", 0, FILES }, { "bytes", 0, 100 }, { "length", 0, 400 } }, 3 },
  { "speed", speed, { { "which", 0, 2 } }, 1 },
  { "null", null_data, { { "file", 0, FILES - 1 }, { "slow", 0, 1 }, { "length", 0, 400 } }, 1 },
  { "no_local_time", no_local_time, { { 0 } }, 1 },
  { "hexdump", dump, { { "bytes", 0, 100 }, { "length", 0, 70 } }, 2 },
  { "getpid", set_pid, { { "pid", 1, 65535 } }, 1 },
  { "logname", name_log, { { "file", 0, 2 } }, 2 },
  { "reopen", reopen, { { "slave", 0, 2 } }, 3 },
  { "rotate", rotate, { { "file", 0, 1 } }, 1 },
  { "say", say, { { "stderr", 0, 1 }, { "number", 0, 9 } }, 2 },
  { 0 },
};

static const char *const fixed[] = {
  "log.line(0,1,4054);log.line(0,1,4055);log.line(0,1,4056);log.line(1,2,4000);log.line(2,3,4100);log.line(3,4,2040)",
  "log.write(0,1,10);log.write_at(0,8,2);log.slow_write(0,3,5);log.raw(0,4,20);log.raw(3,4,300);log.raw(4,4,1)",
  "log.say(0,1);log.line(0,1,5)@1;log.say(1,2)@2;log.hexdump(1,18);log.hexdump(1,0)",
  "log.logname(1);log.say(0,1);log.reopen(0);log.say(0,2);log.line(0,1,5);log.rotate(0);log.say(1,3);log.reopen(2)@1;"
  "log.say(0,4);log.line(0,2,5)",
  NULL,
};

const struct script_family log_scripts = { "log", CAN_WRITE, operations, begin, observe, fixed };
