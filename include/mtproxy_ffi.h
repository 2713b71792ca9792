/*
 * mtproxy_ffi.h: the C API of mtproxy-ffi, version 2; hosts of version 1 are served too. Generated from the Rust sources; do not edit.
 *
 * Status codes
 *   A function that returns a status returns 0 on success and a negative MTPROXY_FFI_E... code on failure.
 *   On failure it writes no output and changes no state.
 *
 * Pointers
 *   Inputs    No thread may write to an input during the call. An input may be NULL if its length is 0.
 *   Outputs   No other thread may use an output during the call. An output may be unaligned; a NULL output gives
 *             MTPROXY_FFI_EINVAL. Where inputs and outputs may overlap, the result is complete before its first byte
 *             is written.
 *   The library keeps no pointer after a call, and neither allocates nor frees memory; but for queues, which hold the
 *   items that they are given, and jobs, which are made here, and for the host that lends what jobs take.
 *
 * Threads
 *   Every function may be called from any thread at any time. The description of a function names the state that it
 *   keeps, if any.
 *
 * Linking
 *   A file may include this header, declare functions of it weak, and call those that are bound. A weak reference
 *   extracts nothing from an archive, so some file must refer to one function strongly (mtproxy_ffi_bridge.c does), or
 *   the link line must have -Wl,-u,mtproxy_ffi_startup_handshake.
 *
 * "Matches the legacy f": the result is the same as that of f in MTProxy's C library, to the last bit, on every input
 * on which f is defined.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */

#ifndef MTPROXY_FFI_H
#define MTPROXY_FFI_H

#include <stddef.h>
#include <stdint.h>

/* The version of the C API. */
#define MTPROXY_FFI_API_VERSION 2

/* The oldest version of the C API whose hosts this library serves: what that version has is here unchanged. */
#define MTPROXY_FFI_OLDEST_API_VERSION 1

/* The version of the queue and job masks. */
#define MTPROXY_FFI_CONCURRENCY_BOUNDARY_VERSION 1

/* The version of the network masks. */
#define MTPROXY_FFI_NETWORK_BOUNDARY_VERSION 1

/* Queue operation: push (runs in Rust). */
#define MTPROXY_FFI_MPQ_OP_PUSH (1 << 0)

/* Queue operation: pop (runs in Rust). */
#define MTPROXY_FFI_MPQ_OP_POP (1 << 1)

/* Queue operation: test for emptiness (runs in Rust). */
#define MTPROXY_FFI_MPQ_OP_IS_EMPTY (1 << 2)

/* Queue operation: waiting push (runs in Rust). */
#define MTPROXY_FFI_MPQ_OP_PUSH_W (1 << 3)

/* Queue operation: waiting pop (runs in Rust). */
#define MTPROXY_FFI_MPQ_OP_POP_W (1 << 4)

/* Queue operation: pop without waiting (runs in Rust). */
#define MTPROXY_FFI_MPQ_OP_POP_NW (1 << 5)

/* Job operation: create (runs in Rust). */
#define MTPROXY_FFI_JOBS_OP_CREATE_ASYNC_JOB (1 << 0)

/* Job operation: schedule (runs in Rust). */
#define MTPROXY_FFI_JOBS_OP_SCHEDULE_JOB (1 << 1)

/* Job operation: send a signal (runs in Rust). */
#define MTPROXY_FFI_JOBS_OP_JOB_SIGNAL (1 << 2)

/* Job operation: take a reference (runs in Rust). */
#define MTPROXY_FFI_JOBS_OP_JOB_INCREF (1 << 3)

/* Job operation: drop a reference (runs in Rust). */
#define MTPROXY_FFI_JOBS_OP_JOB_DECREF (1 << 4)

/* Job operation: run the main thread's pending jobs (runs in Rust). */
#define MTPROXY_FFI_JOBS_OP_RUN_PENDING_MAIN_JOBS (1 << 5)

/* Job operation: create a notification job (runs in Rust). */
#define MTPROXY_FFI_JOBS_OP_NOTIFY_JOB_CREATE (1 << 6)

/* Event operation: event flags to epoll bits (runs in Rust). */
#define MTPROXY_FFI_NET_EVENTS_OP_EPOLL_CONV_FLAGS (1 << 0)

/* Event operation: epoll bits to event flags (runs in Rust). */
#define MTPROXY_FFI_NET_EVENTS_OP_EPOLL_UNCONV_FLAGS (1 << 1)

/* Timer operation: the wait for a timer (runs in Rust). */
#define MTPROXY_FFI_NET_TIMERS_OP_WAIT_MSEC (1 << 0)

/* Buffer operation: the choice of a size class (runs in Rust). */
#define MTPROXY_FFI_NET_MSGBUFFERS_OP_PICK_SIZE_INDEX (1 << 0)

/* Status: success. */
#define MTPROXY_FFI_OK 0

/* Status: host and library have different API versions. */
#define MTPROXY_FFI_EVERSION -1

/* Status: a NULL pointer, or a length that no object or result can have. */
#define MTPROXY_FFI_EINVAL -2

/* Status: the text is not one that the legacy parser accepts. */
#define MTPROXY_FFI_EFORMAT -3

/* Status: a file could not be opened or read. */
#define MTPROXY_FFI_EIO -4

/* Status: the output is too small for the result. */
#define MTPROXY_FFI_ENOSPC -5

/* Status: the machine does not support the function. */
#define MTPROXY_FFI_EUNSUPPORTED -6

/* Status: no memory is left. */
#define MTPROXY_FFI_ENOMEM -7

/* Operation of a query (0x2374df3d). */
#define MTPROXY_FFI_RPC_INVOKE_REQ 594861885

/* Operation of a query without markers (0x99a37fda). */
#define MTPROXY_FFI_RPC_INVOKE_KPHP_REQ (int32_t)2577629146u

/* Operation of an answer that is an error; as a marker, of an error inside a result (0x7ae432f5). */
#define MTPROXY_FFI_RPC_REQ_ERROR 2061775605

/* Operation of an answer (0x63aeda4e). */
#define MTPROXY_FFI_RPC_REQ_RESULT 1672403534

/* Operation reported for an answer whose result holds an error (0x7ae432f6). */
#define MTPROXY_FFI_RPC_REQ_ERROR_WRAPPED 2061775606

