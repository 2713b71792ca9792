// SPDX-License-Identifier: LGPL-2.0-or-later
//! The legacy folder `engine/`.

// The folder's and the object's name, as in the legacy tree.
#[allow(clippy::module_inception, reason = "the legacy names of a folder and an object in it")]
mod engine;
mod engine_net;
mod engine_rpc;
mod engine_rpc_common;
mod engine_signals;

pub use engine::*;
pub use engine_net::*;
pub use engine_rpc::*;
pub use engine_rpc_common::*;
pub use engine_signals::*;
