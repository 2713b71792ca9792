/*
 * All families, and the names of what differs on purpose.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "function.h"

const struct family *const families[] = { &checksum_family, &digest_family, &process_id_family, &cpu_family,
                                          &clock_family,    &config_family, &tl_family,         &procfs_family,
                                          &log_prefix_family, &net_family,  NULL };

static const struct {
  const char *name, *text;
} differences[DIFFERENCES] = {
  [NO_DIFFERENCE] = { "", "" },
  [PID_FOLDED] = { "pid-folded", "a process id above 65535 is folded into 16 bits; the original aborts" },
  [FOREIGN_NOT_NEWER] = { "foreign-not-newer",
                          "process_id_is_newer over another ip or port is 0; the original aborts" },
  [BLANK_IN_COMM] = { "blank-in-comm", "a stat name in parentheses may hold blanks; the original fails" },
  [LONG_COMM_CUT] = { "long-comm-cut", "a stat name is cut at 255 bytes; the original overruns its array" },
  [UNTOUCHED_ON_FAILURE] = { "untouched-on-failure",
                             "outputs stay untouched where a /proc text is refused; the original leaves part" },
  [WRAPPED_MARKER_ENDS] = { "wrapped-marker-ends",
                            "RPC_REQ_ERROR_WRAPPED as an answer's marker ends the header; the original hangs" },
  [TIMER_WAIT_SATURATES] = { "timer-wait-saturates",
                             "a wait above INT32_MAX ms is INT32_MAX, NaN is 0; the original wraps, or aborts" },
  [TIMER_DUE_IS_ZERO] = { "timer-due-is-zero",
                          "the wait for a timer that is due is 0; the original fires it and says 100000" },
  [CLOCK_REFUSED] = { "clock-refused", "an unknown clock gives -1.0; the original aborts" },
  [LENGTH_UNSIGNED] = { "length-unsigned",
                        "a CRC length above PTRDIFF_MAX changes nothing; the original digests its low bits" },
};

bool difference_of_boundary (enum difference d) {
  return d == UNTOUCHED_ON_FAILURE || d == TIMER_WAIT_SATURATES || d == TIMER_DUE_IS_ZERO || d == LENGTH_UNSIGNED;
}

const char *difference_name (enum difference d) {
  return differences[d].name;
}

const char *difference_text (enum difference d) {
  return differences[d].text;
}
