// SPDX-License-Identifier: LGPL-2.0-or-later
//! The state of the library, once for both edges. This layer exports no symbol, and knows no legacy name.
//!
//! If the legacy library exports a variable, that variable is the state: the edge owns it and lends it.

#[cfg(any(feature = "kdb", test))]
pub(crate) mod buffers;
pub(crate) mod clock;
pub(crate) mod config_session;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod connection;
pub(crate) mod cpuid;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod dh;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod engine;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod events;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod hosts;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod http;
#[cfg(any(feature = "capi", feature = "kdb", test))]
pub(crate) mod jobs;
pub(crate) mod log;
pub(crate) mod md5;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod message;
pub(crate) mod module_stats;
pub(crate) mod process_id;
pub(crate) mod process_stats;
#[cfg(any(feature = "capi", feature = "kdb", test))]
pub(crate) mod queue;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod rpc_targets;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod signals;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod spares;
pub(crate) mod stats;
pub(crate) mod timers;
#[cfg(any(feature = "capi", feature = "kdb", test))]
#[allow(dead_code, reason = "jobs and the event loop are its users")]
pub(crate) mod wakeup;
pub(crate) mod write_limit;
