// SPDX-License-Identifier: LGPL-2.0-or-later
//! What threads share below the level of locks. Today: the addresses of thread-local variables that C knows by name.

mod arch;

pub(crate) use arch::thread_local_address;
