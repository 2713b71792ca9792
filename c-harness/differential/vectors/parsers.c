/*
 * Recorded results of the parsers: the config scanner, TL headers, /proc.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "interpose.h"
#include "legacy.h"
#include "tl_packet.h"
#include "vectors.h"

/* ---- config ---- */

/* The columns of one scanner: value, movement (leading blanks counted), line; 0 if there is none. */
static const struct {
  enum scanner scanner;
  size_t value, advance, line;
} config_columns[] = {
  { SCAN_SKIPSPC, 3, 4, 5 },       { SCAN_SKSPC, 6, 7, 0 },
  { SCAN_GETLEX, 8, 9, 10 },       { SCAN_GETWORD, 11, 0, 0 },
  { SCAN_GETSTR, 12, 0, 0 },       { SCAN_GETINT, 13, 14, 0 },
  { SCAN_GETINT_ZERO, 15, 16, 0 }, { SCAN_GETINT_SIGNED_ZERO, 17, 18, 0 },
};

static enum row_result config (struct row *row) {
  struct sample text = { 0 };
  enum row_result result = ROW_COMPARED;
  int line = (int) cell_int (row, 2);
  cell_bytes (row, 1, &text);
  long blanks = (long) strspn ((char *) text.data, " \t");
  for (size_t i = 0; i < sizeof (config_columns) / sizeof (config_columns[0]); i++) {
    enum scanner s = config_columns[i].scanner;
    struct scan_result r;
    if (row->p->lacks[scanner_ability (s)]) {
      continue;
    }
    if (row->p->abi->scan (row->p, s, (const char *) text.data, text.len, line, &r) < 0) {
      snprintf (row->why, sizeof (row->why), "%s fails", scanner_name (s));
      result = ROW_FAILED;
      break;
    }
    out_int (row, config_columns[i].value, r.value);
    if (config_columns[i].advance) {
      out_int (row, config_columns[i].advance, r.advance + (s >= SCAN_GETINT && s != SCAN_GETLEX ? blanks : 0));
    }
    if (config_columns[i].line) {
      out_int (row, config_columns[i].line, r.line);
    } else if (r.line != line) {
      snprintf (row->why, sizeof (row->why), "%s changes the line counter to %d", scanner_name (s), r.line);
      result = ROW_FAILED;
    }
  }
  sample_release (&text);
  return result;
}

/* ---- TL ---- */

/* note data ret op real_op flags qid actor_id errnum unread error */
static enum row_result tl_header (struct row *row, bool answer) {
  struct sample data = { 0 };
  struct tl_result r;
  if (lacks (row, answer ? CAN_TL_ANSWER : CAN_TL_QUERY)) {
    return ROW_SKIPPED;
  }
  cell_bytes (row, 1, &data);
  int status = row->p->abi->tl_header (row->p, answer, data.data, data.len, &r);
  if (status < 0 || r.error_len != (int) strlen (r.error)) {
    snprintf (row->why, sizeof (row->why), "call %d, error_len %d, \"%.200s\"", status, r.error_len, r.error);
    sample_release (&data);
    return ROW_FAILED;
  }
  out_int (row, 2, r.status < 0 ? -1 : r.consumed);
  out_int (row, 3, r.op);
  out_int (row, 4, r.real_op);
  out_int (row, 5, r.flags);
  out_int (row, 6, r.qid);
  out_int (row, 7, r.actor_id);
  out_int (row, 8, r.errnum);
  out_int (row, 9, (long long) data.len - r.consumed);
  out_text (row, 10, r.error);
  sample_release (&data);
  return ROW_COMPARED;
}

static enum row_result tl_query (struct row *row) {
  return tl_header (row, false);
}

static enum row_result tl_answer (struct row *row) {
  return tl_header (row, true);
}

struct answer_call {
  struct provider *p;
  struct sample *data;
};

static void answer_in_child (void *arg) {
  struct answer_call *call = arg;
  struct tl_result r;
  call->p->abi->tl_header (call->p, true, call->data->data, call->data->len, &r);
}

