/*
 * The boundary ABI: the adapters over mtproxy_ffi.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "boundary.h"
#include "interpose.h"
#include "jobs_host.h"

static const struct symbol symbols[] = {
#define FUNCTION(name) { "mtproxy_ffi_" #name, offsetof (struct boundary_symbols, name) },
#include "boundary.def"
#undef FUNCTION
};

enum { SYMBOL_COUNT = sizeof (symbols) / sizeof (symbols[0]) };

_Static_assert (sizeof (mtproxy_ffi_process_id_t) == sizeof (struct process_id), "process ids differ");
_Static_assert (sizeof (mtproxy_ffi_proc_stats_t) == sizeof (struct proc_stats), "proc stats differ");
_Static_assert (sizeof (mtproxy_ffi_cpuid_t) == sizeof (kdb_cpuid_t), "cpuid leaves differ");

int boundary_bind (struct provider *p, struct names *lacking_names) {
  p->boundary = calloc (1, sizeof (*p->boundary));
  static const enum ability has[] = { BOUNDARY_ABILITIES };
  for (int i = 0; i < ABILITIES; i++) {
    p->lacks[i] = "it: the boundary has no such function";
  }
  for (size_t i = 0; i < sizeof (has) / sizeof (has[0]); i++) {
    p->lacks[has[i]] = NULL;
  }
  return bind_symbols (p, symbols, SYMBOL_COUNT, p->boundary, lacking_names);
}

void *boundary_address (const struct provider *p, int i) {
  return bound_address (symbols, SYMBOL_COUNT, p->boundary, i);
}

#define F(p) ((p)->boundary)

static uint32_t crc32 (struct provider *p, const uint8_t *data, long len, uint32_t crc) {
  return F (p)->crc32_partial (data, (size_t) len, crc);
}

static uint32_t crc32c (struct provider *p, const uint8_t *data, long len, uint32_t crc) {
  return F (p)->crc32c_partial (data, (size_t) len, crc);
}

static int digest (struct provider *p, enum digest d, const struct digest_input *in, uint8_t *out) {
  const uint8_t *a = in->first, *b = in->second;
  size_t n = (size_t) in->first_len, m = (size_t) in->second_len;
  switch (d) {
  case DIGEST_MD5:
    return F (p)->md5 (a, n, out);
  case DIGEST_MD5_HEX:
    return F (p)->md5_hex (a, n, (char *) out);
  case DIGEST_MD5_HMAC:
    return F (p)->md5_hmac (a, n, b, m, out);
  case DIGEST_SHA1:
    return F (p)->sha1 (a, n, out);
  case DIGEST_SHA1_TWO_CHUNKS:
    return F (p)->sha1_two_chunks (a, n, b, m, out);
  case DIGEST_SHA256:
    return F (p)->sha256 (a, n, out);
  case DIGEST_SHA256_TWO_CHUNKS:
    return F (p)->sha256_two_chunks (a, n, b, m, out);
  case DIGEST_SHA256_HMAC:
    return F (p)->sha256_hmac (a, n, b, m, out);
  default:
    return -1;
  }
}

static int pid_init (struct provider *p, struct process_id *pid, enum pid_op op, uint32_t ip, int port) {
  mtproxy_ffi_process_id_t *at = (mtproxy_ffi_process_id_t *) pid;
  return op == PID_COMMON   ? F (p)->pid_init_common (at)
         : op == PID_CLIENT ? F (p)->pid_init_client (at, ip)
                            : F (p)->pid_init_server (at, ip, port);
}

static int matches_pid (struct provider *p, const struct process_id *x, const struct process_id *y) {
  return F (p)->matches_pid ((const mtproxy_ffi_process_id_t *) x, (const mtproxy_ffi_process_id_t *) y);
}

static int newer (struct provider *p, const struct process_id *a, const struct process_id *b) {
  return F (p)->process_id_is_newer ((const mtproxy_ffi_process_id_t *) a, (const mtproxy_ffi_process_id_t *) b);
}

static int cpuid (struct provider *p, kdb_cpuid_t *out) {
  return F (p)->cpuid_fill ((mtproxy_ffi_cpuid_t *) out);
}

static double utime_monotonic (struct provider *p) {
  return F (p)->get_utime_monotonic ();
}

static double double_time (struct provider *p) {
  return F (p)->get_double_time ();
}

static double utime (struct provider *p, int clock_id) {
  return F (p)->get_utime (clock_id);
}

static long long precise_time (struct provider *p, unsigned precision) {
  return F (p)->get_precise_time (precision);
}

static double precise_now (struct provider *p) {
  return F (p)->precise_now_value ();
}

static long long clock_value (struct provider *p, enum clock_value which) {
  return which == PRECISE_NOW_RDTSC ? F (p)->precise_now_rdtsc_value ()
         : which == PRECISE_TIME    ? F (p)->precise_time_value ()
                                    : F (p)->precise_time_rdtsc_value ();
}

static int scan (struct provider *p, enum scanner s, const char *text, size_t len, int line, struct scan_result *out) {
  mtproxy_ffi_cfg_scan_result_t at = { 0, 0, 0 };
  mtproxy_ffi_cfg_int_result_t number = { 0, 0 };
  int status = 0;
  *out = (struct scan_result) { 0, 0, line };
  switch (s) {
  case SCAN_SKIPSPC:
  case SCAN_SKSPC:
    status = (s == SCAN_SKSPC ? F (p)->cfg_skspc : F (p)->cfg_skipspc) (text, len, line, &at);
    *out = (struct scan_result) { at.ch, (long) at.advance, at.line_no };
    return status;
  case SCAN_GETWORD:
  case SCAN_GETSTR:
    out->value = (s == SCAN_GETWORD ? F (p)->cfg_getword_len : F (p)->cfg_getstr_len) (text, len);
    return out->value < 0 ? -1 : 0;
  case SCAN_GETINT:
    status = F (p)->cfg_getint (text, len, &number);
    break;
  case SCAN_GETINT_ZERO:
    status = F (p)->cfg_getint_zero (text, len, &number);
    break;
  case SCAN_GETINT_SIGNED_ZERO:
    status = F (p)->cfg_getint_signed_zero (text, len, &number);
    break;
  default:
    return -1;
  }
  out->value = number.value;
  out->advance = (long) number.consumed;
  return status;
}

static int tl_header (struct provider *p, bool answer, const uint8_t *data, size_t len, struct tl_result *out) {
  mtproxy_ffi_tl_header_parse_result_t r;
  memset (&r, 0xa5, sizeof (r));
  int status = (answer ? F (p)->tl_parse_answer_header : F (p)->tl_parse_query_header) (data, len, &r);
  if (status < 0) {
    return status;
  }
  *out = (struct tl_result) { r.status, r.consumed,  r.op,  r.real_op,  r.flags,
                              r.errnum, r.error_len, r.qid, r.actor_id, { 0 } };
  memcpy (out->error, r.error, sizeof (r.error));
  return 0;
}

static bool differs_from (const void *at, int byte, size_t len) {
  for (const uint8_t *b = at; len; len--, b++) {
    if (*b != byte) {
      return true;
    }
  }
  return false;
}

static int stat_text (struct provider *p, const char *text, size_t len, struct proc_stats *out, bool *touched) {
  memset (out, 0xa5, sizeof (*out));
  int status = F (p)->parse_proc_stat_line (text, len, (mtproxy_ffi_proc_stats_t *) out);
  *touched = status < 0 && differs_from (out, 0xa5, sizeof (*out));
  return status;
}

static int stat_file (struct provider *p, int pid, int tid, struct proc_stats *out, bool *touched) {
  memset (out, 0xa5, sizeof (*out));
  int status = F (p)->read_proc_stat_file (pid, tid, (mtproxy_ffi_proc_stats_t *) out);
  *touched = status < 0 && differs_from (out, 0xa5, sizeof (*out));
  return status;
}

static int statm (struct provider *p, const char *text, size_t len, int m, long page, long long *values,
                  bool *touched) {
  int64_t v[8];
  memcpy (v, values, sizeof (v));
  int status = F (p)->parse_statm (text, len, m, page, v);
  *touched = status < 0 && memcmp (v, values, sizeof (v));
  memcpy (values, v, sizeof (v));
  return status;
}

static int meminfo (struct provider *p, const char *text, size_t len, struct memory_summary *out, bool *touched) {
  mtproxy_ffi_meminfo_summary_t r;
  memset (&r, 0xa5, sizeof (r));
  int status = F (p)->parse_meminfo_summary (text, len, &r);
  *touched = status < 0 && differs_from (&r, 0xa5, sizeof (r));
  *out = (struct memory_summary) { r.mem_free, r.mem_cached, r.swap_total, r.swap_free, r.found_mask };
  return status;
}

static int log_prefix (struct provider *p, const struct log_fields *f, char *out, size_t room) {
  return F (p)->format_log_prefix (f->pid, f->year, f->mon, f->mday, f->hour, f->min, f->sec, f->usec, out, room);
}

static int epoll_conv (struct provider *p, int flags) {
  return F (p)->net_epoll_conv_flags (flags);
}

static int epoll_unconv (struct provider *p, int flags) {
  return F (p)->net_epoll_unconv_flags (flags);
}

static int timer_wait (struct provider *p, double wakeup, double now, struct timer_result *out) {
  out->wait = F (p)->net_timers_wait_msec (wakeup, now);
  out->fired = out->wait == 0;
  return 0;
}

static int buffer_class (struct provider *p, const int *sizes, int count, int hint) {
  return F (p)->msg_buffers_pick_size_index (sizes, count, hint);
}

/* One item, or none, as the legacy result says it. */
static int taken (int status, void **item) {
  *item = status > 0 ? *item : NULL;
  return status < 0 ? status : 0;
}

