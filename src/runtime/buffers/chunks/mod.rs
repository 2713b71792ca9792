// SPDX-License-Identifier: LGPL-2.0-or-later
//! The chunks of a class; `raw.rs` has the rules.

mod raw;

pub(crate) use raw::{Chain, Chunks, below, set_below};
