/* What no table holds: the log, statistics, clocks, and what a host may replace. */
#define _GNU_SOURCE
#include "harness.h"
#include "legacy.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[1 << 20];

static void say(void *message) {
  errno = ENOENT;
  kprintf("%s|%m", (char *)message);
  expect(errno == ENOENT, "kprintf keeps errno");
}

static void log_lines(void) {
  char message[9000];
  struct tm tm = {.tm_year = 126, .tm_mon = 1, .tm_mday = 11};
  fake = (struct fake){.on = 1, .pid = 321, .has_tm = 1, .tm = &tm};
  memset(message, 'x', sizeof message);
  size_t prefix = strlen("[321][2026-02-11 00:00:00.000000 local] ");
  for (size_t n = 4000; n < 4110; n++) {
    message[n] = 0;
    size_t len = stderr_of(say, message, text, sizeof text), whole = prefix + n + strlen("|No such file or directory");
    expect(len == (whole < 4096 ? whole : 4096), "a log line has at most 4096 bytes");
    expect(whole < 4096 || text[4095] == '\n', "a line that is cut ends");
    message[n] = 'x';
  }
  message[sizeof message - 1] = 0;
  memset(message, '\n', sizeof message - 1);
  expect(stderr_of(say, message, text, sizeof text) == 4095, "a line that is cut behind a line end gets none");
  fake.tm = NULL;
  fake.usec = 7;
  stderr_of(say, "a", text, sizeof text);
  expect(!strncmp(text, "[321][1900-01-00 00:00:00.000007 local] a|No such", 48), "without a local time the date is zero");
  fake = (struct fake){0};
}

static void write_short(void *count) { expect(kwrite(2, "0123456789", *(int *)count) == 22 + *(int *)count, "kwrite's result"); }
static void write_long(void *unused) {
  (void)unused;
  static char block[300];
  memset(block, 'y', sizeof block);
  expect(kwrite(2, block, 300) == 22 + 300, "kwrite's result, long");
}

static void dump_18(void *data) { expect(hexdump(data, (char *)data + 18) == 18, "hexdump's result"); }

static void raw_writes(void) {
  fake = (struct fake){.on = 1, .pid = 321, .sec = 1754};
  int n = 10;
  stderr_of(write_short, &n, text, sizeof text);
  expect(!strcmp(text, "[pid 321] [time 1754] 0123456789"), "kwrite");
  n = -3;
  stderr_of(write_short, &n, text, sizeof text);
  fake = (struct fake){0};
  fake = (struct fake){.on = 1, .pid = 321, .sec = 1754};
  expect(stderr_of(write_long, NULL, text, sizeof text) == 322 && text[321] == 'y', "kwrite, long");
  fake = (struct fake){0};
  errno = 5;
  expect(kwrite(-1, "x", 1) == -1 && errno == 5, "kwrite to nowhere");
  stderr_of(dump_18, "abcdefghijklmnopqr", text, sizeof text);
  expect(!strcmp(text, "00000000 61 62 63 64 65 66 67 68  69 6a 6b 6c 6d 6e 6f 70\n00000010 71 72                                           \n"), "hexdump");
}

static void added(stats_buffer_t *sb) { sb_printf(sb, "added\t%d\n", 2); }
static void added_too(stats_buffer_t *sb) { sb_printf(sb, "too\t%s\n", "three"); }

static void statistics(void) {
  stats_buffer_t sb;
  char buff[64];
  expect(sb_register_stat_fun(added) == 1 && sb_register_stat_fun(added_too) == 1 && sb_register_stat_fun(added) == 0, "sb_register_stat_fun");
  /* Every size: cut after the last whole line, never past the end. */
  static const char whole[] = "prepared\t1\nadded\t2\ntoo\tthree\n";
  for (int size = 1; size < 40; size++) {
    memset(buff, 0x5a, sizeof buff);
    sb_init(&sb, buff, size);
    sb_prepare(&sb);
    int fits = 0;
    for (int line = 0; whole[line]; line++) {
      if (whole[line] == '\n' && line + 1 < size) {
        fits = line + 1;
      }
    }
    expect(sb.pos == fits && !strncmp(buff, whole, fits) && buff[fits] == 0 && buff[size] == 0x5a, "sb_prepare in a small buffer");
  }
  sb_alloc(&sb, 1);
  expect(sb.size == 16 && sb.flags == 1 && sb.pos == 0, "sb_alloc");
  for (int i = 0; i < 1000; i++) {
    sb_printf(&sb, "line %d\n", i);
  }
  expect(sb.pos == 8890 && sb.size > sb.pos && !strcmp(sb.buff + sb.pos - 9, "line 999\n"), "an own buffer grows");
  sb_release(&sb);
  expect(!sb.buff, "sb_release");

  struct { int i; long long ll; double f; } a = {1, 1LL << 40, 0.5}, b = {2, 2, 0.25};
  void *both[] = {&a, NULL, &b};
  expect(sb_sum_i(both, 3, 0) == 3 && sb_sum_ll(both, 3, 8) == (1LL << 40) + 2 && sb_sum_f(both, 3, 16) == 0.75 && sb_sum_i(both, -1, 0) == 0, "sb_sum");

  extern int start_time;
  start_time = 100;
  now = 104;
  sb_init(&sb, text, sizeof text);
  sb_print_queries(&sb, "q", 10);
  sbp_print_date(&sb, "when", 0);
  expect(!strcmp(text, "q\t10\nqps_q\t2.500\nwhen\tThu Jan  1 00:00:00 1970\n"), "sb_print_queries and sbp_print_date");
  now = 0;
  sb_init(&sb, text, sizeof text);
  sb_print_queries(&sb, "q", 10);
  expect(!strcmp(text, "q\t10\nqps_q\t0.000\n"), "no rate before the start");
  sb_init(&sb, text, sizeof text);
  sb_memory(&sb, 3);
  expect(strstr(text, "vmsize_bytes\t") && strstr(text, "swap_total_bytes\t"), "sb_memory");

  am_memory_stat_t s;
  expect(am_get_memory_stats(&s, 0) == -1 && am_get_memory_stats(&s, 4) == 0 && am_get_memory_stats(&s, 1) == 0 && s.vm_size > s.vm_rss, "am_get_memory_stats");
}