static int queue (struct provider *p, enum queue_op op, void *queue, void **item) {
  switch (op) {
  case QUEUE_INIT:
  case QUEUE_INIT_W:
    return F (p)->mpq_init (queue, op == QUEUE_INIT_W);
  case QUEUE_CLEAR:
    return F (p)->mpq_clear (queue);
  case QUEUE_PUSH:
    return F (p)->mpq_push (queue, *item, 0) < 0 ? -1 : 0;
  case QUEUE_POP:
    return taken (F (p)->mpq_pop (queue, 0, item), item);
  case QUEUE_IS_EMPTY:
    return F (p)->mpq_is_empty (queue);
  case QUEUE_PUSH_W:
    return F (p)->mpq_push_w (queue, *item, 0) < 0 ? -1 : 0;
  case QUEUE_POP_W:
    return taken (F (p)->mpq_pop_w (queue, 4, item), item);
  default:
    return taken (F (p)->mpq_pop_nw (queue, 4, item), item);
  }
}

/* The boundary's jobs are those of a host: this program is one. */
static void be_host (struct provider *p) {
  const struct jobs_host_library library = { F (p)->mpq_init,   F (p)->mpq_clear, F (p)->mpq_push_w,
                                             F (p)->mpq_pop_nw, F (p)->mpq_pop_w, F (p)->jobs_process_one_job };
  jobs_host_begin (&library);
  F (p)->jobs_attach (jobs_host_lent ());
}

