// SPDX-License-Identifier: LGPL-2.0-or-later
//! The calling process.

/// The process id.
pub(crate) fn id() -> u32 {
    // SAFETY: takes no argument and cannot fail.
    let pid = unsafe { libc::getpid() };
    pid as u32
}

/// The size of a memory page in bytes.
pub(crate) fn page_size() -> i64 {
    // SAFETY: takes a number and does not access memory of ours.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    #[allow(clippy::unnecessary_cast, reason = "C's long has 32 bits on some machines")]
    let size = size as i64;
    size
}

/// How many clock ticks a second has, in which the kernel counts processor time.
#[cfg(any(feature = "kdb", test))]
pub(crate) fn clock_ticks() -> f64 {
    // SAFETY: takes a number and does not access memory of ours.
    unsafe { libc::sysconf(libc::_SC_CLK_TCK) as f64 }
}
