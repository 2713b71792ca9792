/*
 * Every function of the API, declared weak, as the C files of a mixed proxy do: they run with or without the
 * library, and use each function where it is bound. Written from the API's description, not from the header, which
 * is included first: the compiler checks that the two agree.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HOST_WEAK_H
#define HOST_WEAK_H

#include "mtproxy_ffi.h"

#define WEAK __attribute__ ((weak))

#ifdef __cplusplus
extern "C" {
#endif

extern uint32_t mtproxy_ffi_api_version (void) WEAK;
extern int32_t mtproxy_ffi_startup_handshake (uint32_t expected_api_version) WEAK;
extern int32_t mtproxy_ffi_get_concurrency_boundary (mtproxy_ffi_concurrency_boundary_t *out) WEAK;
extern int32_t mtproxy_ffi_get_network_boundary (mtproxy_ffi_network_boundary_t *out) WEAK;

extern uint32_t mtproxy_ffi_crc32_partial (const uint8_t *data, size_t len, uint32_t crc) WEAK;
extern uint32_t mtproxy_ffi_crc32c_partial (const uint8_t *data, size_t len, uint32_t crc) WEAK;

extern int32_t mtproxy_ffi_md5 (const uint8_t *input, size_t len, uint8_t output[16]) WEAK;
extern int32_t mtproxy_ffi_md5_hex (const uint8_t *input, size_t len, char output[32]) WEAK;
extern int32_t mtproxy_ffi_md5_hmac (const uint8_t *key, size_t key_len, const uint8_t *input, size_t len,
                                     uint8_t output[16]) WEAK;
extern int32_t mtproxy_ffi_sha1 (const uint8_t *input, size_t len, uint8_t output[20]) WEAK;
extern int32_t mtproxy_ffi_sha1_two_chunks (const uint8_t *input1, size_t len1, const uint8_t *input2, size_t len2,
                                            uint8_t output[20]) WEAK;
extern int32_t mtproxy_ffi_sha256 (const uint8_t *input, size_t len, uint8_t output[32]) WEAK;
extern int32_t mtproxy_ffi_sha256_two_chunks (const uint8_t *input1, size_t len1, const uint8_t *input2,
                                              size_t len2, uint8_t output[32]) WEAK;
extern int32_t mtproxy_ffi_sha256_hmac (const uint8_t *key, size_t key_len, const uint8_t *input, size_t len,
                                        uint8_t output[32]) WEAK;

extern int32_t mtproxy_ffi_pid_init_common (mtproxy_ffi_process_id_t *pid) WEAK;
extern int32_t mtproxy_ffi_pid_init_client (mtproxy_ffi_process_id_t *pid, uint32_t ip) WEAK;
extern int32_t mtproxy_ffi_pid_init_server (mtproxy_ffi_process_id_t *pid, uint32_t ip, int32_t port) WEAK;
extern int32_t mtproxy_ffi_matches_pid (const mtproxy_ffi_process_id_t *x, const mtproxy_ffi_process_id_t *y) WEAK;
extern int32_t mtproxy_ffi_process_id_is_newer (const mtproxy_ffi_process_id_t *a,
                                                const mtproxy_ffi_process_id_t *b) WEAK;

extern int32_t mtproxy_ffi_cpuid_fill (mtproxy_ffi_cpuid_t *out) WEAK;

extern double mtproxy_ffi_get_utime_monotonic (void) WEAK;
extern double mtproxy_ffi_get_double_time (void) WEAK;
extern double mtproxy_ffi_get_utime (int32_t clock_id) WEAK;
extern int64_t mtproxy_ffi_get_precise_time (uint32_t precision) WEAK;
extern double mtproxy_ffi_precise_now_value (void) WEAK;
extern int64_t mtproxy_ffi_precise_now_rdtsc_value (void) WEAK;
extern int64_t mtproxy_ffi_precise_time_value (void) WEAK;
extern int64_t mtproxy_ffi_precise_time_rdtsc_value (void) WEAK;

extern int32_t mtproxy_ffi_cfg_skipspc (const char *cur, size_t len, int32_t line_no,
                                        mtproxy_ffi_cfg_scan_result_t *out) WEAK;
extern int32_t mtproxy_ffi_cfg_skspc (const char *cur, size_t len, int32_t line_no,
                                      mtproxy_ffi_cfg_scan_result_t *out) WEAK;
extern int32_t mtproxy_ffi_cfg_getword_len (const char *cur, size_t len) WEAK;
extern int32_t mtproxy_ffi_cfg_getstr_len (const char *cur, size_t len) WEAK;
extern int32_t mtproxy_ffi_cfg_getint (const char *cur, size_t len, mtproxy_ffi_cfg_int_result_t *out) WEAK;
extern int32_t mtproxy_ffi_cfg_getint_zero (const char *cur, size_t len, mtproxy_ffi_cfg_int_result_t *out) WEAK;
extern int32_t mtproxy_ffi_cfg_getint_signed_zero (const char *cur, size_t len,
                                                   mtproxy_ffi_cfg_int_result_t *out) WEAK;

extern int32_t mtproxy_ffi_tl_parse_query_header (const uint8_t *data, size_t len,
                                                  mtproxy_ffi_tl_header_parse_result_t *out) WEAK;
extern int32_t mtproxy_ffi_tl_parse_answer_header (const uint8_t *data, size_t len,
                                                   mtproxy_ffi_tl_header_parse_result_t *out) WEAK;

extern int32_t mtproxy_ffi_parse_proc_stat_line (const char *line, size_t len, mtproxy_ffi_proc_stats_t *out) WEAK;
extern int32_t mtproxy_ffi_read_proc_stat_file (int32_t pid, int32_t tid, mtproxy_ffi_proc_stats_t *out) WEAK;
extern int32_t mtproxy_ffi_parse_statm (const char *buf, size_t len, int32_t m, int64_t page_size,
                                        int64_t *out_values) WEAK;
extern int32_t mtproxy_ffi_parse_meminfo_summary (const char *buf, size_t len,
                                                  mtproxy_ffi_meminfo_summary_t *out) WEAK;

extern int32_t mtproxy_ffi_format_log_prefix (int32_t pid, int32_t year, int32_t mon, int32_t mday, int32_t hour,
                                              int32_t min, int32_t sec, int32_t usec, char *out,
                                              size_t out_len) WEAK;

extern int32_t mtproxy_ffi_net_epoll_conv_flags (int32_t flags) WEAK;
extern int32_t mtproxy_ffi_net_epoll_unconv_flags (int32_t epoll_flags) WEAK;
extern int32_t mtproxy_ffi_net_timers_wait_msec (double wakeup_time, double now) WEAK;
extern int32_t mtproxy_ffi_msg_buffers_pick_size_index (const int32_t *buffer_sizes, int32_t buffer_size_values,
                                                        int32_t size_hint) WEAK;

#ifdef __cplusplus
}
#endif

#endif
