/*
 * The symbols of the legacy ABI that the harness uses, as dlsym finds them.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_LEGACY_H
#define HARNESS_LEGACY_H

#include <stdint.h>
#include <sys/types.h>

#include "legacy_types.h"

typedef unsigned crc_partial_t (const void *data, long len, unsigned crc);
typedef uint64_t crc64_partial_t (const void *data, long len, uint64_t crc);
typedef unsigned crc_combine_t (unsigned crc1, unsigned crc2, int64_t len2);
typedef uint64_t crc64_combine_t (uint64_t crc1, uint64_t crc2, int64_t len2);
typedef int tl_parse_t (struct tl_in_state *in, struct tl_query_header *header);
typedef void stat_fun_t (struct stats_buffer *sb);

/* The symbols of the twelve replaced objects that are not compared here, with the reason:
     kdb_write that is slowed down           it sleeps; its unlimited and its fast way are compared
     kdb_hosts_loaded, stat_func_first       variables that no function here but sb_prepare reads
     load_config(NULL, fd), twice            the original is left with a name that it freed
     load_config of its own config_name      the original reads the name after it freed it
     sb_printf of a format that libc refuses undefined in the original, which moves its position back
     sb_prepare of less than 2 bytes         the original reads before its buffer
     expect_lexem(0) that complains          the drop-in's message ends at the NUL, the original's goes on after it
     crc32_find_corrupted_bit above 2^22     only how long it takes differs
     md5_context's upper halves of words     the original leaves carries there, which nothing reads
     clocks, thread-local `now`              two readings never agree: bounds instead, for each alone (family_clock.c)
   A host's own get_utime_monotonic and a host without libcrypto are
   c-harness/checks/dropin's, and so is what is undefined in the original. */

