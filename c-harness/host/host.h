/*
 * The host: a C program shaped like the legacy proxy, which uses every function of the library on real input.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HOST_H
#define HOST_H

#include <stddef.h>

#include "boundary_weak.h"

/* table.c: one row for each function */

/* Sets the result that the row of a function shows. */
void report (const char *function, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* Checks a condition that the host relies on. A failure is printed and counted. Returns `holds`. */
int expect (int holds, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* Names the unbound functions on stderr, and returns their number. */
int count_unbound (void);

/* Prints the table. Returns the number of failed expectations. */
int print_table (void);

/* Bytes as hex, in a static buffer. */
const char *hex (const unsigned char *bytes, size_t len);

/* The stages, in the order of start-up. Each shows what it does and reports the functions it uses. */
int start_up (void);                                        /* startup.c: 0, or negative: do not go on */
void use_config (const char *path);                         /* config.c */
void use_digests (const unsigned char *data, size_t len);   /* digests.c */
void use_procfs (void);                                     /* procfs.c */
void use_tl (void);                                         /* tl.c */
void use_process (void);                                    /* process.c: identity, CPU, clocks, log prefix */
void use_net (void);                                        /* net.c */
void use_queue (void);                                      /* queue.c */
void use_jobs (void);                                       /* jobs.c */

#endif
