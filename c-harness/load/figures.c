/*
 * The figures of one measurement: see figures.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "figures.h"

#include <math.h>
#include <unistd.h>

#include "latency.h"

#define SENDS (1u << PING_PONG | 1u << PIPELINE | 1u << CONNECT)
#define SILENT (1u << IDLE | 1u << IDLE_CLIENTS)

static const struct {
  const char *key, *label, *per_connection; /* the label of --connect-rate, where it differs */
  int digits;
  unsigned main; /* kinds of modes */
} table[FIGURES] = {
  [CPU_MESSAGE] = { "proxy_cpu_us_per_message", "CPU per message, µs", "CPU per connection, µs", 2, SENDS },
  [RELAY] = { "relay_cpu_us_per_message", "  of it, what a bare relay needs, µs", NULL, 2, 1u << PING_PONG },
  [RATE] = { "per_second", "messages per second", "connections per second", 0, SENDS },
  [GBIT] = { "gbit_per_second", "payload both ways, Gbit/s", NULL, 3, 0 },
  [P50] = { "latency_p50_us", "latency, median, µs", NULL, 1, 1u << PING_PONG | 1u << CONNECT },
  [P99] = { "latency_p99_us", "latency, 99th percentile, µs", NULL, 1, 1u << PING_PONG | 1u << CONNECT },
  [P999] = { "latency_p999_us", "latency, 99.9th percentile, µs", NULL, 1, 0 },
  [GREATEST] = { "latency_max_us", "latency, greatest, µs", NULL, 1, 0 },
  [WAKEUPS_MESSAGE] = { "proxy_wakeups_per_message", "wake-ups per message", "wake-ups per connection", 3,
                        1u << PING_PONG | 1u << CONNECT },
  [WAKEUPS] = { "proxy_wakeups_per_second", "wake-ups per second", NULL, 1, SILENT },
  [CPU_PERCENT] = { "proxy_cpu_percent", "CPU, % of a core", NULL, 2, SILENT },
  [RSS] = { "proxy_rss_mib", "resident memory, MiB", NULL, 2, SILENT },
  [PEAK] = { "proxy_peak_rss_mib", "resident memory, greatest, MiB", NULL, 2, SENDS },
  [RSS_CLIENT] = { "proxy_rss_kib_per_client", "resident memory per client, KiB", NULL, 2, 1u << IDLE_CLIENTS },
  [SWITCHED_MESSAGE] = { "proxy_preemptions_per_message", "involuntary switches per message",
                         "involuntary switches per connection", 3, 0 },
  [SWITCHED] = { "proxy_preemptions_per_second", "involuntary switches per second", NULL, 1, 0 },
  [READS] = { "proxy_reads_per_message", "read calls per message", "read calls per connection", 3, 0 },
  [WRITES] = { "proxy_writes_per_message", "write calls per message", "write calls per connection", 3, 0 },
  [SYSCALLS] = { "proxy_syscalls_per_message", "system calls per message", "system calls per connection", 2, 0 },
  [WAITING] = { "proxy_wait_percent", "runnable but waiting for a core, %", NULL, 2, 0 },
  [GENERATOR] = { "generator_cpu_percent", "generator's CPU, % of a core", NULL, 1, 0 },
  [MIDDLE_END] = { "middle_end_cpu_percent", "  of which the middle-end", NULL, 1, 0 },
  [OTHERS] = { "others_cpu_percent", "other processes' CPU, % of a core", NULL, 1, 0 },
  [STOLEN] = { "machine_steal_percent", "CPU stolen from the machine, %", NULL, 2, 0 },
};

const char *figure_key (enum figure f) {
  return table[f].key;
}

const char *figure_label (enum figure f, enum kind kind) {
  return kind == CONNECT && table[f].per_connection ? table[f].per_connection : table[f].label;
}

int figure_digits (enum figure f) {
  return table[f].digits;
}

bool figure_is_main (enum figure f, enum kind kind) {
  return table[f].main >> kind & 1;
}

bool figure_compares (enum figure f) {
  return f < WAITING && f != RELAY;
}

void figures_fill (const struct mode *m, const struct sample *from, const struct sample *to, double x[FIGURES]) {
#define DELTA(f) ((double) (to->f - from->f))
  double s = DELTA (time) / 1e9, n = DELTA (done);
  x[CPU_PERCENT] = 100 * DELTA (cpu) / 1e9 / s;
  x[WAITING] = 100 * DELTA (wait) / 1e9 / s;
  x[GENERATOR] = 100 * DELTA (generator) / 1e9 / s;
  x[MIDDLE_END] = 100 * DELTA (middle_end) / 1e9 / s;
  double all = 100 * DELTA (busy) / (double) sysconf (_SC_CLK_TCK) / s;
  x[OTHERS] = fmax (0, all - x[CPU_PERCENT] - x[GENERATOR]);
  x[STOLEN] = to->ticks > from->ticks ? 100 * DELTA (steal) / DELTA (ticks) : NAN;
  x[RSS] = (double) to->rss / (1 << 20);
  x[PEAK] = (double) to->peak / (1 << 20);
  x[WAKEUPS] = DELTA (voluntary) / s;
  x[SWITCHED] = DELTA (involuntary) / s;
  if (!mode_sends (m)) {
    return;
  }
  x[RATE] = n / s;
  x[GBIT] = m->kind == CONNECT ? NAN : 2 * 8 * DELTA (bytes) / s / 1e9;
  x[CPU_MESSAGE] = DELTA (cpu) / 1000 / n;
  x[WAKEUPS_MESSAGE] = DELTA (voluntary) / n;
  x[SWITCHED_MESSAGE] = DELTA (involuntary) / n;
  if (to->reads > from->reads) {
    x[READS] = DELTA (reads) / n;
    x[WRITES] = DELTA (writes) / n;
  }
  if (syscalls_are_counted ()) {
    x[SYSCALLS] = DELTA (syscalls) / n;
  }
  x[P50] = latency_quantile (0.5);
  x[P99] = latency_quantile (0.99);
  x[P999] = latency_quantile (0.999);
  x[GREATEST] = latency_greatest ();
#undef DELTA
}
