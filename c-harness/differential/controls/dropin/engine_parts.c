/*
 * Legacy objects that are not there: see engine_parts.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "engine_parts.h"

ENGINE_PARTS
