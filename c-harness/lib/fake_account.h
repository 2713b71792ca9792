/*
 * The accounts and limits of a process as a case wants them: functions between a provider and the C library, like those of
 * interpose.h. Nothing of this process changes, and the calls are noted.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_FAKE_ACCOUNT_H
#define HARNESS_FAKE_ACCOUNT_H

#include <stdbool.h>

/* From now on this process has these identities and these limits of open files. The users are mtproxy, with the group 77,
   and nobody; the group is wheel. The call of this name fails, with EPERM; NULL: none. */
void fake_account_begin (unsigned uid, unsigned euid, unsigned long long soft, unsigned long long hard,
                         const char *fails);
/* The calls since the last time, with their arguments. */
const char *fake_account_asked (void);

#endif
