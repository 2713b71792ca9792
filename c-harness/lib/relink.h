/*
 * From an archive to something that dlopen takes.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_RELINK_H
#define HARNESS_RELINK_H

#include <stdbool.h>
#include <stddef.h>

enum object_kind { OBJECT_ARCHIVE, OBJECT_SHARED };

/* Looks at the file: an archive or a shared object for this machine. Says why not and exits with 2. */
enum object_kind object_check (const char *role, const char *path);

/* Links the whole archive as a shared object in a folder of its own, loads it (lazily, its names kept to itself), and
   removes the folder again, also when a signal ends the program. `with_crypto` tells whether -lcrypto was found.
   Says why not and exits with 2. */
void *relink_and_load (const char *role, const char *archive, char *loaded, size_t room, bool *with_crypto);

/* One line on stderr, and exit status 2. */
_Noreturn void refuse (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

#endif
