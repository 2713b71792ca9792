/*
 * mtproxy_ffi_bridge.h: the functions that a mixed MTProxy host calls at start-up, before it loads its config, in this order:
 *
 *   if (rust_ffi_startup_check () < 0 || rust_ffi_check_concurrency_boundary () < 0 ||
 *       rust_ffi_check_network_boundary () < 0 || rust_ffi_enable_concurrency_bridges () < 0 ||
 *       rust_ffi_enable_crc32_bridge () < 0 || rust_ffi_enable_crc32c_bridge () < 0) {
 *     exit (1);
 *   }
 *
 * Compile mtproxy_ffi_bridge.c into the host. It refers to the library strongly, so that the linker includes
 * libmtproxy_ffi.a; and to the host weakly, so that it also links with a host that lacks some of the symbols.
 *
 * An adapter of the host's asks rust_ffi_queue_runs_in_rust once, when it makes a queue, and from then on calls either
 * mtproxy_ffi_mpq_* or its C code for that queue. An adapter for jobs asks rust_ffi_jobs_run_in_rust, and calls either
 * mtproxy_ffi_jobs_* or its C code; both may work on the same jobs.
 *
 * Each of these functions returns 0, or a negative number after one line on stderr that starts with "fatal: ". Call them from
 * one thread, while no other runs.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef MTPROXY_FFI_BRIDGE_H
#define MTPROXY_FFI_BRIDGE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Checks that the library serves hosts of this API version. */
int rust_ffi_startup_check (void);

/* Checks that the library's queue and job masks have the expected version, include the operations that a host of API
   version 1 relies on, and include none outside the contract. */
int rust_ffi_check_concurrency_boundary (void);

/* The same for the network masks, which must include all operations of the contract. */
int rust_ffi_check_network_boundary (void);

/* Checks the concurrency boundary, and calls the host's `int rust_ffi_host_install_adapters (void)`, which installs its
   adapters for queues and jobs. A host without that function keeps calling its C code. Fails if the host's function
   returns a negative number, or the library refuses what the host lends for jobs. */
int rust_ffi_enable_concurrency_bridges (void);

/* 1 if new queues are to be the library's: the concurrency bridges are enabled, and all queue operations run in Rust; 0 if
   they are to stay in C, which is so too if the environment has MTPROXY_FFI_QUEUE=c when the bridges are enabled. */
int rust_ffi_queue_runs_in_rust (void);

/* 1 if jobs are to be the library's: the concurrency bridges are enabled, all job operations run in Rust, and the library has
   accepted what the host's `const mtproxy_ffi_jobs_host_t *rust_ffi_host_jobs (void)` lends; 0 if they are to stay in C, which
   is so too without that function, and if the environment has MTPROXY_FFI_JOBS=c when the bridges are enabled. */
int rust_ffi_jobs_run_in_rust (void);

/* Compares the library's CRC-32 with the host's own crc32_partial_generic on many inputs and then points the host's
   crc32_partial at the library's. Fails, and does not change the pointer, if a result differs or the host lacks one of the
   two symbols. May be called again. A negative length is passed to the function to which crc32_partial pointed before. */
int rust_ffi_enable_crc32_bridge (void);

/* The same for CRC-32C, with crc32c_partial_four_tables and crc32c_partial. */
int rust_ffi_enable_crc32c_bridge (void);

#ifdef __cplusplus
}
#endif

#endif
