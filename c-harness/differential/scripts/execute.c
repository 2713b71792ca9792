/*
 * A script's own process: its threads, of which one runs at a time, and the log.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interpose.h"
#include "own.h"
#include "script.h"

struct legacy_symbols *lib;

static struct provider *provider;
static struct {
  char *text;
  size_t room, *len;
} log_of;

/* ---- notes ---- */

static void put (const char *text, size_t len) {
  size_t left = log_of.room - 1 - *log_of.len;
  memcpy (log_of.text + *log_of.len, text, len < left ? len : left);
  *log_of.len += len < left ? len : left;
  log_of.text[*log_of.len] = 0;
}

void note (const char *format, ...) {
  char text[1000];
  va_list ap;
  va_start (ap, format);
  int n = vsnprintf (text, sizeof (text), format, ap);
  va_end (ap);
  put (" ", 1);
  put (text, n < 0 ? 0 : (size_t) n < sizeof (text) ? (size_t) n : sizeof (text) - 1);
}

static uint64_t hash_bytes (const unsigned char *data, size_t len) {
  uint64_t h = 0xcbf29ce484222325;
  for (size_t i = 0; i < len; i++) {
    h = (h ^ data[i]) * 0x100000001b3;
  }
  return h;
}

void note_bytes (const char *name, const void *data, size_t len) {
  enum { SHOWN = 200 };
  const unsigned char *at = data;
  char text[4 * SHOWN + 1];
  size_t n = 0;
  for (size_t i = 0; i < len && i < SHOWN; i++) {
    unsigned c = at[i];
    if (c == '\n') {
      n += (size_t) sprintf (text + n, "\\n");
    } else if (c < ' ' || c > '~' || c == '"' || c == '\\') {
      n += (size_t) sprintf (text + n, "\\x%02x", c);
    } else {
      text[n++] = (char) c;
    }
  }
  text[n] = 0;
  note ("%s \"", name);
  put (text, n);
  put ("\"", 1);
  if (len > SHOWN) {
    note ("of %zu, hash %016llx", len, (unsigned long long) hash_bytes (at, len));
  }
}

/* The content of a file at the last observation. */
struct seen {
  char path[32];
  size_t len;
  uint64_t hash;
};

static struct seen *last_seen (const char *path) {
  static struct seen all[16];
  for (size_t i = 0; i < sizeof (all) / sizeof (all[0]); i++) {
    if (!all[i].path[0]) {
      snprintf (all[i].path, sizeof (all[i].path), "%s", path);
    }
    if (!strcmp (all[i].path, path)) {
      return &all[i];
    }
  }
  abort ();
}

/* Whole lines that tell of each buffer at verbosity 3 are left out: ours have no numbers, and no such lines. */
static size_t without_buffers (char *text, size_t len) {
  char *to = text;
  for (char *from = text, *end = text + len; from < end;) {
    char *line_end = memchr (from, '\n', (size_t) (end - from));
    size_t line = line_end ? (size_t) (line_end + 1 - from) : (size_t) (end - from);
    if (!memmem (from, line, "c_msg_buffer(", 13) && !memmem (from, line, "e_msg_buffer(", 13) &&
        !memmem (from, line, "c_msg_buffer: ", 14)) {
      memmove (to, from, line);
      to += line;
    }
    from += line;
  }
  return (size_t) (to - text);
}

void note_file (const char *path) {
  static char text[1 << 16];
  struct seen *s = last_seen (path);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t len = fd < 0 ? 0 : pread (fd, text, sizeof (text), 0);
  if (fd >= 0) {
    close (fd);
  }
  size_t now = len < 0 ? 0 : (size_t) len, before = s->len;
  uint64_t hash = hash_bytes ((unsigned char *) text, now);
  if (now == before && (hash == s->hash || !now)) {
    return;
  }
  /* The common case: bytes were appended. */
  bool added = now > before && (!before || hash_bytes ((unsigned char *) text, before) == s->hash);
  char *from = text + (added ? before : 0);
  size_t news = now - (added ? before : 0), told = without_buffers (from, news);
  if (told || !news) {
    note_bytes (path, from, told);
  }
  if (!added) {
    note ("(all of it)");
  }
  s->len = now;
  s->hash = hash;
}

