/*
 * The resolver: the names of /etc/hosts, loaded when the file changes, in front of the C library's resolver; and the name of
 * this machine. Both files are the script's own, and so are the C library's answers (interpose.h).
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interpose.h"
#include "script.h"

/* Names of bytes above 0x7f are not among them: the original reads and writes before its table. Nor are numbers of more than
   64 bits: both sides refuse them, the original with errno set. */
static const char *const pieces[] = {
  "127.0.0.1",
  " ",
  "\t",
  "\n",
  "localhost",
  "10.0.0.2",
  "box",
  "box.example",
  "\r\n",
  "# note",
  "::1",
  "ip6",
  "+1.2.3.4",
  "010.1.1.1",
  "1. 2.3.4",
  "1.2.3",
  "1.2.3.4x",
  "256.1.1.1",
  "0.0.0.0",
  "-0.0.0.9",
  "4294967297.0.0.1",
  "[",
  "]",
  "n",
  "\v",
  "7",
  "\n127.0.0.1 localhost\n",
  "\n10.0.0.2 box alpha\n",
  "\n1.1.1.1 alpha\n",
};
enum { PIECES = sizeof (pieces) / sizeof (pieces[0]) };

static const char *const names[] = {
  "localhost", "box",       "alpha",     "box.example", "unknown",    "unknown.example",
  "n.example", "s.example", "l.example", "a.example",   "[::1]",      "[n]",
  "[]",        "[",         "",          "ip6",         "with:colon", "#",
  "\r",        "n",         "Box",
};
enum { NAMES = sizeof (names) / sizeof (names[0]) };

static void begin (void) {
  fake_etc_begin ();
  unsetenv ("HOSTNAME");
}

static void observe (void) {
  note ("loaded %d", *lib->kdb_hosts_loaded);
}

