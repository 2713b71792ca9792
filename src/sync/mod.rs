// SPDX-License-Identifier: LGPL-2.0-or-later
//! Primitives for threads, below the level of locks: so far the addresses of thread-local variables with a C name.

mod arch;

pub(crate) use arch::thread_local_address;
