// SPDX-License-Identifier: LGPL-2.0-or-later
//! What threads give back to a class; `raw.rs` has the rules.

mod raw;

pub(crate) use raw::{Class, FREE, Items};
