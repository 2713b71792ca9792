/*
 * Start-up, in the order of a mixed host, and the symbols of a proxy that the bridge uses: its CRC functions and the
 * pointers through which the proxy calls them.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>

#include "host.h"
#include "jobs_host.h"
#include "mtproxy_ffi_bridge.h"

typedef unsigned crc_partial_t (const void *data, long len, unsigned crc);

crc_partial_t crc32_partial_generic, crc32c_partial_four_tables;
crc_partial_t *crc32_partial = crc32_partial_generic;
crc_partial_t *crc32c_partial = crc32c_partial_four_tables;
int rust_ffi_host_install_adapters (void);
const mtproxy_ffi_jobs_host_t *rust_ffi_host_jobs (void);

static unsigned bitwise (unsigned polynomial, const unsigned char *data, long len, unsigned crc) {
  for (; len > 0; len--) {
    crc ^= *data++;
    for (int bit = 0; bit < 8; bit++) {
      crc = crc >> 1 ^ (polynomial & -(crc & 1));
    }
  }
  return crc;
}

unsigned crc32_partial_generic (const void *data, long len, unsigned crc) {
  return bitwise (0xedb88320, data, len, crc);
}

unsigned crc32c_partial_four_tables (const void *data, long len, unsigned crc) {
  return bitwise (0x82f63b78, data, len, crc);
}

static int adapters_installed;

int rust_ffi_host_install_adapters (void) {
  adapters_installed++;
  return 0;
}

#ifdef __LP64__

const mtproxy_ffi_jobs_host_t *rust_ffi_host_jobs (void) {
  static const struct jobs_host_library library = { mtproxy_ffi_mpq_init,   mtproxy_ffi_mpq_clear,
                                                    mtproxy_ffi_mpq_push_w, mtproxy_ffi_mpq_pop_nw,
                                                    mtproxy_ffi_mpq_pop_w,  mtproxy_ffi_jobs_process_one_job };
  jobs_host_begin (&library);
  return jobs_host_lent ();
}

#endif

int start_up (void) {
  printf ("start-up\n");
  if (rust_ffi_startup_check () < 0) {
    return -1;
  }
  printf ("  handshake: API version %u\n", mtproxy_ffi_api_version ());
  report ("mtproxy_ffi_api_version", "%u", mtproxy_ffi_api_version ());
  int stranger = mtproxy_ffi_startup_handshake (MTPROXY_FFI_API_VERSION + 1);
  expect (stranger == MTPROXY_FFI_EVERSION, "another API version is refused");
  report ("mtproxy_ffi_startup_handshake", "version %d: 0, version %d: %d", MTPROXY_FFI_API_VERSION,
          MTPROXY_FFI_API_VERSION + 1, stranger);

  if (rust_ffi_check_concurrency_boundary () < 0 || rust_ffi_check_network_boundary () < 0) {
    return -1;
  }
  mtproxy_ffi_concurrency_boundary_t c;
  mtproxy_ffi_get_concurrency_boundary (&c);
  printf ("  concurrency boundary: queue 0x%02x of 0x%02x, jobs 0x%02x of 0x%02x (both in Rust)\n",
          c.mpq_implemented_ops, c.mpq_contract_ops, c.jobs_implemented_ops, c.jobs_contract_ops);
  report ("mtproxy_ffi_get_concurrency_boundary", "queue 0x%02x/0x%02x, jobs 0x%02x/0x%02x", c.mpq_implemented_ops,
          c.mpq_contract_ops, c.jobs_implemented_ops, c.jobs_contract_ops);
  mtproxy_ffi_network_boundary_t n;
  mtproxy_ffi_get_network_boundary (&n);
  printf ("  network boundary: events 0x%x, timers 0x%x, buffers 0x%x (all in Rust)\n", n.net_events_implemented_ops,
          n.net_timers_implemented_ops, n.net_msg_buffers_implemented_ops);
  report ("mtproxy_ffi_get_network_boundary", "events 0x%x/0x%x, timers 0x%x/0x%x, buffers 0x%x/0x%x",
          n.net_events_implemented_ops, n.net_events_contract_ops, n.net_timers_implemented_ops,
          n.net_timers_contract_ops, n.net_msg_buffers_implemented_ops, n.net_msg_buffers_contract_ops);

  if (rust_ffi_enable_concurrency_bridges () < 0 || rust_ffi_enable_crc32_bridge () < 0 ||
      rust_ffi_enable_crc32c_bridge () < 0) {
    return -1;
  }
  expect (adapters_installed == 1, "the concurrency bridge installs the host's adapters");
  expect (crc32_partial != crc32_partial_generic && crc32c_partial != crc32c_partial_four_tables,
          "the bridges swap the host's CRC pointers");
  expect (rust_ffi_enable_crc32_bridge () == 0 && rust_ffi_enable_crc32c_bridge () == 0,
          "a bridge may be enabled twice");
  expect (crc32_partial ("123456789", 9, ~0u) == 0x340bc6d9 && crc32c_partial ("123456789", 9, ~0u) == 0x1cf96d7c,
          "bridged checksums are right");
  expect (crc32_partial ("123456789", -1, 5) == 5 && crc32c_partial ("123456789", -1, 5) == 5,
          "a negative length goes to the host's own routine");
  printf ("  CRC bridges: checked against the host's routines and enabled\n");
  return 0;
}
