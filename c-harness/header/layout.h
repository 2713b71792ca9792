/*
 * The layout of every struct of the header, field by field, in numbers: they are part of the ABI. The Rust side
 * asserts the same ones. Included by layout.c and layout.cpp.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "mtproxy_ffi.h"

/* An array type of negative size where the condition does not hold: works in every C and C++. */
#define CHECK_NAME_2(line) layout_check_##line
#define CHECK_NAME(line) CHECK_NAME_2 (line)
#define CHECK(condition) typedef char CHECK_NAME (__LINE__)[(condition) ? 1 : -1]
#define OFFSET(type, field, offset) CHECK (offsetof (mtproxy_ffi_##type##_t, field) == (offset))
#define SIZE(type, size) CHECK (sizeof (mtproxy_ffi_##type##_t) == (size))

/* 64-bit integers are aligned to 4 bytes on 32-bit x86, to 8 elsewhere. */
struct long_alignment {
  char c;
  int64_t value;
};
#define LONG_ALIGNMENT offsetof (struct long_alignment, value)
#define ALIGN_LONG(offset) (((offset) + LONG_ALIGNMENT - 1) / LONG_ALIGNMENT * LONG_ALIGNMENT)

OFFSET (concurrency_boundary, boundary_version, 0);
OFFSET (concurrency_boundary, mpq_contract_ops, 4);
OFFSET (concurrency_boundary, mpq_implemented_ops, 8);
OFFSET (concurrency_boundary, jobs_contract_ops, 12);
OFFSET (concurrency_boundary, jobs_implemented_ops, 16);
SIZE (concurrency_boundary, 20);

OFFSET (network_boundary, boundary_version, 0);
OFFSET (network_boundary, net_events_contract_ops, 4);
OFFSET (network_boundary, net_events_implemented_ops, 8);
OFFSET (network_boundary, net_timers_contract_ops, 12);
OFFSET (network_boundary, net_timers_implemented_ops, 16);
OFFSET (network_boundary, net_msg_buffers_contract_ops, 20);
OFFSET (network_boundary, net_msg_buffers_implemented_ops, 24);
SIZE (network_boundary, 28);

OFFSET (process_id, ip, 0);
OFFSET (process_id, port, 4);
OFFSET (process_id, pid, 6);
OFFSET (process_id, utime, 8);
SIZE (process_id, 12);

OFFSET (cpuid, magic, 0);
OFFSET (cpuid, ebx, 4);
OFFSET (cpuid, ecx, 8);
OFFSET (cpuid, edx, 12);
SIZE (cpuid, 16);

OFFSET (cfg_scan_result, advance, 0);
OFFSET (cfg_scan_result, line_no, sizeof (size_t));
OFFSET (cfg_scan_result, ch, sizeof (size_t) + 4);
SIZE (cfg_scan_result, sizeof (size_t) + 8);

OFFSET (cfg_int_result, value, 0);
OFFSET (cfg_int_result, consumed, 8);
SIZE (cfg_int_result, ALIGN_LONG (8 + sizeof (size_t)));

#define QID ALIGN_LONG (20)
OFFSET (tl_header_parse_result, status, 0);
OFFSET (tl_header_parse_result, consumed, 4);
OFFSET (tl_header_parse_result, op, 8);
OFFSET (tl_header_parse_result, real_op, 12);
OFFSET (tl_header_parse_result, flags, 16);
OFFSET (tl_header_parse_result, qid, QID);
OFFSET (tl_header_parse_result, actor_id, QID + 8);
OFFSET (tl_header_parse_result, errnum, QID + 16);
OFFSET (tl_header_parse_result, error_len, QID + 20);
OFFSET (tl_header_parse_result, error, QID + 24);
SIZE (tl_header_parse_result, QID + 216);

OFFSET (meminfo_summary, mem_free, 0);
OFFSET (meminfo_summary, mem_cached, 8);
OFFSET (meminfo_summary, swap_total, 16);
OFFSET (meminfo_summary, swap_free, 24);
OFFSET (meminfo_summary, found_mask, 32);
SIZE (meminfo_summary, ALIGN_LONG (36));

/* The first eight-byte field; from here on there are no gaps. */
#define FLAGS ALIGN_LONG (284)
OFFSET (proc_stats, pid, 0);
OFFSET (proc_stats, comm, 4);
OFFSET (proc_stats, state, 260);
OFFSET (proc_stats, ppid, 264);
OFFSET (proc_stats, pgrp, 268);
OFFSET (proc_stats, session, 272);
OFFSET (proc_stats, tty_nr, 276);
OFFSET (proc_stats, tpgid, 280);
OFFSET (proc_stats, flags, FLAGS);
OFFSET (proc_stats, minflt, FLAGS + 8);
OFFSET (proc_stats, cminflt, FLAGS + 16);
OFFSET (proc_stats, majflt, FLAGS + 24);
OFFSET (proc_stats, cmajflt, FLAGS + 32);
OFFSET (proc_stats, utime, FLAGS + 40);
OFFSET (proc_stats, stime, FLAGS + 48);
OFFSET (proc_stats, cutime, FLAGS + 56);
OFFSET (proc_stats, cstime, FLAGS + 64);
OFFSET (proc_stats, priority, FLAGS + 72);
OFFSET (proc_stats, nice, FLAGS + 80);
OFFSET (proc_stats, num_threads, FLAGS + 88);
OFFSET (proc_stats, itrealvalue, FLAGS + 96);
OFFSET (proc_stats, starttime, FLAGS + 104);
OFFSET (proc_stats, vsize, FLAGS + 112);
OFFSET (proc_stats, rss, FLAGS + 120);
OFFSET (proc_stats, rlim, FLAGS + 128);
OFFSET (proc_stats, startcode, FLAGS + 136);
OFFSET (proc_stats, endcode, FLAGS + 144);
OFFSET (proc_stats, startstack, FLAGS + 152);
OFFSET (proc_stats, kstkesp, FLAGS + 160);
OFFSET (proc_stats, kstkeip, FLAGS + 168);
OFFSET (proc_stats, signal, FLAGS + 176);
OFFSET (proc_stats, blocked, FLAGS + 184);
OFFSET (proc_stats, sigignore, FLAGS + 192);
OFFSET (proc_stats, sigcatch, FLAGS + 200);
OFFSET (proc_stats, wchan, FLAGS + 208);
OFFSET (proc_stats, nswap, FLAGS + 216);
OFFSET (proc_stats, cnswap, FLAGS + 224);
OFFSET (proc_stats, exit_signal, FLAGS + 232);
OFFSET (proc_stats, processor, FLAGS + 236);
OFFSET (proc_stats, rt_priority, FLAGS + 240);
OFFSET (proc_stats, policy, FLAGS + 248);
OFFSET (proc_stats, delayacct_blkio_ticks, FLAGS + 256);
SIZE (proc_stats, FLAGS + 264);
