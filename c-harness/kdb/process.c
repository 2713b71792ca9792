/* Process ids, /proc, and the log prefix, through the legacy names. */
#define _GNU_SOURCE
#include "harness.h"
#include "legacy.h"
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static struct process_id id(const char *text) {
  unsigned ip;
  int port, pid, utime;
  sscanf(text, "%u,%d,%d,%d", &ip, &port, &pid, &utime);
  return (struct process_id){ip, port, pid, utime};
}

static void pid(struct row *row) {
  struct process_id x = id(row->cell[1]), y;
  if (strcmp(row->cell[0], "init")) {
    y = id(row->cell[2]);
    int got = (!strcmp(row->cell[0], "matches_pid") ? matches_pid : process_id_is_newer)(&x, &y);
    if (got != number(row->cell[6])) {
      fail(row, "%d, not %s", got, row->cell[6]);
    }
    return;
  }
  if (!strcmp(row->cell[4], "0")) {
    return; /* no process has the id 0; a folded one is never 0 */
  }
  char out[1024] = "", *rest = row->cell[3];
  PID = x;
  fake = (struct fake){.on = 1, .pid = number(row->cell[4]), .sec = number(row->cell[5])};
  for (char *op; (op = strsep(&rest, ";"));) {
    if (*op == 'm') {
      init_common_PID();
    } else if (*op == 'c') {
      init_client_PID(unsigned_number(op + 2));
    } else {
      init_server_PID(unsigned_number(op + 2), number(strrchr(op, ':') + 1));
    }
    sprintf(out + strlen(out), "%s%u,%d,%u,%d", *out ? ";" : "", PID.ip, PID.port, PID.pid, PID.utime);
  }
  fake.on = 0;
  if (strcmp(out, row->cell[6])) {
    fail(row, "%s, not %s", out, row->cell[6]);
  }
}

static char file[] = "/tmp/mtproxy-kdb-XXXXXX";

/* The text as the file that every path below /proc opens; how long it is. */
static size_t put(const char *cell) {
  size_t len;
  unsigned char *text = bytes(cell, &len, 0);
  FILE *out = fopen(file, "w");
  fwrite(text, 1, len, out);
  fclose(out);
  free(text);
  fake.file = file;
  return len;
}

static int blank_in_name(const char *cell) {
  size_t len;
  unsigned char *text = bytes(cell, &len, 0), *open = memchr(text, '(', len), *close = memrchr(text, ')', len);
  int blank = 0;
  for (unsigned char *at = open; open && at < close; at++) {
    blank |= *at == ' ' || (*at >= 9 && *at <= 13);
  }
  free(text);
  return blank;
}

static int with_blanks;

static void stat_row(struct row *row) {
  struct proc_stats s, untouched;
  memset(&s, 0xa5, sizeof s);
  untouched = s;
  size_t len = put(row->cell[1]);
  int rc = read_proc_stats(1, 0, &s);
  fake.file = NULL;
  if (!strcmp(row->cell[0], "comm_overflow")) {
    if (rc && memchr(s.comm, 0, 256) == NULL) {
      fail(row, "an unterminated name");
    }
    return;
  }
  if (len > 4096) {
    return; /* a page is read: longer than anything a kernel writes */
  }
  if (!rc && memcmp(&s, &untouched, sizeof s)) {
    fail(row, "writes on failure");
  }
  if (rc != number(row->cell[2])) {
    if (rc && blank_in_name(row->cell[1])) {
      with_blanks++;
    } else {
      fail(row, "returns %d", rc);
    }
    return;
  }
  if (!rc) {
    return;
  }
  char text[2048], *at = text;
  at += sprintf(at, "%d\t", s.ppid);
#define L(field) at += sprintf(at, "%ld\t", (long)s.field)
#define U(field) at += sprintf(at, "%lu\t", (unsigned long)s.field)
  L(pgrp), L(session), L(tty_nr), L(tpgid);
  U(flags), U(minflt), U(cminflt), U(majflt), U(cmajflt), U(utime), U(stime);
  L(cutime), L(cstime), L(priority), L(nice), L(num_threads), L(itrealvalue);
  U(starttime), U(vsize);
  L(rss);
  U(rlim), U(startcode), U(endcode), U(startstack), U(kstkesp), U(kstkeip), U(signal), U(blocked), U(sigignore), U(sigcatch), U(wchan);
  U(nswap), U(cnswap);
  L(exit_signal), L(processor);
  U(rt_priority), U(policy), U(delayacct_blkio_ticks);
  char want[2048] = "";
  for (int i = 6; i < row->cells; i++) {
    sprintf(want + strlen(want), "%s\t", row->cell[i]);
  }
  if (s.pid != number(row->cell[3]) || !same_bytes(row->cell[4], s.comm, strnlen(s.comm, 256)) || (signed char)s.state != number(row->cell[5]) || strcmp(text, want)) {
    fail(row, "other fields: %s", text);
  }
}

