// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-events`: the event loop of the main thread, sockets, and the texts of addresses.

mod addresses;
mod descriptors;
mod event_loop;
mod sockets;

pub use addresses::*;
pub use descriptors::*;
pub use event_loop::*;
pub use sockets::*;
