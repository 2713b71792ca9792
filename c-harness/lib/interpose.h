/*
 * What the harness puts between a provider and the C library while a case runs: texts of /proc files, the process id,
 * the clock and what is written to stderr. The functions are exported from the program (see exports.list), so that
 * every shared object it loads calls them; outside a case they do what the C library does.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_INTERPOSE_H
#define HARNESS_INTERPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Every path below /proc opens as a file that holds `text`, until fake_proc_end. A real file: what reads it, fscanf
   included, is the C library's own. */
void fake_proc_begin (const char *text, size_t len);
/* ... or cannot be opened. */
void fake_proc_missing (void);
/* The last such path that was opened, "" for none. */
const char *fake_proc_path (void);
void fake_proc_end (void);

void fake_pid (int pid);
void fake_time (long long seconds);
/* gettimeofday's microseconds, and what localtime_r fills in. */
void fake_local_time (const struct tm *t, long usec);
void fake_clock_end (void);

/* Keeps what is written to stderr; returns it with its length at the end. What stdio is given is kept as well, where
   `stdio` was begun, and comes after what write is. */
void catch_stderr_begin (void);
void catch_stdio_begin (void);
const char *catch_stdio_end (size_t *len);
const char *catch_stderr_end (size_t *len);

#endif
