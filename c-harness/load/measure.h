/*
 * One round of one mode against one proxy.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_MEASURE_H
#define LOAD_MEASURE_H

#include "figures.h"

/* The generator and the proxy on different cores, where there are two, but for modes on one core; clears settings.pin where
 * there are not. */
void pin_cpus (void);
/* Starts the middle-end, pinned likewise. */
void start_middle_end (void);
/* A fresh proxy, the mode, the end of the proxy. The figures count only where nothing has failed. */
void measure (const struct mode *m, const char *command, double x[FIGURES]);

#endif
