// SPDX-License-Identifier: LGPL-2.0-or-later
//! Messages against plain copies of their bytes.

mod raw;
