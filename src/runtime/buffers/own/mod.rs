// SPDX-License-Identifier: LGPL-2.0-or-later
//! The free buffers that each thread keeps; `raw.rs` has the rules.

mod raw;

pub(crate) use raw::{Buffers, Own};
