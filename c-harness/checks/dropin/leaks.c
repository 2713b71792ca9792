/*
 * Memory and descriptors over many reloads, refusals and readings. usage: leaks ROUNDS [control]
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "legacy_names.h"

/* The rounds until libc's caches are full. */
enum { WARM_UP = 200 };

static int open_files (void) {
  int count = 0;
  for (int fd = 0; fd < 256; fd++) {
    count += fcntl (fd, F_GETFD) >= 0;
  }
  return count;
}

static void read_everything (void) {
  while (cfg_getlex () > 0 || cfg_getword () > 0 || *cfg_cur) {
    cfg_cur += *cfg_cur != 0;
  }
}

static void rarer_calls (void) {
  struct stats_buffer sb;
  struct proc_stats s;
  am_memory_stat_t m;
  long long a[7];
  load_config ("/", -1);
  load_config ("/nonexistent/config", -1);
  sb_alloc (&sb, 16);
  sb_memory (&sb, 3);
  sb_prepare (&sb);
  sb_release (&sb);
  read_proc_stats (getpid (), 0, &s);
  am_get_memory_usage (getpid (), a, 7);
  am_get_memory_stats (&m, 3);
}

/* The control's. */
char *volatile lost;

int main (int argc, char **argv) {
  static const char text[] = "default 2;\nproxy_for 1 127.0.0.1:80;\n";
  char path[256];
  int rounds = argc > 1 ? atoi (argv[1]) : 0, file = make_file (path), files = 0;
  size_t used = 0;
  if (write (file, text, strlen (text)) != (ssize_t) strlen (text) || !freopen ("/dev/null", "w", stderr)) {
    return 2;
  }
  for (int round = 0; round < rounds + WARM_UP; round++) {
    if (round == WARM_UP) {
      used = mallinfo2 ().uordblks;
      files = open_files ();
    }
    int fd = load_config (path, -1);
    read_everything ();
    if (round % 2) {
      close_config (&fd);
    } else {
      close (fd);
    }
    if (round % 16 == 0) {
      rarer_calls ();
    }
    close_config (NULL);
    if (argc > 2) {
      lost = strdup (text);
    }
  }
  size_t after = mallinfo2 ().uordblks;
  printf ("leaks: %d rounds, %zu bytes in use before, %zu after; %d and %d descriptors\n", rounds, used, after, files,
          open_files ());
  unlink (path);
  return after > used || open_files () != files;
}
