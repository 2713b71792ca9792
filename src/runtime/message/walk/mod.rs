// SPDX-License-Identifier: LGPL-2.0-or-later
//! Reading: pieces in order, copies, comparison.

mod raw;

pub(crate) use raw::{ADVANCE, TRUNCATE};
