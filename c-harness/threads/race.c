// SPDX-License-Identifier: LGPL-2.0-or-later
/* The control: two threads write to one identity at the same time, which the header forbids. */
#include "mtproxy_ffi.h"

#include <pthread.h>

static mtproxy_ffi_process_id_t shared;

static void *use (void *unused) {
  (void) unused;
  for (int i = 0; i < 1000; i++) {
    mtproxy_ffi_pid_init_client (&shared, (uint32_t) i + 1);
  }
  return 0;
}

int main (void) {
  pthread_t first, second;
  if (pthread_create (&first, 0, use, 0) || pthread_create (&second, 0, use, 0)) {
    return 2;
  }
  pthread_join (first, 0);
  pthread_join (second, 0);
  return 0;
}
