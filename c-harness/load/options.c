/*
 * The command line: see settings.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "fake_tls.h"
#include "settings.h"

struct settings settings = {
  .rounds = 3, .inflight_mib = 64, .pin = true, .warm = 0.3, .patience = 10, .domain = "localhost", .extra = ""
};

/* The default values of a mode. */
static struct mode common = { .clients = 1, .depth = 1, .size_lo = 1024, .size_hi = 1024, .seconds = 3 };
static bool clients_given;

static void usage (int status) {
  fputs ("usage: proxy_load [options] PROXY [BASELINE]\n"
         "PROXY is the drop-in where there is a BASELINE, the original; rounds then alternate between both. Each is a "
         "path,\n"
         "or a quoted command that ends in the proxy.\n"
         "modes (several run one after the other; without any, the standard ones):\n"
         "  --ping-pong          one message in flight per client: latency\n"
         "  --pipeline DEPTH     DEPTH messages in flight per client: throughput\n"
         "  --connect-rate       connect, first message, echo, close, again; --clients (32) at a time\n"
         "  --idle S             no client for S seconds\n"
         "  --idle-clients N     N connected, silent clients for --seconds\n"
         "load:\n"
         "  --clients N (1)      --size BYTES (1024)  --sizes mix|LO-HI   by chance\n"
         "  --seconds S (3)      measured, after --warm S (0.3)\n"
         "  --messages N         instead of a time    --rounds R (3)      --inflight MIB (64)  most bytes in flight\n"
         "proxy:\n"
         "  --crc32c  --dd (padded)  --tls [--domain NAME] (fake TLS)  --high-pid (root)  --extra 'ARGS'\n"
         "measuring:\n"
         "  --no-pin             do not keep generator and proxy on different cores\n"
         "  --one-core           keep them on the same one\n"
         "  --syscalls           count system calls by tracepoint (root; slows them a little)\n"
         "  --exec CMD           run CMD in a shell when measuring starts; PROXY_PID is set\n"
         "reports:\n"
         "  --all                every figure, not only the main ones\n"
         "  --json FILE          --markdown FILE      also written there; - is stdout, instead of the table\n"
         "  --keep               keep the proxy's files and log\n"
         "checking the checks:\n"
         "  --fault KIND         the middle-end makes one mistake: drop, change, shorten, repeat, swap, frame\n"
         "  --patience S (10)    how long an answer may take\n"
         "Exit status: 0 every message came back intact; 1 not; 2 nothing could be measured.\n",
         status ? stderr : stdout);
  exit (status);
}

static double number (const char *option, const char *text, double lo, double hi) {
  char *end;
  double v = strtod (text, &end);
  if (end == text || *end || !(v >= lo && v <= hi)) {
    die ("%s: '%s' is not a number from %g to %g", option, text, lo, hi);
  }
  return v;
}

static int whole (const char *option, const char *text, int lo, int hi) {
  double v = number (option, text, lo, hi);
  if (v != (int) v) {
    die ("%s: '%s' is not a whole number", option, text);
  }
  return (int) v;
}

static void add_mode (struct mode m) {
  if (settings.mode_count == MAX_MODES) {
    die ("more than %d modes", MAX_MODES);
  }
  settings.modes[settings.mode_count++] = m;
}

static void add_standard_modes (void) {
  add_mode ((struct mode) { .kind = PING_PONG, .clients = 1, .size_lo = 1024, .size_hi = 1024 });
  add_mode ((struct mode) { .kind = PING_PONG, .clients = 1, .size_lo = 1024, .size_hi = 1024, .one_core = true });
  add_mode ((struct mode) { .kind = PING_PONG, .clients = 100, .size_lo = 1024, .size_hi = 1024 });
  add_mode ((struct mode) { .kind = PIPELINE, .depth = 16, .clients = 100, .size_lo = 512, .size_hi = 512 });
  add_mode ((struct mode) { .kind = PIPELINE, .depth = 16, .clients = 100, .size_lo = 16384, .size_hi = 16384 });
  add_mode (
      (struct mode) { .kind = PIPELINE, .depth = 16, .clients = 100, .size_lo = 1024, .size_hi = 1024, .mixed = true });
  add_mode ((struct mode) { .kind = CONNECT, .clients = 32, .size_lo = 1024, .size_hi = 1024 });
  add_mode ((struct mode) { .kind = IDLE });
  add_mode ((struct mode) { .kind = IDLE_CLIENTS, .clients = 1000 });
}

