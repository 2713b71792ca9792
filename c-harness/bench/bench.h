/*
 * The benchmark: its contenders, inputs and results.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "legacy.h"
#include "mtproxy_ffi.h"

/* The contenders. LIBC is a stand-in with the libc calls of an original function that cannot be called without its files.
   EMPTY is an empty function, called in the same way: the cost of a call. In the drop-in's family OURS is the drop-in;
   DROPIN only tells whether it is there. */
enum contender { OURS, ORIGINAL, LIBC, CRYPTO, CRYPTO_LOW, ZLIB, ZLIB_NG, ISAL, EMPTY, DROPIN, CONTENDERS };

const char *contender_name (enum contender c);

/* The inputs and results of one cell's calls. */
struct work {
  const uint8_t *data, *second; /* the second chunk, or the key */
  size_t len, second_len;
  char *text; /* the same as `data` for the functions that take text; NUL-terminated */
  long number;
  uint64_t sum; /* of the calls' results */
  double seconds; /* a clock's last reading */
  uint8_t out[1024] __attribute__ ((aligned (64)));
};

/* Makes `calls` independent calls. A chain of dependent calls would measure latency. */
typedef void run_fn (struct work *w, long calls);
/* The result in `out` in a form that does not depend on the contender. */
typedef uint64_t value_fn (const struct work *w);

#define CALLS(name, ...)                          \
  static void name (struct work *w, long calls) { \
    uint64_t sum = 0;                             \
    for (long i = 0; i < calls; i++) {            \
      __VA_ARGS__;                                \
    }                                             \
    w->sum = sum;                                 \
  }

enum compare { SAME_RESULTS, SAME_SECOND, NOTHING };

struct bout {
  const char *family, *function, *label;
  size_t size;
  int offset;
  struct work *work;
  size_t out_len;
  enum compare compare;
  run_fn *run[CONTENDERS];
  value_fn *value[CONTENDERS];
};

struct spread {
  double median, low, high; /* p10 and p90 */
};

/* A cell: one function on one input. `ratio` is theirs by ours, round by round: above 1 ours is faster. */
struct cell {
  const char *family, *function, *label;
  size_t size;
  int offset;
  bool measured[CONTENDERS];
  struct spread ns[CONTENDERS], ratio[CONTENDERS];
  const struct limit *limit; /* NULL: no limit, or no contender to compare with */
  bool below;
};

struct settings {
  bool quick, check, one_of_many, count;
  int processes, rounds;
  double batch_ns;
  const char *only; /* a family */
};

extern struct settings settings;
extern struct cell *cells;
extern int cell_count, differing;

/* Checks that all return the same result, then measures them in turns, and appends a cell to `cells`. */
void compete (const struct bout *b);
/* Repeats everything in further processes and merges their samples, which `write_samples` writes in each process. */
void repeat_in_processes (char **argv);
void write_samples (void);
void count_starts (void);
void count_stops (void);
struct spread spread_of (double *values, int count);
double now_ns (void);

/* The functions under test. A missing function is NULL, and its column stays empty. */
struct our_functions {
#define FUNCTION(name) __typeof__ (mtproxy_ffi_##name) *name;
#include "boundary.def"
#undef FUNCTION
};

