/*
 * Repeating. The addresses of code, data and branch history change the time of a call of a few nanoseconds by up to a third,
 * and stay the same as long as a process lives, so more rounds do not help. The whole measurement is therefore repeated in
 * fresh processes, for which the kernel chooses new addresses, and medians over the processes are reported.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "relink.h"

enum { MAX_PROCESSES = 64, MAX_ARGUMENTS = 32 };

/* One process's result for one cell. All processes have the same order of cells. */
struct sample {
  size_t size;
  double ns[CONTENDERS], ratio[CONTENDERS];
};

double probes[PROBES];
static struct sample *samples_of[MAX_PROCESSES];
static double probes_of[MAX_PROCESSES][PROBES];
static int process_count;

static void keep (struct sample *samples) {
  for (int i = 0; i < cell_count; i++) {
    samples[i].size = cells[i].size;
    for (int c = 0; c < CONTENDERS; c++) {
      samples[i].ns[c] = cells[i].ns[c].median;
      samples[i].ratio[c] = cells[i].ratio[c].median;
    }
  }
}

static struct sample *new_samples (void) {
  struct sample *samples = calloc ((size_t) cell_count + 1, sizeof (*samples));
  if (!samples) {
    refuse ("out of memory");
  }
  return samples;
}

void write_samples (void) {
  struct sample *samples = new_samples ();
  double probed[PROBES];
  probe (probed);
  keep (samples);
  fwrite (probed, sizeof (probed), 1, stdout);
  fwrite (samples, sizeof (*samples), (size_t) cell_count, stdout);
  free (samples);
}

/* Runs this program again, with --one-of-many, and reads its samples from a pipe. */
static void run_process (char **argv) {
  int ends[2];
  char *words[MAX_ARGUMENTS];
  int n = 0;
  for (; argv[n] && n < MAX_ARGUMENTS - 2; n++) {
    words[n] = argv[n];
  }
  words[n++] = (char[]) { "--one-of-many" };
  words[n] = NULL;
  fflush (stdout);
  pid_t child = pipe (ends) < 0 ? -1 : fork ();
  if (child < 0) {
    refuse ("no further process: %s", strerror (errno));
  }
  if (child == 0) {
    dup2 (ends[1], 1);
    close (ends[0]);
    close (ends[1]);
    execv ("/proc/self/exe", words);
    _exit (127);
  }
  close (ends[1]);
  FILE *f = fdopen (ends[0], "rb");
  struct sample *samples = new_samples ();
  int got = f && fread (probes_of[process_count], sizeof (probes_of[0]), 1, f) == 1 ? 0 : -1;
  got = got < 0 ? got : (int) fread (samples, sizeof (*samples), (size_t) cell_count + 1, f);
  int status = 0;
  if (f) {
    fclose (f);
  }
  waitpid (child, &status, 0);
  bool same = got == cell_count;
  for (int i = 0; same && i < cell_count; i++) {
    same = samples[i].size == cells[i].size;
  }
  if (!same) {
    refuse ("another process measured something else (status %d)", status);
  }
  samples_of[process_count++] = samples;
}

/* Merges the samples of all processes into each cell. */
static void merge (void) {
  double values[MAX_PROCESSES];
  for (int i = 0; i < PROBES; i++) {
    for (int s = 0; s < process_count; s++) {
      values[s] = probes_of[s][i];
    }
    probes[i] = spread_of (values, process_count).median;
  }
  for (int i = 0; i < cell_count; i++) {
    for (int c = 0; c < CONTENDERS; c++) {
      for (int s = 0; s < process_count; s++) {
        values[s] = samples_of[s][i].ns[c];
      }
      cells[i].ns[c] = spread_of (values, process_count);
      for (int s = 0; s < process_count; s++) {
        values[s] = samples_of[s][i].ratio[c];
      }
      cells[i].ratio[c] = spread_of (values, process_count);
    }
    apply_limit (&cells[i]);
  }
}

static void measure_until (int wanted, char **argv) {
  while (process_count < wanted && process_count < MAX_PROCESSES) {
    fprintf (stderr, "\rbench: process %d of %d", process_count + 1, wanted);
    run_process (argv);
  }
  fputc ('\n', stderr);
  merge ();
}

void repeat_in_processes (char **argv) {
  probe (probes_of[process_count]);
  samples_of[process_count] = new_samples ();
  keep (samples_of[process_count++]); /* this process was the first */
  measure_until (settings.processes, argv);
  /* If a cell is too slow, more processes measure before it is reported. */
  if (settings.check && count_below ()) {
    settings.processes *= 2;
    measure_until (settings.processes, argv);
  }
}
