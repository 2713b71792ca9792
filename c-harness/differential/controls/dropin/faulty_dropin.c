/*
 * The drop-in with one fault: the archive with some symbols renamed to real_*, and wrappers under the old names, one of
 * which has the fault that MTPROXY_FAULT names. Without a fault it behaves like the real one.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "faulty_dropin.h"

/* The symbols that the Makefile renames. */
extern __typeof__ (crc64_feed_byte) real_crc64_feed_byte;
extern __typeof__ (gf32_mul) real_gf32_mul;
extern __typeof__ (gf32_pow) real_gf32_pow;
extern __typeof__ (gf32_compute_powers_clmul) real_gf32_compute_powers_clmul;
extern __typeof__ (gf32_compute_powers_generic) real_gf32_compute_powers_generic;
extern __typeof__ (crc32_repair_bit) real_crc32_repair_bit;
extern __typeof__ (crc32_find_corrupted_bit) real_crc32_find_corrupted_bit;
extern __typeof__ (md5_update) real_md5_update;
extern __typeof__ (md5_hmac_starts) real_md5_hmac_starts;
extern __typeof__ (sha1) real_sha1;
extern __typeof__ (process_id_is_newer) real_process_id_is_newer;
extern __typeof__ (get_utime) real_get_utime;
extern __typeof__ (cfg_getlex) real_cfg_getlex;
extern __typeof__ (reset_config) real_reset_config;
extern __typeof__ (close_config) real_close_config;
extern __typeof__ (am_get_memory_usage) real_am_get_memory_usage;
extern __typeof__ (read_proc_stats) real_read_proc_stats;
extern __typeof__ (sb_printf) real_sb_printf;
extern __typeof__ (kprintf) real_kprintf;

static const char *chosen = "";

bool fault (const char *name) {
  return !strcmp (chosen, name);
}

static const char *const known[] = {
#define FAULT(name, family, text) #name,
#include "faults.def"
#undef FAULT
};

/* ---- checksums ---- */

static crc_combine_t *real_combine_32;
static crc64_combine_t *real_combine_64;

static unsigned combine_32 (unsigned crc1, unsigned crc2, int64_t len2) {
  return real_combine_32 (crc1, fault ("combine_second_ignored") ? 0 : crc2, len2);
}

static uint64_t combine_64 (uint64_t crc1, uint64_t crc2, int64_t len2) {
  return fault ("combine_empty_second") && len2 <= 0 ? crc2 : real_combine_64 (crc1, crc2, len2);
}

uint64_t crc64_feed_byte (uint64_t crc, unsigned char b) {
  return real_crc64_feed_byte (crc, fault ("crc64_byte_reversed") ? (unsigned char) (b << 4 | b >> 4) : b);
}

unsigned gf32_mul (unsigned a, unsigned b, unsigned poly) {
  return real_gf32_mul (a, fault ("gf32_mul_31_bits") ? b & 0x7fffffff : b, poly);
}

unsigned gf32_pow (unsigned a, int k, unsigned poly) {
  return fault ("gf32_pow_negative_one") && k < 0 ? 0x80000000 : real_gf32_pow (a, k, poly);
}

void gf32_compute_powers_clmul (unsigned *powers, unsigned poly) {
  real_gf32_compute_powers_clmul (powers, poly);
  if (fault ("wide_powers_end")) {
    memset (powers + 248, 0, 16);
  }
}

void gf32_compute_powers_generic (unsigned *powers, int size, unsigned poly) {
  real_gf32_compute_powers_generic (powers, fault ("generic_size_rounded") && size == 33 ? 32 : size, poly);
}

int crc32_repair_bit (unsigned char *input, int l, int k) {
  return real_crc32_repair_bit (input, l, fault ("repair_bit_mirrored") && k >= 0 ? k ^ 7 : k);
}

int crc32_find_corrupted_bit (int size, unsigned d) {
  int bit = real_crc32_find_corrupted_bit (size, d);
  return fault ("find_not_in_checksum") && bit < 32 ? -1 : bit;
}

/* ---- digests ---- */

