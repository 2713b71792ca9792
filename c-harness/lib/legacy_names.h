/*
 * The legacy names, for programs that are linked with a library which has them. `lib/legacy.h` holds each prototype once.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_LEGACY_NAMES_H
#define HARNESS_LEGACY_NAMES_H

#include "legacy.h"

/* `now`, `precise_now` and `precise_now_rdtsc` are thread-local: a program that reads them declares them itself. */
#define X(name, type, can) extern __typeof__ (type) name;
LEGACY_SYMBOLS (X)
#undef X

#endif