static void quiet_failure(void *unused) {
  (void)unused;
  long long a[7];
  expect(am_get_memory_usage(-5, a, 1) == -1, "no such process");
}

static void clocks(void) {
  double before = get_utime_monotonic();
  expect(precise_now == before && precise_now_rdtsc > 0, "get_utime_monotonic keeps its reading");
  double wall = get_utime(CLOCK_REALTIME);
  expect(precise_time == (long long)(wall * 4294967296.0) && precise_time_rdtsc > 0, "get_utime keeps its reading");
  long long kept = precise_time;
  get_utime(CLOCK_MONOTONIC);
  expect(precise_time == kept && get_precise_time(UINT_MAX) == kept, "only the wall clock is kept");
  usleep(1000);
  expect(get_precise_time(0) > kept, "get_precise_time refreshes");
  expect(get_double_time() - wall < 5, "get_double_time");
  kdb_cpuid_t *cpu = kdb_cpuid();
  expect(cpu == kdb_cpuid() && cpu->magic == 0x280147b8, "kdb_cpuid");
}

static unsigned mine(const void *data, long len, unsigned crc) {
  (void)data;
  return crc ^ len ^ 0x5a5a;
}

/* In an initialiser of the host's, before any of ours could have run. */
static unsigned before_main;
__attribute__((constructor(101))) static void early(void) { before_main = crc32_partial("123456789", 9, -1) ^ crc32c_partial("123456789", 9, -1) ^ compute_crc32_combine(1, 2, 1); }

static void replaceable(void) {
  expect(before_main == (0x340bc6d9 ^ 0x1cf96d7c ^ 1996959892), "the function pointers are right before main");
  unsigned (*saved)(const void *, long, unsigned) = crc32_partial, crc = 7;
  crc32_partial = mine;
  crc32_check_and_repair("", 0, &crc, 0);
  crc32_partial = saved;
  expect(crc == 7 || crc == ~(~0u ^ 0x5a5a), "a host's crc32_partial is used");
  expect(reindex_speed == 33554432.0 && !strncmp(mtproxy_kdb_release, "mtproxy-ffi ", 12), "initial values");
  struct process_id a = {1, 2, 3, 4}, b = {9, 2, 1, 4};
  expect(process_id_is_newer(&a, &b) == 0, "different addresses do not compare");
}

static void files(void) {
  char path[] = "/tmp/mtproxy-kdb-XXXXXX";
  int fd = mkstemp(path);
  unsigned char digest[16];
  kdb_write(fd, "abc", 3, path);
  reindex_speed = 0;
  kdb_write(fd, text, 0, path);
  reindex_speed = 33554432.0;
  nck_write(fd, "d", 1);
  nck_pwrite(fd, "A", 1, 0);
  expect(md5_file(path, digest) == 0, "md5_file");
  unsigned char want[16];
  md5((unsigned char *)"Abcd", 4, want);
  expect(!memcmp(digest, want, 16), "md5_file's digest");
  expect(md5_file("/nonexistent", digest) == 1 && md5_file("/tmp", digest) == 2, "md5_file of no file, and of a directory");
  fflush(stdout);
  pid_t child = fork();
  if (!child) {
    logname = path;
    reopen_logs_ext(1);
    printf("to the log");
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  expect(pread(fd, text, 100, 0) == 14 && !memcmp(text, "Abcdto the log", 14), "reopen_logs");
  close(fd);
  unlink(path);
}

void check_behaviour(void) {
  int before = failures;
  log_lines();
  raw_writes();
  statistics();
  expect(stderr_of(quiet_failure, NULL, text, sizeof text) == 0, "quiet at verbosity 0");
  verbosity = 1;
  stderr_of(quiet_failure, NULL, text, sizeof text);
  verbosity = 0;
  expect(strstr(text, "read_whole_file: open (\"/proc/-5/statm\", O_RDONLY) failed. No such file or directory\n") != NULL, "the reader's message");
  clocks();
  replaceable();
  files();
  printf("%-16s %d differ\n", "behaviour", failures - before);
}
