/*
 * The legacy ABI: adapters for the proxy's own library, of the functions that need no files and no threads. The legacy
 * functions work on globals (cfg_cur, PID, ...): an adapter sets them, calls, and reads them back.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "legacy_adapters.h"

#include <stdlib.h>
#include <string.h>

static const struct symbol symbols[] = {
#define X(name, type, can) { #name, offsetof (struct legacy_symbols, name) },
  LEGACY_SYMBOLS (X)
#undef X
};

/* The ability of which each is a part. */
static const enum ability abilities[] = {
#define X(name, type, can) can,
  LEGACY_SYMBOLS (X)
#undef X
};

enum { SYMBOL_COUNT = sizeof (symbols) / sizeof (symbols[0]) };

int legacy_bind (struct provider *p, struct names *lacking_names) {
  p->legacy = calloc (1, sizeof (*p->legacy));
  int lacking = bind_symbols (p, symbols, SYMBOL_COUNT, p->legacy, lacking_names);
  for (int i = 0; i < SYMBOL_COUNT; i++) {
    if (!legacy_address (p, i)) {
      p->lacks[abilities[i]] = symbols[i].name;
    }
  }
  /* All scanners use the same two globals, and both TL parsers use a state that tlf_init_str initialises. */
  for (int can = CAN_SKSPC; can <= CAN_GETINT_SIGNED_ZERO; can++) {
    p->lacks[can] = p->lacks[can] ? p->lacks[can] : p->lacks[CAN_SKIPSPC];
  }
  for (int can = CAN_EXPECT; can <= CAN_CONFIG_FILE; can++) {
    p->lacks[can] = p->lacks[can] ? p->lacks[can] : p->lacks[CAN_SKIPSPC];
  }
  p->lacks[CAN_CRC_VARIANTS] = p->lacks[CAN_CRC_VARIANTS] ? p->lacks[CAN_CRC_VARIANTS] : p->lacks[CAN_CPUID];
  p->lacks[CAN_GF32] = p->lacks[CAN_GF32] ? p->lacks[CAN_GF32] : p->lacks[CAN_CPUID];
  p->lacks[CAN_REPAIR] = p->lacks[CAN_REPAIR] ? p->lacks[CAN_REPAIR] : p->lacks[CAN_VERBOSITY];
  p->lacks[CAN_STATS_HOST] = p->lacks[CAN_STATS_HOST] ? p->lacks[CAN_STATS_HOST] : p->lacks[CAN_STATS_BUFFER];
  p->lacks[CAN_GETLEX] = p->lacks[CAN_GETLEX] ? p->lacks[CAN_GETLEX] : p->lacks[CAN_SKIPSPC];
  p->lacks[CAN_TL_ANSWER] = p->lacks[CAN_TL_ANSWER] ? p->lacks[CAN_TL_ANSWER] : p->lacks[CAN_TL_QUERY];
  p->lacks[CAN_TL_FLAGS] = p->lacks[CAN_TL_FLAGS] ? p->lacks[CAN_TL_FLAGS] : p->lacks[CAN_TL_QUERY];
  p->lacks[CAN_TIMERS] = p->lacks[CAN_TIMERS] ? p->lacks[CAN_TIMERS] : p->lacks[CAN_CLOCK];
  p->lacks[CAN_STAT_TEXT] = p->lacks[CAN_STAT_FILE];
  p->lacks[CAN_POOL] = p->lacks[CAN_POOL] ? p->lacks[CAN_POOL] : p->lacks[CAN_BUFFERS];
  if (p->drop_in && !p->lacks[CAN_BUFFERS]) {
    p->lacks[CAN_BUFFERS] = "another table of classes"; /* its own is that of the scripts */
  }
  return lacking;
}

void *legacy_address (const struct provider *p, int i) {
  return bound_address (symbols, SYMBOL_COUNT, p->legacy, i);
}

static uint32_t crc32 (struct provider *p, const uint8_t *data, long len, uint32_t crc) {
  return (*F (p)->crc32_partial) (data, len, crc);
}

static uint32_t crc32c (struct provider *p, const uint8_t *data, long len, uint32_t crc) {
  return (*F (p)->crc32c_partial) (data, len, crc);
}

static int digest (struct provider *p, enum digest d, const struct digest_input *in, uint8_t *out) {
  /* The legacy prototypes lack const, but the functions do not write. */
  unsigned char *a = (unsigned char *) (uintptr_t) in->first, *b = (unsigned char *) (uintptr_t) in->second;
  int n = (int) in->first_len, m = (int) in->second_len;
  switch (d) {
  case DIGEST_MD5:
    F (p)->md5 (a, n, out);
    return 0;
  case DIGEST_MD5_HEX:
    F (p)->md5_hex ((char *) a, n, (char *) out);
    return 0;
  case DIGEST_MD5_HMAC:
    F (p)->md5_hmac (a, n, b, m, out);
    return 0;
  case DIGEST_SHA1:
    F (p)->sha1 (a, n, out);
    return 0;
  case DIGEST_SHA1_TWO_CHUNKS:
    F (p)->sha1_two_chunks (a, n, b, m, out);
    return 0;
  case DIGEST_SHA256:
    F (p)->sha256 (a, n, out);
    return 0;
  case DIGEST_SHA256_TWO_CHUNKS:
    F (p)->sha256_two_chunks (a, n, b, m, out);
    return 0;
  case DIGEST_SHA256_HMAC:
    F (p)->sha256_hmac (a, n, b, m, out);
    return 0;
  default:
    return -1;
  }
}