static void path_row(struct row *row) {
  struct proc_stats s;
  put("-");
  read_proc_stats(number(row->cell[0]), number(row->cell[1]), &s);
  fake.file = NULL;
  if (strcmp(fake.last_path, row->cell[2])) {
    fail(row, "opens %s", fake.last_path);
  }
}

static void statm(struct row *row) {
  long long values[10];
  char text[1024] = "";
  for (int i = 0; i < 10; i++) {
    values[i] = 77;
  }
  put(row->cell[1]);
  int rc = am_get_memory_usage(-1, values, number(row->cell[2]));
  fake.file = NULL;
  if (strcmp(fake.last_path, "/proc/-1/statm")) {
    fail(row, "opens %s", fake.last_path);
  }
  for (int i = 0; i < 10 && values[i] != 77; i++) {
    sprintf(text + strlen(text), "%s%lld", *text ? "," : "", values[i]);
  }
  if (rc != number(row->cell[4]) || strcmp(*text ? text : "-", row->cell[5])) {
    fail(row, "returns %d and %s, not %s", rc, text, row->cell[5]);
  }
}

static void meminfo(struct row *row) {
  am_memory_stat_t s = {-1, -1, -1, -1, -1, -1, -1, -1};
  put(row->cell[1]);
  int rc = am_get_memory_stats(&s, 2);
  fake.file = NULL;
  if (rc != number(row->cell[2]) || s.vm_size != -1) {
    fail(row, "returns %d", rc);
  } else if (!rc && (s.mem_free != number(row->cell[3]) || s.mem_cached != number(row->cell[4]) || s.swap_total != number(row->cell[5]) || s.swap_free != number(row->cell[6]) || s.swap_used != number(row->cell[7]))) {
    fail(row, "other sizes");
  } else if (rc && (s.mem_free != -1 || s.swap_used != -1)) {
    fail(row, "writes on failure");
  }
}

static void log_nothing(void *unused) {
  (void)unused;
  kprintf("%s", "");
}

static void log_prefix(struct row *row) {
  struct tm tm = {.tm_year = number(row->cell[1]) - 1900, .tm_mon = number(row->cell[2]) - 1, .tm_mday = number(row->cell[3]), .tm_hour = number(row->cell[4]), .tm_min = number(row->cell[5]), .tm_sec = number(row->cell[6])};
  char text[4200];
  fake = (struct fake){.on = 1, .pid = number(row->cell[0]), .usec = number(row->cell[7]), .has_tm = 1, .tm = &tm};
  size_t len = stderr_of(log_nothing, NULL, text, sizeof text);
  fake = (struct fake){0};
  if (!same_bytes(row->cell[9], text, len)) {
    fail(row, "%s", text);
  }
}

void replay_process(void) {
  close(mkstemp(file));
  table("pid", 7, pid);
  table("proc_stat", 45, stat_row);
  table("proc_stat_path", 3, path_row);
  table("statm", 6, statm);
  table("meminfo", 8, meminfo);
  table("log_prefix", 10, log_prefix);
  expect(with_blanks > 0, "no recorded name has blanks: the difference is not exercised");
  unlink(file);
}
