/*
 * The proxy under test: a child process on loopback, with its files in a folder of its own.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_PROXY_H
#define LOAD_PROXY_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

enum { MAX_PROCESSES = 256 };

/* Starts it, on `cpus` if not null, and waits until it accepts clients and has its connections to the middle-end. */
void proxy_start (const char *command, int max_connections, const cpu_set_t *cpus);
/* Ends the proxy and its workers, and removes its files; prints the end of its log if the run has failed. */
void proxy_stop (void);
/* True, and the run fails, if the proxy has ended by itself. */
bool proxy_is_gone (void);
/* At once, from a signal handler. */
void proxy_kill (void);

pid_t proxy_pid (void);
int proxy_port (void);
/* The processes of its tree, at most MAX_PROCESSES. */
int proxy_processes (pid_t pids[MAX_PROCESSES]);

#endif
