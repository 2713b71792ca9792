/*
 * The benchmark program: its command line.
 *
 *   bench --ours FILE [--dropin FILE] [--original FILE] [--quick] [--check] [--only FAMILY]
 *         [--frame FILE --markdown FILE [--whole-proxy FILE]]
 *
 * Exit status: 0; 1 if results differ or, with --check, a cell is below its limit; 2 if nothing could be measured.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "relink.h"

struct settings settings = { .processes = 11, .rounds = 7, .batch_ns = 150e3 };

const size_t sizes[] = { 0, 1, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 4096, 16384, 65536, 1048576 };
const int size_count = sizeof (sizes) / sizeof (sizes[0]);

bool size_is_measured (size_t size) {
  if (settings.count && size > 4096) {
    return false;
  }
  return !settings.quick || (size != 24 && size != 48 && size != 96 && size != 192 && size < 1048576);
}

const uint8_t *input_at (int offset) {
  enum { LARGEST = 1048576, ROOM = LARGEST + 4096 };
  static uint8_t *input;
  if (!input) {
    input = aligned_alloc (4096, ROOM);
    if (!input) {
      refuse ("out of memory");
    }
    uint32_t state = 1;
    for (int i = 0; i < ROOM; i++) {
      state = state * 1664525 + 1013904223;
      input[i] = (uint8_t) (state >> 24);
    }
  }
  return input + offset;
}

void report_contenders (FILE *f) {
  for (int c = ORIGINAL; c < EMPTY; c++) {
    if (c != LIBC && c != CRYPTO_LOW) {
      fprintf (f, "- %s: %s\n", contender_name ((enum contender) c), contender_state ((enum contender) c));
    }
  }
}

static void report_machine (FILE *f) {
  fprintf (f, "- CPU: %s\n- features: %s\n- widest path it allows: %s\n", machine.model, machine.features,
           machine.path);
  fprintf (f, "- medians of %d processes, each of %d rounds of %.2f ms batches in turns, on one CPU\n",
           settings.processes, settings.rounds, settings.batch_ns / 1e6);
}

/* The file with the section that `make bench-proxy` writes, if there is one. */
static const char *whole_proxy;

static void report_whole_proxy (FILE *f) {
  FILE *in = whole_proxy ? fopen (whole_proxy, "r") : NULL;
  if (!in) {
    fputs (
        "## The whole proxy\n\nNot measured for this file: `make bench-proxy PROXY=… BASELINE=…`, then `make bench`.\n",
        f);
    return;
  }
  for (int c; (c = getc (in)) != EOF;) {
    putc (c, f);
  }
  fclose (in);
}

static void report_first_answer (FILE *f) {
  report_answer (f, whole_proxy);
}

/* The chart's file, beside the report. */
static const char *chart;

static void report_chart (FILE *f) {
  if (chart && write_chart (chart)) {
    const char *slash = strrchr (chart, '/');
    fprintf (f, "![The original's time divided by ours, for functions of the drop-in](%s)\n",
             slash ? slash + 1 : chart);
  }
}

static const struct {
  const char *word;
  void (*fill) (FILE *f);
} words[] = { { "@ANSWER@", report_first_answer },     { "@CHART@", report_chart },
              { "@WHOLE_PROXY@", report_whole_proxy }, { "@MACHINE@", report_machine },
              { "@CONTENDERS@", report_contenders },   { "@TABLES@", report_tables },
              { "@LIMITS@", report_limits },           { "@VERDICT@", report_verdict } };

