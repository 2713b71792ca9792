/*
 * Tests the host bridge against a library and a host that each can be given one fault at a time. This file defines the
 * symbols of both, so the test links neither the library nor a proxy. With -DHOST_LACKS_CRC the host has no CRC symbol.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mtproxy_ffi.h"
#include "mtproxy_ffi_bridge.h"

/* The symbols of the library. */

static uint32_t api_version;
static mtproxy_ffi_concurrency_boundary_t concurrency;
static mtproxy_ffi_network_boundary_t network;
static uint32_t wrong_from_len;

uint32_t mtproxy_ffi_api_version (void) {
  return api_version;
}

int32_t mtproxy_ffi_startup_handshake (uint32_t expected) {
  return expected == api_version ? 0 : MTPROXY_FFI_EVERSION;
}

int32_t mtproxy_ffi_get_concurrency_boundary (mtproxy_ffi_concurrency_boundary_t *out) {
  *out = concurrency;
  return 0;
}

int32_t mtproxy_ffi_get_network_boundary (mtproxy_ffi_network_boundary_t *out) {
  *out = network;
  return 0;
}

static int attach_status, attached;

int32_t mtproxy_ffi_jobs_attach (const mtproxy_ffi_jobs_host_t *host) {
  attached += host != NULL;
  return attach_status;
}

/* Any function can stand in for the checksum, as long as both sides use the same one. */
static unsigned sum (const unsigned char *data, size_t len, unsigned crc) {
  while (len--) {
    crc = crc * 31 + *data++;
  }
  return crc;
}

uint32_t mtproxy_ffi_crc32_partial (const uint8_t *data, size_t len, uint32_t crc) {
  return sum (data, len, crc) ^ (wrong_from_len && len >= wrong_from_len);
}

uint32_t mtproxy_ffi_crc32c_partial (const uint8_t *data, size_t len, uint32_t crc) {
  return mtproxy_ffi_crc32_partial (data, len, crc);
}

/* The symbols of the host. */

typedef unsigned crc_partial_t (const void *data, long len, unsigned crc);

#ifndef HOST_LACKS_CRC
crc_partial_t crc32_partial_generic, crc32c_partial_four_tables;

unsigned crc32_partial_generic (const void *data, long len, unsigned crc) {
  return len < 0 ? 0xbad : sum (data, (size_t) len, crc);
}

unsigned crc32c_partial_four_tables (const void *data, long len, unsigned crc) {
  return crc32_partial_generic (data, len, crc);
}

crc_partial_t *crc32_partial = crc32_partial_generic, *crc32c_partial = crc32c_partial_four_tables;

static mtproxy_ffi_jobs_host_t lent;
const mtproxy_ffi_jobs_host_t *rust_ffi_host_jobs (void);
const mtproxy_ffi_jobs_host_t *rust_ffi_host_jobs (void) {
  return &lent;
}

static int adapters_status;
int rust_ffi_host_install_adapters (void);
int rust_ffi_host_install_adapters (void) {
  return adapters_status;
}
#endif

/* The test. */

static int failures;

static void everything_right (void) {
  api_version = 2;
  concurrency = (mtproxy_ffi_concurrency_boundary_t) { 1, 0x3f, 0x3f, 0x7f, 0x7f };
  attach_status = 0;
  network = (mtproxy_ffi_network_boundary_t) { 1, 3, 3, 1, 1, 1, 1 };
  wrong_from_len = 0;
}

/* Calls `call` with stderr in a pipe, and compares the status and the diagnostic: one whole line that starts with
   "fatal: ", or no output if `says` is null. */
static void check (const char *what, int (*call) (void), const char *says) {
  char text[512];
  int ends[2], saved = dup (2);
  if (saved < 0 || pipe (ends) < 0) {
    failures++;
    return;
  }
  dup2 (ends[1], 2);
  int status = call ();
  fflush (stderr);
  dup2 (saved, 2);
  close (saved);
  close (ends[1]);
  ssize_t len = read (ends[0], text, sizeof (text) - 1);
  close (ends[0]);
  text[len > 0 ? len : 0] = 0;

  int good =
      says ? status < 0 && !strncmp (text, "fatal: ", 7) && strstr (text, says) && strchr (text, '\n') == text + len - 1
           : status == 0 && !*text;
  if (!good) {
    printf ("FAILED: %s: status %d, '%s'\n", what, status, text);
    failures++;
  }
}

static void check_boundaries (void) {
  everything_right ();
  check ("the right version", rust_ffi_startup_check, NULL);
  check ("the right masks", rust_ffi_check_concurrency_boundary, NULL);
  check ("the right masks", rust_ffi_check_network_boundary, NULL);
  check ("bridges", rust_ffi_enable_concurrency_bridges, NULL);

  api_version = 3;
  check ("another version", rust_ffi_startup_check, "API version 3 and does not serve 2");
  concurrency.boundary_version = 7;
  check ("another version of the masks", rust_ffi_check_concurrency_boundary, "version 7 of the concurrency");
  check ("another version of the masks", rust_ffi_enable_concurrency_bridges, "version 7 of the concurrency");
  network.boundary_version = 7;
  check ("another version of the masks", rust_ffi_check_network_boundary, "version 7 of the network");

  everything_right ();
  concurrency.mpq_implemented_ops = 0x03;
  check ("a queue operation missing", rust_ffi_check_concurrency_boundary, "lacks queue operations 0x4");
  everything_right ();
  concurrency.jobs_implemented_ops = 0x6f;
  check ("a job operation missing", rust_ffi_check_concurrency_boundary, "lacks job operations 0x10");
  everything_right ();
  concurrency.jobs_implemented_ops = 0xff;
  check ("a job operation beyond the contract", rust_ffi_check_concurrency_boundary, "operations 0x80 outside");
  everything_right ();
  network.net_events_implemented_ops = 1;
  check ("an event operation missing", rust_ffi_check_network_boundary, "lacks event operations 0x2");
  everything_right ();
  network.net_timers_implemented_ops = 0;
  check ("a timer operation missing", rust_ffi_check_network_boundary, "lacks timer operations 0x1");
  everything_right ();
  network.net_msg_buffers_implemented_ops = 0;
  check ("a buffer operation missing", rust_ffi_check_network_boundary, "lacks buffer operations 0x1");
}

