/*
 * The functions of the network family.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>
#include <sys/epoll.h>

#include "host.h"

void use_net (void) {
  printf ("net\n");
  int bits = mtproxy_ffi_net_epoll_conv_flags (MTPROXY_FFI_EVT_READ | MTPROXY_FFI_EVT_WRITE | MTPROXY_FFI_EVT_LEVEL);
  int flags = mtproxy_ffi_net_epoll_unconv_flags (EPOLLIN | EPOLLOUT);
  expect (bits == (EPOLLIN | EPOLLOUT | EPOLLERR), "event flags become epoll bits");
  expect (flags == (MTPROXY_FFI_EVT_READ | MTPROXY_FFI_EVT_WRITE | MTPROXY_FFI_EVT_FROM_EPOLL),
          "epoll bits become event flags");
  report ("mtproxy_ffi_net_epoll_conv_flags", "read, write, level: 0x%x", (unsigned) bits);
  report ("mtproxy_ffi_net_epoll_unconv_flags", "EPOLLIN, EPOLLOUT: 0x%x", (unsigned) flags);

  int wait = mtproxy_ffi_net_timers_wait_msec (10.125, 10.0);
  expect (wait == 126 && mtproxy_ffi_net_timers_wait_msec (1e300, 0) == INT32_MAX, "waits are whole and bounded");
  report ("mtproxy_ffi_net_timers_wait_msec", "0.125 s: %d ms", wait);

  const int32_t sizes[] = { 48, 512, 2048, 16384, 262144 };
  int index = mtproxy_ffi_msg_buffers_pick_size_index (sizes, 5, 1500);
  expect (index == 2, "1500 bytes go into a buffer of 2048");
  printf ("  events 0x%x, wait %d ms, buffer of %d bytes\n", (unsigned) bits, wait, (int) sizes[index]);
  report ("mtproxy_ffi_msg_buffers_pick_size_index", "1500 bytes: class %d (%d)", index, (int) sizes[index]);
}
