/*
 * Generators of /proc texts.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_PROCFS_TEXT_H
#define HARNESS_PROCFS_TEXT_H

#include "sample.h"

enum { MAX_PROC_TEXT = 60000 };

void generate_stat (struct sample *s, const struct draw *d);
/* Well-formed lines, except for a name with blanks, or a name of 256 bytes or more. */
void generate_blank_comm (struct sample *s, const struct draw *d);
void generate_long_comm (struct sample *s, const struct draw *d);
/* The count of numbers to read (32 bits), then the text. */
void generate_statm (struct sample *s, const struct draw *d);
void generate_meminfo (struct sample *s, const struct draw *d);

#endif
