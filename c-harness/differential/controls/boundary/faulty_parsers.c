/*
 * Wrappers of the functions that parse text and packets.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "faulty_provider.h"

/* ---- config ---- */

typedef mtproxy_ffi_cfg_scan_result_t scan_result;
typedef mtproxy_ffi_cfg_int_result_t int_result;

int32_t mtproxy_ffi_cfg_skipspc (const char *cur, size_t len, int32_t line_no, scan_result *out) {
  char *copy = NULL;
  if (fault ("comment_past_nul") && (copy = malloc (len + 1))) {
    memcpy (copy, cur, len);
    for (size_t i = 0; i < len; i++) {
      /* The fault: a NUL in a comment does not end the text. */
      bool comment = false;
      for (size_t j = i; j-- > 0 && copy[j] != '\n';) {
        comment = comment || copy[j] == '#';
      }
      copy[i] = comment && !copy[i] ? 'x' : copy[i];
    }
  }
  int32_t status = real.cfg_skipspc (copy ? copy : cur, len, line_no, out);
  free (copy);
  if (fault ("line_not_wrapping") && out->line_no < line_no) {
    out->line_no = INT32_MAX;
  }
  return status;
}

int32_t mtproxy_ffi_cfg_skspc (const char *cur, size_t len, int32_t line_no, scan_result *out) {
  const char *tab = fault ("tab_not_blank") && len ? memchr (cur, '\t', len) : NULL;
  int32_t status = real.cfg_skspc (cur, len, line_no, out);
  if (tab && (size_t) (tab - cur) < out->advance) {
    out->advance = (size_t) (tab - cur);
    out->ch = '\t';
  }
  return status;
}

static size_t leading_blanks (const char *cur, size_t len) {
  size_t n = 0;
  while (n < len && (cur[n] == ' ' || cur[n] == '\t')) {
    n++;
  }
  return n;
}

int32_t mtproxy_ffi_cfg_getword_len (const char *cur, size_t len) {
  int32_t n = real.cfg_getword_len (cur, len);
  size_t skipped = leading_blanks (cur, len);
  bool closed = n > 1 && cur[skipped + (size_t) n - 1] == ']';
  return fault ("bracket_inside_word") && closed ? n - 1 : n;
}

int32_t mtproxy_ffi_cfg_getstr_len (const char *cur, size_t len) {
  int32_t n = real.cfg_getstr_len (cur, len);
  size_t at = leading_blanks (cur, len) + (size_t) n;
  if (fault ("getstr_unsigned") && !(n == 1 && cur[at - 1] == '"')) {
    while (at < len && ((unsigned char) cur[at] > ' ' && cur[at] != ';')) {
      n++;
      at++;
    }
  }
  return n;
}

static void saturate (const char *cur, size_t len, int_result *out) {
  char digits[64];
  size_t skipped = leading_blanks (cur, len);
  if (!fault ("getint_saturates") || !out->consumed || out->consumed >= sizeof (digits)) {
    return;
  }
  memcpy (digits, cur + skipped, out->consumed);
  digits[out->consumed] = 0;
  out->value = strtoll (digits, NULL, 10);
}

int32_t mtproxy_ffi_cfg_getint (const char *cur, size_t len, int_result *out) {
  int32_t status = real.cfg_getint (cur, len, out);
  saturate (cur, len, out);
  return status;
}

int32_t mtproxy_ffi_cfg_getint_zero (const char *cur, size_t len, int_result *out) {
  int32_t status = real.cfg_getint_zero (cur, len, out);
  saturate (cur, len, out);
  if (fault ("getint_zero_default") && !out->consumed) {
    out->value = 0;
  }
  return status;
}

int32_t mtproxy_ffi_cfg_getint_signed_zero (const char *cur, size_t len, int_result *out) {
  int32_t status = real.cfg_getint_signed_zero (cur, len, out);
  saturate (cur, len, out);
  return status;
}

/* ---- TL ---- */

typedef mtproxy_ffi_tl_header_parse_result_t header;

