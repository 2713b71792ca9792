/*
 * A program that links both archives, in either order: one with the legacy names, one with the API's.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "host.h"
#include "mtproxy_ffi.h"

extern unsigned (*crc32_partial) (const void *data, long len, unsigned crc);

int main (void) {
  static const uint8_t text[] = "123456789";
  int same = crc32_partial (text, 9, ~0u) == mtproxy_ffi_crc32_partial (text, 9, ~0u);
  return same && mtproxy_ffi_startup_handshake (MTPROXY_FFI_API_VERSION) == 0 ? 0 : 1;
}
