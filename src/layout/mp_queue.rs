// SPDX-License-Identifier: LGPL-2.0-or-later
//! `common/mp-queue.h`. Only a queue's size, its magic and its semaphore are shared with C; the rest of its three cache lines
//! is ours.

use core::{
    ffi::{c_int, c_long, c_void},
    mem::offset_of,
    sync::atomic::{AtomicI32, AtomicI64, AtomicPtr, AtomicU64},
};

/// A semaphore.
#[repr(C)]
pub struct MpSemaphore {
    pub(crate) value: AtomicI32,
    /// How many threads sleep, or are about to.
    pub(crate) waiting: AtomicI32,
}

/// What is seldom written.
#[repr(C, align(64))]
pub(crate) struct Head {
    /// C's `mq_head`.
    pub(crate) block: AtomicPtr<c_void>,
    /// C's `mq_magic`: 0 if it is no queue yet.
    pub(crate) magic: AtomicI32,
    /// How many bytes of its allocation lie before the queue.
    pub(crate) bytes_before: u32,
    /// Blocks that are out of the queue and still in use.
    pub(crate) kept: AtomicPtr<c_void>,
}

/// What pushers write.
#[repr(C, align(64))]
pub(crate) struct Tail {
    /// C's `mq_tail`.
    pub(crate) block: AtomicPtr<c_void>,
    pub(crate) index: AtomicU64,
}

/// What poppers write. Pushers write the semaphore, so the index costs no further line to who pops.
#[repr(C, align(64))]
pub(crate) struct Taken {
    /// C's `mq_sem`: how many items may be taken.
    pub(crate) semaphore: MpSemaphore,
    /// The head's.
    pub(crate) index: AtomicU64,
}

/// A queue.
#[repr(C)]
pub struct MpQueue {
    pub(crate) head: Head,
    pub(crate) tail: Tail,
    pub(crate) taken: Taken,
}

impl MpQueue {
    /// A queue to be, as C's zeros are.
    pub(crate) const fn new() -> Self {
        const fn null() -> AtomicPtr<c_void> {
            AtomicPtr::new(core::ptr::null_mut())
        }
        Self {
            head: Head { block: null(), magic: AtomicI32::new(0), bytes_before: 0, kept: null() },
            tail: Tail { block: null(), index: AtomicU64::new(0) },
            taken: Taken {
                semaphore: MpSemaphore { value: AtomicI32::new(0), waiting: AtomicI32::new(0) },
                index: AtomicU64::new(0),
            },
        }
    }
}

const _: () = {
    assert!(size_of::<MpQueue>() == 192 && align_of::<MpQueue>() == 64);
    #[cfg(target_pointer_width = "64")]
    assert!(offset_of!(MpQueue, head.block) == 0 && offset_of!(MpQueue, head.magic) == 8);
    assert!(offset_of!(MpQueue, tail.block) == 64 && offset_of!(MpQueue, taken.semaphore.value) == 128);
};

/// The values of a queue's magic.
pub(crate) const QUEUE: c_int = 0x1aed_9b43;
pub(crate) const QUEUE_TO_WAIT_FOR: c_int = 0x1aed_cd21;

/// A ring of cells, which follow it, for a fixed number of items.
#[repr(C, align(64))]
pub struct MpQueueBlock {
    pub(crate) mqb_head: AtomicI64,
    pub(crate) mqb_magic: AtomicI32,
    pub(crate) mqb_align_bytes: c_int,
    pub(crate) mqb_size: c_int,
    pub(crate) pushers: RingTail,
    pub(crate) mqb_nodes: [MpQueueNode; 0],
}

/// What pushers of a ring write.
#[repr(C, align(64))]
pub(crate) struct RingTail {
    pub(crate) mqb_tail: AtomicI64,
    pub(crate) mqb_next: *mut MpQueueBlock,
    pub(crate) mqb_next_allocators: c_int,
}

/// A cell.
#[repr(C, align(16))]
pub struct MpQueueNode {
    pub(crate) idx: AtomicI64,
    pub(crate) val: AtomicPtr<c_void>,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(offset_of!(MpQueueBlock, mqb_magic) == 8 && offset_of!(MpQueueBlock, mqb_align_bytes) == 12);
    assert!(offset_of!(MpQueueBlock, mqb_size) == 16 && offset_of!(MpQueueBlock, pushers.mqb_tail) == 64);
    assert!(offset_of!(MpQueueBlock, pushers.mqb_next) == 72 && size_of::<MpQueueBlock>() == 128);
    assert!(size_of::<MpQueueNode>() == 16 && size_of::<c_long>() == 8);
};

pub(crate) const RING: c_int = 0x1eba_caef;
pub(crate) const FREED_RING: c_int = 0x2e4a_feda;

/// What one thread has done with queues. Its thread writes it, others read it.
#[repr(C)]
pub struct QueueStats {
    pub(crate) mpq_active: AtomicI32,
    pub(crate) mpq_allocated: AtomicI32,
}

impl QueueStats {
    pub(crate) const fn new() -> Self {
        Self { mpq_active: AtomicI32::new(0), mpq_allocated: AtomicI32::new(0) }
    }
}
