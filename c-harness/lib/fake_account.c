/*
 * Accounts and limits: see fake_account.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#undef _FORTIFY_SOURCE
#include "fake_account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Defined under other names in C, to avoid conflicts with headers' prototypes. */
uid_t on_getuid (void) __asm__ ("getuid");
uid_t on_geteuid (void) __asm__ ("geteuid");
struct passwd *on_getpwnam (const char *name) __asm__ ("getpwnam");
struct group *on_getgrnam (const char *name) __asm__ ("getgrnam");
int on_setgroups (size_t count, const gid_t *groups) __asm__ ("setgroups");
int on_initgroups (const char *user, gid_t group) __asm__ ("initgroups");
int on_setgid (gid_t group) __asm__ ("setgid");
int on_setuid (uid_t user) __asm__ ("setuid");
int on_getrlimit (int what, struct rlimit *limit) __asm__ ("getrlimit");
int on_getrlimit64 (int what, struct rlimit *limit) __asm__ ("getrlimit64");
int on_setrlimit (int what, const struct rlimit *limit) __asm__ ("setrlimit");
int on_setrlimit64 (int what, const struct rlimit *limit) __asm__ ("setrlimit64");
int on_nice (int more) __asm__ ("nice");

static struct {
  bool on;
  unsigned uid, euid;
  struct rlimit files;
  const char *fails;
  char asked[600];
} fake;

void fake_account_begin (unsigned uid, unsigned euid, unsigned long long soft, unsigned long long hard,
                         const char *fails) {
  fake.on = true;
  fake.uid = uid;
  fake.euid = euid;
  fake.files = (struct rlimit) { soft, hard };
  fake.fails = fails;
}

const char *fake_account_asked (void) {
  static char last[sizeof (fake.asked)];
  memcpy (last, fake.asked, sizeof (last));
  fake.asked[0] = 0;
  return last;
}

/* Notes a call. Returns -1 if it is the one that fails. */
static int call (const char *name, const char *format, ...) {
  size_t len = strlen (fake.asked);
  char arguments[200];
  va_list ap;
  va_start (ap, format);
  vsnprintf (arguments, sizeof (arguments), format, ap);
  va_end (ap);
  snprintf (fake.asked + len, sizeof (fake.asked) - len, "%s%s(%s)", len ? " " : "", name, arguments);
  if (fake.fails && !strcmp (fake.fails, name)) {
    errno = EPERM;
    return -1;
  }
  return 0;
}

uid_t on_getuid (void) {
  return fake.on ? fake.uid : (uid_t) syscall (SYS_getuid);
}

uid_t on_geteuid (void) {
  return fake.on ? fake.euid : (uid_t) syscall (SYS_geteuid);
}

/* The harness itself never looks anybody up, or becomes somebody: outside a case these fail. */
struct passwd *on_getpwnam (const char *name) {
  static struct passwd users[2] = { { .pw_uid = 1077, .pw_gid = 77 }, { .pw_uid = 65534, .pw_gid = 65533 } };
  if (call ("getpwnam", "%s", name) < 0) {
    return NULL;
  }
  return !strcmp (name, "mtproxy") ? &users[0] : !strcmp (name, "nobody") ? &users[1] : NULL;
}

struct group *on_getgrnam (const char *name) {
  static struct group wheel = { .gr_gid = 10 };
  return call ("getgrnam", "%s", name) < 0 || strcmp (name, "wheel") ? NULL : &wheel;
}

int on_setgroups (size_t count, const gid_t *groups) {
  return call ("setgroups", "%zu: %u", count, groups[0]);
}

int on_initgroups (const char *user, gid_t group) {
  return call ("initgroups", "%s, %u", user, group);
}

int on_setgid (gid_t group) {
  return call ("setgid", "%u", group);
}

int on_setuid (uid_t user) {
  return call ("setuid", "%u", user);
}

int on_getrlimit (int what, struct rlimit *limit) {
  if (!fake.on || what != RLIMIT_NOFILE) {
    return (int) syscall (SYS_prlimit64, 0, what, NULL, limit);
  }
  *limit = fake.files;
  return call ("getrlimit", "files");
}

int on_getrlimit64 (int what, struct rlimit *limit) {
  return on_getrlimit (what, limit);
}

int on_setrlimit (int what, const struct rlimit *limit) {
  if (!fake.on || what != RLIMIT_NOFILE) {
    return (int) syscall (SYS_prlimit64, 0, what, limit, NULL);
  }
  int ret = call ("setrlimit", "files, %llu, %llu", (unsigned long long) limit->rlim_cur,
                  (unsigned long long) limit->rlim_max);
  if (!ret) {
    fake.files = *limit;
  }
  return ret;
}

int on_setrlimit64 (int what, const struct rlimit *limit) {
  return on_setrlimit (what, limit);
}

/* A program's own niceness may well become -1. */
int on_nice (int more) {
  return call ("nice", "%d", more) < 0 ? -1 : more;
}
