/*
 * A provider: a shared object with the functions under test, called through one table of adapters (`struct abi`) for each
 * of the two ABIs. Families and vectors call only through this table.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_PROVIDER_H
#define DIFFERENTIAL_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abilities.h"
#include "legacy_types.h"

/* The abilities of a provider, generated from c-harness/abi/compared.tsv. The boundary has some of them, and a drop-in may lack
   some; `lacks` then has the reason. */
enum ability { LEGACY_ABILITIES, CAN_STAT_TEXT, ABILITIES };

enum digest {
  DIGEST_MD5,
  DIGEST_MD5_HEX,
  DIGEST_MD5_HMAC,
  DIGEST_SHA1,
  DIGEST_SHA1_TWO_CHUNKS,
  DIGEST_SHA256,
  DIGEST_SHA256_TWO_CHUNKS,
  DIGEST_SHA256_HMAC,
  DIGESTS
};

/* `first`: the key of an HMAC, else the data; `second`: its message, or the second chunk. */
struct digest_input {
  const uint8_t *first, *second;
  long first_len, second_len;
};

enum scanner {
  SCAN_SKIPSPC,
  SCAN_SKSPC,
  SCAN_GETWORD,
  SCAN_GETSTR,
  SCAN_GETINT,
  SCAN_GETINT_ZERO,
  SCAN_GETINT_SIGNED_ZERO,
  SCAN_GETLEX,
  SCANNERS
};

/* `advance` does not count the blanks that the word and integer scanners skip first; `line` is after the call. */
struct scan_result {
  long long value;
  long advance;
  int line;
};

struct tl_result {
  int status, consumed, op, real_op, flags, errnum, error_len;
  long long qid, actor_id;
  char error[1024];
};

struct memory_summary {
  long long mem_free, mem_cached, swap_total, swap_free;
  int found_mask; /* boundary; 15 on the legacy side's success */
};

struct timer_result {
  bool fired;
  int wait; /* as returned */
};

struct log_fields {
  int pid, year, mon, mday, hour, min, sec, usec;
};

enum queue_op {
  QUEUE_INIT,
  QUEUE_INIT_W,
  QUEUE_CLEAR,
  QUEUE_PUSH,
  QUEUE_POP,
  QUEUE_IS_EMPTY,
  QUEUE_PUSH_W,
  QUEUE_POP_W,
  QUEUE_POP_NW
};

enum jobs_op {
  JOBS_CREATE,
  JOBS_NOTIFY,
  JOBS_SIGNAL,
  JOBS_SCHEDULE,
  JOBS_UNLOCK,
  JOBS_INCREF,
  JOBS_DECREF,
  JOBS_RUN_PENDING,
  JOBS_FREE
};

/* `job`: what is made, or what the call is for. `number`: a signal, or the class of a notification. The rest is for JOBS_CREATE. */
struct jobs_call {
  struct async_job *job, *parent;
  int number, bytes;
  uint64_t signals;
  int (*run) (struct async_job *job, int signal, struct job_thread *thread);
};

enum pid_op { PID_COMMON, PID_CLIENT, PID_SERVER };
enum clock_value { PRECISE_NOW_RDTSC, PRECISE_TIME, PRECISE_TIME_RDTSC };

struct provider;