void write_markdown (const char *frame, const char *path) {
  char line[1000];
  FILE *in = fopen (frame, "r"), *out = in ? fopen (path, "w") : NULL;
  if (!out) {
    refuse ("%s: %s", in ? path : frame, strerror (errno));
  }
  while (fgets (line, sizeof (line), in)) {
    void (*fill) (FILE *f) = NULL;
    for (size_t i = 0; i < sizeof (words) / sizeof (words[0]); i++) {
      if (!strncmp (line, words[i].word, strlen (words[i].word))) {
        fill = words[i].fill;
      }
    }
    if (fill) {
      fill (out);
    } else {
      fputs (line, out);
    }
  }
  fclose (in);
  if (fclose (out)) {
    refuse ("%s: %s", path, strerror (errno));
  }
}

static const struct {
  const char *name;
  void (*run) (void);
} families[] = { { "checksum", bench_checksums }, { "digest", bench_digests },
                 { "scanner", bench_scanner },    { "tl", bench_tl },
                 { "procfs", bench_procfs },      { "boundary", bench_boundary },
                 { "clock", bench_clocks },       { "dropin", bench_dropin },
                 { "timers", bench_timers },      { "events", bench_events },
                 { "objects", bench_objects },    { "jobs", bench_jobs },
                 { "buffers", bench_buffers },    { "queue", bench_queue },
                 { "messages", bench_messages } };

static void run_families (void) {
  int run = 0;
  for (size_t i = 0; i < sizeof (families) / sizeof (families[0]); i++) {
    if (!settings.only || !strcmp (settings.only, families[i].name)) {
      families[i].run ();
      run++;
    }
  }
  if (!run) {
    refuse ("no family is called %s", settings.only);
  }
}

int main (int argc, char **argv) {
  const char *our_path = NULL, *dropin_path = NULL, *original_path = NULL, *frame = NULL, *markdown = NULL;
  struct {
    const char *name, **value;
  } options[] = { { "--ours", &our_path },           { "--dropin", &dropin_path }, { "--original", &original_path },
                  { "--only", &settings.only },      { "--frame", &frame },        { "--markdown", &markdown },
                  { "--whole-proxy", &whole_proxy }, { "--chart", &chart } };
  for (int i = 1; i < argc; i++) {
    bool known = true;
    if (!strcmp (argv[i], "--quick")) {
      settings.quick = true;
      settings.processes = settings.rounds = 3;
      settings.batch_ns = 100e3;
    } else if (!strcmp (argv[i], "--one-of-many")) { /* one of several: see repeat.c */
      settings.one_of_many = true;
    } else if (!strcmp (argv[i], "--count")) { /* under callgrind: see instructions.sh */
      settings.quick = settings.count = true;
    } else if (!strcmp (argv[i], "--check")) {
      settings.check = true;
    } else {
      known = false;
      for (size_t k = 0; k < sizeof (options) / sizeof (options[0]) && i + 1 < argc; k++) {
        if (!strcmp (argv[i], options[k].name)) {
          *options[k].value = argv[++i];
          known = true;
          break;
        }
      }
    }
    if (!known) {
      refuse ("%s is not an option, or lacks its value", argv[i]);
    }
  }
  if (!our_path || !frame != !markdown) {
    refuse ("--ours FILE is needed, and --frame with --markdown");
  }
  open_ours (our_path);
  if (original_path && *original_path) {
    open_original (original_path);
  }
  if (dropin_path) {
    open_dropin (dropin_path);
  }
  open_others ();
  look_at_machine ();
  run_families ();
  if (settings.count) {
    return 0;
  }
  if (settings.one_of_many) {
    write_samples ();
    return 0;
  }
  report_machine (stdout);
  report_contenders (stdout);
  repeat_in_processes (argv);
  putchar ('\n');
  report_tables (stdout);
  if (!settings.only || !strcmp (settings.only, "checksum") || !strcmp (settings.only, "digest")) {
    puts ("## Limits\n");
    report_limits (stdout);
    putchar ('\n');
  }
  report_verdict (stdout);
  if (markdown) {
    write_markdown (frame, markdown);
  }
  if (differing) {
    fprintf (stderr, "bench: %d results differ\n", differing);
  }
  return differing || (settings.check && count_below ());
}
