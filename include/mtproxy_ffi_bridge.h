/*
 * mtproxy_ffi_bridge.h: what a mixed MTProxy host calls at start-up, before it loads its config, in this order:
 *
 *   if (rust_ffi_startup_check () < 0 || rust_ffi_check_concurrency_boundary () < 0 ||
 *       rust_ffi_check_network_boundary () < 0 || rust_ffi_enable_concurrency_bridges () < 0 ||
 *       rust_ffi_enable_crc32_bridge () < 0 || rust_ffi_enable_crc32c_bridge () < 0) {
 *     exit (1);
 *   }
 *
 * Compile mtproxy_ffi_bridge.c into the host. It refers to the library strongly, and so brings all of
 * libmtproxy_ffi.a in; it refers to the host weakly, and so compiles into a host that lacks some of its symbols.
 *
 * Each function returns 0, or a negative number after one line on stderr that starts with "fatal: ". Call them from
 * one thread, while no other runs.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef MTPROXY_FFI_BRIDGE_H
#define MTPROXY_FFI_BRIDGE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Host and library speak the same API version. */
int rust_ffi_startup_check (void);

/* The library's queue and job masks are of this version, cover what a host of API version 1 relies on, and claim
   nothing outside the contract. */
int rust_ffi_check_concurrency_boundary (void);

/* The same for the network masks: all of the contract must be covered. */
int rust_ffi_check_network_boundary (void);

/* Checks the concurrency boundary and lets the host install its adapters for the routed operations, by calling the
   host's `int rust_ffi_host_install_adapters (void)`. A host without that function keeps calling its C code, which is
   where the operations are routed to anyway. Fails where the host's function returns a negative number. */
int rust_ffi_enable_concurrency_bridges (void);

/* Compares the library's CRC-32 with the host's own crc32_partial_generic on many inputs and then points the host's
   crc32_partial at the library's. Fails, and leaves the pointer alone, where one result differs or the host lacks one
   of the two symbols. Calling it again is harmless. A negative length goes to the function that crc32_partial pointed
   at before. */
int rust_ffi_enable_crc32_bridge (void);

/* The same for CRC-32C, with crc32c_partial_four_tables and crc32c_partial. */
int rust_ffi_enable_crc32c_bridge (void);

#ifdef __cplusplus
}
#endif

#endif