static void check_queue (void) {
  everything_right ();
  unsetenv ("MTPROXY_FFI_QUEUE");
  check ("queues", rust_ffi_enable_concurrency_bridges, NULL);
  failures += rust_ffi_queue_runs_in_rust () != 1;
  setenv ("MTPROXY_FFI_QUEUE", "c", 1);
  check ("queues in C", rust_ffi_enable_concurrency_bridges, NULL);
  failures += rust_ffi_queue_runs_in_rust () != 0;
  setenv ("MTPROXY_FFI_QUEUE", "rust", 1);
  check ("queues in Rust", rust_ffi_enable_concurrency_bridges, NULL);
  failures += rust_ffi_queue_runs_in_rust () != 1;
  setenv ("MTPROXY_FFI_QUEUE", "perl", 1);
  check ("queues elsewhere", rust_ffi_enable_concurrency_bridges, "say c or rust");
  failures += rust_ffi_queue_runs_in_rust () != 0;
  unsetenv ("MTPROXY_FFI_QUEUE");
  concurrency.mpq_implemented_ops = 0x1f;
  check ("a library without a queue operation", rust_ffi_enable_concurrency_bridges, NULL);
  failures += rust_ffi_queue_runs_in_rust () != 0;
}

#ifdef HOST_LACKS_CRC

/* It lends nothing. */
static void check_jobs (void) {
  everything_right ();
  check ("no host for jobs", rust_ffi_enable_concurrency_bridges, NULL);
  failures += rust_ffi_jobs_run_in_rust () != 0 || attached;
}

static void check_crc (void) {
  everything_right ();
  check ("no crc32_partial", rust_ffi_enable_crc32_bridge, "has no crc32_partial");
  check ("no crc32c_partial", rust_ffi_enable_crc32c_bridge, "has no crc32c_partial");
}

#else

static void check_jobs (void) {
  everything_right ();
  unsetenv ("MTPROXY_FFI_JOBS");
  attached = 0;
  check ("jobs", rust_ffi_enable_concurrency_bridges, NULL);
  failures += rust_ffi_jobs_run_in_rust () != 1 || attached != 1;
  setenv ("MTPROXY_FFI_JOBS", "c", 1);
  check ("jobs in C", rust_ffi_enable_concurrency_bridges, NULL);
  failures += rust_ffi_jobs_run_in_rust () != 0 || rust_ffi_queue_runs_in_rust () != 1 || attached != 1;
  setenv ("MTPROXY_FFI_JOBS", "perl", 1);
  check ("jobs elsewhere", rust_ffi_enable_concurrency_bridges, "say c or rust");
  failures += rust_ffi_jobs_run_in_rust () != 0;
  unsetenv ("MTPROXY_FFI_JOBS");
  attach_status = MTPROXY_FFI_EINVAL;
  check ("a host that is refused", rust_ffi_enable_concurrency_bridges, "refuses this host's jobs");
  failures += rust_ffi_jobs_run_in_rust () != 0 || attached != 2;
  everything_right ();
  concurrency.jobs_implemented_ops = 0x1d; /* what a host of version 1 asks for, and no more */
  check ("a library without a job operation", rust_ffi_enable_concurrency_bridges, NULL);
  failures += rust_ffi_jobs_run_in_rust () != 0 || attached != 2;
}

static void check_crc (void) {
  everything_right ();
  adapters_status = -1;
  check ("adapters that fail", rust_ffi_enable_concurrency_bridges, "could not install");
  adapters_status = 0;

  wrong_from_len = 4000;
  check ("a wrong checksum", rust_ffi_enable_crc32_bridge, "crc32_partial of 4");
  check ("a wrong checksum", rust_ffi_enable_crc32c_bridge, "crc32c_partial of 4");
  failures += crc32_partial != crc32_partial_generic || crc32c_partial != crc32c_partial_four_tables;

  wrong_from_len = 0;
  check ("a right checksum", rust_ffi_enable_crc32_bridge, NULL);
  check ("a right checksum", rust_ffi_enable_crc32c_bridge, NULL);
  failures += crc32_partial == crc32_partial_generic || crc32c_partial == crc32c_partial_four_tables;
  failures += crc32_partial ("abc", 3, 1) != sum ((const unsigned char *) "abc", 3, 1);
  failures += crc32_partial ("abc", -1, 1) != 0xbad || crc32c_partial ("abc", -1, 1) != 0xbad;
  check ("once more", rust_ffi_enable_crc32_bridge, NULL);
  failures += crc32_partial ("abc", -1, 1) != 0xbad;
}

#endif

int main (void) {
  check_boundaries ();
  check_queue ();
  check_jobs ();
  check_crc ();
  printf ("%s: %d failures\n", __FILE__, failures);
  return failures != 0;
}
