// SPDX-License-Identifier: LGPL-2.0-or-later
//! System calls, one file per subject, behind safe functions: libc and nothing else.
//!
//! A function that fails says so in its return value; the thread's error number ([`errno`]) then holds the cause, as
//! after the C function of the same name.

pub(crate) mod clock;
pub(crate) mod errno;
pub(crate) mod file;
pub(crate) mod process;
