/*
 * The table of options and the command line: adding options, more values and names for them, removing them, the usage text,
 * and what getopt_long makes of a command line, with functions that change the table meanwhile.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "engine_host.h"
#include "fake_account.h"
#include "script.h"

static const char *const names[] = { "alpha", "beta", "beta-two", "b", "gamma", "verbosity", "", "delta" };
enum { NAMES = sizeof (names) / sizeof (names[0]) };

/* Letters, among them getopt's own signs, and values of long names alone. */
static const int values[] = { 'a', 'b', 'c', 'd', 'v', 'z', '?', ':', ';', 0,
                              -1,  127, 128, 200, 202, 208, 300, 301, 302, 303 };
enum { VALUES = sizeof (values) / sizeof (values[0]) };

static const char *const helps[] = { "one", "two\nlines", "", "ends\n", "100%", "a longer text than the others have" };
enum { HELPS = sizeof (helps) / sizeof (helps[0]) };

static bool usage_returns;

/* A host's usage may return. */
static bool tell_usage (void) {
  note ("usage;");
  if (!usage_returns) {
    lib->usage ();
  }
  return true;
}

/* A host may define the first, and both libraries then call the host's. The second is of another object of the library, which
   calls its own where it may. */
int default_parse_option_func (int value);
void engine_add_engine_parse_options (void);

int default_parse_option_func (int value) {
  note ("default %d;", value);
  return -1;
}

void engine_add_engine_parse_options (void) {
  lib->engine_add_engine_parse_options ();
}

/* ---- the functions of options ---- */

static int take (int value) {
  note ("takes %d %s;", value, optarg ? optarg : "null");
  return 0;
}

static int refuse_it (int value) {
  note ("refuses %d;", value);
  return -1;
}

/* Changes the table while it is being worked through. */
static int grow (int value) {
  static int added = 400;
  note ("grows at %d;", value);
  for (int i = 0; i < 12 && added < 430; i++) {
    lib->parse_option_ex ("grown", no_argument, NULL, added++, 0, take, "grown");
  }
  return 0;
}

static int (*const functions[]) (int) = { NULL, take, refuse_it, grow };
enum { FUNCTIONS = sizeof (functions) / sizeof (functions[0]) };

static const char *function_name (int (*f) (int)) {
  return f == take                                   ? "take"
         : f == refuse_it                            ? "refuse"
         : f == grow                                 ? "grow"
         : calls_same (f, lib->builtin_parse_option) ? "builtin"
         : f == default_parse_option_func            ? "default"
                                                     : "another";
}

/* ---- the table ---- */

static struct engine_parse_option *option_at (int index) {
  return index >= 0 && index < *lib->engine_parse_options_num ? *lib->engine_parse_options + index : NULL;
}

static void observe (void) {
  note ("%d of %d:", *lib->engine_parse_options_num, *lib->engine_parse_options_size);
  for (int i = 0; i < *lib->engine_parse_options_num; i++) {
    struct engine_parse_option *o = option_at (i);
    note ("[%d,%d", o->smallest_val, o->base_val);
    for (int j = 0; j < o->val_cnt; j++) {
      note ("%d", o->vals[j]);
    }
    for (int j = 0; j < o->longopts_cnt; j++) {
      note ("%s", o->longopts[j]);
    }
    note ("%s %x %d", function_name (o->func), o->flags, o->arg);
    note_bytes ("help", o->help, o->help ? strlen (o->help) : 0);
    note ("]");
  }
  note ("user %s group %s program %s log %s verbosity %d daemonize %d memory %lld",
        *lib->username ? *lib->username : "-", *lib->groupname ? *lib->groupname : "-",
        *lib->progname ? *lib->progname : "-", *lib->logname ? *lib->logname : "-", *lib->verbosity, *lib->daemonize,
        *lib->max_allocated_buffer_bytes);
}

static void add (const long *a) {
  const char *name = names[a[0] % NAMES], *help = helps[a[0] % HELPS];
  int value = values[a[1]], argument = (int) (a[0] / NAMES % 3);
  int (*f) (int) = functions[a[0] / (NAMES * 3) % FUNCTIONS];
  switch (a[2]) {
  case 0:
    lib->parse_option (name, argument, NULL, value, "%s: %d%%", help, value);
    break;
  case 1:
    lib->parse_option_ex (name, argument, NULL, value, 0x400, f, "%s %5.1f %lld", help, 1.25, 1LL << 40);
    break;
  case 2:
    lib->parse_option_builtin (name, argument, NULL, value, 0x1000, help, 1);
    break;
  case 3:
    lib->parse_option_builtin (name, argument, NULL, value, 0x2000, NULL);
    break;
  default:
    lib->parse_option_internal (name, argument, NULL, value, 7, f, strdup (help));
  }
}

static void add_builtin (const long *a) {
  (void) a;
  lib->add_builtin_parse_options ();
}

