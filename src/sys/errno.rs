// SPDX-License-Identifier: LGPL-2.0-or-later
//! The calling thread's error number.

use core::ffi::c_int;

/// The error number.
pub(crate) fn get() -> c_int {
    // SAFETY: libc returns the address of the calling thread's own variable, which lives as long as the thread.
    unsafe { *libc::__errno_location() }
}

/// Sets the error number.
pub(crate) fn set(number: c_int) {
    // SAFETY: as in `get`; no reference to the variable is kept anywhere.
    unsafe { *libc::__errno_location() = number }
}