static void take_mode (enum kind kind, const char *option, const char *value) {
  struct mode m = { .kind = kind };
  if (kind == PIPELINE) {
    m.depth = whole (option, value, 1, 65536);
  } else if (kind == IDLE) {
    m.seconds = number (option, value, 0.1, 600);
  } else if (kind == IDLE_CLIENTS) {
    m.clients = whole (option, value, 1, MAX_CLIENTS);
  }
  add_mode (m);
}

static void take_sizes (const char *option, const char *value) {
  unsigned lo, hi;
  char rest;
  if (!strcmp (value, "mix")) {
    common.mixed = true;
  } else if (sscanf (value, "%u-%u%c", &lo, &hi, &rest) == 2 && lo <= hi && hi <= MAX_SIZE) {
    common.size_lo = lo;
    common.size_hi = hi;
  } else {
    die ("%s: '%s' is neither mix nor two sizes up to %d", option, value, MAX_SIZE);
  }
}

static enum fault fault_named (const char *option, const char *name) {
  static const char *const names[] = {
    [FAULT_DROP] = "drop",     [FAULT_CHANGE] = "change", [FAULT_SHORTEN] = "shorten",
    [FAULT_REPEAT] = "repeat", [FAULT_SWAP] = "swap",     [FAULT_FRAME] = "frame"
  };
  for (int i = FAULT_DROP; i <= FAULT_FRAME; i++) {
    if (!strcmp (name, names[i])) {
      return (enum fault) i;
    }
  }
  die ("%s: there is no fault '%s'", option, name);
}

#define IS(name) (!strcmp (option, name))

/* Options with a number or a text. */
static bool take_value (const char *option, const char *value) {
  static const struct {
    const char *name;
    const char **text;
  } texts[] = { { "--domain", &settings.domain },
                { "--extra", &settings.extra },
                { "--exec", &settings.exec },
                { "--json", &settings.json },
                { "--markdown", &settings.markdown } };
  for (size_t i = 0; i < sizeof (texts) / sizeof (texts[0]); i++) {
    if (!strcmp (option, texts[i].name)) {
      *texts[i].text = value;
      return true;
    }
  }
  if (IS ("--clients")) {
    common.clients = whole (option, value, 1, MAX_CLIENTS);
    clients_given = true;
  } else if (IS ("--size")) {
    common.size_lo = common.size_hi = (uint32_t) whole (option, value, MIN_SIZE, MAX_SIZE);
  } else if (IS ("--sizes")) {
    take_sizes (option, value);
  } else if (IS ("--seconds")) {
    common.seconds = number (option, value, 0.1, 600);
  } else if (IS ("--messages")) {
    common.messages = (uint64_t) number (option, value, 1, 1e12);
  } else if (IS ("--rounds")) {
    settings.rounds = whole (option, value, 1, MAX_ROUNDS);
  } else if (IS ("--warm")) {
    settings.warm = number (option, value, 0, 60);
  } else if (IS ("--inflight")) {
    settings.inflight_mib = whole (option, value, 1, 4096);
  } else if (IS ("--patience")) {
    settings.patience = number (option, value, 0.1, 600);
  } else if (IS ("--fault")) {
    settings.fault = fault_named (option, value);
  } else {
    return false;
  }
  return true;
}

static bool take_flag (const char *option) {
  if (IS ("--tls")) {
    settings.tls = settings.padded = true;
    return true;
  }
  static const struct {
    const char *name;
    bool *flag, value;
  } flags[] = { { "--crc32c", &settings.crc32c, true },     { "--dd", &settings.padded, true },
                { "--high-pid", &settings.high_pid, true }, { "--no-pin", &settings.pin, false },
                { "--one-core", &settings.one_core, true }, { "--syscalls", &settings.syscalls, true },
                { "--all", &settings.all_figures, true },   { "--keep", &settings.keep, true } };
  for (size_t i = 0; i < sizeof (flags) / sizeof (flags[0]); i++) {
    if (IS (flags[i].name)) {
      *flags[i].flag = flags[i].value;
      return true;
    }
  }
  return false;
}

static const struct {
  const char *name;
  enum kind kind;
  bool has_value;
} mode_options[] = { { "--ping-pong", PING_PONG, false },
                     { "--pipeline", PIPELINE, true },
                     { "--connect-rate", CONNECT, false },
                     { "--idle", IDLE, true },
                     { "--idle-clients", IDLE_CLIENTS, true } };

