// SPDX-License-Identifier: LGPL-2.0-or-later
//! The chain of blocks that holds a queue's items.
//!
//! Each end has an index, which only grows, and the block that the index lies in. An index counts laps of `SLOTS + 1`: one
//! for each slot of the lap's block, and a last one at which the end has no slot and goes over to the next block. A thread
//! *claims* a slot when it raises the end's index past it, so each slot has one pusher and one popper.
//!
//! 1. A slot is empty at first. Its pusher writes the item into it. Its popper reads the item and writes `DONE`.
//! 2. A popper that finds nothing for a while writes `PASSED` and claims another slot: it never waits for a pusher that was
//!    interrupted. The pusher finds `PASSED`, writes `DONE`, and claims another slot too.
//! 3. So a slot is `DONE` when neither of the two touches it again. A block is in use until all its slots are `DONE`, and
//!    who has claimed a slot may use the block until then.
//! 4. The block of an end changes only while its index is at the last place of a lap. Indices never return, so if an end's
//!    index is at the same place after its block was read, the block is that lap's: a claim by compare-and-swap proves it,
//!    and nothing of the block is read before.
//! 5. Who claims a block's last slot moves the end on, under that claim (rule 3). If it is interrupted, others find the
//!    index at the last place and move the end themselves. They have no claim, so they publish the block as a hazard, pass
//!    a fence, and make sure that the end is still there.
//! 6. The head goes over only after the tail's index has. Who moves the head's block on takes the block out of the chain;
//!    it is freed once all its slots are `DONE` and, after a fence, no thread has published it. Otherwise it is kept with
//!    the queue, and looked at again when the next block is taken out.
//! 7. A chain without a block, as most queues of a proxy stay, has both indices at the place before the first lap, which is
//!    the last one of none. The first pusher makes the block and brings both ends to it, the head first: who finds
//!    the tail's index in a lap finds the head's in one, too. A null block never comes back, so no index is at that place again.
//!
//! So an operation that claims a slot other than a block's last has two atomic operations at the end and at the slot, and
//! neither a hazard nor a fence.

use core::{
    ffi::c_void,
    ptr::{self, NonNull},
    slice,
    sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release},
};

use crate::sync::{Memory, Word};

/// What slots hold besides items: no item has these addresses.
static MARKS: [u8; 2] = [0; 2];

fn done() -> *mut c_void {
    (&raw const MARKS).cast_mut().cast()
}

fn passed() -> *mut c_void {
    (&raw const MARKS).cast_mut().cast::<c_void>().wrapping_byte_add(1)
}

/// A part of a chain, which the slots follow, the lap's last one first.
#[repr(C)]
pub(crate) struct Block<M: Memory, const SLOTS: usize> {
    /// The next block, or null.
    next: M::Pointer,
    /// When it is out of the chain: the next such block.
    kept: M::Pointer,
    lap: u64,
    slots: [M::Pointer; 0],
}

impl<M: Memory, const SLOTS: usize> Block<M, SLOTS> {
    /// How many slots a lap's block has: the first one the last few, because most queues never hold more.
    const fn slots_of(lap: u64) -> usize {
        if lap == 0 { first_slots(SLOTS) } else { SLOTS }
    }

    /// How many bytes a lap's block takes.
    pub(crate) const fn bytes(lap: u64) -> usize {
        size_of::<Self>() + Self::slots_of(lap) * size_of::<M::Pointer>()
    }

    /// Makes a lap's block.
    ///
    /// # Safety
    /// It is memory of so many [`Self::bytes`], aligned for a block, and nobody else uses it.
    pub(crate) unsafe fn write(place: NonNull<Self>, lap: u64) {
        let null = || M::Pointer::new(ptr::null_mut());
        // SAFETY: as the caller promises; `slots_of` slots follow.
        unsafe {
            place.write(Self { next: null(), kept: null(), lap, slots: [] });
            let slots = (&raw mut (*place.as_ptr()).slots).cast::<M::Pointer>();
            for index in 0..Self::slots_of(lap) {
                slots.add(index).write(null());
            }
        }
    }

    /// The slots of a block.
    ///
    /// # Safety
    /// The block is not freed as long as they are used.
    unsafe fn slots<'b>(block: *const Self) -> &'b [M::Pointer] {
        // SAFETY: as the caller promises; so many follow, as `write` has made it.
        unsafe { slice::from_raw_parts((&raw const (*block).slots).cast(), Self::slots_of((*block).lap)) }
    }

