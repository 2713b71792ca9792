/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The header compiles without any other include before it. Compiled as C90, C99, C11, C17 and C++17. */
#include "mtproxy_ffi.h"

int header_is_checked_when_this_compiles;
