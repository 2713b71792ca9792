/* Loading configs, the scanner's complaints, and what leaks. */
#define _GNU_SOURCE
#include "harness.h"
#include "legacy.h"
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char text[4096], path[] = "/tmp/mtproxy-kdb-XXXXXX";
static struct { const char *file; int fd, result; } load;

static void loading(void *unused) {
  (void)unused;
  load.result = load_config(load.file, load.fd);
}

static int loads(const char *file, int fd) {
  load.file = file;
  load.fd = fd;
  stderr_of(loading, NULL, text, sizeof text);
  return load.result;
}

static void put(const char *data, size_t len) {
  int fd = open(path, O_WRONLY | O_TRUNC);
  for (size_t at = 0; at < len;) {
    ssize_t n = write(fd, data + at, len - at);
    at += n > 0 ? n : (ssize_t)len;
  }
  close(fd);
}

static int open_files(void) {
  int count = 0;
  for (int fd = 0; fd < 256; fd++) {
    count += fcntl(fd, F_GETFD) >= 0;
  }
  return count;
}

static void sizes(void) {
  size_t max = 16 << 20;
  char *big = malloc(max + 2), hex[33] = "", digest[33] = "";
  int fd;
  memset(big, 'a', max + 2);
  put(big, max);
  expect((fd = loads(path, -1)) >= 0 && config_bytes == (int)max && cfg_end - cfg_start == (int)max && !*cfg_end && !strcmp(config_name, path), "16 MiB are accepted");
  expect(cfg_getword() == (int)max && cfg_cur == cfg_start, "a word of 16 MiB");
  md5_hex_config(digest);
  md5_hex(big, max, hex);
  expect(!memcmp(digest, hex, 32), "md5_hex_config");
  close(fd);
  put(big, max + 1);
  int before = open_files();
  expect(loads(path, -1) == -2 && strstr(text, " too long (max 16777216 bytes)\n"), "one more is refused");
  expect(open_files() == before, "a refused config is closed");
  expect(cfg_getword() <= (int)max + 1 && cfg_skipspc() >= 0, "after a refused config the cursor still ends somewhere");
  reset_config();
  expect(cfg_getword() == (int)max + 1, "and the text ends");
  close_config(NULL);
  expect(!config_name && !cfg_cur && !cfg_start && !cfg_end && !config_bytes && cfg_skipspc() == 0 && cfg_getword() == 0, "close_config");
  free(big);
}

static void resolving(void *unused) {
  (void)unused;
  cfg_gethost();
}

/* Whatever a file holds, the scanner stays inside; the buffer ends at an unmapped page (host.c). */
static void any_bytes(void) {
  static const char pieces[][8] = {"# ", "\"", "[", "a", "-", "12", ";", "{", "\n", "\r", " ", "\xff", "word"};
  size_t max = (16 << 20) + 1, count = sizeof pieces / sizeof *pieces;
  char *data = malloc(max);
  for (unsigned round = 0; round < 2 * count; round++) {
    /* The piece to the very end, of a config that is just accepted or just refused. */
    const char *piece = pieces[round / 2];
    size_t len = strlen(piece), size = max - (round & 1);
    for (size_t at = 0; at < size; at++) {
      data[at] = piece[at % len];
    }
    put(data, size);
    int fd = loads(path, -1);
    expect(round & 1 ? fd >= 0 : fd == -2, "accepted or refused");
    for (int again = 0; again < 2; again++) {
      cfg_getword(), cfg_getstr(), cfg_getint_zero(), cfg_getlex(), cfg_getint_signed_zero(), cfg_skipspc();
      stderr_of(resolving, NULL, text, sizeof text);
      expect(!cfg_cur || cfg_cur <= cfg_end || cfg_cur == cfg_start, "the cursor stays inside");
      reset_config();
      if (cfg_end - cfg_start > 100) {
        cfg_cur = cfg_end - 7;
      }
    }
    close_config(fd >= 0 ? &fd : NULL);
  }
  free(data);
}