/* Marker of a query: an actor id follows (0x7568aabd). */
#define MTPROXY_FFI_RPC_DEST_ACTOR 1969793725

/* Marker of a query: an actor id and flags follow (0xf0a5acf7). */
#define MTPROXY_FFI_RPC_DEST_ACTOR_FLAGS (int32_t)4037389559u

/* Marker of a query: flags follow (0xe352035e). */
#define MTPROXY_FFI_RPC_DEST_FLAGS (int32_t)3813802846u

/* Marker of an answer: flags follow (0x8cc84ce1). */
#define MTPROXY_FFI_RPC_REQ_RESULT_FLAGS (int32_t)2361937121u

/* Error number: the bytes are not a header of this kind. */
#define MTPROXY_FFI_TL_ERROR_HEADER -1002

/* Error number: the header is cut off. */
#define MTPROXY_FFI_TL_ERROR_NOT_ENOUGH_DATA -1004

/* Event flag: urgent data, or the peer has closed its half. */
#define MTPROXY_FFI_EVT_SPEC 1

/* Event flag: writable. */
#define MTPROXY_FFI_EVT_WRITE 2

/* Event flag: readable. */
#define MTPROXY_FFI_EVT_READ 4

/* Event flag: level-triggered. */
#define MTPROXY_FFI_EVT_LEVEL 8

/* Event flag: reported by epoll. */
#define MTPROXY_FFI_EVT_FROM_EPOLL 1024

/* Bit of `found_mask`: `MemFree` was found. */
#define MTPROXY_FFI_MEMINFO_MEM_FREE 1

/* Bit of `found_mask`: `SwapTotal` was found. */
#define MTPROXY_FFI_MEMINFO_SWAP_TOTAL 2

/* Bit of `found_mask`: `SwapFree` was found. */
#define MTPROXY_FFI_MEMINFO_SWAP_FREE 4

/* Bit of `found_mask`: `Cached` was found. */
#define MTPROXY_FFI_MEMINFO_CACHED 8

/* The size of the array for a name: 255 bytes and a NUL. */
#define MTPROXY_FFI_COMM_SIZE 256

/* The value of `magic` (0x280147b8). */
#define MTPROXY_FFI_CPUID_MAGIC 671172536

/* The size of the array for an error's text, its NUL included. */
#define MTPROXY_FFI_TL_ERROR_SIZE 192

/* Which queue and job operations are agreed on, and which are covered. */
typedef struct {
  /* The version of these masks: 1. */
  uint32_t boundary_version;
  /* All `MPQ_OP_*` bits. */
  uint32_t mpq_contract_ops;
  /* The `MPQ_OP_*` bits that run in Rust. */
  uint32_t mpq_implemented_ops;
  /* All `JOBS_OP_*` bits. */
  uint32_t jobs_contract_ops;
  /* The `JOBS_OP_*` bits that run in Rust. */
  uint32_t jobs_implemented_ops;
} mtproxy_ffi_concurrency_boundary_t;

/* Which network operations are agreed on, and which are covered. */
typedef struct {
  /* The version of these masks: 1. */
  uint32_t boundary_version;
  /* All `NET_EVENTS_OP_*` bits. */
  uint32_t net_events_contract_ops;
  /* The `NET_EVENTS_OP_*` bits that run in Rust. */
  uint32_t net_events_implemented_ops;
  /* All `NET_TIMERS_OP_*` bits. */
  uint32_t net_timers_contract_ops;
  /* The `NET_TIMERS_OP_*` bits that run in Rust. */
  uint32_t net_timers_implemented_ops;
  /* All `NET_MSGBUFFERS_OP_*` bits. */
  uint32_t net_msg_buffers_contract_ops;
  /* The `NET_MSGBUFFERS_OP_*` bits that run in Rust. */
  uint32_t net_msg_buffers_implemented_ops;
} mtproxy_ffi_network_boundary_t;

/* A process identity. A field that is 0 is not set. */
typedef struct {
  /* IPv4 address, host byte order. */
  uint32_t ip;
  /* Port, in the protocol's signed 16 bits. */
  int16_t port;
  /* Process id, folded into 16 bits if it is larger. */
  uint16_t pid;
  /* Start time of the process in Unix seconds, in the protocol's signed 32 bits. */
  int32_t utime;
} mtproxy_ffi_process_id_t;

/* Leaf 1 of the x86 `CPUID` instruction: the processor's signature and features. */
typedef struct {
  /* `CPUID_MAGIC`: the structure is filled. */
  int32_t magic;
  /* Register EBX; its top byte is the number of the core. */
  int32_t ebx;
  /* Register ECX. */
  int32_t ecx;
  /* Register EDX. */
  int32_t edx;
} mtproxy_ffi_cpuid_t;

/* The position after skipping. */
typedef struct {
  /* The number of bytes skipped. */
  size_t advance;
  /* The line counter: the argument `line_no` plus 1 for each newline skipped, wrapping. */
  int32_t line_no;
  /* The byte at the new position, 0 to 255; 0 at the end of the text. */
  int32_t ch;
} mtproxy_ffi_cfg_scan_result_t;

/* An integer and its length. */
typedef struct {
  /* The value, modulo 2^64. */
  int64_t value;
  /* The number of bytes of its digits and sign; leading blanks are not counted. */
  size_t consumed;
} mtproxy_ffi_cfg_int_result_t;

/* A TL header, and the result of parsing it. */
typedef struct {
  /* 0: parsed. -1: refused, with `errnum` and `error`; then an item that was cut off is -1 and the items after it
   * are 0, as from the legacy parser. */
  int32_t status;
  /* The number of bytes read: the position of the body or, if refused, of the legacy parser. */
  int32_t consumed;
  /* The operation; `MTPROXY_FFI_RPC_REQ_ERROR_WRAPPED` for an answer whose result holds an error. */
  int32_t op;
  /* The operation as it stands in the packet. */
  int32_t real_op;
  /* The flags: always 0, the only value supported. */
  int32_t flags;
  /* The query id. */
  int64_t qid;
  /* The actor id; the last one, if several are given. */
  int64_t actor_id;
  /* `MTPROXY_FFI_TL_ERROR_*`; 0 if parsed. */
  int32_t errnum;
  /* The length of `error` without the NUL. */
  int32_t error_len;
  /* The legacy parser's error text, NUL-terminated; empty if parsed. The bytes after the NUL are not written. */
  char error[MTPROXY_FFI_TL_ERROR_SIZE];
} mtproxy_ffi_tl_header_parse_result_t;