    /// The slot of an index of the block's lap, but not of its last place.
    ///
    /// # Safety
    /// As for [`Self::slots`].
    #[inline]
    unsafe fn slot<'b>(block: *const Self, index: u64) -> &'b M::Pointer {
        let from_the_end = SLOTS as u64 - 1 - index % lap_length(SLOTS);
        // SAFETY: as the caller promises; the first lap has the last indices only, and its block as many slots.
        unsafe { &*(&raw const (*block).slots).cast::<M::Pointer>().add(from_the_end as usize) }
    }

    /// All its atomics, for a model that looks for accesses after it was freed.
    ///
    /// # Safety
    /// A live block, which nobody else uses.
    #[cfg(loom)]
    pub(crate) unsafe fn words(block: NonNull<Self>) -> impl Iterator<Item = *mut M::Pointer> {
        // SAFETY: as the caller promises.
        unsafe {
            let at = block.as_ptr();
            let slots = (&raw mut (*at).slots).cast::<M::Pointer>();
            let count = Self::slots_of((*at).lap);
            (0..count).map(move |index| slots.add(index)).chain([&raw mut (*at).next, &raw mut (*at).kept])
        }
    }
}

/// The place before the first lap, and the last one of none: it is one, modulo the length of a lap, a power of two.
const BEFORE: u64 = u64::MAX;

const fn lap_length(slots: usize) -> u64 {
    slots as u64 + 1
}

/// How many slots the first block has.
const fn first_slots(slots: usize) -> usize {
    if slots < 4 { slots } else { 4 }
}

/// What the queues of a process share.
pub(crate) trait Supply<const SLOTS: usize> {
    type Memory: Memory;
    /// A new block of a lap.
    fn allocate(&self, lap: u64) -> Option<NonNull<Block<Self::Memory, SLOTS>>>;
    /// # Safety
    /// It was allocated, and nobody uses it.
    unsafe fn free(&self, block: NonNull<Block<Self::Memory, SLOTS>>);
    /// Where the calling thread publishes the block that it looks at; none if there are too many threads.
    fn hazard(&self) -> Option<&<Self::Memory as Memory>::Pointer>;
    /// Passes a fence; then tells whether any thread has published the block.
    fn is_hazard(&self, block: *mut c_void) -> bool;
    /// Lets other threads run.
    fn give_way(&self);
    /// A block was taken out of a chain and is kept (1), or a kept one was freed (-1).
    fn count_kept(&self, change: i32);
}

/// There is no memory for a block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoMemory;

/// An end of a chain.
pub(crate) struct End<'q, M: Memory> {
    pub(crate) block: &'q M::Pointer,
    pub(crate) index: &'q M::U64,
}

impl<M: Memory> End<'_, M> {
    /// Goes over from `block`, which holds the lap that ends at `last`, to the next one. Returns whether this thread moved
    /// the block.
    ///
    /// Release, for rule 4: who reads the new index (acquire) reads the new block.
    fn go_over(&self, block: *mut c_void, next: *mut c_void, last: u64) -> bool {
        let moved = self.block.compare_exchange(block, next, AcqRel, Acquire).is_ok();
        // Whoever moved the block, it is the next lap's now.
        let _ = self.index.compare_exchange(last, last + 1, AcqRel, Relaxed);
        moved
    }
}

/// A chain. Its atomics may lie in a struct of C's.
pub(crate) struct Chain<'q, S: Supply<SLOTS>, const SLOTS: usize> {
    pub(crate) head: End<'q, S::Memory>,
    pub(crate) tail: End<'q, S::Memory>,
    /// Blocks that are out of the chain and still in use.
    pub(crate) kept: &'q <S::Memory as Memory>::Pointer,
    pub(crate) supply: &'q S,
}