/* A status is 0 on success. `touched`: a refused call has written to its output. */
struct abi {
  const char *name;
  uint32_t (*crc32) (struct provider *p, const uint8_t *data, long len, uint32_t crc);
  uint32_t (*crc32c) (struct provider *p, const uint8_t *data, long len, uint32_t crc);
  int (*digest) (struct provider *p, enum digest d, const struct digest_input *in, uint8_t *out);
  int (*pid_init) (struct provider *p, struct process_id *pid, enum pid_op op, uint32_t ip, int port);
  int (*matches_pid) (struct provider *p, const struct process_id *x, const struct process_id *y);
  int (*newer) (struct provider *p, const struct process_id *a, const struct process_id *b);
  int (*cpuid) (struct provider *p, kdb_cpuid_t *out);
  double (*utime_monotonic) (struct provider *p);
  double (*double_time) (struct provider *p);
  double (*utime) (struct provider *p, int clock_id);
  long long (*precise_time) (struct provider *p, unsigned precision);
  double (*precise_now) (struct provider *p);
  long long (*clock_value) (struct provider *p, enum clock_value which);
  int (*scan) (struct provider *p, enum scanner s, const char *text, size_t len, int line, struct scan_result *out);
  int (*tl_header) (struct provider *p, bool answer, const uint8_t *data, size_t len, struct tl_result *out);
  int (*stat_text) (struct provider *p, const char *text, size_t len, struct proc_stats *out, bool *touched);
  int (*stat_file) (struct provider *p, int pid, int tid, struct proc_stats *out, bool *touched);
  int (*statm) (struct provider *p, const char *text, size_t len, int m, long page, long long *values, bool *touched);
  int (*meminfo) (struct provider *p, const char *text, size_t len, struct memory_summary *out, bool *touched);
  int (*log_prefix) (struct provider *p, const struct log_fields *fields, char *out, size_t room);
  int (*epoll_conv) (struct provider *p, int flags);
  int (*epoll_unconv) (struct provider *p, int flags);
  int (*timer_wait) (struct provider *p, double wakeup, double now, struct timer_result *out);
  int (*buffer_class) (struct provider *p, const int *sizes, int count, int hint);
  /* `item`: what is pushed, or what is popped, NULL if there is none. 0; of QUEUE_IS_EMPTY 0 or 1; negative on failure. */
  int (*queue) (struct provider *p, enum queue_op op, void *queue, void **item);
  /* What the legacy function returns, or 0. The calling thread is main. */
  int (*jobs) (struct provider *p, enum jobs_op op, struct jobs_call *call);
};

extern const struct abi boundary_abi, legacy_abi;

struct provider {
  const char *role; /* "ours" or "original" */
  const char *given; /* the path as given */
  char loaded[4096]; /* the shared object that was loaded */
  void *handle;
  const struct abi *abi;
  bool drop_in; /* the legacy names, but ours */
  const char *lacks[ABILITIES];
  struct boundary_symbols *boundary;
  struct legacy_symbols *legacy;
};

/* The number of bytes that a digest writes, and its name. */
size_t digest_size (enum digest d);
const char *digest_name (enum digest d);
enum ability digest_ability (enum digest d);
const char *scanner_name (enum scanner s);
enum ability scanner_ability (enum scanner s);

/* What ours waits where the timer's time or the present is not a number, and the original aborts: the boundary has no wait. The
   drop-in refuses such a timer, and has none then; at such a time it asks again soon. */
int timer_wait_without_number (const struct provider *ours, double wakeup);

/* Opens `path`; `abi` is "boundary", "legacy" or NULL to choose by its symbols. If it cannot be used, prints one line and
   exits with 2. An original must have every symbol; ours may lack some. */
void provider_open (struct provider *p, const char *role, const char *path, const char *abi);
/* Exits with 2 if both are the same library. */
void provider_distinct (const struct provider *a, const struct provider *b);

/* The first few names of missing symbols. */
struct names {
  char text[300];
  int more;
};

void name_add (struct names *n, const char *name);

/* A symbol of an API, and its place in a table. */
struct symbol {
  const char *name;
  size_t offset;
};

/* Fills a table with the library's symbols, and names those that it lacks. Returns their number. */
int bind_symbols (const struct provider *p, const struct symbol *symbols, int count, void *table,
                  struct names *lacking_names);
/* The address in the table of symbol `i`, for provider_distinct; NULL at the end, or if the library lacks it. */
void *bound_address (const struct symbol *symbols, int count, const void *table, int i);

/* The same for both APIs. */
int boundary_bind (struct provider *p, struct names *lacking_names);
int legacy_bind (struct provider *p, struct names *lacking_names);
void *boundary_address (const struct provider *p, int i);
void *legacy_address (const struct provider *p, int i);

#endif