/* The fields of a `stat` file of /proc, with the names of proc(5). */
typedef struct {
  int32_t pid;
  /* The name, parentheses included, NUL-terminated. */
  char comm[MTPROXY_FFI_COMM_SIZE];
  /* The state letter. */
  int8_t state;
  int32_t ppid;
  int32_t pgrp;
  int32_t session;
  int32_t tty_nr;
  int32_t tpgid;
  uint64_t flags;
  uint64_t minflt;
  uint64_t cminflt;
  uint64_t majflt;
  uint64_t cmajflt;
  uint64_t utime;
  uint64_t stime;
  int64_t cutime;
  int64_t cstime;
  int64_t priority;
  int64_t nice;
  int64_t num_threads;
  int64_t itrealvalue;
  uint64_t starttime;
  uint64_t vsize;
  int64_t rss;
  uint64_t rlim;
  uint64_t startcode;
  uint64_t endcode;
  uint64_t startstack;
  uint64_t kstkesp;
  uint64_t kstkeip;
  uint64_t signal;
  uint64_t blocked;
  uint64_t sigignore;
  uint64_t sigcatch;
  uint64_t wchan;
  uint64_t nswap;
  uint64_t cnswap;
  int32_t exit_signal;
  int32_t processor;
  uint64_t rt_priority;
  uint64_t policy;
  uint64_t delayacct_blkio_ticks;
} mtproxy_ffi_proc_stats_t;

/* Sizes of the machine's memory and swap, in bytes. */
typedef struct {
  /* `MemFree`. */
  int64_t mem_free;
  /* `Cached`. */
  int64_t mem_cached;
  /* `SwapTotal`. */
  int64_t swap_total;
  /* `SwapFree`. */
  int64_t swap_free;
  /* The `MEMINFO_*` bits of the sizes that were found; 15 on success. */
  int32_t found_mask;
} mtproxy_ffi_meminfo_summary_t;

/* What a host lends for its jobs to run in Rust: its own variables and functions, by their legacy names here. None is
 * NULL. Each function may be called by any thread that calls a function of jobs. */
typedef struct {
  /* `sizeof (mtproxy_ffi_jobs_host_t)`. */
  uint32_t host_size;
  /* `sizeof (struct async_job)`. */
  uint32_t job_size;
  /* `sizeof (struct job_thread)`. */
  uint32_t thread_size;
  /* `sizeof (struct job_class)`. */
  uint32_t class_size;
  /* `JobThreads`: 256 `struct job_thread`. The first is nobody's. */
  void *threads;
  /* `JobClasses`: 16 `struct job_class`. */
  void *classes;
  /* `MainJobQueue`: a `struct mp_queue`, whose `mq_magic` is 0 until main has made it. */
  void *main_queue;
  /* `main_thread_interrupt_status`: 1 while main sleeps. Whoever makes a 2 of it calls `wake_main`. */
  int32_t *main_status;
  /* `wakeup_main_thread`. */
  void (*wake_main)(void);
  /* Returns the calling thread's `this_job_thread`, an element of `threads`; NULL if it runs no jobs. */
  void *(*this_thread)(void);
  /* Returns the calling thread's own `struct jobs_module_stat_jobs`; NULL if it has none, and is not counted. */
  void *(*this_stats)(void);
  /* `alloc_mp_queue_w`; NULL without memory. */
  void *(*alloc_queue)(void);
  /* `free_mp_queue`, of an empty queue of `alloc_queue`'s. */
  void (*free_queue)(void*);
  /* `mpq_push_w`. */
  void (*push)(void*, void*);
  /* `mpq_pop_nw`: the first item, or NULL. */
  void *(*pop)(void*);
  /* `rwm_free`, of the contents of a message to a job. */
  void (*free_message)(void*);
  /* Ends the process, as an assertion does; the sentence says why. The process is aborted if it returns. */
  void (*fail)(const char*);
} mtproxy_ffi_jobs_host_t;

/* The function of a job, `job_function_t`: it gets the job, a signal from 0 to 7, and the `struct job_thread` that runs it. */
typedef int32_t (*mtproxy_ffi_job_function_t)(void*, int32_t, void*);

#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

/* The version of this API.
 *
 * Returns the `MTPROXY_FFI_API_VERSION` with which the library was built. */
uint32_t mtproxy_ffi_api_version(void);

/* Checks that the library serves hosts of this API version: its own, and each older one from
 * `MTPROXY_FFI_OLDEST_API_VERSION` on. Call it before any other function, with the `MTPROXY_FFI_API_VERSION` with which
 * the host was compiled, and do not go on if it fails.
 *
 * Returns 0, or `MTPROXY_FFI_EVERSION` (-1) if it does not. */
int32_t mtproxy_ffi_startup_handshake(uint32_t expected_api_version);

/* Returns the masks of the proxy's queue and job operations: those in the contract, and those that the library
 * implements. Both run in Rust: `mtproxy_ffi_mpq_*`, and `mtproxy_ffi_jobs_*` for a host that calls
 * `mtproxy_ffi_jobs_attach`. A host of API version 1 does not know these functions: its adapters call its C code.
 *
 * Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL.
 *
 * `out` points to a writable object. */
int32_t mtproxy_ffi_get_concurrency_boundary(mtproxy_ffi_concurrency_boundary_t *out);

/* Returns the masks of the proxy's network operations: those in the contract, and those that the library
 * implements: all of them, in Rust.
 *
 * Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL.
 *
 * `out` points to a writable object. */
int32_t mtproxy_ffi_get_network_boundary(mtproxy_ffi_network_boundary_t *out);

/* Feeds `len` bytes into the raw CRC-32 register `crc` (reflected polynomial 0xEDB88320). The register is
 * not inverted: for the usual checksum, start with 0xffffffff and invert the result.
 *
 * Returns the new register; `crc` itself if `data` is NULL or `len` is 0 or above `PTRDIFF_MAX`. Matches the
 * legacy `crc32_partial`.
 *
 * `data` points to `len` readable bytes. */
uint32_t mtproxy_ffi_crc32_partial(const uint8_t *data,
                                   size_t len,
                                   uint32_t crc);

