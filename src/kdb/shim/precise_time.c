/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The weak functions of common/precise-time: if a host defines them, calls inside the library reach the host's. Stable Rust
 * has no weak functions. */

double mtproxy_kdb_read_monotonic (void);

__attribute__ ((weak)) double get_utime_monotonic (void) {
  return mtproxy_kdb_read_monotonic ();
}

/* The tree's headers define it for x86 alone, and call it everywhere. */
#if !defined(__x86_64__) && !defined(__i386__)
long long mtproxy_kdb_ticks (void);

__attribute__ ((weak)) unsigned long long rdtsc (void);
__attribute__ ((weak)) unsigned long long rdtsc (void) {
  return (unsigned long long) mtproxy_kdb_ticks ();
}
#endif
