/*
 * Makes a loadable shared object from an archive.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_RELINK_H
#define HARNESS_RELINK_H

#include <stdbool.h>
#include <stddef.h>

enum object_kind { OBJECT_ARCHIVE, OBJECT_SHARED };

/* Checks that the file is an archive or a shared object for this machine. If not, prints one line and exits with 2. */
enum object_kind object_check (const char *role, const char *path);

/* Links the whole archive as a shared object in a temporary folder, loads it (lazy binding, local scope), and removes the
   folder, also if a signal ends the program. Sets `with_crypto` if -lcrypto was found. On failure prints one line and
   exits with 2. */
void *relink_and_load (const char *role, const char *archive, char *loaded, size_t room, bool *with_crypto);

/* Prints one line on stderr and exits with 2. */
_Noreturn void refuse (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

#endif