/* Feeds `len` bytes into the raw CRC-32C register `crc` (reflected polynomial 0x82F63B78). The register is
 * not inverted: for the usual checksum, start with 0xffffffff and invert the result.
 *
 * Returns the new register; `crc` itself if `data` is NULL or `len` is 0 or above `PTRDIFF_MAX`. Matches the
 * legacy `crc32c_partial`.
 *
 * `data` points to `len` readable bytes. */
uint32_t mtproxy_ffi_crc32c_partial(const uint8_t *data,
                                    size_t len,
                                    uint32_t crc);

/* The MD5 digest of `len` bytes.
 *
 * Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if `input` is NULL and `len` is
 * not 0, or if `len` is above `PTRDIFF_MAX`. Matches the legacy `md5`.
 *
 * `input` points to `len` readable bytes and `output` to 16 writable bytes; they may overlap. */
int32_t mtproxy_ffi_md5(const uint8_t *input,
                        size_t len,
                        uint8_t output[16]);

/* The MD5 digest of `len` bytes as 32 lower-case hexadecimal digits, without a terminating NUL.
 *
 * Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if `input` is NULL and `len` is
 * not 0, or if `len` is above `PTRDIFF_MAX`. Matches the legacy `md5_hex`.
 *
 * `input` points to `len` readable bytes and `output` to 32 writable bytes; they may overlap. */
int32_t mtproxy_ffi_md5_hex(const uint8_t *input,
                            size_t len,
                            char output[32]);

/* The HMAC-MD5 of `len` bytes under a key of any length.
 *
 * Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if an input is NULL and its
 * length is not 0, or if a length is above `PTRDIFF_MAX`. Matches the legacy `md5_hmac`.
 *
 * `key` points to `key_len` readable bytes, `input` to `len` readable bytes, and `output` to 16 writable
 * bytes; they may overlap. */
int32_t mtproxy_ffi_md5_hmac(const uint8_t *key,
                             size_t key_len,
                             const uint8_t *input,
                             size_t len,
                             uint8_t output[16]);

/* The SHA-1 digest of `len` bytes.
 *
 * Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if `input` is NULL and `len` is
 * not 0, or if `len` is above `PTRDIFF_MAX`. Matches the legacy `sha1`.
 *
 * `input` points to `len` readable bytes and `output` to 20 writable bytes; they may overlap. */
int32_t mtproxy_ffi_sha1(const uint8_t *input,
                         size_t len,
                         uint8_t output[20]);

/* The SHA-1 digest of two inputs, one after the other.
 *
 * Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if an input is NULL and its
 * length is not 0, or if a length is above `PTRDIFF_MAX`. Matches the legacy `sha1_two_chunks`.
 *
 * `input1` points to `len1` readable bytes, `input2` to `len2` readable bytes, and `output` to 20 writable
 * bytes; they may overlap. */
int32_t mtproxy_ffi_sha1_two_chunks(const uint8_t *input1,
                                    size_t len1,
                                    const uint8_t *input2,
                                    size_t len2,
                                    uint8_t output[20]);

/* The SHA-256 digest of `len` bytes.
 *
 * Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if `input` is NULL and `len` is
 * not 0, or if `len` is above `PTRDIFF_MAX`. Matches the legacy `sha256`.
 *
 * `input` points to `len` readable bytes and `output` to 32 writable bytes; they may overlap. */
int32_t mtproxy_ffi_sha256(const uint8_t *input,
                           size_t len,
                           uint8_t output[32]);

/* The SHA-256 digest of two inputs, one after the other.
 *
 * Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if an input is NULL and its
 * length is not 0, or if a length is above `PTRDIFF_MAX`. Matches the legacy `sha256_two_chunks`.
 *
 * `input1` points to `len1` readable bytes, `input2` to `len2` readable bytes, and `output` to 32 writable
 * bytes; they may overlap. */
int32_t mtproxy_ffi_sha256_two_chunks(const uint8_t *input1,
                                      size_t len1,
                                      const uint8_t *input2,
                                      size_t len2,
                                      uint8_t output[32]);

/* The HMAC-SHA-256 of `len` bytes under a key of any length.
 *
 * Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if an input is NULL and its
 * length is not 0, or if a length is above `PTRDIFF_MAX`. Matches the legacy `sha256_hmac`.
 *
 * `key` points to `key_len` readable bytes, `input` to `len` readable bytes, and `output` to 32 writable
 * bytes; they may overlap. */
int32_t mtproxy_ffi_sha256_hmac(const uint8_t *key,
                                size_t key_len,
                                const uint8_t *input,
                                size_t len,
                                uint8_t output[32]);

/* Sets `pid` to the process's id if it is 0, and `utime` to the time in Unix seconds if it is 0.
 *
 * A process id above 65535 is folded: `(p & 0xffff) ^ (p >> 16)`, or 1 if that is 0. The legacy code aborts.
 *
 * Returns 0, or `MTPROXY_FFI_EINVAL` if `pid` is NULL. Matches the legacy `init_common_PID`.
 *
 * `pid` points to a writable, initialised object. */
int32_t mtproxy_ffi_pid_init_common(mtproxy_ffi_process_id_t *pid);

/* Sets the `ip` of `*pid` (host byte order) unless the argument is 0 or 127.0.0.1, and then the fields that
 * `mtproxy_ffi_pid_init_common` sets.
 *
 * Returns 0, or `MTPROXY_FFI_EINVAL` if `pid` is NULL. Matches the legacy `init_client_PID`.
 *
 * `pid` points to a writable, initialised object. */
int32_t mtproxy_ffi_pid_init_client(mtproxy_ffi_process_id_t *pid,
                                    uint32_t ip);

/* As `mtproxy_ffi_pid_init_client`, and sets the `port` of `*pid` to the low 16 bits of the argument if it
 * is 0.
 *
 * Returns 0, or `MTPROXY_FFI_EINVAL` if `pid` is NULL. Matches the legacy `init_server_PID`.
 *
 * `pid` points to a writable, initialised object. */
int32_t mtproxy_ffi_pid_init_server(mtproxy_ffi_process_id_t *pid,
                                    uint32_t ip,
                                    int32_t port);

/* Compares two identities; a field of `y` that is 0 matches anything.
 *
 * Returns 2 if they are equal, 1 if `x` is a special case of `y`, else 0; 0 if one is NULL. Matches the
 * legacy `matches_pid`.
 *
 * `x` and `y` point to readable objects. */
