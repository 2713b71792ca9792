/*
 * What the drop-in's objects of engine/ ask of legacy objects that are not under test. The harness has these for both sides: it
 * hands each call to a function of the script's, if there is one.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_ENGINE_HOST_H
#define HARNESS_ENGINE_HOST_H

#include "legacy_types.h"

extern void (*on_engine_stats) (struct tl_out_state *out);
extern void (*on_terminal_attributes) (void);

#endif
