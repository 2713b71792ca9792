/*
 * All families, and the names of what differs on purpose.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "function.h"

const struct family *const families[] = { &checksum_family, &digest_family, &process_id_family, &cpu_family,
                                          &clock_family,    &config_family, &tl_family,         &procfs_family,
                                          &log_prefix_family, &net_family,  &dropin_checksum_family,
                                          &dropin_digest_family, &dropin_config_family, &dropin_stats_family,
                                          &dropin_log_family, NULL };

/* Whose a difference is: the boundary's, the drop-in's; LIVE: no recorded vector meets it. */
enum { BOUNDARY = 1, DROP_IN = 2, LIVE = 4 };


static const struct {
  const char *name, *text;
  unsigned whose;
} differences[DIFFERENCES] = {
  [NO_DIFFERENCE] = { "", "", 0 },
  [PID_FOLDED] = { "pid-folded", "a process id above 65535 is folded into 16 bits; the original aborts",
                   BOUNDARY | DROP_IN },
  [FOREIGN_NOT_NEWER] = { "foreign-not-newer",
                          "process_id_is_newer over another ip or port is 0; the original aborts",
                          BOUNDARY | DROP_IN },
  [BLANK_IN_COMM] = { "blank-in-comm", "a stat name in parentheses may hold blanks; the original fails",
                      BOUNDARY | DROP_IN },
  [LONG_COMM_CUT] = { "long-comm-cut", "a stat name is cut at 255 bytes; the original overruns its array",
                      BOUNDARY | DROP_IN },
  [UNTOUCHED_ON_FAILURE] = { "untouched-on-failure",
                             "outputs stay untouched where a /proc text is refused; the original leaves part",
                             BOUNDARY | DROP_IN },
  [WRAPPED_MARKER_ENDS] = { "wrapped-marker-ends",
                            "RPC_REQ_ERROR_WRAPPED as an answer's marker ends the header; the original hangs",
                            BOUNDARY },
  [TIMER_WAIT_SATURATES] = { "timer-wait-saturates",
                             "a wait above INT32_MAX ms is INT32_MAX, NaN is 0; the original wraps, or aborts",
                             BOUNDARY },
  [TIMER_DUE_IS_ZERO] = { "timer-due-is-zero",
                          "the wait for a timer that is due is 0; the original fires it and says 100000",
                          BOUNDARY },
  [CLOCK_REFUSED] = { "clock-refused", "an unknown clock gives -1.0; the original aborts", BOUNDARY },
  [LENGTH_UNSIGNED] = { "length-unsigned",
                        "a CRC length above PTRDIFF_MAX changes nothing; the original digests its low bits",
                        BOUNDARY },
  [LENGTH_EMPTY] = { "negative-length-empty",
                     "SHA over a negative length is that of nothing; the original reads out of bounds, or aborts",
                     DROP_IN },
  [POWER_NEGATIVE] = { "negative-power-zero",
                       "gf32_pow with a negative exponent is 0; the original overruns its stack", DROP_IN },
  [NOTHING_TO_SEARCH] = { "nothing-to-search",
                          "crc32_find_corrupted_bit is -1 for a size up to -4; the original divides by 0, or aborts",
                          DROP_IN },
  [SHIFT_NOT_POSITIVE] = { "shift-not-positive",
                           "gf32_combine_* by no byte or less shift nothing; the original reads out of bounds",
                           DROP_IN | LIVE },
  [TABLE_UNALIGNED] = { "table-unaligned",
                        "gf32_compute_powers_clmul fills a table anywhere; the original aborts unless it is aligned",
                        DROP_IN },
  [TABLE_SINGULAR] = { "table-singular",
                       "gf32_compute_powers_generic fills a table that ends in 0; the original aborts after that",
                       DROP_IN | LIVE },
  [DESCRIPTOR_CLOSED] = { "descriptor-closed",
                          "load_config closes what it opened and cannot read; the original leaves it open",
                          DROP_IN | LIVE },
  [STAT_FILE_CUT] = { "stat-file-cut",
                      "of a stat file the first 4096 bytes are read, more than a kernel writes; the original reads all",
                      DROP_IN },
};

bool difference_of (enum difference d, const struct provider *ours) {
  return differences[d].whose & (ours->abi == &boundary_abi ? BOUNDARY : ours->drop_in ? DROP_IN : 0);
}

bool difference_recorded (enum difference d) {
  return !(differences[d].whose & LIVE);
}

const char *difference_name (enum difference d) {
  return differences[d].name;
}

const char *difference_text (enum difference d) {
  return differences[d].text;
}
