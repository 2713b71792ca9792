// SPDX-License-Identifier: LGPL-2.0-or-later
//! The legacy folder `jobs/`.
//!
//! Functions that the engine calls are not inlined, so that a host can define them in their place, as the harness does.

mod classes;
mod host;
#[allow(clippy::module_inception, reason = "the legacy folder and its one object have the same name")]
mod jobs;
mod lists;
mod messages;
mod statistics;
mod timers;
mod trace;
mod variables;

pub use classes::*;
pub use jobs::*;
pub use lists::*;
pub use messages::*;
pub use statistics::*;
pub use timers::*;
pub use variables::*;
