/*
 * mtproxy-differential: our library against the original, offline and live.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "calls.h"
#include "modes.h"
#include "relink.h"
#include "scripts.h"

static void usage (FILE *f) {
  fprintf (f,
           "usage: mtproxy-differential replay --ours LIB --vectors DIR [--only FILE [--line N]]\n"
           "       mtproxy-differential live   --ours LIB --legacy LIBKDB [--cases N] [--seed S]\n"
           "       mtproxy-differential scripts --ours LIB --legacy LIB [--cases N] [--seed S] [--run SCRIPT]\n"
           "       mtproxy-differential faults --ours LIB [--legacy LIB] [--cases N]\n"
           "       mtproxy-differential record --legacy LIBKDB --vectors DIR --out DIR\n"
           "\n"
           "replay compares with recorded results, live with the original, record records anew from an original;\n"
           "scripts runs sequences of operations on two libraries with the proxy's names, step by step;\n"
           "faults runs some of them again and again, and each time another call of the C library fails.\n"
           "  --ours LIB       libmtproxy_ffi.so, or a library with the proxy's own names (.so or .a)\n"
           "  --abi ABI        boundary or legacy: which of its names to use (default: the boundary's if it has them)\n"
           "  --legacy LIB     the original: libkdb.a, or a shared object of it (also LEGACY_LIB)\n"
           "  --cases N        cases for each function, instead of its own default\n"
           "  --seed S         another seed than the clock's (also SEED)\n"
           "  --only NAME      one function, family or file of vectors\n"
           "  --case HEX       with --only: this input; --index K: the K-th of the seed\n"
           "  --first          end each row at its first mismatch\n"
           "  --run SCRIPT     these steps: family.operation(argument,...)@thread, joined by semicolons\n"
           "  --json FILE      the verdict for machines\n");
}

static uint64_t number (const char *option, const char *text) {
  char *end;
  uint64_t v = strtoull (text, &end, 0);
  if (!*text || *end) {
    refuse ("%s: '%s' is not a number", option, text);
  }
  return v;
}

enum {
  OPTION_OURS = 256,
  OPTION_ABI,
  OPTION_LEGACY,
  OPTION_CASES,
  OPTION_SEED,
  OPTION_ONLY,
  OPTION_CASE,
  OPTION_INDEX,
  OPTION_JSON,
  OPTION_FIRST,
  OPTION_RUN,
  OPTION_VECTORS,
  OPTION_OUT,
  OPTION_LINE,
  OPTION_HELP
};

static const struct option long_options[] = {
  { "ours", 1, NULL, OPTION_OURS },     { "abi", 1, NULL, OPTION_ABI },
  { "legacy", 1, NULL, OPTION_LEGACY }, { "cases", 1, NULL, OPTION_CASES },
  { "seed", 1, NULL, OPTION_SEED },     { "only", 1, NULL, OPTION_ONLY },
  { "case", 1, NULL, OPTION_CASE },     { "index", 1, NULL, OPTION_INDEX },
  { "json", 1, NULL, OPTION_JSON },     { "vectors", 1, NULL, OPTION_VECTORS },
  { "out", 1, NULL, OPTION_OUT },       { "line", 1, NULL, OPTION_LINE },
  { "run", 1, NULL, OPTION_RUN },       { "first", 0, NULL, OPTION_FIRST },
  { "help", 0, NULL, OPTION_HELP },     { NULL, 0, NULL, 0 },
};

static const char *nonempty (const char *s) {
  return s && *s ? s : NULL;
}

static void parse (struct options *o, int argc, char **argv) {
  int option;
  while ((option = getopt_long (argc, argv, "", long_options, NULL)) != -1) {
    switch (option) {
    case OPTION_OURS:
      o->ours = nonempty (optarg);
      break;
    case OPTION_ABI:
      o->abi = nonempty (optarg);
      if (o->abi && strcmp (o->abi, "boundary") && strcmp (o->abi, "legacy")) {
        refuse ("--abi: boundary or legacy");
      }
      break;
    case OPTION_LEGACY:
      o->legacy = nonempty (optarg);
      break;
    case OPTION_CASES:
      o->cases = number ("--cases", optarg);
      break;
    case OPTION_SEED:
      o->seed = number ("--seed", optarg);
      o->seed_given = true;
      break;
    case OPTION_ONLY:
      o->only = nonempty (optarg);
      break;
    case OPTION_CASE:
      o->case_hex = optarg;
      break;
    case OPTION_INDEX:
      o->index = number ("--index", optarg);
      o->index_given = true;
      break;
    case OPTION_JSON:
      o->json = nonempty (optarg);
      break;
    case OPTION_FIRST:
      o->first = true;
      break;
    case OPTION_RUN:
      o->run = nonempty (optarg);
      break;
    case OPTION_VECTORS:
      o->vectors = nonempty (optarg);
      break;
    case OPTION_OUT:
      o->out = nonempty (optarg);
      break;
    case OPTION_LINE:
      o->line = (long) number ("--line", optarg);
      break;
    case OPTION_HELP:
      usage (stdout);
      exit (0);
    default:
      usage (stderr);
      exit (2);
    }
  }
}

int main (int argc, char **argv) {
  struct options o = { .program = argv[0], .legacy = nonempty (getenv ("LEGACY_LIB")) };
  if (nonempty (getenv ("SEED"))) {
    o.seed = number ("SEED", getenv ("SEED"));
    o.seed_given = true;
  }
  if (argc < 2 || argv[1][0] == '-') {
    usage (argc > 1 && !strcmp (argv[1], "--help") ? stdout : stderr);
    return argc > 1 && !strcmp (argv[1], "--help") ? 0 : 2;
  }
  o.mode = argv[1];
  parse (&o, argc - 1, argv + 1);
  if (!o.seed_given) {
    o.seed = (uint64_t) time (NULL);
  }
  if ((o.case_hex || o.index_given || o.line) && !o.only) {
    refuse ("--case, --index and --line need --only");
  }
  calls_begin ();
  bool record = !strcmp (o.mode, "record");
  if (!record && !o.ours) {
    refuse ("whose functions? --ours path/to/libmtproxy_ffi.so");
  }
  if (!strcmp (o.mode, "live")) {
    return run_live (&o);
  }
  if (!strcmp (o.mode, "scripts")) {
    return run_scripts (&o);
  }
  if (!strcmp (o.mode, "faults")) {
    return run_faults (&o);
  }
  if (!o.vectors) {
    refuse ("where are the vectors? --vectors DIR");
  }
  if (!strcmp (o.mode, "replay")) {
    return run_replay (&o);
  }
  if (record) {
    return run_record (&o);
  }
  usage (stderr);
  return 2;
}