/* Declared with their documented prototypes, so that their headers are not needed. */
#define OTHER_FUNCTIONS(X)                                                                                          \
  X (CRYPTO, MD5, unsigned char *(const unsigned char *, size_t, unsigned char *) )                                 \
  X (CRYPTO, SHA1, unsigned char *(const unsigned char *, size_t, unsigned char *) )                                \
  X (CRYPTO, SHA256, unsigned char *(const unsigned char *, size_t, unsigned char *) )                              \
  X (CRYPTO, EVP_md5, const void *(void) )                                                                          \
  X (CRYPTO, EVP_sha256, const void *(void) )                                                                       \
  X (CRYPTO, HMAC,                                                                                                  \
     unsigned char *(const void *, const void *, int, const unsigned char *, size_t, unsigned char *, unsigned *) ) \
  X (CRYPTO, MD5_Init, int (void *))                                                                                \
  X (CRYPTO, MD5_Update, int (void *, const void *, size_t))                                                        \
  X (CRYPTO, MD5_Final, int (unsigned char *, void *))                                                              \
  X (CRYPTO, SHA1_Init, int (void *))                                                                               \
  X (CRYPTO, SHA1_Update, int (void *, const void *, size_t))                                                       \
  X (CRYPTO, SHA1_Final, int (unsigned char *, void *))                                                             \
  X (CRYPTO, SHA256_Init, int (void *))                                                                             \
  X (CRYPTO, SHA256_Update, int (void *, const void *, size_t))                                                     \
  X (CRYPTO, SHA256_Final, int (unsigned char *, void *))                                                           \
  X (ZLIB, crc32_z, unsigned long (unsigned long, const unsigned char *, size_t))                                   \
  X (ZLIB_NG, zng_crc32_z, uint32_t (uint32_t, const uint8_t *, size_t))                                            \
  X (ISAL, crc32_gzip_refl, uint32_t (uint32_t, const unsigned char *, uint64_t))                                   \
  X (ISAL, crc32_iscsi, unsigned (unsigned char *, int, unsigned))

struct other_functions {
#define X(library, name, type) __typeof__ (type) *name;
  OTHER_FUNCTIONS (X)
#undef X
};

extern struct our_functions ours;
extern struct legacy_symbols original, dropin;
extern struct other_functions other;

void open_ours (const char *path);
void open_original (const char *path);
void open_dropin (const char *path);
void open_others (void);
bool is_present (enum contender c);
/* A function of a contender that is not in the tables; NULL if it has none. */
void *function_of (enum contender c, const char *name);
/* "name (version), or: absent, Debian package". */
const char *contender_state (enum contender c);

/* `run` if its function is present, else NULL. */
#define IF(function, run) ((function) ? (run_fn *) (run) : (run_fn *) 0)

/* The families. Each measures all its cells. */
void bench_checksums (void);
void bench_digests (void);
void bench_scanner (void);
void bench_tl (void);
void bench_procfs (void);
void bench_boundary (void);
void bench_clocks (void);
void bench_dropin (void);
void bench_timers (void);
void bench_objects (void);
void bench_events (void);
void bench_jobs (void);
void bench_queue (void);
void bench_buffers (void);
void bench_messages (void);

/* The input of the checksums and digests: `size` bytes from `offset` after a page boundary. */
const uint8_t *input_at (int offset);
extern const size_t sizes[];
extern const int size_count;
bool size_is_measured (size_t size);

/* The machine. */
struct machine {
  char model[160], features[400], path[400];
  bool sse42, pclmul, vpclmul, sha_ni;
  bool fused; /* CRC-32C by two units at once is faster */
  int vector_bytes; /* of the widest carry-less multiplication */
  int cpu; /* the CPU on which the process runs */
};
extern struct machine machine;
void look_at_machine (void);

/* The limit of every cell. A ratio may be below it by this much. */
#define NOISE 0.03
void apply_limit (struct cell *c);
/* "3.50", "+1 ns"; empty if there is none. */
void limit_text (const struct cell *c, char *text, size_t room);
int count_below (void);

/* The report, as Markdown that reads well on a terminal. */
void report_contenders (FILE *f);
void report_tables (FILE *f);
void report_limits (FILE *f);
void report_verdict (FILE *f);
/* `whole_proxy`: the file with the section of `make bench-proxy`, or NULL. */
void report_answer (FILE *f, const char *whole_proxy);
/* False, and no file, if nothing of it was measured. */
bool write_chart (const char *path);
/* `frame` with its @WORDS@ filled in. */
void write_markdown (const char *frame, const char *path);
/* A cell of the drop-in's family; NULL if there is none. */
const struct cell *dropin_cell (const char *function, const char *label, size_t size);

/* The speed of this machine's instructions: nanoseconds for one (0: it has none), and bytes per nanosecond for reading. */
enum instruction { CYCLE, SHA1RNDS4, SHA256RNDS2, CLMUL, WIDE_CLMUL, CRC32, READ_64K, READ_1M, PROBES };
void probe (double result[PROBES]);
extern double probes[PROBES]; /* merged from all processes */

#endif
