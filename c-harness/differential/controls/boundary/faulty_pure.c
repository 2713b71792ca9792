/*
 * Wrappers of the other functions: checksums, digests, identities, clocks, network.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "faulty_provider.h"

enum { BLOCK = 64 };

uint32_t mtproxy_ffi_crc32_partial (const uint8_t *data, size_t len, uint32_t crc) {
  if (fault ("crc_length_signed") && len > PTRDIFF_MAX) {
    len &= 31;
  }
  uint32_t v = real.crc32_partial (data, len, crc);
  bool entry = len && len <= PTRDIFF_MAX && ((crc ^ data[0]) & 0xff) == 0x53;
  if (fault ("crc32_table_bit") && entry) {
    v ^= 1u << 7;
  }
  return fault ("crc32_long_tail") && len >= 256 && len <= PTRDIFF_MAX && len % 16 == 7 ? v ^ 1 : v;
}

uint32_t mtproxy_ffi_crc32c_partial (const uint8_t *data, size_t len, uint32_t crc) {
  uint32_t v = real.crc32c_partial (data, len, crc);
  return fault ("crc32c_alignment") && len > 8 && (uintptr_t) data % 8 == 5 ? v ^ 0x80 : v;
}

int32_t mtproxy_ffi_md5_hex (const uint8_t *input, size_t len, char output[32]) {
  int32_t status = real.md5_hex (input, len, output);
  for (int i = 0; i < 32 && fault ("md5_hex_upper"); i++) {
    output[i] = (char) toupper ((unsigned char) output[i]);
  }
  if (fault ("md5_hex_terminated")) {
    volatile size_t after = 32; /* volatile, or the compiler would warn about the overrun */
    output[after] = 0;
  }
  return status;
}

int32_t mtproxy_ffi_md5_hmac (const uint8_t *key, size_t key_len, const uint8_t *input, size_t len,
                              uint8_t output[16]) {
  uint8_t digest[16];
  if (fault ("hmac_key_64_hashed") && key_len == BLOCK) {
    real.md5 (key, key_len, digest);
    return real.md5_hmac (digest, sizeof (digest), input, len, output);
  }
  return real.md5_hmac (key, key_len, input, len, output);
}

int32_t mtproxy_ffi_sha1_two_chunks (const uint8_t *input1, size_t len1, const uint8_t *input2, size_t len2,
                                     uint8_t output[20]) {
  if (fault ("chunks_swapped")) {
    return real.sha1_two_chunks (input2, len2, input1, len1, output);
  }
  return real.sha1_two_chunks (input1, len1, input2, len2, output);
}

int32_t mtproxy_ffi_sha256 (const uint8_t *input, size_t len, uint8_t output[32]) {
  int32_t status = real.sha256 (input, len, output);
  output[0] ^= fault ("sha256_padding") && len % BLOCK == 55;
  return status;
}

int32_t mtproxy_ffi_sha256_hmac (const uint8_t *key, size_t key_len, const uint8_t *input, size_t len,
                                 uint8_t output[32]) {
  uint8_t digest[32];
  if (fault ("hmac_key_64_hashed") && key_len == BLOCK) {
    real.sha256 (key, key_len, digest);
    return real.sha256_hmac (digest, sizeof (digest), input, len, output);
  }
  return real.sha256_hmac (key, key_len, input, len, output);
}

/* ---- identities ---- */

typedef mtproxy_ffi_process_id_t process_id;

static uint32_t known_ip (uint32_t ip) {
  return fault ("loopback_network") && ip >> 24 == 127 ? 0 : ip;
}

static int32_t truncated (process_id *pid, uint16_t before, int32_t status) {
  if (fault ("pid_truncated") && !before) {
    pid->pid = (uint16_t) getpid ();
  }
  return status;
}

int32_t mtproxy_ffi_pid_init_common (process_id *pid) {
  uint16_t before = pid->pid;
  return truncated (pid, before, real.pid_init_common (pid));
}

int32_t mtproxy_ffi_pid_init_client (process_id *pid, uint32_t ip) {
  uint16_t before = pid->pid;
  return truncated (pid, before, real.pid_init_client (pid, known_ip (ip)));
}

int32_t mtproxy_ffi_pid_init_server (process_id *pid, uint32_t ip, int32_t port) {
  uint16_t before = pid->pid;
  return truncated (pid, before, real.pid_init_server (pid, known_ip (ip), port));
}

int32_t mtproxy_ffi_matches_pid (const process_id *x, const process_id *y) {
  return fault ("wildcard_wrong_side") ? real.matches_pid (y, x) : real.matches_pid (x, y);
}

int32_t mtproxy_ffi_process_id_is_newer (const process_id *a, const process_id *b) {
  if (fault ("foreign_newer") && (a->ip != b->ip || a->port != b->port)) {
    return 1;
  }
  if (fault ("newer_unsigned_time") && a->utime != b->utime) {
    return (uint32_t) a->utime > (uint32_t) b->utime;
  }
  return real.process_id_is_newer (a, b);
}

