/* Reading recorded cases, and counting. */
#define _GNU_SOURCE
#include "harness.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int failures;
static const char *vectors;

void fail(const struct row *row, const char *format, ...) {
  va_list args;
  if (++failures > 50) {
    return;
  }
  printf("FAIL %s:%d: ", row->file, row->line);
  va_start(args, format);
  vprintf(format, args);
  va_end(args);
  printf("\n");
}

void expect(int holds, const char *what) {
  if (!holds) {
    failures++;
    printf("FAIL %s\n", what);
  }
}

void table(const char *name, int cells, void (*replay)(struct row *row)) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.tsv", vectors, name);
  FILE *file = fopen(path, "r");
  char *line = NULL;
  size_t size = 0;
  int rows = 0, before = failures;
  struct row row = {.file = name};
  if (!file) {
    printf("FAIL cannot read %s: %s\n", path, strerror(errno));
    failures++;
    return;
  }
  while (getline(&line, &size, file) > 0) {
    row.line++;
    line[strcspn(line, "\n")] = 0;
    if (*line == '#') {
      continue;
    }
    char *rest = line;
    for (row.cells = 0; rest && row.cells < MAX_CELLS; row.cells++) {
      row.cell[row.cells] = strsep(&rest, "\t");
    }
    if (row.cells != cells) {
      fail(&row, "%d cells, not %d", row.cells, cells);
      continue;
    }
    replay(&row);
    rows++;
  }
  free(line);
  fclose(file);
  printf("%-16s %6d rows, %d differ\n", name, rows, failures - before);
}

static int hex(char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; }

unsigned char *bytes(const char *text, size_t *len, size_t spare) {
  unsigned char *data = NULL;
  size_t used = 0;
  if (!strcmp(text, "-")) {
    text = "";
  }
  while (1) {
    size_t part = strcspn(text, "+");
    unsigned long long x, count = 1;
    char *end;
    if (!strncmp(text, "lcg:", 4)) {
      x = strtoull(text + 4, &end, 10);
      count = strtoull(end + 1, NULL, 10);
      data = realloc(data, used + count + spare + 1);
      for (unsigned long long i = 0; i < count; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        data[used++] = x >> 56;
      }
    } else {
      const char *digits = text;
      size_t n = part / 2;
      if (!strncmp(text, "repeat:", 7)) {
        digits = text + 7;
        n = strcspn(digits, ":") / 2;
        count = strtoull(digits + 2 * n + 1, NULL, 10);
      }
      data = realloc(data, used + n * count + spare + 1);
      for (unsigned long long i = 0; i < count * n; i++) {
        data[used++] = 16 * hex(digits[2 * (i % n)]) + hex(digits[2 * (i % n) + 1]);
      }
    }
    if (!text[part]) {
      break;
    }
    text += part + 1;
  }
  memset(data + used, 0, spare + 1);
  *len = used;
  return data;
}

long long number(const char *text) { return strtoll(text, NULL, 10); }
unsigned long long unsigned_number(const char *text) { return strtoull(text, NULL, 0); }

int same_bytes(const char *text, const void *data, size_t len) {
  size_t want;
  unsigned char *wanted = bytes(text, &want, 0);
  int same = want == len && !memcmp(wanted, data, len);
  free(wanted);
  return same;
}

int signal_of(void (*action)(void *), void *argument) {
  int status;
  fflush(stdout);
  pid_t child = fork();
  if (!child) {
    /* What it says on its way is not of interest here. */
    if (!freopen("/dev/null", "w", stderr)) {
      _exit(3);
    }
    alarm(10);
    action(argument);
    _exit(0);
  }
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

size_t stderr_of(void (*action)(void *), void *argument, char *text, size_t size) {
  FILE *file = tmpfile();
  int saved = dup(2);
  fflush(stderr);
  dup2(fileno(file), 2);
  action(argument);
  fflush(stderr);
  dup2(saved, 2);
  close(saved);
  ssize_t len = pread(fileno(file), text, size - 1, 0);
  fclose(file);
  text[len < 0 ? 0 : len] = 0;
  return len < 0 ? 0 : (size_t)len;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s VECTORS [leaks]\n", argv[0]);
    return 2;
  }
  vectors = argv[1];
  if (argc > 2) {
    check_leaks();
  } else {
    replay_checksums();
    replay_digests();
    replay_process();
    replay_config();
    replay_traps();
    check_behaviour();
    check_config_files();
  }
  printf(failures ? "%d FAILED\n" : "all as recorded\n", failures);
  return failures != 0;
}
