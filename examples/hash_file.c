/*
 * Prints a file's checksums and digests.
 *
 *   cc hash_file.c $(pkg-config --cflags --libs mtproxy_ffi) -o hash_file && ./hash_file README.md
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <mtproxy_ffi.h>
#include <stdio.h>
#include <stdlib.h>

static void print_hex (const char *name, const uint8_t *bytes, size_t len) {
  printf ("%-7s ", name);
  for (size_t i = 0; i < len; i++) {
    printf ("%02x", bytes[i]);
  }
  printf ("\n");
}

int main (int argc, char **argv) {
  if (mtproxy_ffi_startup_handshake (MTPROXY_FFI_API_VERSION) < 0) {
    fprintf (stderr, "the library speaks API version %u\n", (unsigned) mtproxy_ffi_api_version ());
    return 1;
  }
  FILE *file = argc == 2 ? fopen (argv[1], "rb") : NULL;
  if (!file || fseek (file, 0, SEEK_END) < 0) {
    fprintf (stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }
  long end = ftell (file);
  rewind (file);
  size_t len = end > 0 ? (size_t) end : 0;
  uint8_t *data = malloc (len + 1);
  if (!data || fread (data, 1, len, file) != len) {
    fprintf (stderr, "%s cannot be read\n", argv[1]);
    return 1;
  }
  fclose (file);

  /* The register starts with all ones and is inverted at the end; the library does neither. */
  printf ("%-7s %08x\n", "crc32", (unsigned) ~mtproxy_ffi_crc32_partial (data, len, ~0u));
  printf ("%-7s %08x\n", "crc32c", (unsigned) ~mtproxy_ffi_crc32c_partial (data, len, ~0u));
  uint8_t digest[32];
  if (mtproxy_ffi_md5 (data, len, digest) == 0) {
    print_hex ("md5", digest, 16);
  }
  if (mtproxy_ffi_sha1 (data, len, digest) == 0) {
    print_hex ("sha1", digest, 20);
  }
  if (mtproxy_ffi_sha256 (data, len, digest) == 0) {
    print_hex ("sha256", digest, 32);
  }
  free (data);
  return 0;
}