/* note data op real_op qid unread: the original never returns; ours ends the header at the marker. */
static enum row_result tl_hang (struct row *row) {
  struct sample data = { 0 };
  struct tl_result r;
  if (lacks (row, CAN_TL_ANSWER)) {
    return ROW_SKIPPED;
  }
  cell_bytes (row, 1, &data);
  if (!is_boundary (row) &&
      run_in_child (answer_in_child, &(struct answer_call) { row->p, &data }, 300) == CHILD_HUNG) {
    sample_release (&data);
    return skipped (row, "the original never returns, still");
  }
  int status = row->p->abi->tl_header (row->p, true, data.data, data.len, &r);
  long marker = wrapped_marker (data.data, data.len);
  out_int (row, 2, r.op);
  out_int (row, 3, r.real_op);
  out_int (row, 4, r.qid);
  out_int (row, 5, (long long) data.len - r.consumed);
  snprintf (row->why, sizeof (row->why), "call %d, status %d, consumed %d, errnum %d, error \"%.100s\"", status,
            r.status, r.consumed, r.errnum, r.error);
  sample_release (&data);
  row->difference = WRAPPED_MARKER_ENDS;
  bool ended = status == 0 && r.status == 0 && r.consumed == marker && r.errnum == 0 && r.error_len == 0 &&
               r.flags == 0 && r.actor_id == 0 && !r.error[0];
  return ended ? ROW_COMPARED : ROW_FAILED;
}

/* fn data flags_in ret flags_out errnum unread error: legacy names only. */
static enum row_result tl_flags (struct row *row) {
  struct sample data = { 0 };
  struct tl_in_state in = { 0 };
  struct tl_query_header h = { 0 };
  if (lacks (row, CAN_TL_FLAGS)) {
    return ROW_SKIPPED;
  }
  cell_bytes (row, 1, &data);
  h.flags = (int) cell_int (row, 2);
  row->p->legacy->tlf_init_str (&in, (const char *) data.data, (int) data.len);
  tl_parse_t *f =
      cell_is (row, 0, "tlf_query_flags") ? row->p->legacy->tlf_query_flags : row->p->legacy->tlf_query_answer_flags;
  out_int (row, 3, f (&in, &h));
  out_int (row, 4, h.flags);
  out_int (row, 5, in.errnum);
  out_int (row, 6, in.in_remaining);
  out_text (row, 7, in.error ? in.error : "");
  free (in.error);
  sample_release (&data);
  return ROW_COMPARED;
}

/* ---- /proc ---- */

static const char stat_columns[] =
    "note text rc pid comm state ppid pgrp session tty_nr tpgid flags minflt cminflt majflt cmajflt utime stime cutime "
    "cstime priority nice num_threads itrealvalue starttime vsize rss rlim startcode endcode startstack kstkesp kstkeip "
    "signal blocked sigignore sigcatch wchan nswap cnswap exit_signal processor rt_priority policy "
    "delayacct_blkio_ticks";

/* The columns that hold signed numbers; from cutime to itrealvalue, and rss, they are 64 bits wide. */
static bool signed_column (size_t column) {
  return column <= 10 || (column >= 18 && column <= 23) || column == 26 || column == 40 || column == 41;
}

enum { STAT_FILE = 4096 };

/* A text that the original refused, or overran: ours must read it as it reads the corrected text. */
static enum row_result stat_difference (struct row *row, struct sample *text, const struct outcome *got,
                                        enum difference wanted) {
  struct outcome refused;
  outcome_clear (&refused);
  outcome_add (&refused, -1);
  outcome_add (&refused, 0);
  struct meeting m = { text, row->p, row->p, got, &refused, false };
  enum difference seen = explain_stat (&m);
  if (!seen || (wanted && seen != wanted)) {
    snprintf (row->why, sizeof (row->why), "%s what the original does not read, and no difference explains it",
              got->value[0] == 0 ? "reads" : "refuses");
    return ROW_FAILED;
  }
  return on_purpose (row, seen, m.exact);
}

static enum row_result proc_stat (struct row *row) {
  struct sample text = { 0 };
  struct outcome o;
  if (lacks (row, CAN_STAT_TEXT)) {
    return ROW_SKIPPED;
  }
  cell_bytes (row, 1, &text);
  outcome_clear (&o);
  run_stat (row->p, &text, &o);
  bool mends = differs (row, BLANK_IN_COMM), recorded = cell_is (row, 2, "1");
  enum row_result result = ROW_COMPARED;
  if (mends && cell_is (row, 0, "comm_overflow")) {
    result = stat_difference (row, &text, &o, LONG_COMM_CUT);
  } else if (mends && !is_boundary (row) && recorded && text.len > STAT_FILE) {
    struct outcome cut;
    outcome_clear (&cut);
    text.len = STAT_FILE;
    text.data[text.len] = 0;
    run_stat (row->p, &text, &cut);
    result = on_purpose (row, STAT_FILE_CUT, outcome_equal (&o, &cut));
  } else if (mends && !recorded) {
    result = stat_difference (row, &text, &o, NO_DIFFERENCE);
  } else {
    out_int (row, 2, o.value[0] == 0);
    for (size_t i = 3; o.value[0] == 0 && i < row->columns; i++) {
      /* The outcome: status, touched, pid, state, ppid, ... */
      int64_t v = i == 3 ? o.value[2] : o.value[i - 2];
      if (i == 4) {
        out_hex (row, i, o.text, o.text_len);
      } else if (signed_column (i)) {
        out_int (row, i, v);
      } else {
        out_unsigned (row, i, (unsigned long long) v);
      }
    }
  }
  sample_release (&text);
  return result;
}