/* Where the host's usage returns, the original goes on with an option before its table. */
static bool goes_astray (bool found) {
  if (!found && usage_returns) {
    skip ();
  }
  return !found && usage_returns;
}

static void alias (const long *a) {
  const char *name = names[a[0]];
  if (!goes_astray (lib->find_parse_option_name (name) >= 0)) {
    lib->parse_option_alias (name, values[a[1]]);
  }
}

static void long_alias (const long *a) {
  const char *name = names[a[0]];
  if (!goes_astray (lib->find_parse_option_name (name) >= 0)) {
    lib->parse_option_long_alias (name, names[a[1]]);
  }
}

/* True if the original moves memory of a negative length, or keeps a value that it did not set. */
static bool undefined_to_remove (int value) {
  int index = lib->find_parse_option (value), times = 0, smallest = 0x7fffffff;
  struct engine_parse_option *o = option_at (index), *next = option_at (index + 1);
  for (int i = 0; o && i < o->val_cnt; i++) {
    times += o->vals[i] == value;
    smallest = o->vals[i] != value && o->vals[i] < smallest ? o->vals[i] : smallest;
  }
  return o && o->val_cnt > 1 && (times > 1 || (o->smallest_val == value && next && next->smallest_val < smallest));
}

static void remove_value (const long *a) {
  int value = values[a[0]];
  if (undefined_to_remove (value)) {
    skip ();
  } else if (!goes_astray (lib->find_parse_option (value) >= 0)) {
    lib->remove_parse_option (value);
  }
}

/* Ends the program where no option has the value first. */
static void remove_option (const long *a) {
  lib->remove_parse_option_completely (values[a[0]]);
}

static void find (const long *a) {
  note ("%d %d", lib->find_parse_option (values[a[0]]), lib->find_parse_option_name (names[a[1]]));
}

/* Makes an entry's smallest value smaller. */
static void up (const long *a) {
  struct engine_parse_option *o = option_at ((int) a[0]);
  if (o) {
    o->smallest_val -= (int) a[1];
    lib->parse_option_up (o);
  }
}

/* Every entry is in its place: one that is not is undefined in the original. */
static void down (const long *a) {
  struct engine_parse_option *o = option_at ((int) a[0]);
  if (o) {
    lib->parse_option_down (o);
  }
}

/* ---- the command line ---- */

static void one (const long *a) {
  optarg = a[1] ? "12" : NULL;
  int value = values[a[0]];
  if (!a[1] && (value == 202 || value == 208)) {
    skip (); /* their argument is required */
    return;
  }
  note ("%d", a[2] ? lib->builtin_parse_option (value) : lib->parse_one_option (value));
  note ("asked %s", fake_account_asked ());
}

static void builtin (const long *a) {
  static const char *const arguments[] = { "0", "1", "-3", "x", "5k", " 7 g", "me" };
  static const int known[] = { 'v', 'u', 'l', 'd', 202, 208, 'h', 5 };
  optarg = (char *) (size_t) arguments[a[1]];
  note ("%d", lib->builtin_parse_option (known[a[0]]));
  note ("asked %s", fake_account_asked ());
}

static void nice_fails (const long *a) {
  fake_account_begin (1, 1, 1, 1, a[0] ? "nice" : NULL);
}

static const char *const words[] = {
  "--alpha",
  "--al",
  "--alpha=5",
  "--beta",
  "--bet",
  "--beta-two=x",
  "--b",
  "--gamma=",
  "-a",
  "-b",
  "-b7",
  "-abc",
  "-c",
  "-",
  "--",
  "value",
  "-v",
  "-vv",
  "-v3",
  "--verbosity=3",
  "--verbosity",
  "-u",
  "-uroot",
  "--user=me",
  "--log",
  "-d",
  "--daemonize=0",
  "--nice=5",
  "--msg-buffers-size=3m",
  "--msg-buffers-size",
  "--unknown",
  "-z",
  "--delta",
  "",
  "-h",
  "--msg-buffers-size=3z",
};
enum { WORDS = sizeof (words) / sizeof (words[0]), LINE = 12, MANY = 1000 };

static void parse (char **argv, int argc) {
  optind = 0;
  note ("%d", lib->parse_engine_options_long (argc, argv));
  note ("optind %d, kept %d, nice %s:", optind, *lib->engine_options_num, fake_account_asked ());
}

static void command_line (const long *a) {
  char *argv[LINE + 1] = { "program" };
  const unsigned char *order = (const unsigned char *) numbered_bytes (a[0], LINE);
  int argc = 1;
  for (; argc < 1 + a[1]; argc++) {
    argv[argc] = (char *) (size_t) words[order[argc] % WORDS];
  }
  parse (argv, argc);
  for (int i = 0; i < argc; i++) {
    note ("%s,%s", argv[i], lib->engine_options[i]);
  }
}