static int pid_init (struct provider *p, struct process_id *pid, enum pid_op op, uint32_t ip, int port) {
  *F (p)->PID = *pid;
  if (op == PID_COMMON) {
    F (p)->init_common_PID ();
  } else if (op == PID_CLIENT) {
    F (p)->init_client_PID (ip);
  } else {
    F (p)->init_server_PID (ip, port);
  }
  *pid = *F (p)->PID;
  return 0;
}

static int matches_pid (struct provider *p, const struct process_id *x, const struct process_id *y) {
  struct process_id a = *x, b = *y;
  return F (p)->matches_pid (&a, &b);
}

static int newer (struct provider *p, const struct process_id *a, const struct process_id *b) {
  struct process_id x = *a, y = *b;
  return F (p)->process_id_is_newer (&x, &y);
}

static int cpuid (struct provider *p, kdb_cpuid_t *out) {
  *out = *F (p)->kdb_cpuid ();
  return 0;
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
  return *F (p)->precise_now;
}

static long long clock_value (struct provider *p, enum clock_value which) {
  return which == PRECISE_NOW_RDTSC ? *F (p)->precise_now_rdtsc
         : which == PRECISE_TIME    ? *F (p)->precise_time
                                    : *F (p)->precise_time_rdtsc;
}

static long leading_blanks (const char *text) {
  return (long) strspn (text, " \t");
}

static int scan (struct provider *p, enum scanner s, const char *text, size_t len, int line, struct scan_result *out) {
  (void) len; /* a NUL follows the text */
  char *start = (char *) (uintptr_t) text;
  long skipped = leading_blanks (text), at_word = -1;
  *F (p)->cfg_cur = start;
  *F (p)->cfg_lno = line;
  switch (s) {
  case SCAN_SKIPSPC:
    out->value = F (p)->cfg_skipspc ();
    skipped = 0;
    break;
  case SCAN_SKSPC:
    out->value = F (p)->cfg_skspc ();
    skipped = 0;
    break;
  case SCAN_GETLEX:
    out->value = F (p)->cfg_getlex ();
    skipped = 0;
    break;
  case SCAN_GETWORD:
    out->value = F (p)->cfg_getword ();
    at_word = 0;
    break;
  case SCAN_GETSTR:
    out->value = F (p)->cfg_getstr ();
    at_word = 0;
    break;
  case SCAN_GETINT:
    out->value = F (p)->cfg_getint ();
    break;
  case SCAN_GETINT_ZERO:
    out->value = F (p)->cfg_getint_zero ();
    break;
  case SCAN_GETINT_SIGNED_ZERO:
    out->value = F (p)->cfg_getint_signed_zero ();
    break;
  default:
    return -1;
  }
  out->advance = *F (p)->cfg_cur - start - skipped;
  out->line = *F (p)->cfg_lno;
  /* The word scanners leave the cursor at the start of the word. */
  return at_word == 0 && out->advance != 0 ? -1 : 0;
}

static int tl_header (struct provider *p, bool answer, const uint8_t *data, size_t len, struct tl_result *out) {
  struct tl_in_state in = { 0 };
  struct tl_query_header h;
  memset (&h, 0xa5, sizeof (h));
  F (p)->tlf_init_str (&in, (const char *) data, (int) len);
  int ret = (answer ? F (p)->tlf_query_answer_header : F (p)->tlf_query_header) (&in, &h);
  *out = (struct tl_result) {
    ret < 0 ? -1 : 0, (int) len - in.in_remaining, h.op, h.real_op, h.flags, in.errnum, 0, h.qid, h.actor_id, { 0 }
  };
  if (in.error) {
    out->error_len = (int) strlen (in.error);
    memcpy (out->error, in.error, (size_t) out->error_len + 1);
    free (in.error);
  }
  /* On success the result is the number of bytes consumed, and a header always holds one reference. */
  return (ret >= 0 && ret != out->consumed) || h.ref_cnt != 1 ? -1 : 0;
}

static int epoll_conv (struct provider *p, int flags) {
  return F (p)->epoll_conv_flags (flags);
}

static int epoll_unconv (struct provider *p, int flags) {
  return F (p)->epoll_unconv_flags (flags);
}

const struct abi legacy_abi = {
  "legacy",
  crc32,
  crc32c,
  digest,
  pid_init,
  matches_pid,
  newer,
  cpuid,
  utime_monotonic,
  double_time,
  utime,
  precise_time,
  precise_now,
  clock_value,
  scan,
  tl_header,
  legacy_stat_text,
  legacy_stat_file,
  legacy_statm,
  legacy_meminfo,
  legacy_log_prefix,
  epoll_conv,
  epoll_unconv,
  legacy_timer_wait,
  legacy_buffer_class,
  legacy_queue,
  legacy_jobs,
};
