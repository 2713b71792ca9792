// SPDX-License-Identifier: LGPL-2.0-or-later
/* Two Rust libraries in one program. */
#include "mtproxy_ffi.h"

#include <stdio.h>

size_t other_sum (size_t n);

int main (void) {
  uint32_t crc = ~mtproxy_ffi_crc32c_partial ((const uint8_t *) "123456789", 9, ~0u);
  if (mtproxy_ffi_startup_handshake (1) || crc != 0xe3069283u || other_sum (10) != 45) {
    return 1;
  }
  puts ("both: right");
  return 0;
}
