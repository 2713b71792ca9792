// SPDX-License-Identifier: LGPL-2.0-or-later
//! The event loop of the main thread: descriptors and their handlers, the order in which those are called, and the sleep
//! between; and the sockets that it is about.
//!
//! 1. The descriptors, their heap and epoll belong to the main thread.
//! 2. A handler may do anything to any descriptor, its own too. So nothing of the table or the heap is borrowed while one runs,
//!    and what was known of its descriptor before is asked again.
//! 3. A descriptor's place in the heap is also in its slot: both are set by the heap's functions alone.

mod descriptors;
mod interest;
mod raw;
mod sleep;
pub(crate) mod sockets;
mod texts;

use core::{ffi::c_int, sync::atomic::AtomicI64};

pub(crate) use descriptors::State;
pub(crate) use raw::{EventRoom, Events, HEAP, MAX_DESCRIPTORS};
pub(crate) use sleep::{Idle, Loop, Sleeper, Turn};
pub(crate) use texts::{Texts, c_string};

/// Why a call is not obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No such number is ever a descriptor here.
    OutOfRange,
    /// The descriptor has a handler already.
    InUse,
    /// Not the slot of a descriptor.
    Foreign,
    /// A slot that says it is in the heap where it is not.
    Misplaced,
}

/// What happened, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Epoll is told what a descriptor waits for; or that failed, with the cause in errno.
    Change { fd: c_int, state: c_int, events: c_int, failed: bool },
    /// Epoll is told to forget a descriptor; or that failed.
    Removal { fd: c_int, failed: bool },
    /// So many handlers wait to be called.
    Running(c_int),
    /// Epoll had so many events; none is an error, whose cause is in errno.
    Waited(Option<usize>),
    /// A handler's answer: the process cannot go on. It ends when it is told.
    Fatal,
}

/// What the loop asks of its host.
pub(crate) trait Host {
    /// Whether a signal asks the process to end.
    fn is_ending(&self) -> bool;
    fn tell(&self, what: Told);
}

/// What epoll was asked for and has done, for the statistics.
pub(crate) struct Counts<'a> {
    pub(crate) calls: &'a AtomicI64,
    pub(crate) interrupted: &'a AtomicI64,
}