static void spoil (header *out) {
  if (fault ("tl_error_number") && out->errnum == MTPROXY_FFI_TL_ERROR_NOT_ENOUGH_DATA) {
    out->errnum = MTPROXY_FFI_TL_ERROR_HEADER;
  }
  if (fault ("tl_error_text") && !strncmp (out->error, "Unsupported", 11)) {
    out->error[0] = 'u';
  }
  if (fault ("tl_cut_item_zero") && out->status < 0 && out->qid == -1) {
    out->qid = 0;
  }
}

int32_t mtproxy_ffi_tl_parse_query_header (const uint8_t *data, size_t len, header *out) {
  int32_t status = real.tl_parse_query_header (data, len, out);
  spoil (out);
  if (fault ("tl_first_actor_wins") && out->status == 0 && out->actor_id == 0 && out->consumed >= 36) {
    memcpy (&out->actor_id, data + 16, 8);
  }
  return status;
}

int32_t mtproxy_ffi_tl_parse_answer_header (const uint8_t *data, size_t len, header *out) {
  int32_t status = real.tl_parse_answer_header (data, len, out);
  spoil (out);
  int32_t next = 0;
  if (out->status == 0 && (size_t) out->consumed + 4 <= len) {
    memcpy (&next, data + out->consumed, 4);
  }
  if (fault ("tl_wrapped_marker_eaten") && next == MTPROXY_FFI_RPC_REQ_ERROR_WRAPPED &&
      out->op == MTPROXY_FFI_RPC_REQ_ERROR_WRAPPED) {
    out->consumed += 4;
  }
  return status;
}

/* ---- /proc ---- */

static bool high_byte (const char *text, size_t len) {
  for (size_t i = 0; i < len; i++) {
    if ((unsigned char) text[i] >= 0x80) {
      return true;
    }
  }
  return false;
}

int32_t mtproxy_ffi_parse_proc_stat_line (const char *line, size_t len, mtproxy_ffi_proc_stats_t *out) {
  mtproxy_ffi_proc_stats_t r;
  if (fault ("stat_needs_utf8") && high_byte (line, len)) {
    return MTPROXY_FFI_EFORMAT;
  }
  int32_t status = real.parse_proc_stat_line (line, len, &r);
  if (fault ("stat_blank_refused") && status == 0 && strchr (r.comm, ' ')) {
    status = MTPROXY_FFI_EFORMAT;
  }
  if (status == 0) {
    *out = r;
  } else if (fault ("stat_touched_on_failure") && len) {
    out->pid = atoi (line);
  }
  if (fault ("comm_off_by_one") && status == 0) {
    out->comm[254] = 0;
  }
  return status;
}

int32_t mtproxy_ffi_read_proc_stat_file (int32_t pid, int32_t tid, mtproxy_ffi_proc_stats_t *out) {
  bool exchange = fault ("stat_path_exchanged") && tid > 0 && pid > 0;
  return real.read_proc_stat_file (exchange ? tid : pid, exchange ? pid : tid, out);
}

int32_t mtproxy_ffi_parse_statm (const char *buf, size_t len, int32_t m, int64_t page_size, int64_t *out_values) {
  if (fault ("statm_m_refused") && m <= 0) {
    return MTPROXY_FFI_EINVAL;
  }
  int64_t pages[7];
  int32_t count = m > 7 ? 7 : m, status = real.parse_statm (buf, len, m, page_size, out_values);
  if (fault ("statm_saturates") && status == 0 && real.parse_statm (buf, len, m, 1, pages) == 0) {
    for (int32_t i = 0; i < count; i++) {
      if (__builtin_mul_overflow (pages[i], page_size, &out_values[i])) {
        out_values[i] = pages[i] < 0 ? INT64_MIN : INT64_MAX;
      }
    }
  }
  return status;
}

int32_t mtproxy_ffi_parse_meminfo_summary (const char *buf, size_t len, mtproxy_ffi_meminfo_summary_t *out) {
  char *copy = fault ("meminfo_nul_ignored") ? malloc (len + 1) : NULL;
  if (copy) {
    memcpy (copy, buf, len);
    for (size_t i = 0; i < len; i++) {
      copy[i] = copy[i] ? copy[i] : ' ';
    }
  }
  int32_t status = real.parse_meminfo_summary (copy ? copy : buf, len, out);
  free (copy);
  return status;
}
