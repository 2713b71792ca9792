// SPDX-License-Identifier: LGPL-2.0-or-later
//! Sleeping until another thread of the process changes a word.

use core::{ptr, sync::atomic::AtomicI32};

/// Sleeps until `wake`, unless the word is another than `expected` already. May return for no reason.
pub(crate) fn wait(word: &AtomicI32, expected: i32) {
    let no_timeout: *const libc::timespec = ptr::null();
    // SAFETY: the word is borrowed during the call, which reads it.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            expected,
            no_timeout,
        )
    };
}

/// Wakes one thread that waits for the word.
pub(crate) fn wake(word: &AtomicI32) {
    // SAFETY: only the word's address is used.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, 1) };
}
