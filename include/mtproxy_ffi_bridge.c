/*
 * The host bridge: see mtproxy_ffi_bridge.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "mtproxy_ffi_bridge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mtproxy_ffi.h"

typedef unsigned crc_partial_t (const void *data, long len, unsigned crc);

/* Symbols that a host may define. */
extern crc_partial_t *crc32_partial __attribute__ ((weak));
extern crc_partial_t *crc32c_partial __attribute__ ((weak));
crc_partial_t crc32_partial_generic __attribute__ ((weak));
crc_partial_t crc32c_partial_four_tables __attribute__ ((weak));
int rust_ffi_host_install_adapters (void) __attribute__ ((weak));
const mtproxy_ffi_jobs_host_t *rust_ffi_host_jobs (void) __attribute__ ((weak));

/* The operations that a host relies on. */
#define REQUIRED_MPQ_OPS (MTPROXY_FFI_MPQ_OP_PUSH | MTPROXY_FFI_MPQ_OP_POP | MTPROXY_FFI_MPQ_OP_IS_EMPTY)
#define REQUIRED_JOBS_OPS                                                                                   \
  (MTPROXY_FFI_JOBS_OP_CREATE_ASYNC_JOB | MTPROXY_FFI_JOBS_OP_JOB_SIGNAL | MTPROXY_FFI_JOBS_OP_JOB_INCREF | \
   MTPROXY_FFI_JOBS_OP_JOB_DECREF)

int rust_ffi_startup_check (void) {
  int status = mtproxy_ffi_startup_handshake (MTPROXY_FFI_API_VERSION);
  if (status < 0) {
    fprintf (stderr,
             "fatal: mtproxy-ffi speaks API version %u and does not serve %u, for which this host was compiled\n",
             (unsigned) mtproxy_ffi_api_version (), (unsigned) MTPROXY_FFI_API_VERSION);
  }
  return status;
}

/* A group of operations: `implemented` covers `required` and lies within `contract`. */
static int check_ops (const char *group, unsigned contract, unsigned implemented, unsigned required) {
  if (required & ~implemented) {
    fprintf (stderr, "fatal: mtproxy-ffi lacks %s operations 0x%x (it covers 0x%x)\n", group, required & ~implemented,
             implemented);
    return -1;
  }
  if (implemented & ~contract) {
    fprintf (stderr, "fatal: mtproxy-ffi claims %s operations 0x%x outside its contract 0x%x\n", group,
             implemented & ~contract, contract);
    return -1;
  }
  return 0;
}

static int check_version (const char *boundary, unsigned version, unsigned expected) {
  if (version != expected) {
    fprintf (stderr, "fatal: mtproxy-ffi has version %u of the %s boundary, this host was compiled for %u\n", version,
             boundary, expected);
    return -1;
  }
  return 0;
}

int rust_ffi_check_concurrency_boundary (void) {
  mtproxy_ffi_concurrency_boundary_t b;
  if (mtproxy_ffi_get_concurrency_boundary (&b) < 0) {
    fprintf (stderr, "fatal: mtproxy-ffi does not tell its concurrency boundary\n");
    return -1;
  }
  if (check_version ("concurrency", b.boundary_version, MTPROXY_FFI_CONCURRENCY_BOUNDARY_VERSION) < 0) {
    return -1;
  }
  if (check_ops ("queue", b.mpq_contract_ops, b.mpq_implemented_ops, REQUIRED_MPQ_OPS) < 0) {
    return -1;
  }
  return check_ops ("job", b.jobs_contract_ops, b.jobs_implemented_ops, REQUIRED_JOBS_OPS);
}

int rust_ffi_check_network_boundary (void) {
  mtproxy_ffi_network_boundary_t b;
  if (mtproxy_ffi_get_network_boundary (&b) < 0) {
    fprintf (stderr, "fatal: mtproxy-ffi does not tell its network boundary\n");
    return -1;
  }
  if (check_version ("network", b.boundary_version, MTPROXY_FFI_NETWORK_BOUNDARY_VERSION) < 0) {
    return -1;
  }
  if (check_ops ("event", b.net_events_contract_ops, b.net_events_implemented_ops,
                 MTPROXY_FFI_NET_EVENTS_OP_EPOLL_CONV_FLAGS | MTPROXY_FFI_NET_EVENTS_OP_EPOLL_UNCONV_FLAGS) < 0) {
    return -1;
  }
  if (check_ops ("timer", b.net_timers_contract_ops, b.net_timers_implemented_ops,
                 MTPROXY_FFI_NET_TIMERS_OP_WAIT_MSEC) < 0) {
    return -1;
  }
  return check_ops ("buffer", b.net_msg_buffers_contract_ops, b.net_msg_buffers_implemented_ops,
                    MTPROXY_FFI_NET_MSGBUFFERS_OP_PICK_SIZE_INDEX);
}

/* All operations of a queue: a queue runs in Rust as a whole, or not at all. */
#define QUEUE_OPS (REQUIRED_MPQ_OPS | MTPROXY_FFI_MPQ_OP_PUSH_W | MTPROXY_FFI_MPQ_OP_POP_W | MTPROXY_FFI_MPQ_OP_POP_NW)

