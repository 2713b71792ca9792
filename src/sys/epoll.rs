// SPDX-License-Identifier: LGPL-2.0-or-later
//! epoll.

use core::{
    ffi::c_int,
    mem::MaybeUninit,
    ptr, slice,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use super::errno;

/// What epoll is told about a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Add,
    Modify,
    Remove,
}

/// A new set of descriptors, which the process keeps; `None` if there can be no more.
pub(crate) fn create() -> Option<c_int> {
    // SAFETY: takes a number. A child that executes another program inherits it, as C's does.
    let fd = unsafe { libc::epoll_create1(0) };
    (fd >= 0).then_some(fd)
}

/// Tells epoll about `fd`. Its events come with the descriptor's number.
pub(crate) fn change(epoll: c_int, change: Change, fd: c_int, events: c_int) -> bool {
    let operation = match change {
        Change::Add => libc::EPOLL_CTL_ADD,
        Change::Modify => libc::EPOLL_CTL_MOD,
        Change::Remove => libc::EPOLL_CTL_DEL,
    };
    let mut event = libc::epoll_event { events: events as u32, u64: fd as u32 as u64 };
    // SAFETY: descriptors are numbers, which the kernel checks; the event is readable.
    unsafe { libc::epoll_ctl(epoll, operation, fd, &raw mut event) == 0 }
}

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeout {
    Milliseconds(c_int),
    Nanoseconds(u64),
}

/// The kernel has no `epoll_pwait2`, or forbids it.
static WITHOUT_NANOSECONDS: AtomicBool = AtomicBool::new(false);

/// Waits for events, at most as many as there is room. `None` after an error.
pub(crate) fn wait(
    epoll: c_int,
    room: &mut [MaybeUninit<libc::epoll_event>],
    timeout: Timeout,
) -> Option<&[libc::epoll_event]> {
    let count = wait_for(epoll, room, timeout)?;
    let filled = room.get(..count)?;
    // SAFETY: filled by the kernel.
    Some(unsafe { slice::from_raw_parts(filled.as_ptr().cast(), filled.len()) })
}

/// How many places were filled.
fn wait_for(epoll: c_int, events: &mut [MaybeUninit<libc::epoll_event>], timeout: Timeout) -> Option<usize> {
    let room = c_int::try_from(events.len()).unwrap_or(c_int::MAX);
    if let Timeout::Nanoseconds(nanoseconds @ 1..) = timeout {
        if !WITHOUT_NANOSECONDS.load(Relaxed) {
            let time = [(nanoseconds / 1_000_000_000) as i64, (nanoseconds % 1_000_000_000) as i64];
            // This system call has the kernel's own time on every machine: two numbers of 64 bits, where a C library of 32 bits
            // may have others.
            // SAFETY: the events are writable, the time is readable, and no set of signals is given.
            let count = unsafe {
                libc::syscall(
                    libc::SYS_epoll_pwait2,
                    epoll,
                    events.as_mut_ptr(),
                    room,
                    &raw const time,
                    ptr::null::<libc::sigset_t>(),
                    0usize,
                )
            };
            if count >= 0 || !matches!(errno::get(), libc::ENOSYS | libc::EPERM) {
                return usize::try_from(count).ok();
            }
            WITHOUT_NANOSECONDS.store(true, Relaxed);
        }
    }
    // SAFETY: the events are writable.
    let count = unsafe { libc::epoll_wait(epoll, events.as_mut_ptr().cast(), room, milliseconds(timeout)) };
    usize::try_from(count).ok()
}

/// Rounded up, so that nothing is due a moment after the wait, for which one would have to wait again.
fn milliseconds(timeout: Timeout) -> c_int {
    match timeout {
        Timeout::Milliseconds(milliseconds) => milliseconds,
        Timeout::Nanoseconds(nanoseconds) => {
            c_int::try_from(nanoseconds.div_ceil(1_000_000)).unwrap_or(c_int::MAX)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn waits_end_after_their_time_and_not_before() {
        let epoll = create().unwrap();
        let mut events = [MaybeUninit::uninit(); 4];
        for without in [false, true] {
            WITHOUT_NANOSECONDS.store(without, Relaxed);
            for nanoseconds in [0, 1, 300_000, 2_000_000] {
                let since = Instant::now();
                let found = wait(epoll, &mut events, Timeout::Nanoseconds(nanoseconds));
                assert_eq!(found.unwrap().len(), 0);
                assert!(since.elapsed() >= Duration::from_nanos(nanoseconds), "{nanoseconds} {without}");
            }
        }
        WITHOUT_NANOSECONDS.store(false, Relaxed);
        // SAFETY: this test's own.
        unsafe { libc::close(epoll) };
    }

    #[test]
    fn nanoseconds_are_rounded_up() {
        for (nanoseconds, rounded) in [
            (0, 0),
            (1, 1),
            (1_000_000, 1),
            (1_000_001, 2),
            (u64::MAX, c_int::MAX),
            (9_999_999_999_999_999, c_int::MAX),
        ] {
            assert_eq!(milliseconds(Timeout::Nanoseconds(nanoseconds)), rounded);
        }
        assert_eq!(milliseconds(Timeout::Milliseconds(-1)), -1);
    }

    #[test]
    fn events_name_their_descriptor() {
        let (epoll, mut pipe) = (create().unwrap(), [0; 2]);
        // SAFETY: two places that are writable; one byte is read.
        unsafe {
            assert_eq!(libc::pipe(pipe.as_mut_ptr()), 0);
            assert_eq!(libc::write(pipe[1], c"x".as_ptr().cast(), 1), 1);
        }
        assert!(change(epoll, Change::Add, pipe[0], libc::EPOLLIN));
        assert!(!change(epoll, Change::Add, pipe[0], libc::EPOLLIN), "it is there already");
        let mut events = [MaybeUninit::uninit(); 4];
        for timeout in [Timeout::Milliseconds(-1), Timeout::Nanoseconds(1 << 40), Timeout::Nanoseconds(0)] {
            let [event] = wait(epoll, &mut events, timeout).unwrap() else { panic!("not one event") };
            assert_eq!({ event.u64 }, pipe[0] as u64);
        }
        assert!(change(epoll, Change::Remove, pipe[0], 0));
        assert_eq!(wait(epoll, &mut events, Timeout::Milliseconds(0)).unwrap().len(), 0);
        // SAFETY: this test's own.
        unsafe {
            for fd in [epoll, pipe[0], pipe[1]] {
                libc::close(fd);
            }
        }
    }
}
