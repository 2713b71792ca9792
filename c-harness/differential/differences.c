/*
 * The deliberate differences: see differences.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "differences.h"

#include <inttypes.h>

#include "calls.h"

/* Which API has the difference: the boundary, the drop-in. LIVE: no recorded vector meets it. */
enum { BOUNDARY = 1, DROP_IN = 2, LIVE = 4 };

static const struct {
  const char *name, *text;
  unsigned whose;
} differences[DIFFERENCES] = {
  [NO_DIFFERENCE] = { "", "", 0 },
  [PID_FOLDED] = { "pid-folded", "a process id above 65535 is folded into 16 bits; the original aborts",
                   BOUNDARY | DROP_IN },
  [FOREIGN_NOT_NEWER] = { "foreign-not-newer", "process_id_is_newer over another ip or port is 0; the original aborts",
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
                            BOUNDARY | DROP_IN },
  [TIMER_WAIT_SATURATES] = { "timer-wait-saturates",
                             "a wait above INT32_MAX ms is INT32_MAX, NaN is no wait; the original wraps, or aborts",
                             BOUNDARY | DROP_IN },
  [TIMER_DUE_IS_ZERO] = { "timer-due-is-zero",
                          "the wait for a timer that is due is 0; the original fires it and says 100000", BOUNDARY },
  [CLOCK_REFUSED] = { "clock-refused", "an unknown clock gives -1.0; the original aborts", BOUNDARY },
  [LENGTH_UNSIGNED] = { "length-unsigned",
                        "a CRC length above PTRDIFF_MAX changes nothing; the original digests its low bits", BOUNDARY },
  [LENGTH_EMPTY] = { "negative-length-empty",
                     "SHA over a negative length is that of nothing; the original reads out of bounds, or aborts",
                     DROP_IN },
  [POWER_NEGATIVE] = { "negative-power-zero", "gf32_pow with a negative exponent is 0; the original overruns its stack",
                       DROP_IN },
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

static struct {
  uint64_t cases, inexact;
} met[DIFFERENCES];

void difference_met (struct verdict_row *row, enum difference d, bool exact) {
  met[d].cases++;
  met[d].inexact += !exact;
  row->explained++;
}

static bool gone (int d, const struct provider *ours, enum must_meet must) {
  return !met[d].cases && must != MEET_ANY && difference_of (d, ours) && (must == MEET_ALL || difference_recorded (d));
}

/* Returns how many failed: not as described, or not met although they must be. */
static int print_differences (const struct provider *ours, enum must_meet must) {
  int failed = 0;
  bool heading = false;
  for (int d = 1; d < DIFFERENCES; d++) {
    if (!met[d].cases && !gone (d, ours, must)) {
      continue;
    }
    printf ("%s", heading ? "" : "\n  deliberate differences\n");
    heading = true;
    const char *state = met[d].inexact ? "NOT AS DESCRIBED" : met[d].cases ? "as described" : "GONE";
    failed += met[d].inexact || !met[d].cases;
    printf ("  %-24s %10" PRIu64 "  %s: %s\n", difference_name (d), met[d].cases, state, difference_text (d));
  }
  return failed;
}

static void write_differences (FILE *f) {
  fprintf (f, ",\n  \"differences\": [");
  for (int d = 1; d < DIFFERENCES; d++) {
    fprintf (f, "%s\n    { \"name\": \"%s\", \"cases\": %" PRIu64 ", \"inexact\": %" PRIu64 " }", d > 1 ? "," : "",
             difference_name (d), met[d].cases, met[d].inexact);
  }
  fprintf (f, "\n  ]");
}

int comparison_finish (const struct options *o, const struct provider *ours, enum must_meet must) {
  verdict_print ();
  int failed = print_differences (ours, must);
  if (failed) {
    printf ("\n%d of the deliberate differences are not what they should be\n", failed);
  }
  /* Of a part of the cases not all functions are to be expected. */
  bool whole = must != MEET_ANY && !o->cases && !o->line;
  int missed = whole ? calls_print (ours) : 0;
  if (missed) {
    printf ("\n%d functions were never called\n", missed);
  }
  return verdict_finish (o, failed + missed, write_differences);
}
