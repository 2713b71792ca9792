// SPDX-License-Identifier: LGPL-2.0-or-later
//! A queue in memory of C's, or of ours.

use core::{
    ffi::c_void,
    ptr::NonNull,
    sync::atomic::{
        AtomicPtr,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use super::{
    chain::{self, Chain, End, NoMemory, Supply},
    pool::{CoreMemory, Lent, SLOTS},
    semaphore,
    semaphore::Semaphore,
};
use crate::{
    layout::mp_queue::{MpQueue, QUEUE, QUEUE_TO_WAIT_FOR},
    sys::{memory, thread},
};

/// What a queue is, by its magic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It has no semaphore in use.
    Plain,
    /// Each item is counted in its semaphore, and threads can sleep until there is one.
    Waiting,
}

/// A queue in memory of C's, or of ours.
#[derive(Clone, Copy)]
pub(crate) struct Queue<'q> {
    shared: &'q MpQueue,
    lent: &'q Lent,
}

impl<'q> Queue<'q> {
    pub(crate) fn of(shared: &'q MpQueue, lent: &'q Lent) -> Self {
        Self { shared, lent }
    }

    /// None if it is no queue: it was never started, or has ended.
    pub(crate) fn kind(self) -> Option<Kind> {
        match self.shared.head.magic.load(Acquire) {
            QUEUE => Some(Kind::Plain),
            QUEUE_TO_WAIT_FOR => Some(Kind::Waiting),
            _ => None,
        }
    }

    /// Makes an empty queue, whatever was there.
    ///
    /// # Safety
    /// It is not in use.
    pub(crate) unsafe fn start(self, kind: Kind) -> Result<(), NoMemory> {
        // SAFETY: as the caller promises.
        unsafe { self.chain().start()? };
        self.semaphore().value.store(0, Relaxed);
        self.semaphore().waiting.store(0, Relaxed);
        let magic = if kind == Kind::Plain { QUEUE } else { QUEUE_TO_WAIT_FOR };
        self.shared.head.magic.store(magic, Release);
        Ok(())
    }

    /// Frees what it holds but the items. It can be started again.
    ///
    /// # Safety
    /// It was started, and nobody else uses it.
    pub(crate) unsafe fn end(self) {
        // SAFETY: as the caller promises.
        unsafe { self.chain().end() };
        self.shared.head.magic.store(0, Release);
    }

    /// Appends an item. Returns its number.
    ///
    /// # Safety
    /// It was started, and is not ended meanwhile; and so for the functions below.
    #[inline]
    pub(crate) unsafe fn push(self, item: NonNull<c_void>) -> Result<u64, NoMemory> {
        // SAFETY: as the caller promises.
        unsafe { self.chain().push(item) }
    }

    /// Takes the first item of a plain queue.
    ///
    /// # Safety
    /// As for `push`.
    #[inline]
    pub(crate) unsafe fn pop(self) -> Option<NonNull<c_void>> {
        // SAFETY: as the caller promises.
        unsafe { self.chain().pop(false) }
    }

    /// Appends an item, and wakes a thread that waits for one.
    ///
    /// # Safety
    /// As for `push`.
    #[inline]
    pub(crate) unsafe fn push_and_wake(self, item: NonNull<c_void>) -> Result<u64, NoMemory> {
        // SAFETY: as the caller promises.
        let number = unsafe { self.push(item)? };
        self.semaphore().post();
        Ok(number)
    }

    /// May take the first item: looks that many times whether there is one. What follows is [`Self::pop_counted`].
    #[inline]
    pub(crate) fn try_wait(self, times: u32) -> bool {
        self.semaphore().try_wait_times(times)
    }

    /// Sleeps until it may take the first item. What follows is [`Self::pop_counted`].
    pub(crate) fn wait(self) {
        self.semaphore().wait();
    }

    /// Takes the item that `try_wait` or `wait` has promised. None if somebody has taken one without asking.
    ///
    /// # Safety
    /// As for `push`.
    #[inline]
    pub(crate) unsafe fn pop_counted(self) -> Option<NonNull<c_void>> {
        // SAFETY: as the caller promises. An item is there: posts follow pushes, and each taker was promised one of its own.
        unsafe { self.chain().pop(true) }
    }

    /// True if there was no item at some moment of the call.
    pub(crate) fn is_empty(self) -> bool {
        self.chain().is_empty()
    }

    #[inline]
    fn chain(self) -> Chain<'q, Lent, SLOTS> {
        let (head, tail) = (&self.shared.head, &self.shared.tail);
        Chain {
            head: End { block: &head.block, index: &self.shared.taken.index },
            tail: End { block: &tail.block, index: &tail.index },
            kept: &head.kept,
            supply: self.lent,
        }
    }

    #[inline]
    fn semaphore(self) -> Semaphore<'q, CoreMemory> {
        semaphore(&self.shared.taken.semaphore)
    }
}

type Block = chain::Block<CoreMemory, SLOTS>;

impl Supply<SLOTS> for Lent {
    type Memory = CoreMemory;

    fn allocate(&self, block: Block) -> Option<NonNull<Block>> {
        let place = memory::object(block)?;
        self.counts.count_one_more();
        Some(place)
    }

    unsafe fn free(&self, block: NonNull<Block>) {
        self.counts.blocks.fetch_sub(1, Relaxed);
        // SAFETY: from `allocate`, and nobody uses it, as the caller promises. Its parts need no drop.
        unsafe { memory::free(block.cast()) };
    }

    fn hazard(&self) -> Option<&AtomicPtr<c_void>> {
        self.threads.own()?.first()
    }

    fn is_hazard(&self, block: *mut c_void) -> bool {
        self.threads.is_published_in_first(block)
    }

    fn give_way(&self) {
        thread::give_way();
    }

    fn count_kept(&self, change: i32) {
        self.counts.kept.fetch_add(change, Relaxed);
    }
}

#[cfg(test)]
mod tests;
