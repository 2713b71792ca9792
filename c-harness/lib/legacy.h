/*
 * The symbols of the legacy ABI that the harness uses, as dlsym finds them.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_LEGACY_H
#define HARNESS_LEGACY_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "legacy_symbols.h"
#include "legacy_types.h"

typedef unsigned crc_partial_t (const void *data, long len, unsigned crc);
typedef uint64_t crc64_partial_t (const void *data, long len, uint64_t crc);
typedef unsigned crc_combine_t (unsigned crc1, unsigned crc2, int64_t len2);
typedef uint64_t crc64_combine_t (uint64_t crc1, uint64_t crc2, int64_t len2);
typedef int tl_parse_t (struct tl_in_state *in, struct tl_query_header *header);
typedef void stat_fun_t (struct stats_buffer *sb);

/* The symbols of the twelve replaced objects that are not compared here, with the reason:
     kdb_write that is slowed down           it sleeps; its unlimited and its fast way are compared
     load_config(NULL, fd), twice            the original is left with a name that it freed
     load_config of its own config_name      the original reads the name after it freed it
     sb_printf of a format that libc refuses undefined in the original, which moves its position back
     sb_prepare of less than 2 bytes         the original reads before its buffer
     expect_lexem(0) that complains          the drop-in's message ends at the NUL, the original's goes on after it
     crc32_find_corrupted_bit above 2^22     only how long it takes differs
     md5_context's upper halves of words     the original leaves carries there, which nothing reads
     clocks, thread-local `now`              two readings never agree: bounds instead, for each alone (family_clock.c)
   c-harness/checks/dropin tests a host's own get_utime_monotonic, a host without libcrypto, and calls for which the original
   is undefined. */

/* LEGACY_SYMBOLS is generated from c-harness/abi/compared.tsv and legacy-symbols.tsv: name, type (of an array: of an element),
   ability. */
struct legacy_symbols {
#define X(name, type, can) __typeof__ (type) *name;
  LEGACY_SYMBOLS (X)
#undef X
};

#endif