/* How many of the words were used. */
static int take_option (char *option, char *next) {
  char *equals = strchr (option, '='), *value = equals ? equals + 1 : next;
  if (equals) {
    *equals = 0;
  }
  for (size_t i = 0; i < sizeof (mode_options) / sizeof (mode_options[0]); i++) {
    if (!strcmp (option, mode_options[i].name)) {
      if (mode_options[i].has_value && !value) {
        die ("%s lacks its value", option);
      }
      take_mode (mode_options[i].kind, option, value);
      return mode_options[i].has_value && !equals ? 2 : 1;
    }
  }
  if (!equals && take_flag (option)) {
    return 1;
  }
  if (!value || !take_value (option, value)) {
    die ("%s is not an option, or lacks its value; see --help", option);
  }
  return equals ? 1 : 2;
}

static void complete_mode (struct mode *m) {
  if (!m->clients && m->kind != IDLE) {
    m->clients = m->kind == CONNECT && !clients_given ? 32 : common.clients;
  }
  if (!m->depth) {
    m->depth = 1;
  }
  if (!m->size_lo) {
    m->size_lo = common.size_lo;
    m->size_hi = common.size_hi;
    m->mixed = common.mixed;
  }
  if (m->seconds == 0) {
    m->seconds = common.seconds;
  }
  m->one_core |= settings.one_core;
  if (mode_sends (m)) {
    m->messages = common.messages;
  }
}

void parse_options (int argc, char **argv) {
  for (int i = 1; i < argc;) {
    if (!strcmp (argv[i], "--help") || !strcmp (argv[i], "-h")) {
      usage (0);
    } else if (argv[i][0] == '-') {
      i += take_option (argv[i], argv[i + 1]);
    } else if (settings.variants < 2) {
      settings.command[settings.variants++] = argv[i++];
    } else {
      die ("more than two proxies: '%s'", argv[i]);
    }
  }
  if (!settings.variants) {
    usage (2);
  }
  if (settings.one_core && !settings.pin) {
    die ("--one-core and --no-pin contradict each other");
  }
  if (!settings.mode_count) {
    add_standard_modes ();
  }
  for (int i = 0; i < settings.mode_count; i++) {
    complete_mode (&settings.modes[i]);
  }
  if (strlen (settings.domain) > TLS_LONGEST_DOMAIN) {
    die ("--domain: more than %d characters do not fit the hello", TLS_LONGEST_DOMAIN);
  }
}

double longest_run (void) {
  enum { START_AND_STOP = 60, MESSAGES = 60, CLIENTS_PER_SECOND = 100, BARE_RELAY = 1 };
  double s = 30;
  for (int i = 0; i < settings.mode_count; i++) {
    const struct mode *m = &settings.modes[i];
    double measured = m->messages ? MESSAGES : m->seconds;
    double around = settings.warm + settings.patience + START_AND_STOP + (double) m->clients / CLIENTS_PER_SECOND;
    s += settings.variants * settings.rounds * (measured + around + BARE_RELAY);
  }
  return s;
}

void mode_name (const struct mode *m, char *out, size_t cap) {
  char size[32], transport[160];
  if (m->mixed) {
    snprintf (size, sizeof (size), "mixed sizes");
  } else if (m->size_hi > m->size_lo) {
    snprintf (size, sizeof (size), "%u-%u B", m->size_lo, m->size_hi);
  } else {
    snprintf (size, sizeof (size), "%u B", m->size_lo);
  }
  snprintf (transport, sizeof (transport), "%s%s%s%s%s",
            settings.tls      ? ", fake TLS"
            : settings.padded ? ", padded"
                              : "",
            settings.crc32c ? ", CRC32C" : "", settings.high_pid ? ", high pid" : "", *settings.extra ? ", " : "",
            settings.extra);
  if (m->one_core && settings.pin) {
    size_t used = strlen (transport);
    snprintf (transport + used, sizeof (transport) - used, ", all on one core");
  }
  const char *s = m->clients == 1 ? "" : "s";
  switch (m->kind) {
  case IDLE:
    snprintf (out, cap, "no client%s", transport);
    break;
  case IDLE_CLIENTS:
    snprintf (out, cap, "%d silent client%s%s", m->clients, s, transport);
    break;
  case CONNECT:
    snprintf (out, cap, "new connections, %d at a time, %s%s", m->clients, size, transport);
    break;
  case PIPELINE:
    snprintf (out, cap, "%d client%s, %d messages in flight each, %s%s", m->clients, s, m->depth, size, transport);
    break;
  default:
    snprintf (out, cap, "%d client%s, one message in flight each, %s%s", m->clients, s, size, transport);
  }
}