/* ---- processor, clocks ---- */

int32_t mtproxy_ffi_cpuid_fill (mtproxy_ffi_cpuid_t *out) {
  int32_t status = real.cpuid_fill (out);
  if (fault ("cpuid_registers")) {
    int32_t ecx = out->ecx;
    out->ecx = out->edx;
    out->edx = ecx;
    /* Zeros, on a processor without CPUID. */
    return 0;
  }
  return status;
}

double mtproxy_ffi_get_double_time (void) {
  static double kept;
  double t = real.get_double_time ();
  kept = kept != 0 ? kept : t;
  return fault ("double_time_never_refreshed") ? kept : t;
}

double mtproxy_ffi_get_utime (int32_t clock_id) {
  double t = real.get_utime (clock_id);
  return fault ("unknown_clock_zero") && t == -1.0 ? 0 : t;
}

int64_t mtproxy_ffi_get_precise_time (uint32_t precision) {
  return real.get_precise_time (fault ("precise_time_never_refreshed") ? UINT32_MAX : precision);
}

double mtproxy_ffi_precise_now_value (void) {
  return fault ("precise_now_not_kept") ? 0 : real.precise_now_value ();
}

int64_t mtproxy_ffi_precise_time_value (void) {
  return real.precise_time_value () >> (fault ("precise_time_16_bits") ? 16 : 0);
}

/* ---- log prefix, network ---- */

int32_t mtproxy_ffi_format_log_prefix (int32_t pid, int32_t year, int32_t mon, int32_t mday, int32_t hour, int32_t min,
                                       int32_t sec, int32_t usec, char *out, size_t out_len) {
  if (fault ("year_zero_padded")) {
    return snprintf (out, out_len, "[%d][%04d-%02d-%02d %02d:%02d:%02d.%06d local] ", pid, year, mon, mday, hour, min,
                     sec, usec);
  }
  return real.format_log_prefix (pid, year, mon, mday, hour, min, sec, usec, out, out_len);
}

enum { HOST_EPOLLERR = 8, HOST_EPOLLHUP = 16 };

int32_t mtproxy_ffi_net_epoll_conv_flags (int32_t flags) {
  int32_t v = real.net_epoll_conv_flags (flags);
  return fault ("epoll_without_err") ? v & ~HOST_EPOLLERR : v;
}

int32_t mtproxy_ffi_net_epoll_unconv_flags (int32_t epoll_flags) {
  int32_t v = real.net_epoll_unconv_flags (epoll_flags);
  return fault ("unconv_hup_reads") && epoll_flags & HOST_EPOLLHUP ? v | MTPROXY_FFI_EVT_READ : v;
}

int32_t mtproxy_ffi_net_timers_wait_msec (double wakeup_time, double now) {
  int32_t wait = real.net_timers_wait_msec (wakeup_time, now);
  if (fault ("timer_not_saturating") && wait == INT32_MAX) {
    return INT32_MIN;
  }
  return fault ("timer_off_by_one") && wait ? wait - 1 : wait;
}

int32_t mtproxy_ffi_msg_buffers_pick_size_index (const int32_t *buffer_sizes, int32_t buffer_size_values,
                                                 int32_t size_hint) {
  int32_t hint = fault ("buffer_exact_refused") && size_hint >= 0 && size_hint < INT32_MAX ? size_hint + 1 : size_hint;
  return real.msg_buffers_pick_size_index (buffer_sizes, buffer_size_values, hint);
}

/* The item that was pushed last is kept back until the next one is in the queue. */
int64_t mtproxy_ffi_mpq_push (void *queue, void *value, int32_t flags) {
  static void *kept;
  if (fault ("queue_turned")) {
    void *first = kept;
    kept = first ? NULL : value;
    if (!first) {
      return 0;
    }
    int64_t number = real.mpq_push (queue, value, flags);
    return number < 0 ? number : real.mpq_push (queue, first, flags);
  }
  return real.mpq_push (queue, value, flags);
}

int32_t mtproxy_ffi_mpq_is_empty (void *queue) {
  int32_t empty = real.mpq_is_empty (queue);
  return fault ("queue_never_empty") && empty == 1 ? 0 : empty;
}

/* The reference goes, the signal does not. */
int32_t mtproxy_ffi_jobs_job_signal (void *job, int32_t signo) {
  if (fault ("job_signal_lost") && signo == 1) {
    return real.jobs_job_decref (job);
  }
  return real.jobs_job_signal (job, signo);
}

int32_t mtproxy_ffi_jobs_job_decref (void *job) {
  static unsigned calls;
  if (fault ("job_reference_kept") && ++calls % 64 == 0) {
    return 0;
  }
  return real.jobs_job_decref (job);
}
