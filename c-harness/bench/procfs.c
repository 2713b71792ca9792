/*
 * /proc texts and the log prefix. The original parses them in functions that open the file (or write the line)
 * themselves, so for the parsing alone a stand-in makes the libc calls that it makes, on the same text: one sscanf for
 * the stat line, strtok and a sscanf per wanted line for meminfo, strtoll for statm, snprintf for the log prefix. The
 * stat file is also read whole, by both.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

/* Both libraries' structures have one layout. */
typedef struct proc_stats stat_t;
_Static_assert (sizeof (stat_t) == sizeof (mtproxy_ffi_proc_stats_t), "stat results are laid out alike");
#define STAT ((stat_t *) (void *) w->out)
#define OUR_STAT ((mtproxy_ffi_proc_stats_t *) (void *) w->out)

CALLS (ours_stat, sum += (uint64_t) ours.parse_proc_stat_line (w->text, w->len, OUR_STAT))
CALLS (
    libc_stat, stat_t *s = STAT;
    sum +=
    42 -
    (uint64_t) sscanf (
        w->text,
        "%d %s %c %d %d %d %d %d %lu %lu %lu %lu %lu %lu %lu %ld %ld %ld %ld %ld %ld %lu %lu %ld %lu %lu %lu %lu %lu "
        "%lu %lu %lu %lu %lu %lu %lu %lu %d %d %lu %lu %llu",
        &s->pid, s->comm, (char *) &s->state, &s->ppid, &s->pgrp, &s->session, &s->tty_nr, &s->tpgid, &s->flags,
        &s->minflt, &s->cminflt, &s->majflt, &s->cmajflt, &s->utime, &s->stime, &s->cutime, &s->cstime, &s->priority,
        &s->nice, &s->num_threads, &s->itrealvalue, &s->starttime, &s->vsize, &s->rss, &s->rlim, &s->startcode,
        &s->endcode, &s->startstack, &s->kstkesp, &s->kstkeip, &s->signal, &s->blocked, &s->sigignore, &s->sigcatch,
        &s->wchan, &s->nswap, &s->cnswap, &s->exit_signal, &s->processor, &s->rt_priority, &s->policy,
        (unsigned long long *) &s->delayacct_blkio_ticks))
CALLS (ours_stat_file, sum += (uint64_t) ours.read_proc_stat_file ((int32_t) w->number, 0, OUR_STAT))
CALLS (original_stat_file, sum += 1 - (uint64_t) original.read_proc_stats ((int) w->number, 0, STAT))

/* Without the padding, whose bytes are unspecified. */
static uint64_t stat_value (const struct work *w) {
  const stat_t *s = (const stat_t *) (const void *) w->out;
  uint64_t h = strlen (s->comm) + (uint64_t) s->state * 31 + (uint64_t) s->ppid * 37;
  const unsigned long *fields = &s->flags;
  for (int i = 0; i < 29; i++) {
    h = h * 1000003 ^ fields[i];
  }
  return h * 1000003 ^ (uint64_t) s->exit_signal ^ (uint64_t) s->policy ^ s->delayacct_blkio_ticks;
}

/* Only the fields that do not change while the process runs. */
static uint64_t own_stat_value (const struct work *w) {
  const stat_t *s = (const stat_t *) (const void *) w->out;
  return (uint64_t) s->pid + s->starttime * 65537 + (uint64_t) s->num_threads;
}

CALLS (ours_statm, sum += (uint64_t) ours.parse_statm (w->text, w->len, 6, 4096, (int64_t *) (void *) w->out))
CALLS (
    libc_statm, long long *values = (long long *) (void *) w->out; char *at = w->text; for (int k = 0; k < 6; k++) {
      char *end;
      errno = 0;
      values[k] = strtoll (at, &end, 10);
      if (end == at || errno) {
        sum++;
        break;
      }
      values[k] *= 4096;
      at = end;
    })

#define SUMMARY ((mtproxy_ffi_meminfo_summary_t *) (void *) w->out)
CALLS (ours_meminfo, sum += (uint64_t) ours.parse_meminfo_summary (w->text, w->len, SUMMARY))
CALLS (
    libc_meminfo, char copy[4096]; memcpy (copy, w->text, w->len + 1);
    static const char *const names[] = { "MemFree:", "Cached:", "SwapTotal:", "SwapFree:" };
    static const int bits[] = { 1, 8, 2, 4 };
    int64_t *const values[] = { &SUMMARY->mem_free, &SUMMARY->mem_cached, &SUMMARY->swap_total, &SUMMARY->swap_free };
    int found = 0; for (char *line = strtok (copy, "\n"); line && found != 15; line = strtok (NULL, "\n")) {
      for (int k = 0; k < 4; k++) {
        size_t n = strlen (names[k]);
        long long value;
        char unit[32];
        if (*line == *names[k] && !strncmp (line, names[k], n)) {
          if (sscanf (line + n, "%lld%31s", &value, unit) == 2 && !strcmp (unit, "kB")) {
            *values[k] = value * 1024;
            found |= bits[k];
          }
          break;
        }
      }
    } SUMMARY->found_mask = found)

