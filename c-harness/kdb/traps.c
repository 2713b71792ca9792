/* Where the original ends the process: ours does too where that guards something, and returns where it does not.
 * Each in a child process. */
#define _GNU_SOURCE
#include "harness.h"
#include "legacy.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static int argument(const char *args, const char *name, long long *value) {
  const char *at = strstr(args, name);
  if (at) {
    *value = strtoll(at + strlen(name), NULL, 0);
  }
  return at != NULL;
}

static struct process_id id_after(const char *args, const char *name) {
  unsigned ip;
  int port, pid, utime;
  sscanf(strstr(args, name) + strlen(name), "%u,%d,%d,%d", &ip, &port, &pid, &utime);
  return (struct process_id){ip, port, pid, utime};
}

static void run(void *p) {
  struct row *row = p;
  const char *fn = row->cell[0], *args = row->cell[1];
  static unsigned words[32 * 67] __attribute__((aligned(16)));
  static unsigned char data[64], out[64];
  long long a = 0, b = 0;
  if (!strcmp(fn, "process_id_is_newer")) {
    struct process_id x = id_after(args, "x="), y = id_after(args, "y=");
    process_id_is_newer(&x, &y);
  } else if (!strcmp(fn, "init_common_PID")) {
    PID = id_after(args, "PID=");
    argument(args, "getpid=", &a);
    fake = (struct fake){.on = 1, .pid = a, .sec = 5};
    init_common_PID();
    /* Folded, and never "not set". */
    if (!PID.pid) {
      _Exit(1);
    }
  } else if (!strcmp(fn, "crc32_check_and_repair")) {
    char hex[256];
    size_t len;
    sscanf(strstr(args, "data=") + 5, "%255s", hex);
    unsigned char *block = bytes(hex, &len, 0);
    argument(args, "crc=", &a);
    argument(args, "force_exit=", &b);
    unsigned crc = a;
    crc32_check_and_repair(block, len, &crc, b);
    free(block);
  } else if (!strcmp(fn, "gf32_compute_powers_generic")) {
    argument(args, "size=", &a);
    gf32_compute_powers_generic(words, a, 0xedb88320);
  } else if (!strcmp(fn, "gf32_compute_powers_clmul")) {
    argument(args, "16 = ", &a);
    gf32_compute_powers_clmul(words + a / 4, 0xedb88320);
  } else if (!strcmp(fn, "gf32_pow")) {
    argument(args, "k=", &a);
    gf32_pow(3, a, 0xedb88320);
  } else if (!strcmp(fn, "gf32_combine_generic")) {
    gf32_compute_powers_generic(words, 32 * 67, 0xedb88320);
    argument(args, "len2=", &a);
    gf32_combine_generic(words, 5, a);
  } else if (!strcmp(fn, "crc32_find_corrupted_bit")) {
    argument(args, "size=", &a);
    crc32_find_corrupted_bit(a, 1);
  } else if (!strcmp(fn, "get_utime")) {
    argument(args, "clock_id=", &a);
    get_utime(a);
  } else if (!strcmp(fn, "reset_config")) {
    reset_config();
  } else if (!strcmp(fn, "md5_hex_config")) {
    md5_hex_config((char *)out);
  } else if (!strcmp(fn, "load_config")) {
    if (load_config("/nonexistent/config", -1) != -1) {
      _Exit(1);
    }
  } else {
    argument(args, "ilen=", &a);
    argument(args, "keylen=", &b);
    if (!strcmp(fn, "sha1")) {
      sha1(data, a, out);
    } else if (!strcmp(fn, "sha256")) {
      sha256(data, a, out);
    } else if (!strcmp(fn, "sha256_hmac")) {
      sha256_hmac(data, b, data, a, out);
    } else if (!strcmp(fn, "md5")) {
      md5(data, a, out);
    } else if (!strcmp(fn, "md5_hmac")) {
      md5_hmac(data, b, data, a, out);
    } else {
      _Exit(2);
    }
  }
}

/* Assertions that are kept: the caller has no sane value to go on with. */
static int still_aborts(const char *fn) {
  static const char *const names[] = {"crc32_check_and_repair", "gf32_compute_powers_generic", "get_utime", "reset_config", "md5_hex_config"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (!strcmp(fn, names[i])) {
      return 1;
    }
  }
  return 0;
}

static void trap(struct row *row) {
  const char *fn = row->cell[0];
  if (!strncmp(fn, "tlf_", 4) || !strcmp(fn, "thread_run_timers")) {
    return; /* other objects */
  }
  int want = !strcmp(row->cell[2], "abort") && still_aborts(fn) ? SIGABRT : 0;
  int got = signal_of(run, row);
  if (got != want) {
    fail(row, "%s(%s) ends with %d, not %d", fn, row->cell[1], got, want);
  }
}

void replay_traps(void) { table("traps", 3, trap); }