/* pid tid path */
static enum row_result proc_stat_path (struct row *row) {
  struct proc_stats t;
  bool touched;
  if (lacks (row, CAN_STAT_FILE)) {
    return ROW_SKIPPED;
  }
  fake_proc_begin ("", 0);
  fake_proc_missing ();
  row->p->abi->stat_file (row->p, (int) cell_int (row, 0), (int) cell_int (row, 1), &t, &touched);
  fake_proc_end ();
  out_text (row, 2, fake_proc_path ());
  return ROW_COMPARED;
}

/* note text m page_size rc values */
static enum row_result statm (struct row *row) {
  static const long long FILLER = 0x5aa5a55a5aa5a55a;
  struct sample text = { 0 };
  long long values[8];
  bool touched = false;
  if (lacks (row, CAN_STATM)) {
    return ROW_SKIPPED;
  }
  for (int i = 0; i < 8; i++) {
    values[i] = FILLER;
  }
  cell_bytes (row, 1, &text);
  int status = row->p->abi->statm (row->p, (const char *) text.data, text.len, (int) cell_int (row, 2),
                                   (long) cell_int (row, 3), values, &touched);
  sample_release (&text);
  out_int (row, 4, status < 0 ? -1 : status);
  if (is_boundary (row) && status < 0) {
    row->difference = UNTOUCHED_ON_FAILURE;
    snprintf (row->why, sizeof (row->why), "the refused text left something in the output");
    return touched ? ROW_FAILED : ROW_COMPARED;
  }
  char list[300] = "";
  size_t n = 0;
  for (int i = 0; i < 8 && values[i] != FILLER; i++) {
    n += (size_t) snprintf (list + n, sizeof (list) - n, "%s%lld", i ? "," : "", values[i]);
  }
  out_text (row, 5, list);
  return ROW_COMPARED;
}

/* note text rc mem_free mem_cached swap_total swap_free swap_used */
static enum row_result meminfo (struct row *row) {
  struct sample text = { 0 };
  struct memory_summary m;
  bool touched = false;
  if (lacks (row, CAN_MEMINFO)) {
    return ROW_SKIPPED;
  }
  cell_bytes (row, 1, &text);
  int status = row->p->abi->meminfo (row->p, (const char *) text.data, text.len, &m, &touched);
  sample_release (&text);
  out_int (row, 2, status < 0 ? -1 : status);
  if (differs (row, UNTOUCHED_ON_FAILURE) && status < 0) {
    row->difference = UNTOUCHED_ON_FAILURE;
    snprintf (row->why, sizeof (row->why), "the refused text left something in the output");
    return touched ? ROW_FAILED : ROW_COMPARED;
  }
  if (status == 0) {
    out_int (row, 3, m.mem_free);
    out_int (row, 4, m.mem_cached);
    out_int (row, 5, m.swap_total);
    out_int (row, 6, m.swap_free);
    out_int (row, 7, (long long) ((unsigned long long) m.swap_total - (unsigned long long) m.swap_free));
  }
  snprintf (row->why, sizeof (row->why), "found_mask %d on success", m.found_mask);
  return status == 0 && m.found_mask != 15 ? ROW_FAILED : ROW_COMPARED;
}

const struct vector_file parser_files[] = {
  { "config.tsv", "config",
    "note text lno skipspc_ch skipspc_adv skipspc_lno skspc_ch skspc_adv getlex getlex_adv getlex_lno getword getstr "
    "getint getint_adv getint_zero getint_zero_adv getint_signed_zero getint_signed_zero_adv",
    config },
  { "tl_query.tsv", "tl", "note data ret op real_op flags qid actor_id errnum unread error", tl_query },
  { "tl_answer.tsv", "tl", "note data ret op real_op flags qid actor_id errnum unread error", tl_answer },
  { "tl_answer_hang.tsv", "tl", "note data op real_op qid unread", tl_hang },
  { "tl_flags.tsv", "tl", "fn data flags_in ret flags_out errnum unread error", tl_flags },
  { "proc_stat.tsv", "procfs", stat_columns, proc_stat },
  { "proc_stat_path.tsv", "procfs", "pid tid path", proc_stat_path },
  { "statm.tsv", "procfs", "note text m page_size rc values", statm },
  { "meminfo.tsv", "procfs", "note text rc mem_free mem_cached swap_total swap_free swap_used", meminfo },
  { 0 },
};
