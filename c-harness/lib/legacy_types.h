/*
 * The structures of the legacy ABI (x86-64 and other LP64 machines), declared from its recorded layout: sizes and
 * offsets are asserted, names of members are the legacy ones.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_LEGACY_TYPES_H
#define HARNESS_LEGACY_TYPES_H

#include <stddef.h>

#define LAYOUT_SIZE(type, size) _Static_assert (sizeof (type) == (size), #type " has another size")
#define LAYOUT_AT(type, member, offset) \
  _Static_assert (offsetof (type, member) == (offset), #type "." #member " lies elsewhere")

struct process_id {
  unsigned ip;
  short port;
  unsigned short pid;
  int utime;
};
LAYOUT_SIZE (struct process_id, 12);

struct cpuid_leaf {
  int magic, ebx, ecx, edx;
};
LAYOUT_SIZE (struct cpuid_leaf, 16);

struct proc_stats {
  int pid;
  char comm[256];
  signed char state;
  int ppid, pgrp, session, tty_nr, tpgid;
  unsigned long flags, minflt, cminflt, majflt, cmajflt, utime, stime;
  long cutime, cstime, priority, nice, num_threads, itrealvalue;
  unsigned long starttime, vsize;
  long rss;
  unsigned long rlim, startcode, endcode, startstack, kstkesp, kstkeip, signal, blocked, sigignore, sigcatch, wchan,
      nswap, cnswap;
  int exit_signal, processor;
  unsigned long rt_priority, policy;
  unsigned long long delayacct_blkio_ticks;
};
LAYOUT_SIZE (struct proc_stats, 552);
LAYOUT_AT (struct proc_stats, state, 260);
LAYOUT_AT (struct proc_stats, ppid, 264);
LAYOUT_AT (struct proc_stats, flags, 288);
LAYOUT_AT (struct proc_stats, starttime, 392);
LAYOUT_AT (struct proc_stats, exit_signal, 520);
LAYOUT_AT (struct proc_stats, delayacct_blkio_ticks, 544);

struct memory_stat {
  long long vm_size, vm_rss, vm_data, mem_free, swap_total, swap_free, swap_used, mem_cached;
};
LAYOUT_SIZE (struct memory_stat, 64);

struct md5_context {
  unsigned long total[2], state[4];
  unsigned char buffer[64], ipad[64], opad[64];
};
LAYOUT_SIZE (struct md5_context, 240);
LAYOUT_AT (struct md5_context, ipad, 112);

struct stats_buffer {
  char *buff;
  int pos, size, flags;
};
LAYOUT_SIZE (struct stats_buffer, 24);
LAYOUT_AT (struct stats_buffer, flags, 16);

struct event_timer {
  int h_idx, flags;
  int (*wakeup) (struct event_timer *et);
  double wakeup_time, real_wakeup_time;
};
LAYOUT_SIZE (struct event_timer, 32);
LAYOUT_AT (struct event_timer, wakeup_time, 16);

struct tl_in_state {
  int in_type;
  const void *in_methods;
  void *in, *in_mark;
  int in_remaining, in_pos, in_mark_pos, in_flags;
  char *error;
  int errnum;
  struct process_id in_pid_buf;
  struct process_id *in_pid;
};
LAYOUT_SIZE (struct tl_in_state, 80);
LAYOUT_AT (struct tl_in_state, in_remaining, 32);
LAYOUT_AT (struct tl_in_state, error, 48);
LAYOUT_AT (struct tl_in_state, errnum, 56);

struct tl_query_header {
  long long qid, actor_id;
  int flags, op, real_op, ref_cnt;
  void *qw_params;
};
LAYOUT_SIZE (struct tl_query_header, 40);
LAYOUT_AT (struct tl_query_header, ref_cnt, 28);

struct msg_buffers_chunk {
  int magic, buffer_size;
  void *free_buffer;
  struct msg_buffers_chunk *ch_next, *ch_prev, *ch_head;
  void *first_buffer;
  int two_power, tot_buffers, bs_inverse, bs_shift;
  void *free_block_queue;
  int thread_class, thread_subclass, refcnt, tot_chunks, free_buffers;
};
LAYOUT_SIZE (struct msg_buffers_chunk, 96);
LAYOUT_AT (struct msg_buffers_chunk, free_block_queue, 64);
LAYOUT_AT (struct msg_buffers_chunk, tot_chunks, 84);

struct msg_buffer {
  struct msg_buffers_chunk *chunk;
  int refcnt, magic;
};
LAYOUT_SIZE (struct msg_buffer, 16);

#endif
