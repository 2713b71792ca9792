/*
 * What the wrappers share.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_FAULTY_PROVIDER_H
#define DIFFERENTIAL_FAULTY_PROVIDER_H

#include <stdbool.h>

#include "mtproxy_ffi.h"

#define WRAPPED(X)                                                                                            \
  X (crc32_partial) X (crc32c_partial) X (md5) X (md5_hex) X (md5_hmac) X (sha1) X (sha1_two_chunks)          \
  X (sha256) X (sha256_two_chunks) X (sha256_hmac) X (pid_init_common) X (pid_init_client)                    \
  X (pid_init_server) X (matches_pid) X (process_id_is_newer) X (cpuid_fill) X (get_utime_monotonic)          \
  X (get_double_time) X (get_utime) X (get_precise_time) X (precise_now_value) X (precise_now_rdtsc_value)    \
  X (precise_time_value) X (precise_time_rdtsc_value) X (cfg_skipspc) X (cfg_skspc) X (cfg_getword_len)       \
  X (cfg_getstr_len) X (cfg_getint) X (cfg_getint_zero) X (cfg_getint_signed_zero) X (tl_parse_query_header)  \
  X (tl_parse_answer_header) X (parse_proc_stat_line) X (read_proc_stat_file) X (parse_statm)                 \
  X (parse_meminfo_summary) X (format_log_prefix) X (net_epoll_conv_flags) X (net_epoll_unconv_flags)         \
  X (net_timers_wait_msec) X (msg_buffers_pick_size_index)

struct real {
#define X(name) __typeof__ (mtproxy_ffi_##name) *name;
  WRAPPED (X)
#undef X
};

extern struct real real;

/* Is this the fault to plant? */
bool fault (const char *name);

#endif
