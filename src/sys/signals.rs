// SPDX-License-Identifier: LGPL-2.0-or-later
//! Signals.

use core::{ffi::c_int, mem, ptr};

/// Installs a handler that interrupts no system call for long, blocks no other signal, and runs on the alternate stack if
/// there is one. With `detailed` it takes three arguments, else one.
///
/// # Safety
/// `handler` is `SIG_DFL`, `SIG_IGN`, or the address of such a function that may run in the midst of any other.
pub(crate) unsafe fn handle(signal: c_int, handler: libc::sighandler_t, detailed: bool) -> bool {
    // SAFETY: a struct of integers and optional functions, of which zeros are a value.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = libc::SA_ONSTACK | libc::SA_RESTART | if detailed { libc::SA_SIGINFO } else { 0 };
    // SAFETY: a place that is writable; the handler is fit for the signal, as the caller promises.
    unsafe {
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(signal, &raw const action, core::ptr::null_mut()) == 0
    }
}

/// Installs a handler that interrupts the system call in which the signal meets a thread.
///
/// # Safety
/// The handler may run in the midst of any other function.
pub(crate) unsafe fn handle_interrupting(signal: c_int, handler: extern "C" fn(c_int)) -> bool {
    // SAFETY: a struct of integers and optional functions, of which zeros are a value.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    // SAFETY: a place that is writable; the handler is fit for a signal, as the caller promises.
    unsafe {
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(signal, &raw const action, ptr::null_mut()) == 0
    }
}
