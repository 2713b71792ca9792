/*
 * Options where the original is undefined: it moves memory of a negative length, writes beyond its arrays, or goes on before
 * them. And hosts without an engine.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <dlfcn.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "legacy_names.h"

enum { KEPT = 1000, ARGUMENTS = 1500 };

static int failed, usages, taken;

static void expect (int holds, const char *what) {
  if (!holds) {
    failed++;
    printf ("FAIL %s\n", what);
  }
}

/* In front of the library's weak one, and it returns. */
void usage (void) {
  usages++;
}

static int take (int value) {
  taken = value;
  return 0;
}

static void add (const char *name, int value) {
  parse_option_ex (name, no_argument, NULL, value, 0, take, "%s", name);
}

/* Are these the options, by their first names' first letters? */
static int order_is (const char *letters) {
  size_t count = strlen (letters);
  for (size_t i = 0; i < count && count == (size_t) engine_parse_options_num; i++) {
    if (engine_parse_options[i].longopts[0][0] != letters[i]) {
      return 0;
    }
  }
  return count == (size_t) engine_parse_options_num;
}

/* Cure 23. */
static void option_without_its_smallest_value_moves_down (void) {
  add ("a", 'a');
  add ("b", 'b');
  add ("c", 'c');
  add ("d", 'd');
  parse_option_alias ("a", 'c' + 100);
  remove_parse_option ('a');
  expect (order_is ("bcda"), "an option that lost its smallest value is behind smaller ones");
  expect (engine_parse_options[3].smallest_val == 'c' + 100 && engine_parse_options[3].base_val == 'c' + 100,
          "and has another");
  parse_option_alias ("c", 'b' + 0);
  expect (usages == 1, "a value that is taken prints the usage");
  remove_parse_option ('c');
  expect (order_is ("bcda") && engine_parse_options[1].smallest_val == 'b', "an equal one is not passed");
  engine_parse_options[0].smallest_val = 1000;
  parse_option_down (engine_parse_options);
  expect (order_is ("cdab"), "to the very end");
  expect (parse_one_option ('c' + 100) == 0 && taken == 'c' + 100, "its function gets its value");
}

/* A host's usage may return. */
static void unknown_names_change_nothing (void) {
  int before = usages;
  parse_option_alias ("unknown", 500);
  parse_option_long_alias ("unknown", "another");
  remove_parse_option (501);
  expect (usages == before + 3 && order_is ("cdab"), "an option that is not there stays so");
  parse_option_alias ("d", 'd');
  expect (usages == before + 4 && engine_parse_options[1].val_cnt == 2, "a value twice");
  remove_parse_option ('d');
  expect (order_is ("cab"), "goes as one, and with it the option");
}

static void long_command_line (void) {
  static char *argv[ARGUMENTS + 1], program[] = "program", word[] = "word", option[] = "--c";
  for (int i = 0; i < ARGUMENTS; i++) {
    argv[i] = i == ARGUMENTS - 1 ? option : i ? word : program;
  }
  void *table = engine_parse_options;
  taken = 0;
  optind = 0;
  expect (parse_engine_options_long (ARGUMENTS, argv) == 0 && taken == 'b', "a long command line is read to its end");
  expect (engine_options_num == KEPT && (&engine_options)[KEPT - 1] == word && optind == 2,
          "its first thousand are kept");
  expect (engine_parse_options == table && order_is ("cab"), "and nothing behind them is written");
}

static void host_without_an_engine (void) {
  expect (default_parse_option_func (7) == -1, "an option of a host without an engine is nobody's");
  expect (strstr (get_version_string (), "mtproxy-ffi") != NULL, "the version of a host without one is ours");
}

/* C loads a library for the first backtrace, which allocates: in a handler that may hang. */
static void backtraces_are_prepared (void) {
  if (!dlopen ("libgcc_s.so.1", RTLD_LAZY | RTLD_NOLOAD)) {
    set_debug_handlers ();
    expect (dlopen ("libgcc_s.so.1", RTLD_LAZY | RTLD_NOLOAD) != NULL,
            "what a backtrace needs is loaded before a crash");
  }
}

/* `options control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  int saved = dup (2);
  freopen ("/dev/null", "w", stderr);
  option_without_its_smallest_value_moves_down ();
  unknown_names_change_nothing ();
  long_command_line ();
  host_without_an_engine ();
  dup2 (saved, 2);
  backtraces_are_prepared ();
  return failed != 0;
}
