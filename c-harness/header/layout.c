/*
 * The layout of every struct of the header, field by field, as src/layout/layouts.tsv has it: it is part of the ABI. The Rust
 * side asserts the same.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "layouts_boundary.h"

int layout_is_checked_when_this_compiles;
