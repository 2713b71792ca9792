/*
 * CRC-32 and CRC-32C for the middle-end's frames. Not the library's own, because a generator that uses the code under test
 * would not see its faults.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_CHECKSUM_H
#define LOAD_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Fills the tables, and compares every path with them and with the known values of "123456789". */
void checksum_init (void);
uint32_t checksum_crc32 (const uint8_t *p, size_t n);
uint32_t checksum_crc32c (const uint8_t *p, size_t n);

#endif
