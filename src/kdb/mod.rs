// SPDX-License-Identifier: LGPL-2.0-or-later
//! The drop-in: the legacy library's own names, for an unmodified proxy.
//!
//! One file per legacy object, in the legacy library's folders; `objects.tsv` lists them. The linker takes an archive member
//! as a whole, so each file defines every global symbol of its object: functions, and the variables that hosts read and
//! write. Stable Rust cannot define some of them: `shim/` has the variadic functions and a weak one, `statics.rs` the
//! thread-local and weak variables. The files convert arguments and results, and call the layers below.
//!
//! The legacy contracts hold: pointers are valid as the C prototypes imply, and state is as global and as unsynchronised
//! as the original's. If the original reads out of bounds, overflows, or fails an assertion without need, the function's
//! documentation states the result here. One rule covers every null pointer with a positive length: if the original passes
//! it to the kernel, so does the drop-in, and the result is `EFAULT`; if the original reads it and crashes, the drop-in ends
//! the process with a message.
//!
//! A function that reads through a variable which the host may write is unsafe: the host is responsible for the variable.
#![allow(non_upper_case_globals, non_snake_case, reason = "the names are C's")]

mod common;
#[cfg(feature = "kdb")]
mod crypto;
#[cfg(feature = "kdb")]
mod engine;
#[cfg(feature = "kdb")]
mod jobs;
mod libcrypto;
#[cfg(feature = "kdb")]
mod module_stats;
#[cfg(feature = "kdb")]
mod net;
mod release;
#[cfg(feature = "kdb")]
mod spares;
mod statics;
mod support;
#[cfg(feature = "kdb")]
mod tl_state;
mod upcalls;

pub use common::*;
#[cfg(feature = "kdb")]
pub use crypto::*;
#[cfg(feature = "kdb")]
pub use engine::*;
#[cfg(feature = "kdb")]
pub use jobs::*;
pub use libcrypto::EvpMdCtx;
#[cfg(feature = "kdb")]
pub use libcrypto::{BigNumber, EvpCipher, EvpCipherCtx};
#[cfg(feature = "kdb")]
pub use net::*;
pub use release::mtproxy_kdb_release;
pub use support::mtproxy_kdb_die;