/* So do jobs: their C code and the library's can work side by side, but one of them takes all calls of a host's. */
#define JOBS_OPS                                                                                      \
  (REQUIRED_JOBS_OPS | MTPROXY_FFI_JOBS_OP_SCHEDULE_JOB | MTPROXY_FFI_JOBS_OP_RUN_PENDING_MAIN_JOBS | \
   MTPROXY_FFI_JOBS_OP_NOTIFY_JOB_CREATE)

static int queue_in_rust, jobs_in_rust;

int rust_ffi_queue_runs_in_rust (void) {
  return queue_in_rust;
}

int rust_ffi_jobs_run_in_rust (void) {
  return jobs_in_rust;
}

/* What the environment says of a group of operations: 1 for Rust, which is so too without a word, 0 for C, -1 for another
   word. */
static int wanted_in_rust (const char *variable) {
  const char *wanted = getenv (variable);
  if (!wanted || !strcmp (wanted, "rust")) {
    return 1;
  }
  if (!strcmp (wanted, "c")) {
    return 0;
  }
  fprintf (stderr, "fatal: %s=%s: say c or rust\n", variable, wanted);
  return -1;
}

/* Decides where queues and jobs are to run. */
static int prepare (void) {
  mtproxy_ffi_concurrency_boundary_t b;
  int queue = wanted_in_rust ("MTPROXY_FFI_QUEUE"), jobs = queue < 0 ? -1 : wanted_in_rust ("MTPROXY_FFI_JOBS");
  queue_in_rust = jobs_in_rust = 0;
  if (jobs < 0 || mtproxy_ffi_get_concurrency_boundary (&b) < 0) {
    return -1;
  }
  queue_in_rust = queue && !(QUEUE_OPS & ~b.mpq_implemented_ops);
  if (jobs && rust_ffi_host_jobs && !(JOBS_OPS & ~b.jobs_implemented_ops)) {
    if (mtproxy_ffi_jobs_attach (rust_ffi_host_jobs ()) < 0) {
      fprintf (stderr,
               "fatal: mtproxy-ffi refuses this host's jobs: its structs are others, or something is missing\n");
      return -1;
    }
    jobs_in_rust = 1;
  }
  return 0;
}

int rust_ffi_enable_concurrency_bridges (void) {
  if (rust_ffi_check_concurrency_boundary () < 0 || prepare () < 0) {
    return -1;
  }
  if (rust_ffi_host_install_adapters && rust_ffi_host_install_adapters () < 0) {
    fprintf (stderr, "fatal: the host could not install its concurrency adapters\n");
    return -1;
  }
  return 0;
}

/* The bridged functions. The host's lengths are signed; a negative one goes to the host's own function. */

static crc_partial_t *host_crc32, *host_crc32c;

static unsigned bridged_crc32 (const void *data, long len, unsigned crc) {
  return len < 0 ? host_crc32 (data, len, crc) : mtproxy_ffi_crc32_partial (data, (size_t) len, crc);
}

static unsigned bridged_crc32c (const void *data, long len, unsigned crc) {
  return len < 0 ? host_crc32c (data, len, crc) : mtproxy_ffi_crc32c_partial (data, (size_t) len, crc);
}

/* Longer than any block that an implementation treats specially. */
enum { CHECK_SIZE = 4096 };

/* Compares two implementations on all short lengths and many long ones, at all alignments modulo 16. */
static int same_crc (const char *name, crc_partial_t *ours, crc_partial_t *theirs) {
  static unsigned char data[CHECK_SIZE + 16];
  unsigned x = 1;
  for (size_t i = 0; i < sizeof (data); i++) {
    x = x * 1664525u + 1013904223u;
    data[i] = (unsigned char) (x >> 24);
  }
  for (long len = 0; len <= CHECK_SIZE; len += len < 600 ? 1 : 97) {
    const unsigned char *start = data + len % 16;
    unsigned crc = x ^ (unsigned) len * 0x9e3779b9u;
    unsigned a = ours (start, len, crc), b = theirs (start, len, crc);
    if (a != b) {
      fprintf (stderr, "fatal: %s of %ld bytes from 0x%08x: mtproxy-ffi 0x%08x, host 0x%08x\n", name, len, crc, a, b);
      return 0;
    }
  }
  return 1;
}

static int enable (const char *name, crc_partial_t **host, crc_partial_t **saved, crc_partial_t *bridged,
                   const char *reference_name, crc_partial_t *reference) {
  if (!host || !*host) {
    fprintf (stderr, "fatal: this host has no %s to bridge\n", name);
    return -1;
  }
  if (!reference) {
    fprintf (stderr, "fatal: this host has no %s to check mtproxy-ffi against\n", reference_name);
    return -1;
  }
  if (*host == bridged) {
    return 0;
  }
  if (!same_crc (name, bridged, reference)) {
    return -1;
  }
  *saved = *host;
  *host = bridged;
  return 0;
}

int rust_ffi_enable_crc32_bridge (void) {
  return enable ("crc32_partial", &crc32_partial, &host_crc32, bridged_crc32, "crc32_partial_generic",
                 crc32_partial_generic);
}

int rust_ffi_enable_crc32c_bridge (void) {
  return enable ("crc32c_partial", &crc32c_partial, &host_crc32c, bridged_crc32c, "crc32c_partial_four_tables",
                 crc32c_partial_four_tables);
}
