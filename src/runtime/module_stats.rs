// SPDX-License-Identifier: LGPL-2.0-or-later
//! The statistics of a module: each job thread has a block of counters of its own, and a page shows their sums.
//!
//! Threads that no job system has started share one block, so that they work without being registered.

use core::sync::atomic::{
    AtomicI32, AtomicI64, AtomicPtr,
    Ordering::{Acquire, Relaxed},
};

/// As many blocks as there may be job threads.
pub(crate) const THREADS: usize = 256;

/// The blocks of all job threads by number, null where there is none; aligned as C aligns such an array.
#[repr(C, align(32))]
pub struct BlockList<T>([AtomicPtr<T>; THREADS]);

impl<T> BlockList<T> {
    pub(crate) const fn new() -> Self {
        Self([const { AtomicPtr::new(core::ptr::null_mut()) }; THREADS])
    }

    /// The place of a thread's block, if there may be such a thread.
    pub(crate) fn of_thread(&self, number: i32) -> Option<&AtomicPtr<T>> {
        self.0.get(usize::try_from(number).ok()?)
    }

    /// The blocks of the threads up to the one of this number.
    pub(crate) fn up_to(&self, last: i32) -> impl Iterator<Item = *mut T> {
        let count = usize::try_from(last).map_or(0, |last| last.saturating_add(1));
        self.0.iter().take(count).map(|block| block.load(Acquire)).filter(|block| !block.is_null())
    }
}

/// The block that the calling thread counts in.
pub(crate) struct OwnBlock<T: 'static> {
    pub(crate) block: &'static T,
    /// Other threads count in it, too.
    pub(crate) shared: bool,
}

impl<T> OwnBlock<T> {
    pub(crate) fn add_long(&self, counter: impl FnOnce(&'static T) -> &'static AtomicI64, number: i64) {
        let counter = counter(self.block);
        if self.shared {
            counter.fetch_add(number, Relaxed);
        } else {
            counter.store(counter.load(Relaxed).wrapping_add(number), Relaxed);
        }
    }

    pub(crate) fn add_int(&self, counter: impl FnOnce(&'static T) -> &'static AtomicI32, number: i32) {
        let counter = counter(self.block);
        if self.shared {
            counter.fetch_add(number, Relaxed);
        } else {
            counter.store(counter.load(Relaxed).wrapping_add(number), Relaxed);
        }
    }
}
