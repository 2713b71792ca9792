// SPDX-License-Identifier: LGPL-2.0-or-later
//! The pipe that wakes the main thread: other threads write to it, and signal handlers, and the event loop waits for it.

use core::{
    ffi::c_int,
    sync::atomic::{
        AtomicI32,
        Ordering::{Acquire, Release},
    },
};

use crate::sys::{errno, file, pipe};

/// What one wake-up writes. Nobody looks at it.
const WORD: [u8; 4] = [0; 4];

/// How much is read at once.
const GULP: usize = 400;

/// A descriptor, or 0 for none: so neither end is descriptor 0, which a process starts with.
pub(crate) struct WakeUp {
    read_end: AtomicI32,
    write_end: AtomicI32,
}

/// The pipe cannot be written to; it is not full.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl WakeUp {
    pub(crate) const fn new() -> Self {
        Self { read_end: AtomicI32::new(0), write_end: AtomicI32::new(0) }
    }

    /// Where the event loop reads; 0 where there is no pipe.
    pub(crate) fn read_end(&self) -> c_int {
        self.read_end.load(Acquire)
    }

    /// Opens the pipe. `false` where the system gives none.
    pub(crate) fn open(&self) -> bool {
        let Some(pipe) = pipe::open() else { return false };
        self.read_end.store(pipe.read_end, Release);
        self.write_end.store(pipe.write_end, Release);
        true
    }

    /// Closes the ends that are open, each after it was announced: the reading one with `true`.
    pub(crate) fn close(&self, mut announce: impl FnMut(bool, c_int)) {
        for (reads, place) in [(true, &self.read_end), (false, &self.write_end)] {
            let end = place.swap(0, Release);
            if end > 0 {
                announce(reads, end);
                pipe::close(end);
            }
        }
    }

    /// Wakes the main thread, now or as soon as it sleeps. Any thread may call it, and a signal handler: it makes one system
    /// call, and leaves the error number as it was. A pipe that is full wakes, too; without a pipe nobody sleeps yet.
    pub(crate) fn wake(&self) -> Result<(), Broken> {
        let end = self.write_end.load(Acquire);
        if end <= 0 {
            return Ok(());
        }
        let before = errno::get();
        let mut result = Ok(());
        while file::write(end, &WORD) < 0 {
            match errno::get() {
                libc::EINTR => continue,
                libc::EAGAIN => {}
                _ => result = Err(Broken),
            }
            break;
        }
        errno::set(before);
        result
    }
}

/// Empties the pipe: what was written before it returns has woken.
pub(crate) fn drain(read_end: c_int) {
    let mut room = [0; GULP];
    while pipe::read(read_end, &mut room) == Some(GULP) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_pipe_is_no_error() {
        let wake_up = WakeUp::new();
        assert_eq!(wake_up.wake(), Ok(()), "nobody sleeps yet");
        assert!(wake_up.open());
        errno::set(77);
        for _ in 0..100_000 {
            assert_eq!(wake_up.wake(), Ok(()));
        }
        assert_eq!(errno::get(), 77);
        drain(wake_up.read_end());
        assert_eq!(pipe::read(wake_up.read_end(), &mut [0; 4]), None, "something is left");
        assert_eq!(wake_up.wake(), Ok(()));
        assert_eq!(pipe::read(wake_up.read_end(), &mut [0; 9]), Some(4));
        wake_up.close(|_, _| {});
    }

    #[test]
    fn pipe_that_somebody_closed_is_broken() {
        let wake_up = WakeUp::new();
        assert!(wake_up.open());
        let mut ends = Vec::new();
        pipe::close(wake_up.read_end());
        // A pipe without a reader: a signal tells that, which tests ignore.
        assert_eq!(wake_up.wake(), Err(Broken));
        wake_up.close(|reads, end| ends.push((reads, end)));
        assert!(matches!(ends.as_slice(), [(true, read), (false, write)] if read != write));
        assert_eq!((wake_up.read_end(), wake_up.wake()), (0, Ok(())));
    }
}
