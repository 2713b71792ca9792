/*
 * The names of the engine's signal handlers.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_HANDLERS_H
#define DIFFERENTIAL_HANDLERS_H

#include "calls.h"
#include "script.h"

/* NULL for a function that is none of them. */
static inline const char *handler_name (void (*h) (int)) {
  return calls_same (h, lib->default_signal_handler)      ? "logged"
         : calls_same (h, lib->quiet_signal_handler)      ? "quiet"
         : calls_same (h, lib->empty_signal_handler)      ? "empty"
         : calls_same (h, lib->sigint_handler)            ? "int"
         : calls_same (h, lib->sigterm_handler)           ? "term"
         : calls_same (h, lib->sigint_immediate_handler)  ? "int at once"
         : calls_same (h, lib->sigterm_immediate_handler) ? "term at once"
                                                          : NULL;
}

#endif