static void refusals(void) {
  char fifo[64];
  int before = open_files();
  expect(loads("/nonexistent/config", -1) == -1 && !strcmp(text, "Can not open file /nonexistent/config: No such file or directory\n"), "no file");
  expect(loads("/tmp", -1) == -2 && !strcmp(text, "error reading configuration file (null): Is a directory\n") && config_bytes == -1, "a directory");
  reset_config();
  expect(cfg_end == cfg_start && cfg_getlex() == 0, "no text after a failure");
  snprintf(fifo, sizeof fifo, "%s.fifo", path);
  mkfifo(fifo, 0600);
  int both = open(fifo, O_RDWR);
  expect(write(both, "word;", 5) == 5, "fifo");
  expect(loads(fifo, both) == both && config_bytes == 5 && cfg_getword() == 4, "a FIFO gives what is in it");
  close_config(&both);
  expect(both == -1, "close_config closes");
  unlink(fifo);
  expect(open_files() == before, "no descriptor is left");
  /* Not a regular end: a NUL in the middle, no newline, a comment. */
  put("a\0b; # c", 8);
  int fd = loads(path, -1);
  expect(config_bytes == 8 && cfg_getstr() == 1 && cfg_end - cfg_start == 8, "a NUL in a config");
  expect(load_config(config_name, fd) == fd && !strcmp(config_name, path), "a config reloads under its own name");
  close_config(&fd);
}

static void expecting(void *unused) {
  (void)unused;
  cfg_lex = ';';
  expect(expect_lexem(';') == 0 && expect_lexem(':') == -1, "expect_lexem");
  expect(expect_word("proxy", 5) == 0 && expect_word("proxy", 5) == -1, "expect_word");
  syntax(NULL);
  syntax_warning("%d%%", 5);
  cfg_lno = 3;
  syntax("a %s", "message");
  expect(cfg_gethost() == NULL, "a host that is not known");
  expect(cfg_gethost_ex(1) == NULL, "no host");
}

static void complaints(void) {
  static char line[] = "proxy unknown.example and more than twenty\n";
  cfg_cur = line;
  cfg_lno = 0;
  config_name = "some.conf";
  stderr_of(expecting, NULL, text, sizeof text);
  config_name = NULL;
  expect(!strcmp(text,
                 "fatal: : expected near proxy unknown.exampl ...\n"
                 "fatal: Expected proxy near unknown.example and  ...\n"
                 "fatal: syntax error near unknown.example and  ...\n"
                 "warning: 5% near unknown.example and  ...\n"
                 "some.conf:3: fatal: a message near unknown.example and  ...\n"
                 "some.conf:3: fatal: cannot resolve 'unknown.example'\n near unknown.example\n"),
         "the scanner's complaints");
  expect(!strcmp(line, "proxy unknown.example and more than twenty\n"), "a host name is put back");
  static char known[] = "  known.example:80";
  cfg_cur = known;
  struct hostent *host = cfg_gethost();
  expect(host && *cfg_cur == ':', "a host that is known");
  cfg_cur = NULL;
}

void check_config_files(void) {
  int before = failures;
  close(mkstemp(path));
  sizes();
  any_bytes();
  refusals();
  complaints();
  unlink(path);
  printf("%-16s %d differ\n", "config files", failures - before);
}

/* Until libc's caches are full. */
#define WARM_UP 200

/* Memory and descriptors over many reloads, refusals and readings. */
void check_leaks(void) {
  int rounds = getenv("ROUNDS") ? atoi(getenv("ROUNDS")) : 100000;
  struct proc_stats s;
  am_memory_stat_t m;
  long long a[7];
  close(mkstemp(path));
  put("default 2;\nproxy_for 1 127.0.0.1:80;\n", 37);
  size_t used = 0;
  int files = 0;
  if (!freopen("/dev/null", "w", stderr)) {
    return;
  }
  for (int round = 0; round < rounds + WARM_UP; round++) {
    if (round == WARM_UP) {
      used = mallinfo2().uordblks;
      files = open_files();
    }
    int fd = load_config(path, -1);
    while (cfg_getlex() > 0 || cfg_getword() > 0 || *cfg_cur) {
      cfg_cur += *cfg_cur != 0;
    }
    if (round % 2) {
      close_config(&fd);
    } else {
      close(fd);
    }
    if (round % 16 == 0) {
      load_config("/tmp", -1);
      load_config("/nonexistent/config", -1);
      stats_buffer_t sb;
      sb_alloc(&sb, 16);
      sb_memory(&sb, 3);
      sb_prepare(&sb);
      sb_release(&sb);
      read_proc_stats(getpid(), 0, &s);
      am_get_memory_usage(getpid(), a, 7);
      am_get_memory_stats(&m, 3);
    }
    close_config(NULL);
  }
  size_t after = mallinfo2().uordblks;
  expect(after <= used && open_files() == files, "nothing leaks");
  printf("leaks            %d rounds: %zu bytes in use before, %zu after; %d and %d descriptors\n", rounds, used, after, files, open_files());
  unlink(path);
}
