// SPDX-License-Identifier: LGPL-2.0-or-later
//! Connections: what their sockets receive and hold, the connections of a target, how often the log speaks of what is shed.
//!
//! What comes next in a connection's life is in [`crate::net::connection`]; the edge does it.

mod holders;
mod members;
mod receive;
mod seldom;

pub(crate) use holders::{Holders, Side};
pub(crate) use members::{Members, Tree, each, retain};
pub(crate) use receive::{Got, ReceiveSet};
pub(crate) use seldom::Seldom;