/* The name, the type of the symbol, and its ability. */
#define LEGACY_SYMBOLS(X)                                                                                  \
  X (crc32_partial, crc_partial_t *, CAN_CRC32)                                                            \
  X (crc32c_partial, crc_partial_t *, CAN_CRC32C)                                                          \
  X (md5, void (unsigned char *, int, unsigned char *), CAN_MD5)                                           \
  X (md5_hex, void (char *, int, char *), CAN_MD5_HEX)                                                     \
  X (md5_hmac, void (unsigned char *, int, unsigned char *, int, unsigned char *), CAN_MD5_HMAC)           \
  X (sha1, void (const unsigned char *, int, unsigned char *), CAN_SHA1)                                   \
  X (sha1_two_chunks, void (const unsigned char *, int, const unsigned char *, int, unsigned char *),      \
     CAN_SHA1_TWO_CHUNKS)                                                                                  \
  X (sha256, void (const unsigned char *, int, unsigned char *), CAN_SHA256)                               \
  X (sha256_two_chunks, void (const unsigned char *, int, const unsigned char *, int, unsigned char *),    \
     CAN_SHA256_TWO_CHUNKS)                                                                                \
  X (sha256_hmac, void (unsigned char *, int, unsigned char *, int, unsigned char *), CAN_SHA256_HMAC)     \
  X (PID, struct process_id, CAN_PID_INIT)                                                                 \
  X (init_common_PID, void (void), CAN_PID_INIT)                                                           \
  X (init_client_PID, void (unsigned), CAN_PID_INIT)                                                       \
  X (init_server_PID, void (unsigned, int), CAN_PID_INIT)                                                  \
  X (matches_pid, int (struct process_id *, struct process_id *), CAN_MATCHES_PID)                         \
  X (process_id_is_newer, int (struct process_id *, struct process_id *), CAN_NEWER)                       \
  X (kdb_cpuid, kdb_cpuid_t *(void), CAN_CPUID)                                                      \
  X (get_utime_monotonic, double (void), CAN_CLOCK)                                                        \
  X (get_double_time, double (void), CAN_CLOCK)                                                            \
  X (get_utime, double (int), CAN_CLOCK)                                                                   \
  X (get_precise_time, long long (unsigned), CAN_CLOCK)                                                    \
  X (precise_now, double, CAN_CLOCK)                                                                       \
  X (precise_now_rdtsc, long long, CAN_CLOCK)                                                              \
  X (precise_time, long long, CAN_CLOCK)                                                                   \
  X (precise_time_rdtsc, long long, CAN_CLOCK)                                                             \
  X (cfg_cur, char *, CAN_SKIPSPC)                                                                         \
  X (cfg_lno, int, CAN_SKIPSPC)                                                                            \
  X (cfg_skipspc, int (void), CAN_SKIPSPC)                                                                 \
  X (cfg_skspc, int (void), CAN_SKSPC)                                                                     \
  X (cfg_getword, int (void), CAN_GETWORD)                                                                 \
  X (cfg_getstr, int (void), CAN_GETSTR)                                                                   \
  X (cfg_getint, long long (void), CAN_GETINT)                                                             \
  X (cfg_getint_zero, long long (void), CAN_GETINT_ZERO)                                                   \
  X (cfg_getint_signed_zero, long long (void), CAN_GETINT_SIGNED_ZERO)                                     \
  X (tlf_init_str, int (struct tl_in_state *, const char *, int), CAN_TL_QUERY)                            \
  X (tlf_query_header, tl_parse_t, CAN_TL_QUERY)                                                           \
  X (tlf_query_answer_header, tl_parse_t, CAN_TL_ANSWER)                                                   \
  X (read_proc_stats, int (int, int, struct proc_stats *), CAN_STAT_FILE)                                  \
  X (am_get_memory_usage, int (int, long long *, int), CAN_STATM)                                          \
  X (am_get_memory_stats, int (am_memory_stat_t *, int), CAN_MEMINFO)                                    \
  X (kprintf, void (const char *, ...), CAN_LOG_PREFIX)                                                    \
  X (epoll_conv_flags, int (int), CAN_EPOLL_CONV)                                                          \
  X (epoll_unconv_flags, int (int), CAN_EPOLL_UNCONV)                                                      \
  X (insert_event_timer, int (struct event_timer *), CAN_TIMERS)                                           \
  X (remove_event_timer, int (struct event_timer *), CAN_TIMERS)                                           \
  X (thread_run_timers, int (void), CAN_TIMERS)                                                            \
  X (alloc_msg_buffer, struct msg_buffer *(struct msg_buffer *, int), CAN_BUFFERS)                         \
  X (free_msg_buffer, int (struct msg_buffer *), CAN_BUFFERS)                                              \
  X (init_msg_buffers, int (long), CAN_BUFFERS)                                                            \
  X (free_mp_queue, void (void *), CAN_BUFFERS)                                                            \
  X (ChunkHeaders, struct msg_buffers_chunk, CAN_BUFFERS)                                                  \
  X (ChunkSave, struct msg_buffers_chunk *, CAN_BUFFERS)                                                   \
  X (buffer_size_values, int, CAN_BUFFERS)                                                                 \
  X (allocated_buffer_chunks, int, CAN_BUFFERS)                                                            \
  X (crc64_partial, crc64_partial_t *, CAN_CRC64)                                                          \
  X (compute_crc32_combine, crc_combine_t *, CAN_COMBINE)                                                  \
  X (compute_crc32c_combine, crc_combine_t *, CAN_COMBINE)                                                 \
  X (compute_crc64_combine, crc64_combine_t *, CAN_COMBINE)                                                \
  X (crc32_check_and_repair, int (void *, int, unsigned *, int), CAN_REPAIR)                               \
  X (crc32_find_corrupted_bit, int (int, unsigned), CAN_REPAIR)                                            \
  X (crc32_repair_bit, int (unsigned char *, int, int), CAN_REPAIR)                                        \
  X (gf32_mulx, unsigned (unsigned, unsigned), CAN_GF32)                                                   \
  X (gf32_mul, unsigned (unsigned, unsigned, unsigned), CAN_GF32)                                          \
  X (gf32_pow, unsigned (unsigned, int, unsigned), CAN_GF32)                                               \
  X (gf32_compute_powers_generic, void (unsigned *, int, unsigned), CAN_GF32)                              \
  X (gf32_compute_powers_clmul, void (unsigned *, unsigned), CAN_GF32)                                     \
  X (gf32_combine_generic, unsigned (unsigned *, unsigned, int64_t), CAN_GF32)                             \
  X (gf32_combine_clmul, uint64_t (unsigned *, unsigned, int64_t), CAN_GF32)                               \
  X (crc64_feed_byte, uint64_t (uint64_t, unsigned char), CAN_GF32)                                        \
  X (cfg_getlex, int (void), CAN_GETLEX)                                                                   \
  X (tlf_query_flags, tl_parse_t, CAN_TL_FLAGS)                                                            \
  X (tlf_query_answer_flags, tl_parse_t, CAN_TL_FLAGS)                                                     \
  X (crc32_partial_generic, crc_partial_t, CAN_CRC_VARIANTS)                                               \
  X (crc32_partial_clmul, crc_partial_t, CAN_CRC_VARIANTS)                                                 \
  X (crc32c_partial_four_tables, crc_partial_t, CAN_CRC_VARIANTS)                                          \
  X (crc64_partial_one_table, crc64_partial_t, CAN_CRC_VARIANTS)                                           \
  X (crc64_partial_clmul, crc64_partial_t, CAN_CRC_VARIANTS)                                               \
  X (crc64_init_power_buf, void (void), CAN_CRC_VARIANTS)                                                  \
  X (md5_starts, void (struct md5_context *), CAN_MD5_CONTEXT)                                             \
  X (md5_update, void (struct md5_context *, unsigned char *, int), CAN_MD5_CONTEXT)                       \
  X (md5_finish, void (struct md5_context *, unsigned char *), CAN_MD5_CONTEXT)                            \
  X (md5_hmac_starts, void (struct md5_context *, unsigned char *, int), CAN_MD5_CONTEXT)                  \
  X (md5_hmac_update, void (struct md5_context *, unsigned char *, int), CAN_MD5_CONTEXT)                  \
  X (md5_hmac_finish, void (struct md5_context *, unsigned char *), CAN_MD5_CONTEXT)                       \
  X (md5_file, int (char *, unsigned char *), CAN_MD5_FILE)                                                \
  X (sha1_starts, void (void *), CAN_SHA_CONTEXT)                                                          \
  X (sha1_update, void (void *, const unsigned char *, int), CAN_SHA_CONTEXT)                              \
  X (sha1_finish, void (void *, unsigned char *), CAN_SHA_CONTEXT)                                         \
  X (sha256_starts, void (void *), CAN_SHA_CONTEXT)                                                        \
  X (sha256_update, void (void *, const unsigned char *, int), CAN_SHA_CONTEXT)                            \
  X (sha256_finish, void (void *, unsigned char *), CAN_SHA_CONTEXT)                                       \
  X (cfg_lex, int, CAN_EXPECT)                                                                             \
  X (expect_lexem, int (int), CAN_EXPECT)                                                                  \
  X (expect_word, int (const char *, int), CAN_EXPECT)                                                     \
  X (syntax, void (const char *, ...), CAN_EXPECT)                                                         \
  X (syntax_warning, void (const char *, ...), CAN_EXPECT)                                                 \
  X (cfg_gethost, void *(void), CAN_GETHOST)                                                               \
  X (cfg_gethost_ex, void *(int), CAN_GETHOST)                                                             \
  X (config_name, char *, CAN_CONFIG_FILE)                                                                 \
  X (cfg_start, char *, CAN_CONFIG_FILE)                                                                   \
  X (cfg_end, char *, CAN_CONFIG_FILE)                                                                     \
  X (config_bytes, int, CAN_CONFIG_FILE)                                                                   \
  X (load_config, int (const char *, int), CAN_CONFIG_FILE)                                                \
  X (reset_config, void (void), CAN_CONFIG_FILE)                                                           \
  X (md5_hex_config, void (char *), CAN_CONFIG_FILE)                                                       \
  X (close_config, void (int *), CAN_CONFIG_FILE)                                                          \
  X (sb_init, void (struct stats_buffer *, char *, int), CAN_STATS_BUFFER)                                 \
  X (sb_alloc, void (struct stats_buffer *, int), CAN_STATS_BUFFER)                                        \
  X (sb_release, void (struct stats_buffer *), CAN_STATS_BUFFER)                                           \
  X (sb_printf, void (struct stats_buffer *, const char *, ...), CAN_STATS_BUFFER)                         \
  X (sb_memory, void (struct stats_buffer *, int), CAN_STATS_BUFFER)                                       \
  X (sbp_print_date, void (struct stats_buffer *, const char *, long), CAN_STATS_BUFFER)                   \
  X (sb_prepare, void (struct stats_buffer *), CAN_STATS_HOST)                                             \
  X (sb_register_stat_fun, int (stat_fun_t *), CAN_STATS_HOST)                                             \
  X (sb_print_queries, void (struct stats_buffer *, const char *, long long), CAN_STATS_HOST)              \
  X (now, int, CAN_STATS_HOST)                                                                             \
  X (sb_sum_i, int (void **, int, int), CAN_STATS_SUM)                                                     \
  X (sb_sum_ll, long long (void **, int, int), CAN_STATS_SUM)                                              \
  X (sb_sum_f, double (void **, int, int), CAN_STATS_SUM)                                                  \
  X (kwrite, int (int, const void *, int), CAN_WRITE)                                                      \
  X (hexdump, int (const void *, const void *), CAN_WRITE)                                                 \
  X (kdb_write, void (int, const void *, long long, const char *), CAN_WRITE)                              \
  X (nck_write, void (int, const void *, size_t), CAN_WRITE)                                               \
  X (nck_pwrite, void (int, const void *, size_t, off_t), CAN_WRITE)                                       \
  X (logname, const char *, CAN_WRITE)                                                                     \
  X (reopen_logs, void (void), CAN_WRITE)                                                                  \
  X (reopen_logs_ext, void (int), CAN_WRITE)                                                               \
  X (reindex_speed, double, CAN_WRITE)                                                                     \
  X (verbosity, int, CAN_VERBOSITY)

struct legacy_symbols {
#define X(name, type, can) __typeof__ (type) *name;
  LEGACY_SYMBOLS (X)
#undef X
};

#endif
