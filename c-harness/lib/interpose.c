/*
 * Interposition: see interpose.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
/* No function in this file may be replaced by a checking macro. */
#undef _FORTIFY_SOURCE
#include "interpose.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netdb.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* Defined under other names in C, to avoid conflicts with headers' prototypes and builtins. */
int on_open (const char *path, int flags, ...) __asm__ ("open");
int on_open64 (const char *path, int flags, ...) __asm__ ("open64");
FILE *on_fopen (const char *path, const char *mode) __asm__ ("fopen");
FILE *on_fopen64 (const char *path, const char *mode) __asm__ ("fopen64");
ssize_t on_write (int fd, const void *data, size_t len) __asm__ ("write");
int on_stat (const char *path, struct stat *st) __asm__ ("stat");
int on_stat64 (const char *path, struct stat *st) __asm__ ("stat64");
struct hostent *on_gethostbyname (const char *name) __asm__ ("gethostbyname");
struct hostent *on_gethostbyname2 (const char *name, int family) __asm__ ("gethostbyname2");
pid_t on_getpid (void) __asm__ ("getpid");
time_t on_time (time_t *out) __asm__ ("time");
int on_gettimeofday (struct timeval *tv, void *zone) __asm__ ("gettimeofday");
struct tm *on_localtime_r (const time_t *t, struct tm *out) __asm__ ("localtime_r");

static struct {
  bool proc, missing, etc, pid_set, time_set, local_set, no_local, catching;
  int file; /* the text, 1 more than the descriptor */
  char path[256], asked[512];
  int pid;
  long long seconds;
  struct tm local;
  long usec;
  char caught[16384];
  size_t caught_len;
} fake;

static void *next (const char *name) {
  void *f = dlsym (RTLD_NEXT, name);
  if (!f) {
    abort ();
  }
  return f;
}

/* ---- /proc ---- */

static void fail (const char *what) {
  perror (what);
  exit (2);
}

void fake_proc_begin (const char *text, size_t len) {
  if (!fake.file) {
    fake.file = 1 + (int) syscall (SYS_memfd_create, "proc", 1 /* MFD_CLOEXEC */);
    if (!fake.file) {
      fail ("differential: memfd_create");
    }
  }
  int fd = fake.file - 1;
  if (ftruncate (fd, 0) < 0 || pwrite (fd, text, len, 0) != (ssize_t) len || lseek (fd, 0, SEEK_SET) != 0) {
    fail ("differential: memfd");
  }
  fake.proc = true;
  fake.missing = false;
  fake.path[0] = 0;
}

void fake_proc_missing (void) {
  fake.proc = fake.missing = true;
  fake.path[0] = 0;
}

const char *fake_proc_path (void) {
  return fake.path;
}

void fake_proc_end (void) {
  fake.proc = false;
}

/* ---- /etc and names ---- */

void fake_etc_begin (void) {
  fake.etc = true;
}

static const char *redirected (const char *path) {
  bool ours = fake.etc && (!strcmp (path, "/etc/hosts") || !strcmp (path, "/etc/hostname"));
  return ours ? path + strlen ("/etc/") : path;
}

int on_stat (const char *path, struct stat *st) {
  return (int) syscall (SYS_newfstatat, AT_FDCWD, redirected (path), st, 0);
}

int on_stat64 (const char *path, struct stat *st) {
  return on_stat (path, st);
}

const char *fake_etc_asked (void) {
  static char last[sizeof (fake.asked)];
  memcpy (last, fake.asked, sizeof (last));
  fake.asked[0] = 0;
  return last;
}

static struct hostent *resolve (const char *name, int family) {
  static char address[16] = { 127, 0, 0, 1 }, *list[] = { address, NULL }, *empty[] = { NULL };
  static struct hostent host;
  size_t len = strlen (fake.asked);
  snprintf (fake.asked + len, sizeof (fake.asked) - len, "%s%s/%d", len ? " " : "", name, family == AF_INET6 ? 6 : 4);
  host = (struct hostent) { .h_name = (char *) (size_t) name,
                            .h_addrtype = family,
                            .h_length = family == AF_INET6 ? 16 : 4 };
  host.h_addr_list = *name == 'l' ? NULL : *name == 'a' ? empty : list;
  return *name == 'n' || (*name == 's' && family != AF_INET6) ? NULL : &host;
}

struct hostent *on_gethostbyname2 (const char *name, int family) {
  if (fake.etc) {
    return resolve (name, family);
  }
  struct hostent *(*real) (const char *, int);
  *(void **) &real = next ("gethostbyname2");
  return real (name, family);
}

struct hostent *on_gethostbyname (const char *name) {
  return on_gethostbyname2 (name, AF_INET);
}

