// SPDX-License-Identifier: LGPL-2.0-or-later
//! A ring of cells. A cell's number tells whose turn it is: that of a position, the pusher's who claims it; one more, the
//! popper's; and a round more, the next pusher's.

use core::{
    ffi::{c_int, c_void},
    ptr::{self, NonNull},
    sync::atomic::{
        AtomicI32, AtomicI64, AtomicPtr,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use crate::{
    layout::mp_queue::{FREED_RING, MpQueueBlock, MpQueueNode, RING, RingTail},
    sys::memory,
};

/// The lengths of rings.
pub(crate) const SMALL: c_int = 64;
pub(crate) const LARGE: c_int = 4096;

/// The tail of a closed ring has this bit.
const CLOSED: i64 = i64::MIN;

/// A new ring of [`SMALL`] or [`LARGE`], with an item unless that is null; `None` where there is no memory.
pub(crate) fn allocate(first: *mut c_void, length: c_int) -> Option<NonNull<MpQueueBlock>> {
    let cells = usize::try_from(length).ok()?;
    let bytes = cells.checked_mul(size_of::<MpQueueNode>())?.checked_add(size_of::<MpQueueBlock>())?;
    let ring: NonNull<MpQueueBlock> = memory::allocate_aligned(bytes, align_of::<MpQueueBlock>())?.cast();
    let pushed = i64::from(!first.is_null());
    // SAFETY: memory of this ring's size and alignment, which nobody has seen yet. The first cell is the popper's turn if
    // there is an item.
    unsafe {
        ring.write(MpQueueBlock {
            mqb_head: AtomicI64::new(0),
            mqb_magic: AtomicI32::new(RING),
            mqb_align_bytes: 0,
            mqb_size: length,
            pushers: RingTail {
                mqb_tail: AtomicI64::new(pushed),
                mqb_next: ptr::null_mut(),
                mqb_next_allocators: 0,
            },
            mqb_nodes: [],
        });
        let nodes = (&raw mut (*ring.as_ptr()).mqb_nodes).cast::<MpQueueNode>();
        for (index, position) in (0..cells).zip(0i64..) {
            let is_first = position == 0;
            nodes.add(index).write(MpQueueNode {
                idx: AtomicI64::new(if is_first { pushed } else { position }),
                val: AtomicPtr::new(if is_first { first } else { ptr::null_mut() }),
            });
        }
    }
    Some(ring)
}

/// Frees a ring, and tells its length; `None`, and does nothing, if it is none.
///
/// # Safety
/// `ring` is readable as one. If it is one, it came from [`allocate`] and nobody else uses it.
pub(crate) unsafe fn free(ring: NonNull<MpQueueBlock>) -> Option<c_int> {
    // SAFETY: readable; the caller's if its magic says so.
    unsafe {
        let freed = (*ring.as_ptr()).mqb_magic.compare_exchange(RING, FREED_RING, Acquire, Relaxed);
        freed.ok()?;
        let length = (*ring.as_ptr()).mqb_size;
        memory::free(ring.cast());
        Some(length)
    }
}

/// A ring that is in use.
pub(crate) struct Ring<'r> {
    ring: &'r MpQueueBlock,
    nodes: *const MpQueueNode,
}

impl Ring<'_> {
    /// # Safety
    /// From [`allocate`], and not freed as long as this is used.
    pub(crate) unsafe fn of(ring: *mut MpQueueBlock) -> Self {
        // SAFETY: as the caller promises.
        unsafe { Self { ring: &*ring, nodes: (&raw const (*ring).mqb_nodes).cast() } }
    }

    fn cell(&self, position: i64) -> &MpQueueNode {
        let index = (position & i64::from(self.ring.mqb_size - 1)) as usize;
        // SAFETY: below the ring's length, which is a power of two; so many cells follow it.
        unsafe { &*self.nodes.add(index) }
    }

    /// Appends an item. Returns its position; `None` if the ring is closed, which it is from the time on when it was full.
    pub(crate) fn push(&self, item: NonNull<c_void>) -> Option<i64> {
        let mut tail = self.ring.pushers.mqb_tail.load(Relaxed);
        while tail & CLOSED == 0 {
            let cell = self.cell(tail);
            // Acquire: the item of the last round was read before this one is written.
            let turn = cell.idx.load(Acquire);
            if turn == tail {
                match self.ring.pushers.mqb_tail.compare_exchange(tail, tail + 1, Relaxed, Relaxed) {
                    Ok(_) => {
                        cell.val.store(item.as_ptr(), Relaxed);
                        // Release: the item, and what this thread did before, are the popper's.
                        cell.idx.store(tail + 1, Release);
                        return Some(tail);
                    }
                    Err(other) => tail = other,
                }
            } else if turn < tail {
                match self.ring.pushers.mqb_tail.compare_exchange(tail, tail | CLOSED, Relaxed, Relaxed) {
                    Ok(_) => return None,
                    Err(other) => tail = other,
                }
            } else {
                tail = self.ring.pushers.mqb_tail.load(Relaxed);
            }
        }
        None
    }

    /// Takes the first item; `None` if there is none, or if its push has not ended.
    pub(crate) fn pop(&self) -> Option<NonNull<c_void>> {
        let mut head = self.ring.mqb_head.load(Relaxed);
        loop {
            let cell = self.cell(head);
            // Acquire: pairs with the push.
            let turn = cell.idx.load(Acquire);
            if turn <= head {
                return None;
            }
            if turn > head + 1 {
                head = self.ring.mqb_head.load(Relaxed);
                continue;
            }
            match self.ring.mqb_head.compare_exchange(head, head + 1, Relaxed, Relaxed) {
                Ok(_) => {
                    let item = cell.val.load(Relaxed);
                    // Release: it is read before the next round's is written.
                    cell.idx.store(head + i64::from(self.ring.mqb_size), Release);
                    return NonNull::new(item);
                }
                Err(other) => head = other,
            }
        }
    }
}
