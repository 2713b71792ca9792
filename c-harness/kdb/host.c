/* What the drop-in asks of its host, and the system functions whose answers a test wants to choose
 * (linked with --wrap). */
#define _GNU_SOURCE
#include "harness.h"
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

int start_time;
struct fake fake;

int prepare_stats(char *buff, int size) { return snprintf(buff, size, "prepared\t1\n"); }

/* Knows one name. */
struct hostent *kdb_gethostbyname(const char *name) {
  static char address[4] = {127, 0, 0, 1};
  static char *list[2] = {address, NULL};
  static struct hostent host = {.h_addrtype = 2, .h_length = 4, .h_addr_list = list};
  return strcmp(name, "known.example") ? NULL : &host;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
  va_list args;
  va_start(args, flags);
  int mode = flags & O_CREAT ? va_arg(args, int) : 0;
  va_end(args);
  if (fake.file && !strncmp(path, "/proc/", 6)) {
    strncpy(fake.last_path, path, sizeof fake.last_path - 1);
    path = fake.file;
  }
  return __real_open(path, flags, mode);
}

pid_t __real_getpid(void);
pid_t __wrap_getpid(void) { return fake.on ? fake.pid : __real_getpid(); }

time_t __real_time(time_t *t);
time_t __wrap_time(time_t *t) { return fake.on ? fake.sec : __real_time(t); }

int __real_gettimeofday(struct timeval *tv, void *tz);
int __wrap_gettimeofday(struct timeval *tv, void *tz) {
  if (!fake.on) {
    return __real_gettimeofday(tv, tz);
  }
  tv->tv_sec = fake.sec;
  tv->tv_usec = fake.usec;
  return 0;
}

struct tm *__real_localtime_r(const time_t *t, struct tm *tm);
struct tm *__wrap_localtime_r(const time_t *t, struct tm *tm) {
  if (!fake.has_tm) {
    return __real_localtime_r(t, tm);
  }
  if (!fake.tm) {
    return NULL;
  }
  *tm = *fake.tm;
  return tm;
}

/* The config buffer ends where the readable memory does: a read past it ends the process. */
#define CONFIG_BUFFER ((16u << 20) + 4)
#define PAGE 65536u
#define ROOM ((CONFIG_BUFFER + PAGE - 1) / PAGE * PAGE)
static char *guarded;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size) {
  if (count * size != CONFIG_BUFFER || guarded) {
    return __real_calloc(count, size);
  }
  char *start = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(start + ROOM, PAGE, PROT_NONE);
  return guarded = start + ROOM - CONFIG_BUFFER;
}

void __real_free(void *memory);
void __wrap_free(void *memory) {
  if (!memory || memory != guarded) {
    __real_free(memory);
    return;
  }
  munmap(guarded + CONFIG_BUFFER - ROOM, ROOM + PAGE);
  guarded = NULL;
}