/* A descriptor of the text if `path` is to be served, else -2. */
static int proc_open (const char *path) {
  if (!fake.proc || strncmp (path, "/proc/", 6)) {
    return -2;
  }
  snprintf (fake.path, sizeof (fake.path), "%s", path);
  if (fake.missing) {
    errno = ENOENT;
    return -1;
  }
  return fcntl (fake.file - 1, F_DUPFD_CLOEXEC, 3);
}

static int open_with (const char *path, int flags, va_list ap) {
  int fd = proc_open (path);
  if (fd != -2) {
    return fd;
  }
  int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg (ap, int) : 0;
  return (int) syscall (SYS_openat, AT_FDCWD, redirected (path), flags, mode);
}

int on_open (const char *path, int flags, ...) {
  va_list ap;
  va_start (ap, flags);
  int fd = open_with (path, flags, ap);
  va_end (ap);
  return fd;
}

int on_open64 (const char *path, int flags, ...) {
  va_list ap;
  va_start (ap, flags);
  int fd = open_with (path, flags, ap);
  va_end (ap);
  return fd;
}

static FILE *fopen_with (const char *name, const char *path, const char *mode) {
  int fd = proc_open (path);
  if (fd == -2) {
    FILE *(*real) (const char *, const char *);
    *(void **) &real = next (name);
    return real (path, mode);
  }
  FILE *f = fd < 0 ? NULL : fdopen (fd, mode);
  if (fd >= 0 && !f) {
    close (fd);
  }
  return f;
}

FILE *on_fopen (const char *path, const char *mode) {
  return fopen_with ("fopen", path, mode);
}

FILE *on_fopen64 (const char *path, const char *mode) {
  return fopen_with ("fopen64", path, mode);
}

/* ---- identity and clock ---- */

void fake_pid (int pid) {
  fake.pid = pid;
  fake.pid_set = true;
}

void fake_time (long long seconds) {
  fake.seconds = seconds;
  fake.time_set = true;
}

void fake_local_time (const struct tm *t, long usec) {
  fake.no_local = !t;
  fake.local = t ? *t : (struct tm) { 0 };
  fake.usec = usec;
  fake.local_set = true;
}

void fake_clock_end (void) {
  fake.pid_set = fake.time_set = fake.local_set = false;
}

pid_t on_getpid (void) {
  return fake.pid_set ? fake.pid : (pid_t) syscall (SYS_getpid);
}

time_t on_time (time_t *out) {
  struct timespec now;
  clock_gettime (CLOCK_REALTIME, &now);
  time_t t = fake.time_set ? (time_t) fake.seconds : now.tv_sec;
  if (out) {
    *out = t;
  }
  return t;
}

int on_gettimeofday (struct timeval *tv, void *zone) {
  (void) zone;
  struct timespec now;
  clock_gettime (CLOCK_REALTIME, &now);
  if (tv) {
    tv->tv_sec = now.tv_sec;
    tv->tv_usec = fake.local_set ? fake.usec : now.tv_nsec / 1000;
  }
  return 0;
}

struct tm *on_localtime_r (const time_t *t, struct tm *out) {
  if (fake.local_set) {
    *out = fake.no_local ? *out : fake.local;
    return fake.no_local ? NULL : out;
  }
  struct tm *(*real) (const time_t *, struct tm *);
  *(void **) &real = next ("localtime_r");
  return real (t, out);
}

/* ---- stderr ---- */

void catch_stderr_begin (void) {
  fake.caught_len = 0;
  fake.catching = true;
}

const char *catch_stderr_end (size_t *len) {
  fake.catching = false;
  *len = fake.caught_len;
  return fake.caught;
}

/* In glibc stderr is a variable. */
static FILE *kept_stderr, *stdio_file;
static char *stdio_text;
static size_t stdio_len;

void catch_stdio_begin (void) {
  free (stdio_text);
  stdio_text = NULL;
  stdio_file = open_memstream (&stdio_text, &stdio_len);
  if (!stdio_file) {
    fail ("differential: open_memstream");
  }
  catch_stderr_begin ();
  kept_stderr = stderr;
  stderr = stdio_file;
}

const char *catch_stdio_end (size_t *len) {
  stderr = kept_stderr;
  fclose (stdio_file);
  const char *text = catch_stderr_end (len);
  size_t room = sizeof (fake.caught) - fake.caught_len, more = stdio_len < room ? stdio_len : room;
  memcpy (fake.caught + fake.caught_len, stdio_text, more);
  *len += more;
  return text;
}

ssize_t on_write (int fd, const void *data, size_t len) {
  if (fd != 2 || !fake.catching) {
    return syscall (SYS_write, fd, data, len);
  }
  size_t room = sizeof (fake.caught) - fake.caught_len;
  memcpy (fake.caught + fake.caught_len, data, len < room ? len : room);
  fake.caught_len += len < room ? len : room;
  return (ssize_t) len;
}
