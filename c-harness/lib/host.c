/*
 * The host's functions: see host.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "host.h"

#include <stdio.h>

int prepare_stats (char *buff, int size);

static const char *stats_text = "";
static int stats_result;

void host_stats (const char *text, int result) {
  stats_text = text;
  stats_result = result;
}

int prepare_stats (char *buff, int size) {
  if (size > 0) {
    snprintf (buff, (size_t) size, "%s", stats_text);
  }
  return stats_result;
}
