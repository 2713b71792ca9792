// SPDX-License-Identifier: LGPL-2.0-or-later
//! Primitives for threads, below the level of locks: atomics that a model may replace, and the addresses of thread-local
//! variables with a C name.

#[cfg(feature = "kdb_leaf")]
mod arch;
mod atomics;

#[cfg(feature = "kdb_leaf")]
pub(crate) use arch::thread_local_address;
pub(crate) use atomics::{Bits, Count, Memory, Word, fence};
