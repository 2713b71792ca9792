/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The weak function of engine/engine-signals: a host that changes its terminal defines it, to change it back. Stable Rust has no
 * weak functions. */

void engine_set_terminal_attributes (void);

__attribute__ ((weak)) void engine_set_terminal_attributes (void) {
}
