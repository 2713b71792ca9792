/*
 * All families of scripts.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "script.h"

extern const struct script_family checksum_scripts, config_scripts, engine_query_scripts, identity_scripts, log_scripts, md5_scripts,
    resolver_scripts, stats_scripts, timers_scripts;

const struct script_family *const script_families[FAMILIES] = {
  &checksum_scripts, &config_scripts, &engine_query_scripts, &identity_scripts, &log_scripts,    &md5_scripts,
  &resolver_scripts, &stats_scripts,  &timers_scripts,   NULL
};
