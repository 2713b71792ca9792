// SPDX-License-Identifier: LGPL-2.0-or-later
//! Connections: those of a target.

mod members;

pub(crate) use members::{Members, Tree, each, retain};
