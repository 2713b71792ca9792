// SPDX-License-Identifier: LGPL-2.0-or-later
//! The legacy folder `engine/`.

mod engine_net;
mod engine_rpc_common;
mod engine_signals;

pub use engine_net::*;
pub use engine_rpc_common::*;
pub use engine_signals::*;
