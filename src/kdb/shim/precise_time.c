/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The weak function of common/precise-time: if a host defines it, calls inside the library reach the host's. Stable Rust
 * has no weak functions. */

double mtproxy_kdb_read_monotonic (void);

__attribute__ ((weak)) double get_utime_monotonic (void) {
  return mtproxy_kdb_read_monotonic ();
}
