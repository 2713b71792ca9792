// SPDX-License-Identifier: LGPL-2.0-or-later
//! Waking the main thread.

use core::ffi::{c_int, c_void};

use crate::{
    kdb::{
        common::kwrite,
        support::{c_text, die, vkprintf},
        upcalls::{epoll_insert, epoll_sethandler},
    },
    runtime::engine::wake_up::{Broken, WakeUp, drain},
};

static WAKE_UP: WakeUp = WakeUp::new();

/// Opens the pipe that wakes the main thread; one that is open is closed first. Without descriptors the process ends.
#[unsafe(no_mangle)]
pub extern "C" fn create_main_thread_pipe() {
    WAKE_UP.close(|reads, end| {
        let name = if reads { c_text!("read") } else { c_text!("write") };
        let text = c_text!("create_main_thread_pipe: closing #%d pipe %s end file descriptor.\n");
        vkprintf!(2, text, end, name.as_ptr());
    });
    if !WAKE_UP.open() {
        die(c_text!("create_main_thread_pipe: no pipe to wake the main thread with"));
    }
}

/// Wakes the main thread, now or as soon as it sleeps. Any thread may call this, and a signal handler; it leaves `errno`.
///
/// A pipe that is full wakes it, too. One that somebody closed ends the process: nothing would wake it any more.
#[unsafe(no_mangle)]
pub extern "C" fn wakeup_main_thread() {
    if WAKE_UP.wake() == Err(Broken) {
        let text = c_text!("mtproxy_kdb: the pipe that wakes the main thread is closed\n").to_bytes();
        // SAFETY: readable for its length. Both may be called by a signal handler, as `die` may not.
        unsafe {
            kwrite(libc::STDERR_FILENO, text.as_ptr().cast(), text.len() as c_int);
            libc::abort()
        }
    }
}

/// What a handler of an event answers: the event stays.
const CONTINUE: c_int = 0;

/// The event loop's handler of the pipe.
extern "C" fn woken(fd: c_int, _data: *mut c_void, _event: *mut c_void) -> c_int {
    drain(fd);
    CONTINUE
}

/// Of the event loop: wait until there is something to read, and as long as there is.
const READ: c_int = 4;
const LEVEL: c_int = 8;

/// Lets the event loop wait for the pipe.
pub(super) fn wait_for_wake_up() {
    // SAFETY: a descriptor that is the engine's own, and a handler that needs no data.
    unsafe {
        epoll_sethandler(WAKE_UP.read_end(), 0, woken, core::ptr::null_mut());
        epoll_insert(WAKE_UP.read_end(), READ | LEVEL);
    }
}
