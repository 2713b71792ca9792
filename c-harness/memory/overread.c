// SPDX-License-Identifier: LGPL-2.0-or-later
/* The control of the memory checks: passes a length one byte greater than the buffer. */
#include "mtproxy_ffi.h"

#include <stdlib.h>
#include <string.h>

int main (void) {
  unsigned char *data = malloc (100);
  if (!data) {
    return 2;
  }
  memset (data, 1, 100);
  /* volatile, so that the compiler keeps the call. */
  volatile uint32_t crc = mtproxy_ffi_crc32_partial (data, 101, 0);
  free (data);
  return crc == 1;
}