impl<S: Supply<SLOTS>, const SLOTS: usize> Chain<'_, S, SLOTS> {
    const LAP: u64 = lap_length(SLOTS);
    const LAST: u64 = {
        assert!(Self::LAP.is_power_of_two());
        SLOTS as u64
    };
    /// Where the first lap begins.
    const FIRST: u64 = (SLOTS - first_slots(SLOTS)) as u64;

    /// Makes an empty chain.
    ///
    /// # Safety
    /// Nobody else uses it. What it held before is forgotten.
    pub(crate) unsafe fn start(&self) {
        for end in [&self.head, &self.tail] {
            end.block.store(ptr::null_mut(), Relaxed);
            end.index.store(BEFORE, Relaxed);
        }
        self.kept.store(ptr::null_mut(), Relaxed);
    }

    /// Frees all blocks. Items that are left are not freed.
    ///
    /// # Safety
    /// The chain was started, and nobody else uses it.
    pub(crate) unsafe fn end(&self) {
        let mut next = self.head.block.swap(ptr::null_mut(), Acquire);
        self.tail.block.store(ptr::null_mut(), Relaxed);
        while let Some(block) = NonNull::new(next.cast::<Block<S::Memory, SLOTS>>()) {
            // SAFETY: the blocks of the chain belong to it, and nobody else uses them.
            unsafe {
                next = block.as_ref().next.load(Acquire);
                self.supply.free(block);
            }
        }
        let mut kept = self.kept.swap(ptr::null_mut(), Acquire);
        while let Some(block) = NonNull::new(kept.cast::<Block<S::Memory, SLOTS>>()) {
            // SAFETY: likewise.
            unsafe {
                kept = block.as_ref().kept.load(Relaxed);
                self.supply.free(block);
            }
            self.supply.count_kept(-1);
        }
    }

    /// Appends an item, which is not null. Returns its number.
    ///
    /// # Safety
    /// The chain was started, and is not ended meanwhile.
    #[inline]
    pub(crate) unsafe fn push(&self, item: NonNull<c_void>) -> Result<u64, NoMemory> {
        loop {
            // Acquire: the block is at least the one of this index (rule 4).
            let index = self.tail.index.load(Acquire);
            let block = self.tail.block.load(Acquire);
            if index % Self::LAP == Self::LAST {
                // SAFETY: as the caller promises.
                unsafe { self.help_tail(index)? };
                continue;
            }
            // Relaxed: it proves that the block is this index's, and publishes nothing. If the block were a later one, the
            // load of the index by who put it there would happen before, and the index could not be this one any more.
            if self.tail.index.compare_exchange(index, index + 1, Relaxed, Relaxed).is_err() {
                continue;
            }
            // SAFETY: rules 3 and 4: a slot of it is claimed and not done.
            let slot = unsafe { Block::<S::Memory, SLOTS>::slot(block.cast(), index) };
            if (index + 1) % Self::LAP == Self::LAST {
                // Without memory the next pusher tries.
                // SAFETY: likewise.
                let _ = unsafe { self.move_tail(block, index + 1) };
            }
            // Release: what this thread did happens before the popper's next step. Acquire: the popper is done before
            // `DONE` lets the block be freed.
            match slot.compare_exchange(ptr::null_mut(), item.as_ptr(), Release, Acquire) {
                Ok(_) => return Ok(index - Self::FIRST),
                Err(_) => slot.store(done(), Release),
            }
        }
    }

    /// Takes the first item.
    ///
    /// With `is_there`, who calls knows of an item that was pushed and that only this call may take. The tail, which pushers
    /// write to, is not read then.
    ///
    /// # Safety
    /// The chain was started, and is not ended meanwhile.
    #[inline]
    pub(crate) unsafe fn pop(&self, is_there: bool) -> Option<NonNull<c_void>> {
        loop {
            let index = self.head.index.load(Acquire);
            let block = self.head.block.load(Acquire);
            if index % Self::LAP == Self::LAST {
                if !self.tail_is_beyond(index) {
                    return None;
                }
                // SAFETY: as the caller promises; the tail has left that place.
                unsafe { self.help_head(index) };
                continue;
            }
            // The head only grows: where the tail is not beyond what it was, all that was pushed has been claimed.
            if !is_there && !self.tail_is_beyond(index) {
                return None;
            }
            // Relaxed, as in `push`.
            if self.head.index.compare_exchange(index, index + 1, Relaxed, Relaxed).is_err() {
                continue;
            }
            // SAFETY: rules 3 and 4.
            let slot = unsafe { Block::<S::Memory, SLOTS>::slot(block.cast(), index) };
            let is_last = (index + 1) % Self::LAP == Self::LAST;
            // Before the slot is touched: without that claim the block might be freed.
            // SAFETY: likewise.
            let taken_out = is_last && unsafe { self.move_head(block, index + 1) };
            let item = Self::take(slot);
            if taken_out {
                // SAFETY: this thread has taken it out of the chain, and does not use it again.
                unsafe { self.retire(block) };
            }
            if item.is_some() {
                return item;
            }
        }
    }

    /// Reads a slot that this thread has claimed, and leaves it; rules 1 and 2.
    #[inline]
    fn take(slot: &<S::Memory as Memory>::Pointer) -> Option<NonNull<c_void>> {
        let mut item = slot.load(Acquire);
        let mut looked = 0;
        while item.is_null() && looked < S::Memory::PATIENCE {
            S::Memory::pause();
            item = slot.load(Acquire);
            looked += 1;
        }
        if item.is_null() {
            // AcqRel: the pusher's `DONE` happens after; or its item, which came after all, before.
            match slot.compare_exchange(item, passed(), AcqRel, Acquire) {
                Ok(_) => return None,
                Err(written) => item = written,
            }
        }
        // Release: the item is read before the block is freed.
        slot.store(done(), Release);
        NonNull::new(item)
    }

    /// True if there was nothing at some moment of the call.
    pub(crate) fn is_empty(&self) -> bool {
        // At the last place of a lap there is nothing, nor before the first lap.
        let beyond = |index: u64| match index {
            BEFORE => Self::FIRST,
            _ => index + u64::from(index % Self::LAP == Self::LAST),
        };
        let head = self.head.index.load(Acquire);
        beyond(self.tail.index.load(Acquire)) <= beyond(head)
    }

    /// Whether the tail's index is beyond a place. Acquire: where the tail's index is, its block is too.
    #[inline]
    fn tail_is_beyond(&self, place: u64) -> bool {
        // Signed: `BEFORE` is the least of all places.
        self.tail.index.load(Acquire) as i64 > place as i64
    }

    /// Brings both ends to the first block: rule 7.
    ///
    /// Each index is released after its block was set, by this thread or by one whose compare-and-swap this one's failure
    /// acquired: rule 4 holds for the first lap as it does for the others.
    fn begin(&self) -> Result<(), NoMemory> {
        let new = self.supply.allocate(0).ok_or(NoMemory)?;
        let mut first = new.as_ptr().cast();
        if let Err(other) = self.head.block.compare_exchange(ptr::null_mut(), first, AcqRel, Acquire) {
            // SAFETY: allocated above, and published nowhere.
            unsafe { self.supply.free(new) };
            first = other;
        }
        // If `other` is a later block, the head has left the first one, so the tail has a block, and this changes nothing.
        for end in [&self.head, &self.tail] {
            let _ = end.block.compare_exchange(ptr::null_mut(), first, AcqRel, Acquire);
            let _ = end.index.compare_exchange(BEFORE, Self::FIRST, AcqRel, Relaxed);
        }
        Ok(())
    }

    /// The tail goes over from `block`, at the end of its lap.
    ///
    /// # Safety
    /// The block is protected by a claim or as a hazard.
    unsafe fn move_tail(&self, block: *mut c_void, last: u64) -> Result<(), NoMemory> {
        // SAFETY: as the caller promises.
        let head = unsafe { &*block.cast::<Block<S::Memory, SLOTS>>() };
        let mut next = head.next.load(Acquire);
        if next.is_null() {
            let new = self.supply.allocate(head.lap + 1).ok_or(NoMemory)?;
            next = new.as_ptr().cast();
            if let Err(other) = head.next.compare_exchange(ptr::null_mut(), next, AcqRel, Acquire) {
                // SAFETY: allocated above, and published nowhere.
                unsafe { self.supply.free(new) };
                next = other;
            }
        }
        self.tail.go_over(block, next, last);
        Ok(())
    }

    /// The head goes over from `block`, at the end of its lap, if the tail did before. Returns whether this thread took the
    /// block out.
    ///
    /// # Safety
    /// The block is protected by a claim or as a hazard.
    unsafe fn move_head(&self, block: *mut c_void, last: u64) -> bool {
        // If it is, there is a next block.
        if !self.tail_is_beyond(last) {
            return false;
        }
        // SAFETY: as the caller promises.
        let next = unsafe { &(*block.cast::<Block<S::Memory, SLOTS>>()).next }.load(Acquire);
        self.head.go_over(block, next, last)
    }

    /// Calls `act` with the block of `end`, protected as a hazard, and its lap, if the end's index is still `last`: rule 5.
    fn protected<R>(
        &self,
        end: &End<'_, S::Memory>,
        last: u64,
        act: impl FnOnce(*mut c_void, u64) -> R,
    ) -> Option<R> {
        let Some(hazard) = self.supply.hazard() else {
            self.supply.give_way();
            return None;
        };
        let block = end.block.load(Acquire);
        hazard.store(block, Release);
        // With the fence of `is_hazard`: that finds the hazard, or the end is seen to have left the block.
        S::Memory::fence();
        let mut result = None;
        if end.block.load(Acquire) == block && end.index.load(Acquire) == last {
            // SAFETY: it was the end's after it was published, so it is not freed until the hazard is withdrawn.
            result = Some(act(block, unsafe { (*block.cast::<Block<S::Memory, SLOTS>>()).lap }));
        }
        hazard.store(ptr::null_mut(), Release);
        result
    }

    /// Moves the tail on instead of a thread that was interrupted there.
    ///
    /// # Safety
    /// As for `push`.
    #[cold]
    #[inline(never)]
    unsafe fn help_tail(&self, last: u64) -> Result<(), NoMemory> {
        if last == BEFORE {
            return self.begin();
        }
        let moved = self.protected(&self.tail, last, |block, lap| {
            if lap == last / Self::LAP {
                // SAFETY: protected.
                unsafe { self.move_tail(block, last) }
            } else {
                // Only the index is left to be moved.
                let _ = self.tail.index.compare_exchange(last, last + 1, AcqRel, Relaxed);
                Ok(())
            }
        });
        moved.unwrap_or(Ok(()))
    }

    /// Moves the head on instead of a thread that was interrupted there.
    ///
    /// # Safety
    /// As for `pop`, and the tail has left that place.
    #[cold]
    #[inline(never)]
    unsafe fn help_head(&self, last: u64) {
        if last == BEFORE {
            // The tail was moved by a thread that had seen the head's index in a lap: so will this one, when it looks again.
            return;
        }
        let taken_out = self.protected(&self.head, last, |block, lap| {
            if lap == last / Self::LAP {
                // SAFETY: protected.
                unsafe { self.move_head(block, last) }.then_some(block)
            } else {
                let _ = self.head.index.compare_exchange(last, last + 1, AcqRel, Relaxed);
                None
            }
        });
        if let Some(Some(block)) = taken_out {
            // SAFETY: this thread has taken it out of the chain, and does not use it again.
            unsafe { self.retire(block) };
        }
    }

    /// Frees a block, and those that were kept, as far as nobody uses them: rule 6.
    ///
    /// # Safety
    /// The calling thread has taken it out of the chain.
    #[cold]
    unsafe fn retire(&self, block: *mut c_void) {
        // SAFETY: as the caller promises.
        if unsafe { !self.free_unused(block) } {
            self.supply.count_kept(1);
            // SAFETY: out of the chain, and in no list.
            unsafe { self.keep(block) };
            return;
        }
        let mut kept = ptr::null_mut();
        if !self.kept.load(Relaxed).is_null() {
            // All at once: a list from which single blocks are taken would need to know them again.
            kept = self.kept.swap(ptr::null_mut(), Acquire);
        }
        while !kept.is_null() {
            let block = kept;
            // SAFETY: a kept block is freed only by who took the list.
            unsafe {
                kept = (*block.cast::<Block<S::Memory, SLOTS>>()).kept.load(Relaxed);
                if self.free_unused(block) {
                    self.supply.count_kept(-1);
                } else {
                    self.keep(block);
                }
            }
        }
    }

    /// # Safety
    /// The block is out of the chain and in no list.
    unsafe fn free_unused(&self, block: *mut c_void) -> bool {
        let Some(block) = NonNull::new(block.cast::<Block<S::Memory, SLOTS>>()) else { return true };
        // SAFETY: not freed yet.
        let slots = unsafe { Block::slots(block.as_ptr()) };
        // Acquire: what was done to the slots happened before; nobody touches them again (rule 3).
        let is_done = slots.iter().all(|slot| slot.load(Acquire) == done());
        let unused = is_done && !self.supply.is_hazard(block.as_ptr().cast());
        if unused {
            // SAFETY: no claim is left (rule 3), no hazard, and no end leads to it.
            unsafe { self.supply.free(block) };
        }
        unused
    }

    /// # Safety
    /// The block is out of the chain and in no list.
    unsafe fn keep(&self, block: *mut c_void) {
        let mut first = self.kept.load(Relaxed);
        loop {
            // SAFETY: not freed yet, and in no list.
            unsafe { &(*block.cast::<Block<S::Memory, SLOTS>>()).kept }.store(first, Relaxed);
            match self.kept.compare_exchange(first, block, Release, Relaxed) {
                Ok(_) => return,
                Err(other) => first = other,
            }
        }
    }
}
