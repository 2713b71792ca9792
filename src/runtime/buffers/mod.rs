// SPDX-License-Identifier: LGPL-2.0-or-later
//! Buffers for messages, in size classes, in chunks of 2 MiB of which there is a most.
//!
//! Each thread keeps a few free buffers of each class (`own/`), which cost no atomic; it takes and gives back several at a time.
//! A class (`returned/`) has a lock, which nobody waits for to give back. Its chunks (`chunks/`) are taken from in such an order
//! that those with few used buffers become empty. An empty chunk goes back to the allocator, but for one that the class keeps
//! until another class lacks a chunk.

mod chunks;
mod classes;
mod own;
mod returned;

use core::sync::atomic::{
    AtomicI32,
    Ordering::{Acquire, Relaxed, Release},
};

pub(crate) use classes::{CHUNK_BYTES, Class};
pub(crate) use own::{Buffers, Own};

use crate::{
    layout::net_msg_buffers::{BufferStats, MsgBuffersChunk},
    runtime::module_stats::OwnBlock,
};

/// As many heads as C has; the first of them are in use.
const HEADS: usize = 16;

/// The heads of the classes, aligned as C aligns such an array.
#[repr(C, align(32))]
pub struct Heads([MsgBuffersChunk; HEADS]);

impl Heads {
    pub(crate) const fn new() -> Self {
        Self([const { MsgBuffersChunk::new() }; HEADS])
    }

    pub(crate) fn of(&self, class: Class) -> &MsgBuffersChunk {
        let [tiny, small, standard, large, huge, ..] = &self.0;
        match class {
            Class::Tiny => tiny,
            Class::Small => small,
            Class::Standard => standard,
            Class::Large => large,
            Class::Huge => huge,
        }
    }

    /// The class of a head.
    pub(crate) fn class_of(&self, head: *const MsgBuffersChunk) -> Option<Class> {
        Class::ALL.into_iter().find(|class| core::ptr::eq(self.of(*class), head))
    }
}

/// What an edge lends: the variables that the host can see.
pub(crate) struct Lent {
    pub(crate) heads: &'static Heads,
    /// How many of them are ready: none, or all that are in use.
    pub(crate) ready: &'static AtomicI32,
    /// Chunks there are, the most there were, and the most there may be.
    pub(crate) allocated: &'static AtomicI32,
    pub(crate) most_allocated: &'static AtomicI32,
    pub(crate) most: &'static AtomicI32,
    /// What the calling thread keeps: zeros at its start.
    pub(crate) own: fn() -> *const Own,
    /// The calling thread's counters.
    pub(crate) stats: fn() -> OwnBlock<BufferStats>,
}

impl Lent {
    /// Makes the heads ready, if they are not. Several threads may do it at the same time.
    pub(crate) fn make_ready(&self) {
        // Acquire: with the store below, after which all heads are ready.
        if self.ready.load(Acquire) != 0 {
            return;
        }
        for class in Class::ALL {
            let head = self.heads.of(class);
            head.buffer_size.store(class.size(), Relaxed);
            // A head that another thread has made ready may be locked already.
            let _ = head.magic.compare_exchange(0, returned::FREE, Relaxed, Relaxed);
        }
        self.ready.store(Class::ALL.len() as i32, Release);
    }

    /// Reserves one more chunk, if there may be.
    fn reserve_chunk(&self) -> bool {
        let most = self.most.load(Relaxed);
        let one_more = |count: i32| (count < most).then_some(count + 1);
        // Relaxed: the number alone matters, and no memory hangs on it.
        let Ok(before) = self.allocated.fetch_update(Relaxed, Relaxed, one_more) else { return false };
        self.most_allocated.fetch_max(before + 1, Relaxed);
        true
    }

    fn give_chunk_back(&self) {
        self.allocated.fetch_sub(1, Relaxed);
    }
}

/// A class and its chunks.
fn class(lent: &'static Lent, class: Class) -> chunks::Chunks {
    chunks::Chunks::of(lent, class)
}
