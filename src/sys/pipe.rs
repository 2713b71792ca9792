// SPDX-License-Identifier: LGPL-2.0-or-later
//! Pipes.

use core::ffi::c_int;

/// The two ends of a pipe. Whoever opened it closes them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pipe {
    pub(crate) read_end: c_int,
    pub(crate) write_end: c_int,
}

/// Opens a pipe that nobody waits for: a read finds it empty, or a write full, at once.
pub(crate) fn open() -> Option<Pipe> {
    let mut ends = [-1; 2];
    // SAFETY: a place for two descriptors.
    let result = unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_NONBLOCK) };
    let [read_end, write_end] = ends;
    (result == 0).then_some(Pipe { read_end, write_end })
}

/// Closes an end.
pub(crate) fn close(end: c_int) {
    // SAFETY: a number.
    unsafe { libc::close(end) };
}

/// Reads what is there, as far as there is room: the number of bytes, 0 at the end, or `None`.
pub(crate) fn read(end: c_int, room: &mut [u8]) -> Option<usize> {
    // SAFETY: writable for its length.
    let count = unsafe { libc::read(end, room.as_mut_ptr().cast(), room.len()) };
    usize::try_from(count).ok()
}
