// SPDX-License-Identifier: LGPL-2.0-or-later
//! The chain of blocks that holds a queue's items; `raw.rs` has the rules.

mod raw;

pub(crate) use raw::{Block, Chain, End, NoMemory, Supply};
