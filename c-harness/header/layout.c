#include "layout.h"

int layout_is_checked_when_this_compiles;