static int jobs (struct provider *p, enum jobs_op op, struct jobs_call *c) {
  mtproxy_ffi_job_function_t run;
  void *made = NULL;
  int status;
  be_host (p);
  switch (op) {
  case JOBS_CREATE:
    memcpy (&run, &c->run, sizeof (run));
    status = F (p)->jobs_create_async_job (run, c->signals, 0, c->bytes, 0, c->parent, &made);
    c->job = made;
    return status;
  case JOBS_NOTIFY:
    status = F (p)->jobs_notify_job_create (c->number, &made);
    c->job = made;
    return status;
  case JOBS_SIGNAL:
    return F (p)->jobs_job_signal (c->job, c->number);
  case JOBS_SCHEDULE:
    return F (p)->jobs_schedule_job (c->job);
  case JOBS_UNLOCK:
    return F (p)->jobs_unlock_job (c->job);
  case JOBS_INCREF:
    return F (p)->jobs_job_incref (c->job);
  case JOBS_DECREF:
    return F (p)->jobs_job_decref (c->job);
  case JOBS_RUN_PENDING:
    return F (p)->jobs_run_pending_main_jobs ();
  default:
    return F (p)->jobs_job_free (c->job);
  }
}

const struct abi boundary_abi = {
  "boundary",  crc32,   crc32c,       digest,      pid_init,     matches_pid, newer,        cpuid,     utime_monotonic,
  double_time, utime,   precise_time, precise_now, clock_value,  scan,        tl_header,    stat_text, stat_file,
  statm,       meminfo, log_prefix,   epoll_conv,  epoll_unconv, timer_wait,  buffer_class, queue,     jobs,
};