int32_t mtproxy_ffi_matches_pid(const mtproxy_ffi_process_id_t *x,
                                const mtproxy_ffi_process_id_t *y);

/* Compares the age of two processes at the same ip and port. `a` is newer than `b` if it started later or,
 * in the same second, if its process id is 1 to 16383 ahead, modulo 32768.
 *
 * Returns 1 if `a` is newer, else 0; 0 if ip or port differ (the legacy code aborts) or one is NULL. Matches
 * the legacy `process_id_is_newer`.
 *
 * `a` and `b` point to readable objects. */
int32_t mtproxy_ffi_process_id_is_newer(const mtproxy_ffi_process_id_t *a,
                                        const mtproxy_ffi_process_id_t *b);

/* Fills `*out` with leaf 1 of the `CPUID` instruction, as it was at the first call in this process.
 *
 * Returns 0; `MTPROXY_FFI_EINVAL` if `out` is NULL; `MTPROXY_FFI_EUNSUPPORTED` on a processor without
 * `CPUID`. Matches the legacy `kdb_cpuid`.
 *
 * `out` points to a writable object. */
int32_t mtproxy_ffi_cpuid_fill(mtproxy_ffi_cpuid_t *out);

/* Reads the monotonic clock and then the cycle counter, and keeps both readings for this thread: see
 * `mtproxy_ffi_precise_now_value` and `mtproxy_ffi_precise_now_rdtsc_value`.
 *
 * Returns seconds. Matches the legacy `get_utime_monotonic`. */
double mtproxy_ffi_get_utime_monotonic(void);

/* The wall clock, read again only after 1,000,000 ticks of the cycle counter (on ARM half a millisecond, as
 * with 2 GHz; on a processor without a counter a millisecond). All threads share the reading.
 *
 * Returns Unix seconds, to the microsecond. Matches the legacy `get_double_time`. */
double mtproxy_ffi_get_double_time(void);

/* Reads the clock `clock_id` (`CLOCK_REALTIME` and so on). A reading of `CLOCK_REALTIME` is kept together
 * with the cycle counter: see `mtproxy_ffi_precise_time_value` and `mtproxy_ffi_precise_time_rdtsc_value`.
 *
 * Returns seconds; -1 if the kernel does not know the clock (the legacy code aborts). Matches the legacy
 * `get_utime`. */
double mtproxy_ffi_get_utime(int32_t clock_id);

/* The wall clock, read again only if the kept reading is more than `precision` ticks of the cycle counter
 * old (on ARM half nanoseconds, on a processor without a counter nanoseconds).
 *
 * Returns Unix seconds as a 32.32 fixed-point number. Matches the legacy `get_precise_time`. */
int64_t mtproxy_ffi_get_precise_time(uint32_t precision);

/* This thread's last reading of the monotonic clock.
 *
 * Returns seconds; 0 before this thread's first `mtproxy_ffi_get_utime_monotonic`. Matches the legacy
 * thread-local `precise_now`. */
double mtproxy_ffi_precise_now_value(void);

/* The cycle counter at this thread's last reading of the monotonic clock.
 *
 * Returns ticks; 0 before the first. Matches the legacy thread-local `precise_now_rdtsc`. */
int64_t mtproxy_ffi_precise_now_rdtsc_value(void);

/* The process's last kept reading of the wall clock.
 *
 * Returns Unix seconds as a 32.32 fixed-point number; 0 before the first. Matches the legacy global
 * `precise_time`. */
int64_t mtproxy_ffi_precise_time_value(void);

/* The cycle counter at the process's last kept reading of the wall clock.
 *
 * Returns ticks; 0 before the first. Matches the legacy global `precise_time_rdtsc`. */
int64_t mtproxy_ffi_precise_time_rdtsc_value(void);

/* Skips blanks, tabs, carriage returns, newlines and `#` comments.
 *
 * Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL, if `cur` is NULL and `len` is not 0, or
 * if `len` is above `PTRDIFF_MAX`. Matches the legacy `cfg_skipspc`.
 *
 * `cur` points to `len` readable bytes and `out` to a writable object; they may overlap. */
int32_t mtproxy_ffi_cfg_skipspc(const char *cur,
                                size_t len,
                                int32_t line_no,
                                mtproxy_ffi_cfg_scan_result_t *out);

/* Skips blanks and tabs only, so the line counter does not change.
 *
 * Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL, if `cur` is NULL and `len` is not 0, or
 * if `len` is above `PTRDIFF_MAX`. Matches the legacy `cfg_skspc`.
 *
 * `cur` points to `len` readable bytes and `out` to a writable object; they may overlap. */
int32_t mtproxy_ffi_cfg_skspc(const char *cur,
                              size_t len,
                              int32_t line_no,
                              mtproxy_ffi_cfg_scan_result_t *out);

/* Measures the word at the cursor, after blanks and tabs. A word consists of letters, digits, `.`, `-` and
 * `_`; one that starts with `[` may hold `:` and ends with `]` (an IPv6 address).
 *
 * Returns the length without the leading blanks, 0 if there is none; `MTPROXY_FFI_EINVAL` if `cur` is NULL
 * and `len` is not 0, if `len` is above `PTRDIFF_MAX`, or if the word is longer than `INT32_MAX`. Matches
 * the legacy `cfg_getword`. To find the word, call `mtproxy_ffi_cfg_skspc` first, and add its `advance` to
 * `cur`: the word starts there.
 *
 * `cur` points to `len` readable bytes. */
int32_t mtproxy_ffi_cfg_getword_len(const char *cur,
                                    size_t len);

/* Measures the string at the cursor, after blanks and tabs. It ends before a blank, a control byte, a byte
 * from 0x80 on or `;`. After a leading `"` the length is 1, whatever follows.
 *
 * Returns the length without the leading blanks, 0 if there is none; `MTPROXY_FFI_EINVAL` if `cur` is NULL
 * and `len` is not 0, if `len` is above `PTRDIFF_MAX`, or if the string is longer than `INT32_MAX`. Matches
 * the legacy `cfg_getstr`. To find the string, call `mtproxy_ffi_cfg_skspc` first, as for a word.
 *
 * `cur` points to `len` readable bytes. */
int32_t mtproxy_ffi_cfg_getstr_len(const char *cur,
                                   size_t len);

