/*
 * Texts of addresses, which live until some more were made, and the choice of the machine's own address.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "fake_socket.h"
#include "script.h"

/* The last texts are looked at after each step. */
enum { KEPT = 4 };

static const char *kept[KEPT];
static int next;

static void keep (const char *text) {
  note ("%s", text);
  kept[next++ % KEPT] = text;
}

static void observe (void) {
  for (int i = 0; i < KEPT; i++) {
    if (kept[i]) {
      note ("[%s]", kept[i]);
    }
  }
}

/* A zero bit of `pattern` is a word of zeros; the other words are of a kind. */
static unsigned char *address (long pattern, long kind) {
  static unsigned char bytes[16];
  static const unsigned short words[] = { 0xffff, 1, 0x10, 0x100, 0x2001, 0xabcd, 0xfe80, 0xf };
  for (int i = 0; i < 8; i++) {
    unsigned word = pattern >> i & 1 ? words[(unsigned long) (kind + (kind > 7 ? i * kind : 0)) % 8] : 0;
    bytes[2 * i] = (unsigned char) (word >> 8);
    bytes[2 * i + 1] = (unsigned char) word;
  }
  return bytes;
}

static void convert (const long *a) {
  char text[64];
  memset (text, '#', sizeof (text));
  const char *result = lib->conv_addr ((unsigned) a[0], text);
  note ("%s%s", text, result == text ? "" : ", elsewhere");
}

static void convert_kept (const long *a) {
  note ("%s", lib->conv_addr ((unsigned) a[0], NULL));
}

static void convert6 (const long *a) {
  char text[64];
  memset (text, '#', sizeof (text));
  const char *result = lib->conv_addr6 (address (a[0], a[1]), text);
  note ("%s%s", text, result == text ? "" : ", elsewhere");
  note ("%s", lib->conv_addr6 (address (~a[0], a[1]), NULL));
}

/* All patterns of zeros. */
static void convert_all (const long *a) {
  static char all[256 * 48];
  size_t len = 0;
  for (int pattern = 0; pattern < 256; pattern++) {
    char text[64];
    unsigned short words[8];
    memset (text, '#', sizeof (text));
    memcpy (words, address (pattern, a[0]), 16);
    int length = lib->conv_ipv6_internal (words, text);
    len += (size_t) snprintf (all + len, sizeof (all) - len, "%d %s%s;", length, text,
                              text[length + 1] == '#' ? "" : " and more");
  }
  note_bytes ("texts", all, len);
}

static void show (const long *a) {
  keep (lib->show_ip ((unsigned) a[0]));
}

static void show6 (const long *a) {
  keep (lib->show_ipv6 (address (a[0], a[1])));
}

/* ---- the machine's own ---- */

static const struct fake_interface interfaces[] = {
  { "lo", "127.0.0.1", "255.0.0.0" },
  { "eth0", "192.0.2.7", "255.255.255.0" },
  { "eth1", "10.1.2.3", "255.255.0.0" },
  { "eth2", "10.9.0.1", "255.0.0.0" },
  { "ppp0", "198.51.100.9", "255.255.255.255" },
  { "lan", "172.16.5.4", "255.240.0.0" },
  { "local0", "203.0.113.1", "255.0.0.0" },
  { "dummy", "127.9.9.9", "255.0.0.0" },
  { "tun", "10.4.4.4", "255.255.255.255" },
  { "lo", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
  { "eth0", "fe80::1", "ffff:ffff:ffff:ffff::" },
  { "eth0", "2001:db8::7", "ffff:ffff:ffff:ffff::" },
  { "eth1", "2001:db8::0211:22ff:fe33:4455", "ffff:ffff:ffff:ffff::" },
  { "eth2", "3ffe::0211:22ff:fe33:4455", "ffff:ffff::" },
  { "eth3", "3001::1:2:3", "ffff::" },
  { "none", NULL, NULL },
};
enum { INTERFACES = sizeof (interfaces) / sizeof (interfaces[0]) };

/* Bits of `which` are interfaces, from `first` on. */
static void own (const long *a) {
  struct fake_interface chosen[INTERFACES];
  int count = 0;
  for (int i = 0; i < INTERFACES; i++) {
    if (a[0] >> i & 1) {
      chosen[count++] = interfaces[(i + a[1]) % INTERFACES];
    }
  }
  fake_interfaces (chosen, count);
  *lib->verbosity = 0; /* the original logs IPv6 addresses wrong */
  unsigned char ipv6[16] = "unchanged";
  note ("%08x", lib->get_my_ipv4 ());
  note ("%d", lib->get_my_ipv6 (ipv6));
  note_bytes ("is", ipv6, sizeof (ipv6));
}

static void own_fails (const long *a) {
  (void) a;
  fake_interfaces (NULL, -1);
  unsigned char ipv6[16] = "unchanged";
  note ("%08x", lib->get_my_ipv4 ());
  note ("%d", lib->get_my_ipv6 (ipv6));
  note_bytes ("is", ipv6, sizeof (ipv6));
}

static const struct operation operations[] = {
  { "convert", convert, { { "address", 0, 0xffffffff } }, 2 },
  { "convert_kept", convert_kept, { { "address", 0, 0xffffffff } }, 1 },
  { "convert6", convert6, { { "words", 0, 255 }, { "kind", 0, 40 } }, 4 },
  { "convert_all", convert_all, { { "kind", 0, 40 } }, 1 },
  { "show", show, { { "address", 0, 0xffffffff } }, 4 },
  { "show6", show6, { { "words", 0, 255 }, { "kind", 0, 40 } }, 4 },
  { "own", own, { { "which", 0, (1 << INTERFACES) - 1 }, { "first", 0, INTERFACES - 1 } }, 3 },
  { "own_fails", own_fails, { { 0 } }, 1 },
  { 0 },
};

static const char *const fixed[] = {
  "addresses.convert_all(0);addresses.convert_all(5);addresses.convert_all(11);addresses.convert(16777343);addresses.convert_kept(4294967295)",
  "addresses.show(2130706433);addresses.show(4294967295);addresses.show6(255,5);addresses.show6(1,1);addresses.show(0);addresses.show6(192,0)",
  "addresses.own(0,0);addresses.own(65535,0);addresses.own(3,0);addresses.own(19,0);addresses.own(256,0);addresses.own(6144,0);"
  "addresses.own(12288,0);addresses.own_fails",
  NULL,
};

const struct script_family addresses_scripts = { "addresses", CAN_ADDRESSES, operations, NULL, observe, fixed };
