/*
 * The two halves of the legacy ABI's adapters.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_LEGACY_ADAPTERS_H
#define DIFFERENTIAL_LEGACY_ADAPTERS_H

#include "legacy.h"
#include "provider.h"

#define F(p) ((p)->legacy)

int legacy_stat_text (struct provider *p, const char *text, size_t len, struct proc_stats *out, bool *touched);
int legacy_stat_file (struct provider *p, int pid, int tid, struct proc_stats *out, bool *touched);
int legacy_statm (struct provider *p, const char *text, size_t len, int m, long page, long long *values, bool *touched);
int legacy_meminfo (struct provider *p, const char *text, size_t len, struct memory_summary *out, bool *touched);
int legacy_log_prefix (struct provider *p, const struct log_fields *fields, char *out, size_t room);
int legacy_timer_wait (struct provider *p, double wakeup, double now, struct timer_result *out);
int legacy_buffer_class (struct provider *p, const int *sizes, int count, int hint);
int legacy_queue (struct provider *p, enum queue_op op, void *queue, void **item);
int legacy_jobs (struct provider *p, enum jobs_op op, struct jobs_call *c);

#endif
