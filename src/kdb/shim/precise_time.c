/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The weak function of common/precise-time: a host may bring its own, and then calls inside the library reach that one.
 * A definition in Rust would be called directly. */

double mtproxy_kdb_read_monotonic(void);

__attribute__((weak)) double get_utime_monotonic(void) { return mtproxy_kdb_read_monotonic(); }