/* Reads decimal digits at the cursor, after blanks and tabs. If there are none, `value` is 0 and `consumed`
 * is 0.
 *
 * Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL, if `cur` is NULL and `len` is not 0, or
 * if `len` is above `PTRDIFF_MAX`. Matches the legacy `cfg_getint`.
 *
 * `cur` points to `len` readable bytes and `out` to a writable object; they may overlap. */
int32_t mtproxy_ffi_cfg_getint(const char *cur,
                               size_t len,
                               mtproxy_ffi_cfg_int_result_t *out);

/* Reads decimal digits at the cursor, after blanks and tabs. If there are none, `value` is -1 and `consumed`
 * is 0.
 *
 * Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL, if `cur` is NULL and `len` is not 0, or
 * if `len` is above `PTRDIFF_MAX`. Matches the legacy `cfg_getint_zero`.
 *
 * `cur` points to `len` readable bytes and `out` to a writable object; they may overlap. */
int32_t mtproxy_ffi_cfg_getint_zero(const char *cur,
                                    size_t len,
                                    mtproxy_ffi_cfg_int_result_t *out);

/* Reads an optional `-` and decimal digits at the cursor, after blanks and tabs. If there are no digits,
 * `value` is `INT64_MIN` and `consumed` is 0.
 *
 * Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL, if `cur` is NULL and `len` is not 0, or
 * if `len` is above `PTRDIFF_MAX`. Matches the legacy `cfg_getint_signed_zero`.
 *
 * `cur` points to `len` readable bytes and `out` to a writable object; they may overlap. */
int32_t mtproxy_ffi_cfg_getint_signed_zero(const char *cur,
                                           size_t len,
                                           mtproxy_ffi_cfg_int_result_t *out);

/* Reads the header of a query from the start of a packet.
 *
 * Returns 0 if the arguments are valid, and fills `*out`; `out->status` is the result of parsing. Returns
 * `MTPROXY_FFI_EINVAL` if `out` is NULL, if `data` is NULL and `len` is not 0, or if `len` is above
 * `INT32_MAX`. Matches the legacy `tlf_query_header`, its errors included.
 *
 * `data` points to `len` readable bytes and `out` to a writable object; they may overlap. */
int32_t mtproxy_ffi_tl_parse_query_header(const uint8_t *data,
                                          size_t len,
                                          mtproxy_ffi_tl_header_parse_result_t *out);

/* Reads the header of an answer from the start of a packet.
 *
 * If the next marker is `MTPROXY_FFI_RPC_REQ_ERROR_WRAPPED`, sets `op` to it, leaves the marker unread and
 * succeeds (the legacy parser loops for ever).
 *
 * Returns 0 if the arguments are valid, and fills `*out`; `out->status` is the result of parsing. Returns
 * `MTPROXY_FFI_EINVAL` if `out` is NULL, if `data` is NULL and `len` is not 0, or if `len` is above
 * `INT32_MAX`. Matches the legacy `tlf_query_answer_header`, its errors included.
 *
 * `data` points to `len` readable bytes and `out` to a writable object; they may overlap. */
int32_t mtproxy_ffi_tl_parse_answer_header(const uint8_t *data,
                                           size_t len,
                                           mtproxy_ffi_tl_header_parse_result_t *out);

/* Parses the text of a `/proc/PID/stat` file: 42 fields; the rest is ignored.
 *
 * The text is read as the legacy `fscanf` reads it, with two exceptions: a name in parentheses that holds
 * blanks is read up to the last `)` (the legacy code fails), and a name longer than 255 bytes is cut (the
 * legacy code overruns its array).
 *
 * Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL, if `line` is NULL and `len` is not 0,
 * or if `len` is above `PTRDIFF_MAX`; `MTPROXY_FFI_EFORMAT` if a field is missing or not of its kind.
 * Matches the legacy `read_proc_stats`.
 *
 * `line` points to `len` readable bytes and `out` to a writable object; they may overlap. */
int32_t mtproxy_ffi_parse_proc_stat_line(const char *line,
                                         size_t len,
                                         mtproxy_ffi_proc_stats_t *out);

/* Reads and parses `/proc/PID/stat`, or `/proc/PID/task/TID/stat` if `tid` is positive.
 *
 * Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL; `MTPROXY_FFI_EIO` if the file cannot be
 * read (no such process, no permission); `MTPROXY_FFI_EFORMAT` if it is not a stat text. Matches the legacy
 * `read_proc_stats`.
 *
 * `out` points to a writable object. */
int32_t mtproxy_ffi_read_proc_stat_file(int32_t pid,
                                        int32_t tid,
                                        mtproxy_ffi_proc_stats_t *out);

/* Parses the first `m` numbers of a `/proc/PID/statm` text, and multiplies each by `page_size` (wrapping at
 * 64 bits). An `m` above 7 means 7.
 *
 * Returns 0 and fills the first `m` elements of `out_values`, none if `m` is 0 or negative;
 * `MTPROXY_FFI_EINVAL` if `out_values` is NULL, if `page_size` is not positive, if `buf` is NULL and `len`
 * is not 0, or if `len` is above `PTRDIFF_MAX`; `MTPROXY_FFI_EFORMAT` if there are fewer numbers, one
 * exceeds 64 bits, or the text has 4096 bytes or more (the size of the legacy reader's buffer). Matches the
 * legacy `am_get_memory_usage`.
 *
 * `buf` points to `len` readable bytes and `out_values` to `m` writable elements; they may overlap. */
int32_t mtproxy_ffi_parse_statm(const char *buf,
                                size_t len,
                                int32_t m,
                                int64_t page_size,
                                int64_t *out_values);

/* Finds `MemFree`, `Cached`, `SwapTotal` and `SwapFree` in a `/proc/meminfo` text.
 *
 * Returns 0 and fills `*out`, sizes in bytes (wrapping at 64 bits); `MTPROXY_FFI_EINVAL` if `out` is NULL,
 * if `buf` is NULL and `len` is not 0, or if `len` is above `PTRDIFF_MAX`; `MTPROXY_FFI_EFORMAT` if one of
 * the four is missing, or the text has 16384 bytes or more (the size of the legacy reader's buffer). Matches
 * the legacy `am_get_memory_stats`.
 *
 * `buf` points to `len` readable bytes and `out` to a writable object; they may overlap. */
int32_t mtproxy_ffi_parse_meminfo_summary(const char *buf,
                                          size_t len,
                                          mtproxy_ffi_meminfo_summary_t *out);

