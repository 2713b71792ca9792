/*
 * Digests and checksums of the configuration. Each result is computed in a second way and compared.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "host.h"

static void use_checksums (const unsigned char *data, size_t len) {
  size_t half = len / 2;
  uint32_t crc32 = ~mtproxy_ffi_crc32_partial (data, len, ~0u);
  uint32_t crc32c = ~mtproxy_ffi_crc32c_partial (data, len, ~0u);
  expect (crc32 == ~mtproxy_ffi_crc32_partial (data + half, len - half, mtproxy_ffi_crc32_partial (data, half, ~0u)),
          "CRC-32 in two pieces");
  expect (crc32c == ~mtproxy_ffi_crc32c_partial (data + half, len - half, mtproxy_ffi_crc32c_partial (data, half, ~0u)),
          "CRC-32C in two pieces");
  printf ("  crc32 %08x, crc32c %08x\n", crc32, crc32c);
  report ("mtproxy_ffi_crc32_partial", "%08x", crc32);
  report ("mtproxy_ffi_crc32c_partial", "%08x", crc32c);
}

static void use_md5 (const unsigned char *data, size_t len) {
  unsigned char digest[16], mac[16];
  char text[33] = "";
  mtproxy_ffi_md5 (data, len, digest);
  mtproxy_ffi_md5_hex (data, len, text);
  expect (!strcmp (text, hex (digest, 16)), "MD5 in hex");
  printf ("  md5 %s\n", text);
  report ("mtproxy_ffi_md5", "%s", hex (digest, 16));
  report ("mtproxy_ffi_md5_hex", "%s", text);
  mtproxy_ffi_md5_hmac ((const uint8_t *) "key", 3, data, len, mac);
  report ("mtproxy_ffi_md5_hmac", "%s", hex (mac, 16));
}

void use_digests (const unsigned char *data, size_t len) {
  unsigned char whole[32], parts[32];
  size_t third = len / 3;
  use_checksums (data, len);
  use_md5 (data, len);

  mtproxy_ffi_sha1 (data, len, whole);
  mtproxy_ffi_sha1_two_chunks (data, third, data + third, len - third, parts);
  expect (!memcmp (whole, parts, 20), "SHA-1 in two chunks");
  report ("mtproxy_ffi_sha1", "%s", hex (whole, 20));
  report ("mtproxy_ffi_sha1_two_chunks", "%s", hex (parts, 20));

  mtproxy_ffi_sha256 (data, len, whole);
  mtproxy_ffi_sha256_two_chunks (data, third, data + third, len - third, parts);
  expect (!memcmp (whole, parts, 32), "SHA-256 in two chunks");
  printf ("  sha256 %s\n", hex (whole, 32));
  report ("mtproxy_ffi_sha256", "%s", hex (whole, 32));
  report ("mtproxy_ffi_sha256_two_chunks", "%s", hex (parts, 32));

  mtproxy_ffi_sha256_hmac ((const uint8_t *) "key", 3, data, len, parts);
  expect (memcmp (whole, parts, 32) != 0, "a MAC depends on its key");
  report ("mtproxy_ffi_sha256_hmac", "%s", hex (parts, 32));
}
