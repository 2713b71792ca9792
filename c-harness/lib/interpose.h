/*
 * Functions between a provider and the C library, which control the texts of /proc files, the names of hosts, the process id, the clock
 * and stderr while a case runs. The program exports them (see exports.list), so that every shared object it loads calls them.
 * Outside a case they do what the C library does.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_INTERPOSE_H
#define HARNESS_INTERPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Until fake_proc_end, every path below /proc opens a file that holds `text`. It is a real file, so that the C library's
   own functions read it, fscanf included. */
void fake_proc_begin (const char *text, size_t len);
/* Until fake_proc_end, no path below /proc can be opened. */
void fake_proc_missing (void);
/* The last such path that was opened, "" for none. */
const char *fake_proc_path (void);
void fake_proc_end (void);

/* From now on /etc/hosts and /etc/hostname are the files hosts and hostname of the current folder, and the C library's
   resolver is ours: a name that starts with n has no entry, with l no list, with a an empty list, with s an IPv6 address
   only; all others have an IPv4 address. */
void fake_etc_begin (void);
/* The names that the C library's resolver was asked for since the last call, with the family of each. */
const char *fake_etc_asked (void);

void fake_pid (int pid);
void fake_time (long long seconds);
/* Sets gettimeofday's microseconds and the result of localtime_r; without `t` it fails. */
void fake_local_time (const struct tm *t, long usec);
void fake_clock_end (void);

/* Captures what is written to stderr, and returns it with its length at the end. Output through stdio is captured too, if
   it was begun with `stdio`, and follows the output of write. */
void catch_stderr_begin (void);
void catch_stdio_begin (void);
const char *catch_stdio_end (size_t *len);
const char *catch_stderr_end (size_t *len);

#endif
