// SPDX-License-Identifier: LGPL-2.0-or-later
//! What the queues of a process share: core's atomics, the blocks' memory, counters, and the threads' hazards.

use core::{
    ffi::c_void,
    sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering::Relaxed},
};

use super::threads::Threads;
use crate::{
    sync::{self, Memory},
    sys::futex,
};

/// A block's slots: with the two links and the lap it takes 528 bytes; a queue's first one, with four slots, 56.
pub(crate) const SLOTS: usize = 63;

/// The product's memory.
pub(crate) struct CoreMemory;

impl Memory for CoreMemory {
    type Pointer = AtomicPtr<c_void>;
    type U64 = AtomicU64;
    type I32 = AtomicI32;
    const PATIENCE: u32 = 100;

    fn fence() {
        sync::fence();
    }
    #[inline]
    fn pause() {
        core::hint::spin_loop();
    }
    #[cold]
    fn wait(word: &AtomicI32, expected: i32) {
        futex::wait(word, expected);
    }
    #[cold]
    fn wake(word: &AtomicI32) {
        futex::wake(word);
    }
}

/// Counters of blocks, which the edge owns.
pub(crate) struct Counts {
    /// Blocks there are, and the most there were.
    pub(crate) blocks: &'static AtomicI32,
    pub(crate) most_blocks: &'static AtomicI32,
    /// Blocks that were ever asked for: each was allocated.
    pub(crate) asked_for: &'static AtomicI32,
    pub(crate) allocated: &'static AtomicI32,
    /// Blocks that are out of their queue and still in use.
    pub(crate) kept: &'static AtomicI32,
}

impl Counts {
    /// A block was allocated.
    pub(crate) fn count_one_more(&self) {
        self.asked_for.fetch_add(1, Relaxed);
        self.allocated.fetch_add(1, Relaxed);
        let now = self.blocks.fetch_add(1, Relaxed).wrapping_add(1);
        self.most_blocks.fetch_max(now, Relaxed);
    }
}

/// What an edge lends to its queues.
pub(crate) struct Lent {
    pub(crate) threads: Threads,
    pub(crate) counts: Counts,
}
