// SPDX-License-Identifier: LGPL-2.0-or-later
//! The drop-in: the legacy library's own names, for an unmodified proxy.
//!
//! One file per legacy object, in the legacy library's folders. An archive member is linked or not as a whole, so each file
//! defines every global symbol of its object: functions, and the variables that hosts read and write. What stable Rust
//! cannot define is in `shim/` (variadic functions, a weak one) and in `statics.rs` (thread-local and weak variables).
//! The files convert and call; the work is done by the layers below.
//!
//! The legacy contracts hold: pointers are valid as the C prototypes imply, state is as global and as unsynchronised
//! as it was. Where the original read out of bounds, overflowed or failed an assertion for no good reason, the function's
//! documentation says what happens here instead. One rule serves every null pointer with a positive length: where the
//! original hands it to the kernel, the kernel judges here too (`EFAULT`); where the original reads it and crashes, the
//! process ends with a message.
//!
//! A function that reads through a variable which the host may write is unsafe: the host vouches for the variable.
//! `objects.tsv` lists the objects.
#![allow(non_upper_case_globals, non_snake_case, reason = "the names are C's")]

mod common;
mod release;
mod statics;
mod support;
mod upcalls;

pub use common::*;
pub use release::mtproxy_kdb_release;
pub use support::mtproxy_kdb_die;