/* The original goes on behind a text that ends in a number: so the text ends in a line of its own. */
static void write_hosts (const long *a) {
  char text[4096] = "";
  const unsigned char *order = (const unsigned char *) numbered_bytes (a[0], 64);
  size_t len = 0;
  for (int i = 0; i < order[0] % 48; i++) {
    len += (size_t) snprintf (text + len, sizeof (text) - len, "%s", pieces[order[i + 1] % PIECES]);
  }
  len += (size_t) snprintf (text + len, sizeof (text) - len, "\n9.9.9.9 last\n\n# end\n");
  int fd = open ("hosts", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  struct timespec times[2] = { { 0, 0 }, { 1000000 + a[1], 0 } };
  if (fd < 0 || write (fd, text, len) != (ssize_t) len || futimens (fd, times) < 0) {
    abort ();
  }
  close (fd);
}

static void many_names (const long *a) {
  int fd = open ("hosts", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  for (long i = 0; i < a[0]; i++) {
    dprintf (fd, "10.1.%ld.%ld name%ld alpha\n", i / 200, i % 200 + 1, i);
  }
  close (fd);
}

/* Times that differ, because the size may be the same. */
static void finish (FILE *file, long time) {
  struct timespec times[2] = { { 0, 0 }, { 2000000 + time, 0 } };
  if (fflush (file) || futimens (fileno (file), times) || fclose (file)) {
    abort ();
  }
}

/* Thousands of names, of a length that a million of them is just below the bound of a file. */
static void huge (const long *a) {
  FILE *file = fopen ("hosts", "w");
  for (long i = 0; file && i < a[0] * 1000; i++) {
    fprintf (file, "1.2.3.%ld n%06lx\n", i % 10, i);
  }
  if (!file) {
    abort ();
  }
  finish (file, a[0]);
}

/* A line of many kilobytes: a comment, a name, many names, blanks, or what is no text at all; a name stands in front, one behind
   in the line, and one in the next line. */
static void long_line (const long *a) {
  static const char *const fillers[] = { "#", "y", " y", " ", "\x01", "7", "" };
  const char *filler = fillers[a[0]];
  size_t unit = strlen (filler) + !*filler; /* the last one is a NUL */
  FILE *file = fopen ("hosts", "w");
  if (!file) {
    abort ();
  }
  fprintf (file, "%s", a[2] ? "10.0.0.2 box" : "10.0.0.2 box ");
  for (size_t i = 0; i < (size_t) a[1] * 1024 / unit; i++) {
    fwrite (filler, 1, unit, file);
  }
  fprintf (file, " alpha\n10.0.0.3 last\n");
  finish (file, 10000 + 2 * a[0] + a[2]);
}

static void large (const long *a) {
  int fd = open ("hosts", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || ftruncate (fd, (16 << 20) - a[0]) < 0) {
    abort ();
  }
  close (fd);
}

static void no_file (const long *a) {
  unlink ("hosts");
  rmdir ("hosts");
  if (a[0]) {
    mkdir ("hosts", 0700);
  }
}

static void verbose (const long *a) {
  *lib->verbosity = (int) a[0];
}

static void load (const long *a) {
  (void) a;
  note ("%d", lib->kdb_load_hosts ());
}

static void lookup (const char *name) {
  struct hostent *h = (struct hostent *) lib->kdb_gethostbyname (name);
  if (h) {
    char text[64] = "no address";
    if (h->h_addr_list && h->h_addr_list[0]) {
      inet_ntop (h->h_addrtype, h->h_addr_list[0], text, sizeof (text));
    }
    note ("%s, family %d, length %d, %s, aliases %s", text, h->h_addrtype, h->h_length,
          h->h_addr_list && h->h_addr_list[0] && h->h_addr_list[1] ? "more" : "one", h->h_aliases ? "some" : "none");
    note ("%s", h->h_name == name ? "the name given" : "another name");
  } else {
    note ("null");
  }
  note ("asked %s", fake_etc_asked ());
}

static void find (const long *a) {
  lookup (names[a[0]]);
}

static void find_numbered (const long *a) {
  char name[32];
  snprintf (name, sizeof (name), "name%ld", a[0]);
  lookup (name);
}

static void find_long (const long *a) {
  char name[160];
  memset (name, 'x', sizeof (name));
  name[0] = a[1] ? '[' : 'x';
  name[a[0] - 1] = a[1] ? ']' : 'x';
  name[a[0]] = 0;
  lookup (name);
}

static void reset (const long *a) {
  (void) a;
  /* With a table the original ends at an assertion. */
  if (*lib->kdb_hosts_loaded < 0) {
    *lib->kdb_hosts_loaded = 0;
  } else {
    skip ();
  }
}

static void ipv6 (const long *a) {
  (void) a;
  unsigned short address[8];
  note ("%d", lib->parse_ipv6 (address, (char *) (size_t) "::1"));
}

static const char *const host_names[] = {
  "node-1.example_x\n",
  "  \tspaced next",
  "",
  "\n",
  "bad/name",
  "caf\xc3\xa9",
  "x",
  "a-name-of-sixty-four-characters-is-one-character-too-long-for-it",
  "a-name-of-sixty-three-characters-is-just-short-enough-for-this--",
};
enum { HOST_NAMES = sizeof (host_names) / sizeof (host_names[0]) };

static void write_hostname (const long *a) {
  int fd = open ("hostname", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dprintf (fd, "%s", host_names[a[0]]);
  if (a[1]) {
    /* As many bytes as the original's buffer has, or one less. */
    lseek (fd, 255 + a[1] - 2, SEEK_SET);
    dprintf (fd, "\n");
  }
  close (fd);
}

static void set_hostname (const long *a) {
  setenv ("HOSTNAME", host_names[a[0]], 1);
}

/* Ends the process where there is none. */
static void hostname (const long *a) {
  (void) a;
  char *name = lib->detect_hostname ();
  note ("%s %s", name, name == lib->detect_hostname () ? "kept" : "found again");
}

static void find_huge (const long *a) {
  char name[32];
  snprintf (name, sizeof (name), "n%06lx", (unsigned long) a[0]);
  lookup (name);
}

static void find_last (const long *a) {
  (void) a;
  lookup ("last");
}

static const struct operation operations[] = {
  { "hosts", write_hosts, { { "text", 0, 5000 }, { "time", 0, 2 } }, 8 },
  { "many", many_names, { { "names", 0, 3000 } }, 1 },
  { "huge", huge, { { "thousands", 0, 1000 } }, BY_HAND },
  { "long_line", long_line, { { "filled", 0, 6 }, { "kilobytes", 0, 3000 }, { "joined", 0, 1 } }, BY_HAND },
  { "large", large, { { "under", -1, 1 } }, 1 },
  { "no_file", no_file, { { "folder", 0, 1 } }, 1 },
  { "verbosity", verbose, { { "level", 0, 2 } }, 1 },
  { "load", load, { { 0 } }, 8 },
  { "find", find, { { "name", 0, NAMES - 1 } }, 16 },
  { "find_numbered", find_numbered, { { "number", 0, 3000 } }, 2 },
  { "find_huge", find_huge, { { "number", 0, 1000000 } }, BY_HAND },
  { "find_last", find_last, { { 0 } }, 1 },
  { "find_long", find_long, { { "length", 2, 140 }, { "brackets", 0, 1 } }, 2 },
  { "reset", reset, { { 0 } }, 1 },
  { "parse_ipv6", ipv6, { { 0 } }, 1 },
  { "hostname_file", write_hostname, { { "name", 0, HOST_NAMES - 1 }, { "padded", 0, 3 } }, 2 },
  { "hostname_set", set_hostname, { { "name", 0, HOST_NAMES - 1 } }, 1 },
  { "hostname", hostname, { { 0 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "resolver.find(0);resolver.hosts(7,0);resolver.load;resolver.find(0);resolver.load;resolver.hosts(7,1);resolver.load;resolver.no_file(0);"
  "resolver.load;resolver.find(0)",
  "resolver.verbosity(2);resolver.many(700);resolver.load;resolver.find_numbered(5);resolver.find_numbered(699);resolver.find_numbered(700);resolver.find(2)",
  "resolver.no_file(1);resolver.load;resolver.find(4);resolver.find(10);resolver.reset;resolver.find(7);resolver.parse_ipv6",
  "resolver.large(0);resolver.load;resolver.large(1);resolver.verbosity(2);resolver.load",
  "resolver.verbosity(2);resolver.huge(1000);resolver.load;resolver.find_huge(0);resolver.find_huge(999999);resolver.find(0)",
  "resolver.long_line(0,3000,0);resolver.load;resolver.find(1);resolver.find(2);resolver.find_last;resolver.long_line(1,3000,1);"
  "resolver.load;resolver.find(1);resolver.find(2);resolver.find_last;resolver.long_line(2,3000,0);resolver.load;resolver.find(2);"
  "resolver.find_last;resolver.long_line(3,3000,0);resolver.load;resolver.find(2);resolver.find_last",
  "resolver.long_line(4,3000,0);resolver.load;resolver.find(2);resolver.find_last;resolver.long_line(5,3000,0);resolver.load;"
  "resolver.find(2);resolver.find_last;resolver.long_line(6,1,0);resolver.load;resolver.find(1);resolver.find(2);resolver.find_last;"
  "resolver.long_line(6,3000,1);resolver.load;resolver.find(1);resolver.find_last",
  "resolver.hostname_file(0,0);resolver.hostname;resolver.hostname_file(1,0);resolver.hostname",
  "resolver.hostname_file(8,0);resolver.hostname",
  "resolver.hostname_file(7,0);resolver.hostname",
  "resolver.hostname_file(1,1);resolver.hostname",
  "resolver.hostname_file(1,2);resolver.hostname",
  "resolver.hostname",
  NULL,
};

const struct script_family resolver_scripts = { "resolver", CAN_HOSTS, operations, begin, observe, fixed };