void skip (void) {
  note ("skipped");
}

char *numbered_bytes (long number, size_t len) {
  static char text[1 << 16];
  uint64_t x = (uint64_t) number;
  len = len < sizeof (text) ? len : sizeof (text) - 1;
  for (size_t i = 0; i < len; i++) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    text[i] = (char) (x >> 56);
  }
  text[len] = 0;
  return text;
}

/* ---- threads: one runs, the others wait for their turn ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn; /* the number of the thread that runs */
static const struct step *to_run;
static const struct script *running;
static __thread int thread_number;

int this_thread (void) {
  return thread_number;
}

void own_are_of (struct provider *p) {
  provider = p;
}

void *thread_local_at (const char *name) {
  return provider ? dlsym (provider->handle, name) : NULL;
}

static bool takes_part (const struct script_family *f) {
  for (int i = 0; i < running->steps; i++) {
    if (running->step[i].family == f) {
      return true;
    }
  }
  return false;
}

/* Observers note the whole state; the log gets only the changes. */
static void observe (int family) {
  static struct {
    char text[4096];
    size_t len;
  } last[FAMILIES];
  size_t before = *log_of.len;
  script_families[family]->observe ();
  const char *told = log_of.text + before;
  size_t len = *log_of.len - before;
  if (len == last[family].len && !memcmp (told, last[family].text, len)) {
    *log_of.len = before;
    log_of.text[before] = 0;
  } else if (len < sizeof (last[family].text)) {
    memcpy (last[family].text, told, len);
    last[family].len = len;
  }
}

static void run_step (const struct step *s) {
  char text[200];
  step_print (s, text, sizeof (text));
  put (text, strlen (text));
  put (":", 1);
  errno = 0;
  s->operation->run (s->argument);
  if (errno) {
    note ("errno %d", errno);
  }
  for (int i = 0; script_families[i]; i++) {
    if (script_families[i]->observe && takes_part (script_families[i])) {
      observe (i);
    }
  }
  fflush (stdout);
  fflush (stderr);
  note_file ("out");
  note_file ("err");
  put ("\n", 1);
}

static void pass_turn (int to) {
  turn = to;
  pthread_cond_broadcast (&turned);
}

static void *work (void *number) {
  thread_number = (int) (intptr_t) number;
  pthread_mutex_lock (&lock);
  while (1) {
    while (turn != thread_number) {
      pthread_cond_wait (&turned, &lock);
    }
    run_step (to_run);
    pass_turn (0);
  }
  return NULL;
}

static void run_on_thread (const struct step *s) {
  static bool started[THREADS];
  pthread_t id;
  if (!started[s->thread]) {
    started[s->thread] = true;
    if (pthread_create (&id, NULL, work, (void *) (intptr_t) s->thread)) {
      abort ();
    }
  }
  to_run = s;
  pass_turn (s->thread);
  while (turn != 0) {
    pthread_cond_wait (&turned, &lock);
  }
}

/* Sets the values that a library reads from the system, the same on both sides. */
static void set_scene (void) {
  static const struct tm moment = { .tm_year = 126, .tm_mon = 1, .tm_mday = 3, .tm_hour = 4, .tm_min = 5, .tm_sec = 6 };
  fake_pid (4321);
  fake_time (1700000000);
  fake_local_time (&moment, 123456);
}

void script_execute (struct provider *p, const struct script *s, char *log, size_t room, size_t *len) {
  provider = p;
  lib = p->legacy;
  running = s;
  log_of.text = log;
  log_of.room = room;
  log_of.len = len;
  set_scene ();
  for (int i = 0; script_families[i]; i++) {
    if (script_families[i]->begin && takes_part (script_families[i])) {
      script_families[i]->begin ();
    }
  }
  pthread_mutex_lock (&lock);
  for (int i = 0; i < s->steps; i++) {
    if (s->step[i].thread) {
      run_on_thread (&s->step[i]);
    } else {
      run_step (&s->step[i]);
    }
  }
}