/* Writes the start of a log line, `[pid][YYYY-MM-DD HH:MM:SS.UUUUUU local] `, and a NUL: the output of
 * `snprintf` with the format `"[%d][%4d-%02d-%02d %02d:%02d:%02d.%06d local] "`, for any numbers.
 *
 * Returns the length of the text without its NUL; `MTPROXY_FFI_EINVAL` if `out` is NULL;
 * `MTPROXY_FFI_ENOSPC` if the text and its NUL need more than `out_len` bytes (128 are always enough).
 * Matches the prefix of the legacy `kprintf`.
 *
 * `out` points to `out_len` writable bytes. */
int32_t mtproxy_ffi_format_log_prefix(int32_t pid,
                                      int32_t year,
                                      int32_t mon,
                                      int32_t mday,
                                      int32_t hour,
                                      int32_t min,
                                      int32_t sec,
                                      int32_t usec,
                                      char *out,
                                      size_t out_len);

/* Converts event flags (`MTPROXY_FFI_EVT_*`) to epoll bits. 0 gives 0; all other flags add `EPOLLERR`, and
 * `EPOLLET` unless `MTPROXY_FFI_EVT_LEVEL` is set.
 *
 * Returns the epoll bits. Matches the legacy `epoll_conv_flags`. */
int32_t mtproxy_ffi_net_epoll_conv_flags(int32_t flags);

/* Converts epoll bits to event flags (`MTPROXY_FFI_EVT_*`). The result always has
 * `MTPROXY_FFI_EVT_FROM_EPOLL`, and `EPOLLERR` counts as readable.
 *
 * Returns the event flags. Matches the legacy `epoll_unconv_flags`. */
int32_t mtproxy_ffi_net_epoll_unconv_flags(int32_t epoll_flags);

/* The wait at `now` for a timer due at `wakeup_time`, both in seconds.
 *
 * Returns milliseconds: 0 if the timer is due, else the whole milliseconds plus one, at most `INT32_MAX`; 0
 * if one of them is not a number. Matches the wait of the legacy `thread_run_timers`. */
int32_t mtproxy_ffi_net_timers_wait_msec(double wakeup_time,
                                         double now);

/* Picks the smallest of `buffer_size_values` buffer classes, in ascending order, that holds `size_hint`
 * bytes.
 *
 * Returns its index; the index of the largest class if the hint is negative or too large; -1 if
 * `buffer_sizes` is NULL (or not aligned) or there is no class. Matches the choice of the legacy
 * `alloc_msg_buffer`.
 *
 * `buffer_sizes` points to `buffer_size_values` readable elements. */
int32_t mtproxy_ffi_msg_buffers_pick_size_index(const int32_t *buffer_sizes,
                                                int32_t buffer_size_values,
                                                int32_t size_hint);

/* Makes an empty queue in the 192 bytes at `queue`, aligned to 64: a legacy `struct mp_queue`, whose `mq_magic` says
 * afterwards that it is one. With `waiting` other than 0 it counts its items, and threads can sleep until there is one.
 * Allocates nothing: the first push does. Zero the bytes before.
 *
 * Returns 0; `MTPROXY_FFI_EINVAL` if `queue` is NULL, not aligned, or a queue already. Matches the legacy `init_mp_queue`
 * and `init_mp_queue_w`.
 *
 * `queue` is NULL or points to 192 readable and writable bytes, which no other thread uses. */
int32_t mtproxy_ffi_mpq_init(void *queue,
                             int32_t waiting);

/* Frees what the queue holds, but not its items. The bytes can become a queue again.
 *
 * Returns 0; `MTPROXY_FFI_EINVAL` if it is no queue. Matches the legacy `clear_mp_queue`.
 *
 * `queue` is NULL or points to 192 readable and writable bytes, which no other thread uses. */
int32_t mtproxy_ffi_mpq_clear(void *queue);

/* Appends `value`, which is not NULL. `flags` has no effect.
 *
 * Returns the item's number, from 0 on; `MTPROXY_FFI_EINVAL` if it is no queue, or `value` is NULL;
 * `MTPROXY_FFI_ENOMEM`. Matches the legacy `mpq_push`.
 *
 * `queue` is NULL or points to 192 readable and writable bytes. Any number of threads may push and pop at a time, but none
 * while the queue is made or cleared. And so for the functions below. */
int64_t mtproxy_ffi_mpq_push(void *queue,
                             void *value,
                             int32_t flags);

/* Takes the first item. `flags` has no effect.
 *
 * Returns 1 and fills `*out`; 0 if there is none; `MTPROXY_FFI_EINVAL` if it is no queue, or `out` is NULL. Matches the
 * legacy `mpq_pop`.
 *
 * As for `mtproxy_ffi_mpq_push`, and `out` is writable. */
int32_t mtproxy_ffi_mpq_pop(void *queue,
                            int32_t flags,
                            void **out);

/* Whether there was no item at some moment of the call.
 *
 * Returns 1 or 0; `MTPROXY_FFI_EINVAL` if it is no queue. Matches the legacy `mpq_is_empty`.
 *
 * As for `mtproxy_ffi_mpq_push`. */
int32_t mtproxy_ffi_mpq_is_empty(void *queue);

/* Appends `value`, which is not NULL, to a queue that counts its items, and wakes a thread that waits for one. Never
 * blocks. `flags` has no effect.
 *
 * Returns the item's number, from 0 on; `MTPROXY_FFI_EINVAL` if it is no queue of this kind, or `value` is NULL;
 * `MTPROXY_FFI_ENOMEM`. Matches the legacy `mpq_push_w`.
 *
 * As for `mtproxy_ffi_mpq_push`. */
int64_t mtproxy_ffi_mpq_push_w(void *queue,
                               void *value,
                               int32_t flags);

/* Takes the first item of a queue that counts its items. Looks for one `flags & 4095` times, then sleeps until there is
 * one.
 *
 * Returns 1 and fills `*out`; 0 if another thread has taken the item by `mtproxy_ffi_mpq_pop`; `MTPROXY_FFI_EINVAL` if it
 * is no queue of this kind, or `out` is NULL. Matches the legacy `mpq_pop_w`.
 *
 * As for `mtproxy_ffi_mpq_pop`. */