void md5_hmac_starts (struct md5_context *ctx, unsigned char *key, int len) {
  unsigned char pad[64];
  real_md5_hmac_starts (ctx, key, len);
  if (fault ("md5_hmac_pads_exchanged")) {
    memcpy (pad, ctx->ipad, 64);
    memcpy (ctx->ipad, ctx->opad, 64);
    memcpy (ctx->opad, pad, 64);
    md5_starts (ctx);
    real_md5_update (ctx, ctx->ipad, 64);
  }
}

void sha1 (const unsigned char *input, int len, unsigned char *output) {
  real_sha1 (input, fault ("sha_negative_one_byte") && len < 0 ? 1 : len, output);
}

/* ---- identities, clocks, /proc ---- */

int process_id_is_newer (struct process_id *a, struct process_id *b) {
  struct process_id c = *b;
  if (fault ("foreign_newer")) {
    c.ip = a->ip;
    c.port = a->port;
    c.utime = a->ip != b->ip ? a->utime - 1 : b->utime;
  }
  return real_process_id_is_newer (a, &c);
}

double get_utime (int clock_id) {
  struct timespec t;
  return fault ("unknown_clock_returns") && clock_gettime (clock_id, &t) < 0 ? -1 : real_get_utime (clock_id);
}

int am_get_memory_usage (int pid, long long *a, int m) {
  long long read[8];
  int count = m > 7 ? 7 : m < 0 ? 0 : m;
  memcpy (read, a, (size_t) count * sizeof (read[0]));
  int ret = real_am_get_memory_usage (pid, read, m);
  if (ret == 0 || !fault ("statm_nothing_written")) {
    memcpy (a, read, (size_t) count * sizeof (read[0]));
  }
  return ret;
}

int read_proc_stats (int pid, int tid, struct proc_stats *s) {
  struct proc_stats t;
  if (!real_read_proc_stats (pid, tid, &t) || (fault ("stat_blank_refused") && strchr (t.comm, ' '))) {
    return 0;
  }
  *s = t;
  return 1;
}

/* ---- config ---- */

int cfg_getlex (void) {
  int line = cfg_lno, lex = real_cfg_getlex ();
  if (fault ("getlex_colon") && lex == ':') {
    cfg_cur--;
    return cfg_lex = -1;
  }
  if (fault ("getlex_line")) {
    cfg_lno = line;
  }
  return lex;
}

void reset_config (void) {
  int line = cfg_lno;
  real_reset_config ();
  if (fault ("load_line_kept")) {
    cfg_lno = line;
  }
}

void close_config (int *fd) {
  if (fault ("load_descriptor_left") && fd) {
    *fd = -1;
  }
  real_close_config (fd);
}

/* ---- texts ---- */

void sb_printf (struct stats_buffer *sb, const char *format, ...) {
  static char text[1 << 16];
  va_list args;
  va_start (args, format);
  int len = vsnprintf (text, sizeof (text), format, args);
  va_end (args);
  bool cut = !(sb->flags & 1) && sb->pos + len >= sb->size;
  if (fault ("stats_cut_inside_line") && cut && sb->size > sb->pos) {
    text[sb->size - 1 - sb->pos] = 0;
  }
  real_sb_printf (sb, "%s", text);
}

void kprintf (const char *format, ...) {
  char text[8192];
  va_list args;
  va_start (args, format);
  vsnprintf (text, sizeof (text), format, args);
  va_end (args);
  real_kprintf (fault ("log_line_not_ended") ? "%.3000s" : "%s", text);
}

__attribute__ ((constructor)) static void plant (void) {
  const char *name = getenv ("MTPROXY_FAULT");
  chosen = name ? name : "";
  int found = !*chosen;
  for (size_t i = 0; i < sizeof (known) / sizeof (known[0]); i++) {
    found = found || !strcmp (known[i], chosen);
  }
  if (!found) {
    fprintf (stderr, "faulty drop-in: there is no fault '%s'\n", chosen);
    exit (2);
  }
  real_combine_32 = compute_crc32_combine;
  real_combine_64 = compute_crc64_combine;
  compute_crc32_combine = combine_32;
  compute_crc64_combine = combine_64;
}
