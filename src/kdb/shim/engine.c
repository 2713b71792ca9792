/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The weak function of engine/engine: a host that has its own version text defines it. And what a host may offer: stable Rust has
 * neither weak functions nor weak references. */

#define WEAK __attribute__ ((weak))

extern const char mtproxy_kdb_release[];

/* Reads the host's configuration again. Returns a negative number where it is wrong, and the old one stays. */
int do_reload_config (int flags) WEAK;

const char *get_version_string_override (void);

WEAK const char *get_version_string_override (void) {
  return mtproxy_kdb_release;
}

/* Has the host read its configuration again, if it offers that; else returns 0. */
int mtproxy_kdb_reload_config (int flags) {
  return do_reload_config ? do_reload_config (flags) : 0;
}
