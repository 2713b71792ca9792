// SPDX-License-Identifier: LGPL-2.0-or-later
//! System calls, one file per subject, behind safe functions. This layer uses only libc.
//!
//! A function reports failure in its result; the thread's error number ([`errno`]) then holds the cause, as after the C
//! function of the same name.

#[cfg(feature = "kdb")]
pub(crate) mod accounts;
pub(crate) mod c_text;
pub(crate) mod clock;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod epoll;
pub(crate) mod errno;
pub(crate) mod file;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod file_status;
#[cfg(any(feature = "capi", feature = "kdb", test))]
pub(crate) mod futex;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod interfaces;
#[cfg(feature = "kdb")]
pub(crate) mod limits;
#[cfg(any(feature = "capi", feature = "kdb", test))]
pub(crate) mod memory;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod mutex;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod pipe;
pub(crate) mod process;
pub(crate) mod random;
#[cfg(feature = "kdb")]
pub(crate) mod signals;
#[cfg(any(feature = "kdb", test))]
pub(crate) mod socket;
pub(crate) mod thread;