/* As many arguments as the original's array has, or fewer. */
static void long_line (const long *a) {
  static char *argv[MANY + 1];
  for (int i = 0; i < MANY; i++) {
    argv[i] = (char *) (size_t) (i ? "value" : "program");
  }
  argv[MANY - a[0]] = NULL;
  argv[MANY - a[0] - 1] = "last";
  parse (argv, MANY - (int) a[0]);
  note ("%s", lib->engine_options[MANY - a[0] - 1]);
}

/* ---- texts ---- */

static void print_usage (const long *a) {
  if (a[0]) {
    note ("%d", lib->parse_usage ());
  } else {
    lib->usage ();
  }
}

static void name_program (const long *a) {
  *lib->progname = a[0] ? "program" : NULL;
  *lib->groupname = a[0] ? "group" : NULL;
}

static void set_returning (const long *a) {
  usage_returns = a[0];
}

static void memory_limit (const long *a) {
  static const char *const texts[] = {
    "0",
    "10kb",
    "7 k",
    "3K",
    "4m",
    "5G",
    "1t",
    "-2m",
    "+8",
    " 9k",
    "9223372036854775807k",
    "99999999999999999999",
    "12T",
    "007k",
    "",
    "k",
    "-",
    "5b",
    "7\t",
    "1.5k",
    "3\xe9",
  };
  note ("%lld", lib->parse_memory_limit (texts[a[0]]));
}

static void keep_list (const long *a) {
  static const unsigned list[] = { 5, 7, 4000000000, 7, 0, 9 };
  note ("%d %d", lib->in_keep_options_list (list + a[1], (unsigned) a[0]),
        lib->in_keep_options_list (NULL, (unsigned) a[0]));
}

static void begin (void) {
  usage_returns = true;
  on_usage = tell_usage;
}

static const struct operation operations[] = {
  { "add", add, { { "what", 0, 95 }, { "value", 0, VALUES - 1 }, { "how", 0, 4 } }, 16 },
  { "builtins", add_builtin, { { 0 } }, 2 },
  { "alias", alias, { { "name", 0, NAMES - 1 }, { "value", 0, VALUES - 1 } }, 8 },
  { "long_alias", long_alias, { { "name", 0, NAMES - 1 }, { "other", 0, NAMES - 1 } }, 4 },
  { "remove", remove_value, { { "value", 0, VALUES - 1 } }, 6 },
  { "remove_all", remove_option, { { "value", 0, VALUES - 1 } }, 1 },
  { "find", find, { { "value", 0, VALUES - 1 }, { "name", 0, NAMES - 1 } }, 2 },
  { "up", up, { { "index", 0, 9 }, { "by", 0, 200 } }, 2 },
  { "down", down, { { "index", 0, 9 } }, 1 },
  { "one", one, { { "value", 0, VALUES - 1 }, { "argument", 0, 1 }, { "builtin", 0, 1 } }, 3 },
  { "builtin", builtin, { { "value", 0, 7 }, { "argument", 0, 6 } }, 3 },
  { "nice", nice_fails, { { "fails", 0, 1 } }, 1 },
  { "parse", command_line, { { "words", 0, 5000 }, { "count", 0, LINE - 1 } }, 10 },
  { "parse_many", long_line, { { "fewer", 0, 20 } }, 1 },
  { "usage", print_usage, { { "table", 1, 1 } }, 6 },
  { "program", name_program, { { "named", 0, 1 } }, 1 },
  { "usage_returns", set_returning, { { "returns", 0, 1 } }, 1 },
  { "limit", memory_limit, { { "text", 0, 20 } }, 2 },
  { "keep", keep_list, { { "number", 0, 9 }, { "from", 0, 4 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "options.usage_returns(0);options.builtins;options.usage(1);options.parse(7,4);options.parse(12,11)",
  "options.add(0,0,0);options.add(1,1,1);options.add(10,1,2);options.alias(0,16);options.alias(0,3);options.remove(0);options.remove(16);"
  "options.long_alias(0,4);options.usage(1);options.find(3,4);options.parse(3,6);options.remove_all(3)",
  "options.add(73,0,1);options.add(25,1,1);options.one(0,0,0);options.one(1,1,0);options.parse(8,9);options.add(49,2,1);options.parse(1,11)",
  "options.usage_returns(0);options.add(0,0,0);options.add(1,0,0)",
  "options.usage_returns(0);options.alias(0,0)",
  "options.usage_returns(0);options.long_alias(0,1)",
  "options.usage_returns(0);options.remove(0)",
  "options.usage_returns(0);options.program(1);options.limit(15)",
  "options.limit(14)",
  "options.limit(17)",
  "options.remove_all(0)",
  "options.builtins;options.remove_all(4);options.up(3,150);options.down(2);options.usage(1);options.parse_many(0);options.keep(7,1)",
  "options.builtin(1,0);options.builtin(1,6)",
  "options.builtin(6,0)",
  "options.nice(1);options.builtin(4,1);options.builtin(5,4)",
  NULL,
};

const struct script_family options_scripts = { "options", CAN_OPTIONS, operations, begin, observe, fixed };
