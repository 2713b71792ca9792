/*
 * The drop-in against the original: the same legacy names on both sides, as a relinked proxy calls them. The other families
 * measure the core behind them at many sizes; this one measures what the drop-in adds: its globals and its contexts.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

/* The same calls for both libraries; `lib` is the one that is called. */
#define BOTH(name, ...)                                                                \
  CALLS (dropin_##name, const struct legacy_symbols *const lib = &dropin; __VA_ARGS__) \
  CALLS (original_##name, const struct legacy_symbols *const lib = &original; __VA_ARGS__)

#define IN ((unsigned char *) (uintptr_t) w->data)
#define LEN ((int) w->len)

BOTH (crc32, sum += (*lib->crc32_partial) (IN, LEN, (uint32_t) i))
BOTH (crc32c, sum += (*lib->crc32c_partial) (IN, LEN, (uint32_t) i))
BOTH (crc64, sum += (*lib->crc64_partial) (IN, LEN, (uint64_t) i))
BOTH (crc32_combine, sum += (*lib->compute_crc32_combine) ((uint32_t) i, 1, (int64_t) w->len))
BOTH (crc32c_combine, sum += (*lib->compute_crc32c_combine) ((uint32_t) i, 1, (int64_t) w->len))
BOTH (crc64_combine, sum += (*lib->compute_crc64_combine) ((uint64_t) i, 1, (int64_t) w->len))

/* No single bit causes this difference, so the whole block is searched. */
BOTH (find_bit, sum += (uint64_t) lib->crc32_find_corrupted_bit (LEN, 0xdb710641u))

static unsigned powers[252] __attribute__ ((aligned (16)));
BOTH (gf32_combine, sum += lib->gf32_combine_clmul (powers, (unsigned) i, (int64_t) w->len))

BOTH (md5, lib->md5 (IN, LEN, w->out); sum += w->out[0])
BOTH (md5_parts, struct md5_context context; lib->md5_starts (&context); lib->md5_update (&context, IN, LEN / 2);
      lib->md5_update (&context, IN + LEN / 2, LEN - LEN / 2); lib->md5_finish (&context, w->out))
BOTH (md5_hex, lib->md5_hex ((char *) IN, LEN, (char *) w->out))
BOTH (md5_hmac, lib->md5_hmac (IN, 32, IN, LEN, w->out))
BOTH (sha1, lib->sha1 (IN, LEN, w->out))
BOTH (sha1_two_chunks, lib->sha1_two_chunks (IN, LEN / 2, IN + LEN / 2, LEN - LEN / 2, w->out))
BOTH (sha256, lib->sha256 (IN, LEN, w->out))
BOTH (sha256_hmac, lib->sha256_hmac (IN, 32, IN, LEN, w->out))

#define AT_START *lib->cfg_cur = w->text, *lib->cfg_lno = 1
#define ADVANCE ((uint64_t) (*lib->cfg_cur - w->text) * 256)
#define SCAN(name) BOTH (name, AT_START; sum += (uint64_t) lib->name () + ADVANCE + ((uint64_t) *lib->cfg_lno << 32))
SCAN (cfg_skipspc)
SCAN (cfg_skspc)
SCAN (cfg_getlex)
SCAN (cfg_getword)
SCAN (cfg_getstr)
SCAN (cfg_getint)
SCAN (cfg_getint_zero)
SCAN (cfg_getint_signed_zero)

/* A proxy's configuration, read with the proxy's calls. */
BOTH (
    config, AT_START; while (lib->cfg_getlex () < 0) {
      *lib->cfg_cur += lib->cfg_getword ();
      sum += (uint64_t) lib->cfg_getint_signed_zero ();
      lib->cfg_skspc ();
      *lib->cfg_cur += lib->cfg_getword ();
      sum += (uint64_t) lib->cfg_getlex ();
      sum += (uint64_t) lib->cfg_getint ();
      sum += (uint64_t) lib->cfg_getlex ();
    } sum += ADVANCE)

static struct process_id self = { 0x0a000001, 443, 4711, 1700000000 }, any = { 0x0a000001, 0, 0, 0 };
BOTH (matches, sum += (uint64_t) lib->matches_pid (&self, &any))
BOTH (newer, sum += (uint64_t) lib->process_id_is_newer (&self, &self))
BOTH (cpuid, sum += (uint64_t) lib->kdb_cpuid ()->ecx)

#define CLOCK(name, call) BOTH (name, (void) sum; w->seconds = (double) (call))
CLOCK (monotonic, lib->get_utime_monotonic ())
CLOCK (double_time, lib->get_double_time ())
CLOCK (realtime, lib->get_utime (CLOCK_REALTIME))
CLOCK (precise, (double) lib->get_precise_time (1000000) / 4294967296.0)

BOTH (sb_printf, char text[256]; struct stats_buffer sb; lib->sb_init (&sb, text, sizeof (text));
      lib->sb_printf (&sb, "%s\t%d\n", "connections", (int) (i & 1023)); sum += (uint64_t) sb.pos)
BOTH (stat_file, struct proc_stats stats; sum += (uint64_t) lib->read_proc_stats (0, 0, &stats))
BOTH (statm_file, long long values[3]; sum += (uint64_t) lib->am_get_memory_usage ((int) w->number, values, 3))
BOTH (log_line, lib->kprintf ("%s\n", "a line"))

/* The functions by name, so that a case takes one line. */
static const struct test {
  const char *function, *label, *text;
  size_t size, out_len;
  run_fn *ours, *theirs;
} cases[] = {
#define CASE(name, label, text, size, out_len, short_name) \
  { name, label, text, size, out_len, dropin_##short_name, original_##short_name }
#define SIZES(name, out_len, short_name)                                                                   \
  CASE (name, NULL, NULL, 8, out_len, short_name), CASE (name, NULL, NULL, 16, out_len, short_name),       \
      CASE (name, NULL, NULL, 64, out_len, short_name), CASE (name, NULL, NULL, 256, out_len, short_name), \
      CASE (name, NULL, NULL, 1024, out_len, short_name), CASE (name, NULL, NULL, 65536, out_len, short_name)
  SIZES ("crc32_partial", 0, crc32),
  SIZES ("crc32c_partial", 0, crc32c),
  SIZES ("crc64_partial", 0, crc64),
  CASE ("compute_crc32_combine", NULL, NULL, 1000, 0, crc32_combine),
  CASE ("compute_crc32c_combine", NULL, NULL, 1000, 0, crc32c_combine),
  CASE ("compute_crc64_combine", NULL, NULL, 1000, 0, crc64_combine),
  CASE ("gf32_combine_clmul", NULL, NULL, 1000, 0, gf32_combine),
  CASE ("crc32_find_corrupted_bit", NULL, NULL, 64, 0, find_bit),
  CASE ("crc32_find_corrupted_bit", NULL, NULL, 4096, 0, find_bit),
  CASE ("crc32_find_corrupted_bit", NULL, NULL, 65536, 0, find_bit),
  CASE ("crc32_find_corrupted_bit", NULL, NULL, 16777216, 0, find_bit),
  SIZES ("md5", 16, md5),
  SIZES ("md5_starts, _update, _finish", 16, md5_parts),
  CASE ("md5_hex", NULL, NULL, 64, 32, md5_hex),
  CASE ("md5_hmac", NULL, NULL, 64, 16, md5_hmac),
  SIZES ("sha1", 20, sha1),
  CASE ("sha1_two_chunks", NULL, NULL, 64, 20, sha1_two_chunks),
  SIZES ("sha256", 32, sha256),
  CASE ("sha256_hmac", NULL, NULL, 64, 32, sha256_hmac),
  CASE ("cfg_skipspc", "nothing", "", 0, 0, cfg_skipspc),
  CASE ("cfg_skipspc", "a blank", " ", 1, 0, cfg_skipspc),
  CASE ("cfg_skipspc", "a line end", "\n", 1, 0, cfg_skipspc),
  CASE ("cfg_skipspc", "an empty line, blanks", "\n\n        ", 10, 0, cfg_skipspc),
  CASE ("cfg_skipspc", "a comment", "# force_probability 10 10\n", 26, 0, cfg_skipspc),
  CASE ("cfg_skspc", "nothing", "", 0, 0, cfg_skspc),
  CASE ("cfg_skspc", "a blank", " ", 1, 0, cfg_skspc),
  CASE ("cfg_getlex", "a mark", ";", 1, 0, cfg_getlex),
  CASE ("cfg_getlex", "a blank, no mark", " a", 2, 0, cfg_getlex),
  CASE ("cfg_getword", "a word", "proxy_for ", 9, 0, cfg_getword),
  CASE ("cfg_getword", "a long word", "proxies.example.org;", 19, 0, cfg_getword),
  CASE ("cfg_getword", "a blank, an address", " 149.154.165.109:", 16, 0, cfg_getword),
  CASE ("cfg_getstr", "a name", "example.org;", 11, 0, cfg_getstr),
  CASE ("cfg_getint", "a digit", "2;", 1, 0, cfg_getint),
  CASE ("cfg_getint", "a port", "8888;", 4, 0, cfg_getint),
  CASE ("cfg_getint_zero", "a blank, a number", " 300;", 4, 0, cfg_getint_zero),
  CASE ("cfg_getint_signed_zero", "a blank, a number", " -4 ", 3, 0, cfg_getint_signed_zero),
  CASE ("a configuration", "20 lines", NULL, 700, 0, config),
  CASE ("matches_pid", NULL, NULL, 0, 0, matches),
  CASE ("process_id_is_newer", NULL, NULL, 0, 0, newer),
  CASE ("kdb_cpuid", NULL, NULL, 0, 0, cpuid),
  CASE ("get_utime_monotonic", NULL, NULL, 0, 0, monotonic),
  CASE ("get_double_time", NULL, NULL, 0, 0, double_time),
  CASE ("get_utime", "CLOCK_REALTIME", NULL, 0, 0, realtime),
  CASE ("get_precise_time", "kept", NULL, 0, 0, precise),
  CASE ("sb_printf", "a line", NULL, 0, 0, sb_printf),
  CASE ("read_proc_stats", "its own", NULL, 0, 0, stat_file),
  CASE ("am_get_memory_usage", "its own", NULL, 0, 0, statm_file),
  CASE ("kprintf", "to /dev/null", NULL, 0, 0, log_line),
#undef SIZES
#undef CASE
};

/* Writes the case's text and then the rest of a configuration, and sets cfg_start and cfg_end as load_config does. */
static void load (struct work *w, const char *start) {
  static char text[1200];
  size_t n = strlen (strcpy (text, start));
  for (int line = 0; line < 20; line++) {
    n = (size_t) (stpcpy (text + n, "proxy_for -4 149.154.165.109:8888;\n") - text);
  }
  w->text = text;
  const struct legacy_symbols *const both[] = { &dropin, &original };
  for (int i = 0; i < 2; i++) {
    *both[i]->cfg_start = text;
    *both[i]->cfg_end = text + n;
  }
}

/* Redirects log lines to /dev/null, because a terminal's time is not the library's. */
static int silence (void) {
  int kept = dup (2), nowhere = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2 (nowhere, 2);
  close (nowhere);
  return kept;
}

void bench_dropin (void) {
  static struct work w;
  /* Instructions are counted without the original, and only for these two; the others are the boundary's. */
  if (!is_present (DROPIN) || (!settings.count && !is_present (ORIGINAL))) {
    return;
  }
  dropin.gf32_compute_powers_clmul (powers, 0xedb88320u);
  w.number = getpid ();
  for (size_t i = 0; i < sizeof (cases) / sizeof (cases[0]); i++) {
    const struct test *t = &cases[i];
    if (settings.count && t->ours != dropin_find_bit && t->ours != dropin_gf32_combine) {
      continue;
    }
    bool clock = t->ours == dropin_monotonic || t->ours == dropin_double_time || t->ours == dropin_realtime ||
                 t->ours == dropin_precise;
    bool log = t->ours == dropin_log_line;
    w.data = input_at (0);
    w.len = t->size;
    if (t->text || t->ours == dropin_config) {
      load (&w, t->text ? t->text : "");
    }
    int kept = log ? silence () : -1;
    compete (&(struct bout) { .family = "dropin",
                              .function = t->function,
                              .label = t->label,
                              .size = t->size,
                              .work = &w,
                              .out_len = t->out_len,
                              .compare = clock ? SAME_SECOND : SAME_RESULTS,
                              .run = { [OURS] = t->ours, [ORIGINAL] = t->theirs } });
    if (log) {
      dup2 (kept, 2);
      close (kept);
    }
  }
}
