// SPDX-License-Identifier: LGPL-2.0-or-later
//! The loaded configuration: its memory, and scanning within its bounds.

mod raw;

pub(crate) use raw::{Buffer, MAX_SIZE, few, scan};
