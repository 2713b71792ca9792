// SPDX-License-Identifier: LGPL-2.0-or-later
//! Adding bytes at either end.

mod raw;
