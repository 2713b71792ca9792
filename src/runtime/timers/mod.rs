// SPDX-License-Identifier: LGPL-2.0-or-later
//! The timers of a thread: a heap of C's timers, over [`crate::net::timer_heap`].

mod raw;

pub(crate) use raw::ThreadTimers;

/// How many timers a thread may have.
pub(crate) const MAX_TIMERS: usize = 1 << 19;

/// The wait in milliseconds of a thread without a timer.
pub(crate) const WITHOUT_TIMERS: i32 = 100_000;

/// Why a timer is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Its time is not a number: it is in no heap now.
    NotANumber,
    /// It says that it is in this thread's heap, and is not.
    Elsewhere,
    /// The thread has [`MAX_TIMERS`].
    Full,
    /// There is no memory for a heap.
    NoMemory,
}