static uint64_t meminfo_value (const struct work *w) {
  const mtproxy_ffi_meminfo_summary_t *s = (const mtproxy_ffi_meminfo_summary_t *) (const void *) w->out;
  return (uint64_t) (s->mem_free + s->mem_cached * 3 + s->swap_total * 5 + s->swap_free * 7 + s->found_mask);
}

CALLS (ours_prefix, sum += (uint64_t) ours.format_log_prefix (12345, 2024, 2, 29, 23, 59, (int32_t) (i % 60), 4567,
                                                              (char *) w->out, 128))
CALLS (libc_prefix, sum += (uint64_t) snprintf ((char *) w->out, 128, "[%d][%4d-%02d-%02d %02d:%02d:%02d.%06d local] ",
                                                12345, 2024, 2, 29, 23, 59, (int) (i % 60), 4567))

static size_t put_meminfo (char *text) {
  static const char *const names[] = {
    "MemTotal",      "MemFree",        "MemAvailable",   "Buffers",       "Cached",
    "SwapCached",    "Active",         "Inactive",       "Active(anon)",  "Inactive(anon)",
    "Active(file)",  "Inactive(file)", "Unevictable",    "Mlocked",       "SwapTotal",
    "SwapFree",      "Zswap",          "Zswapped",       "Dirty",         "Writeback",
    "AnonPages",     "Mapped",         "Shmem",          "KReclaimable",  "Slab",
    "SReclaimable",  "SUnreclaim",     "KernelStack",    "PageTables",    "SecPageTables",
    "NFS_Unstable",  "Bounce",         "WritebackTmp",   "CommitLimit",   "Committed_AS",
    "VmallocTotal",  "VmallocUsed",    "VmallocChunk",   "Percpu",        "HardwareCorrupted",
    "AnonHugePages", "ShmemHugePages", "ShmemPmdMapped", "FileHugePages", "FilePmdMapped",
    "Unaccepted",    "Hugepagesize",   "Hugetlb",        "DirectMap4k",   "DirectMap2M",
    "DirectMap1G",
  };
  size_t n = 0;
  unsigned value = 32768000;
  for (size_t i = 0; i < sizeof (names) / sizeof (names[0]); i++) {
    n += (size_t) sprintf (text + n, "%s:%*u kB\n", names[i], (int) (23 - strlen (names[i])), value);
    value = value * 3 / 4 + (unsigned) i;
  }
  return n;
}

void bench_procfs (void) {
  static char stat[] =
      "28451 (mtproto-proxy) S 1 28451 28451 0 -1 4194560 18375 0 12 0 48210 91734 0 0 20 0 17 0 91837465 "
      "1483923456 38291 18446744073709551615 94738458943488 94738459963369 140730911703072 0 0 0 0 4096 17583 0 0 0 17 "
      "3 0 0 0 0 0 94738460079376 94738460180992 94739200319488 140730911705601 140730911705621 140730911705621 "
      "140730911707115 0\n";
  static char statm[] = "362286 38291 1802 249 0 88120 0\n", meminfo[4096];
  static struct work stat_work, file_work, statm_work, meminfo_work, prefix_work;
  stat_work.text = stat;
  stat_work.len = sizeof (stat) - 1;
  statm_work.text = statm;
  statm_work.len = sizeof (statm) - 1;
  meminfo_work.text = meminfo;
  meminfo_work.len = put_meminfo (meminfo);
  file_work.number = getpid ();
  const struct bout b[] = {
    { .family = "procfs",
      .function = "stat",
      .label = "parsing",
      .size = stat_work.len,
      .work = &stat_work,
      .run = { [OURS] = ours_stat, [LIBC] = libc_stat },
      .value = { [OURS] = stat_value, [LIBC] = stat_value } },
    { .family = "procfs",
      .function = "stat_file",
      .label = "open, read, parse, close",
      .size = 0,
      .work = &file_work,
      .run = { [OURS] = ours_stat_file, [ORIGINAL] = IF (original.read_proc_stats, original_stat_file) },
      .value = { [OURS] = own_stat_value, [ORIGINAL] = own_stat_value } },
    { .family = "procfs",
      .function = "meminfo",
      .label = "parsing",
      .size = meminfo_work.len,
      .work = &meminfo_work,
      .run = { [OURS] = ours_meminfo, [LIBC] = libc_meminfo },
      .value = { [OURS] = meminfo_value, [LIBC] = meminfo_value } },
    { .family = "procfs",
      .function = "statm",
      .label = "parsing",
      .size = statm_work.len,
      .work = &statm_work,
      .out_len = 48,
      .run = { [OURS] = ours_statm, [LIBC] = libc_statm } },
    { .family = "procfs",
      .function = "log_prefix",
      .label = "formatting",
      .size = 0,
      .work = &prefix_work,
      .out_len = 48,
      .run = { [OURS] = ours_prefix, [LIBC] = libc_prefix } },
  };
  for (size_t i = 0; i < sizeof (b) / sizeof (b[0]); i++) {
    compete (&b[i]);
  }
}
