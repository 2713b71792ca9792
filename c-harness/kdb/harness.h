/* Reading recorded cases, and counting. The notation is that of c-harness/vectors/README.md. */
#ifndef HARNESS_H
#define HARNESS_H
#include <stddef.h>
#include <stdio.h>

#define MAX_CELLS 64
struct row {
  const char *file;
  int line, cells;
  char *cell[MAX_CELLS];
};

extern int failures;
/* Complains about a row, and counts it. */
void fail(const struct row *row, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A case without a row. */
void expect(int holds, const char *what);

/* Calls `replay` for each row of a table, and prints how many there were. */
void table(const char *name, int cells, void (*replay)(struct row *row));

/* A cell's bytes, allocated with `spare` zero bytes after them. */
unsigned char *bytes(const char *text, size_t *len, size_t spare);
long long number(const char *text);
unsigned long long unsigned_number(const char *text);
/* Whether `len` bytes are what the cell says. */
int same_bytes(const char *text, const void *data, size_t len);

/* Runs `action` in a child process: 0 where it returns, else the signal that ended it. */
int signal_of(void (*action)(void *), void *argument);
/* What `action` writes to standard error, at most `size` bytes. */
size_t stderr_of(void (*action)(void *), void *argument, char *text, size_t size);

/* What the wrapped system functions answer; see host.c. */
extern struct fake {
  int on;
  int pid;
  long long sec, usec;
  int has_tm;
  struct tm *tm;
  const char *file;     /* opened instead of any path below /proc */
  char last_path[256];
} fake;

void replay_checksums(void), replay_digests(void), replay_process(void), replay_config(void), replay_traps(void), check_behaviour(void), check_config_files(void), check_leaks(void);
#endif