int32_t mtproxy_ffi_mpq_pop_w(void *queue,
                              int32_t flags,
                              void **out);

/* Takes the first item of a queue that counts its items, if there is one: looks for it `flags & 4095` times. Never
 * blocks.
 *
 * Returns 1 and fills `*out`; 0 if there was none; `MTPROXY_FFI_EINVAL` if it is no queue of this kind, or `out` is NULL.
 * Matches the legacy `mpq_pop_nw`.
 *
 * As for `mtproxy_ffi_mpq_pop`. */
int32_t mtproxy_ffi_mpq_pop_nw(void *queue,
                               int32_t flags,
                               void **out);

/* Has the jobs of the host's tables run in Rust: call it before the functions below, while no other thread runs. C code
 * that has no function here goes on with the same jobs. The library keeps the pointer.
 *
 * Returns 0, also for the same host again; `MTPROXY_FFI_EINVAL` if a pointer is NULL or not aligned, if a size is not that
 * of the struct for which the library was made, or after another host.
 *
 * `host` is NULL or points to what the description of its type says, which lives as long as the process, and does not
 * change. */
int32_t mtproxy_ffi_jobs_attach(const mtproxy_ffi_jobs_host_t *host);

/* Makes a job, locked by this thread, with one reference, which is the caller's. Its payload has `custom_bytes` bytes of
 * zeros. `job_signals` and `job_type` are the legacy ones; with bit 2 of `job_signals` the parent has a child more.
 * Allocates: `mtproxy_ffi_jobs_job_free` or the legacy `job_free` frees it.
 *
 * Returns 0 and fills `*out`, the `struct async_job *`; `MTPROXY_FFI_EINVAL` before a host is attached, without a function
 * or a place, for a `custom_bytes` that is negative or less than what `job_type` puts at the start of the payload (bit 0
 * a timer, bit 1 the pointer to a message queue behind it), and for a parent that is not aligned. Without memory the host's
 * `fail` is called. Matches the legacy `create_async_job`.
 *
 * The function may be called with the signals that are allowed, by the threads of their classes. `parent_job` is NULL or
 * a job, with a reference, which the new job takes over; `out` is writable. */
int32_t mtproxy_ffi_jobs_create_async_job(mtproxy_ffi_job_function_t run_job,
                                          uint64_t job_signals,
                                          int32_t job_subclass,
                                          int32_t custom_bytes,
                                          uint64_t job_type,
                                          void *parent_job,
                                          void **out);

/* Makes a job that tells each of its subscribers when it is run or aborted; locked by this thread, with one reference,
 * which is the caller's. Its signals run in class `sig_class`. Allocates.
 *
 * Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` before a host is attached, without a place, and for a number that is no
 * class. Matches the legacy `notify_job_create`.
 *
 * `out` is writable. */
int32_t mtproxy_ffi_jobs_notify_job_create(int32_t sig_class,
                                           void **out);

/* Sends a signal from 0 to 7, with a reference, which the caller gives away. The job may run now, in this thread.
 *
 * Returns 0; `MTPROXY_FFI_EINVAL`, and the reference stays the caller's, before a host is attached, for NULL or a pointer
 * that is not aligned, and for another number. Matches the legacy `job_signal`.
 *
 * `job` is NULL or a job, to which the caller has a reference. And so for the functions below. */
int32_t mtproxy_ffi_jobs_job_signal(void *job,
                                    int32_t signo);

/* Sends signal 0 to a job that this thread has locked, and unlocks it as `mtproxy_ffi_jobs_unlock_job`.
 *
 * Returns what that returns. Matches the legacy `schedule_job`.
 *
 * As for `mtproxy_ffi_jobs_job_signal`. */
int32_t mtproxy_ffi_jobs_schedule_job(void *job);

/* Unlocks a job that this thread has locked: runs what is pending, in this thread if it may, else puts the job into a
 * queue. The caller gives a reference away.
 *
 * Returns 1 if the job is in a queue, 0 if nothing is left to do, `INT32_MIN` if the job is no more;
 * `MTPROXY_FFI_EINVAL`, and the reference stays the caller's, before a host is attached, for NULL or a pointer that is not
 * aligned, and if this thread has not locked the job. Matches the legacy `unlock_job`.
 *
 * As for `mtproxy_ffi_jobs_job_signal`. */
int32_t mtproxy_ffi_jobs_unlock_job(void *job);

/* One reference more.
 *
 * Returns 0; `MTPROXY_FFI_EINVAL` before a host is attached, and for NULL or a pointer that is not aligned. Matches the
 * legacy `job_incref`.
 *
 * As for `mtproxy_ffi_jobs_job_signal`. */
int32_t mtproxy_ffi_jobs_job_incref(void *job);

/* Gives a reference up. The last one becomes signal 7.
 *
 * Returns 0; `MTPROXY_FFI_EINVAL` as `mtproxy_ffi_jobs_job_incref`. Matches the legacy `job_decref`.
 *
 * As for `mtproxy_ffi_jobs_job_signal`. */
int32_t mtproxy_ffi_jobs_job_decref(void *job);

/* Runs the jobs in main's queue, until it is empty.
 *
 * Returns how many; `MTPROXY_FFI_EINVAL` before a host is attached and has made main's queue, and in a thread that is not
 * main. Matches the legacy `run_pending_main_jobs`. */
int32_t mtproxy_ffi_jobs_run_pending_main_jobs(void);

/* Goes on with a job that this thread took out of a queue of the host's, with the reference that was in it.
 *
 * Returns 0; `MTPROXY_FFI_EINVAL` before a host is attached, for NULL or a pointer that is not aligned, and in a thread that
 * runs no jobs. Matches the legacy `process_one_job`.
 *
 * As for `mtproxy_ffi_jobs_job_signal`. */
int32_t mtproxy_ffi_jobs_process_one_job(void *job);

/* Frees a job and its messages. The job's function calls it at signal 7, and returns what it returns.
 *
 * Returns `INT32_MIN`; `MTPROXY_FFI_EINVAL` before a host is attached, and for NULL or a pointer that is not aligned.
 * Matches the legacy `job_free`.
 *
 * `job` is NULL or a job, to which the caller has the last reference. */
int32_t mtproxy_ffi_jobs_job_free(void *job);

#ifdef __cplusplus
}  /* extern "C" */
#endif  /* __cplusplus */

#endif  /* MTPROXY_FFI_H */
