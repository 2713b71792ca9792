/*
 * The engine's surroundings: see engine_host.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "engine_host.h"

#include <stddef.h>

void (*on_engine_stats) (struct tl_out_state *out);
void (*on_terminal_attributes) (void);

void tl_engine_store_stats (struct tl_out_state *out);
void engine_set_terminal_attributes (void);

void tl_engine_store_stats (struct tl_out_state *out) {
  if (on_engine_stats) {
    on_engine_stats (out);
  }
}

void engine_set_terminal_attributes (void) {
  if (on_terminal_attributes) {
    on_terminal_attributes ();
  }
}
