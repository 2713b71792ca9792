/* Nor does the bridge's. */
#include "mtproxy_ffi_bridge.h"

int header_is_checked_when_this_compiles;
