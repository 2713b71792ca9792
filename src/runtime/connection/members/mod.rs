// SPDX-License-Identifier: LGPL-2.0-or-later
//! The connections of a target.

mod raw;

pub(crate) use raw::{Members, Tree, each, retain};
