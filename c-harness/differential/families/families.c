/*
 * All families.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "function.h"

const struct family *const families[] = { &checksum_family,
                                          &digest_family,
                                          &process_id_family,
                                          &cpu_family,
                                          &clock_family,
                                          &config_family,
                                          &tl_family,
                                          &procfs_family,
                                          &log_prefix_family,
                                          &net_family,
                                          &queue_family,
                                          &jobs_family,
                                          &dropin_checksum_family,
                                          &dropin_digest_family,
                                          &dropin_config_family,
                                          &dropin_stats_family,
                                          &dropin_log_family,
                                          NULL };
