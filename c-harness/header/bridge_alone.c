/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The bridge's header compiles without any other include before it. */
#include "mtproxy_ffi_bridge.h"

int header_is_checked_when_this_compiles;
