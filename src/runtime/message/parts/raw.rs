// SPDX-License-Identifier: LGPL-2.0-or-later
//! Parts and buffers.

use core::{
    ffi::c_int,
    ptr,
    sync::atomic::{AtomicI32, AtomicPtr, Ordering::Relaxed},
};

use super::super::{Messages, Refused, references::was_last};
use crate::{
    layout::{
        net_msg::{MsgPart, PART},
        net_msg_buffers::{MsgBuffer, MsgBuffersChunk},
    },
    net::{SMALL_BUFFER, STANDARD_BUFFER},
};

/// What messages need of the edge.
pub(crate) trait Host {
    /// A buffer of the class for so many bytes, with one reference; null where the pool is full.
    fn allocate(&self, size: c_int) -> *mut MsgBuffer;

    /// Frees a buffer that nobody refers to any more.
    ///
    /// # Safety
    /// From [`Self::allocate`], or C's from the same pool.
    unsafe fn free(&self, buffer: *mut MsgBuffer);

    /// Ends the process.
    fn refuse(&self, why: Refused) -> !;

    /// Memory for a part, of libc's; null without.
    #[inline]
    fn memory_of_part(&self) -> *mut MsgPart {
        // SAFETY: an allocation.
        unsafe { libc::malloc(size_of::<MsgPart>()) }.cast()
    }
}

/// The most parts that a thread keeps for later.
const MOST_SPARES: i32 = 1024;

/// The magic of a buffer from the reserve.
const RESERVE: c_int = 0x683c_aad3;

const fn reserve(size: i32) -> MsgBuffersChunk {
    let mut chunk = MsgBuffersChunk::new();
    chunk.buffer_size = AtomicI32::new(size);
    chunk
}

// What buffers from the reserve are said to be in, because a buffer's size stands in its chunk.
static SMALL_RESERVE: MsgBuffersChunk = reserve(SMALL_BUFFER);
static STANDARD_RESERVE: MsgBuffersChunk = reserve(STANDARD_BUFFER);

/// A buffer's bytes, which follow it.
#[inline]
pub(crate) fn bytes_of(buffer: *mut MsgBuffer) -> *mut u8 {
    buffer.wrapping_add(1).cast()
}

impl<H: Host> Messages<H> {
    pub(crate) fn count_messages(&self, more: i32) {
        self.own.add_int(|stats| &stats.rwm_total_msgs, more);
    }

    /// A part without bytes around a buffer, whose reference it takes over; null without memory.
    #[inline(never)]
    pub(crate) fn part_of(&self, buffer: *mut MsgBuffer) -> *mut MsgPart {
        let stats = self.own.block;
        let spare = if self.own.shared { ptr::null_mut() } else { stats.spare.load(Relaxed) };
        let part: *mut MsgPart = if spare.is_null() {
            self.host.memory_of_part()
        } else {
            // SAFETY: a spare part is this thread's alone, and linked to the next one.
            stats.spare.store(unsafe { (*spare).next.load(Relaxed) }, Relaxed);
            stats.spares.store(stats.spares.load(Relaxed) - 1, Relaxed);
            spare
        };
        if part.is_null() {
            return part;
        }
        let content = MsgPart {
            refcnt: AtomicI32::new(1),
            magic: AtomicI32::new(PART),
            next: AtomicPtr::new(ptr::null_mut()),
            part: AtomicPtr::new(buffer),
            offset: AtomicI32::new(0),
            data_end: AtomicI32::new(0),
        };
        // SAFETY: memory for a part, which nobody else knows.
        unsafe { part.write(content) };
        self.own.add_int(|stats| &stats.rwm_total_msg_parts, 1);
        part
    }

    /// Frees a part that nobody refers to.
    ///
    /// # Safety
    /// From [`Self::part_of`], and not used again.
    #[inline]
    unsafe fn free_part(&self, part: *mut MsgPart) {
        let stats = self.own.block;
        self.own.add_int(|stats| &stats.rwm_total_msg_parts, -1);
        let spares = stats.spares.load(Relaxed);
        // SAFETY: the caller's alone; its memory is from `malloc`.
        unsafe {
            (*part).magic.store(0, Relaxed);
            if self.own.shared || spares >= MOST_SPARES {
                libc::free(part.cast());
            } else {
                (*part).next.store(stats.spare.load(Relaxed), Relaxed);
                stats.spare.store(part, Relaxed);
                stats.spares.store(spares + 1, Relaxed);
            }
        }
    }

    /// A part without bytes around a new buffer; null where there is none. Where the pool is full, a caller that cannot do
    /// without may have a buffer of at most 2048 bytes beside it: who is refused input cannot ask for many of them.
    #[inline(never)]
    pub(crate) fn part_with_room(&self, size: c_int, from_reserve: bool) -> *mut MsgPart {
        let mut buffer = self.host.allocate(size);
        if buffer.is_null() && from_reserve {
            buffer = reserve_buffer(size);
        }
        if buffer.is_null() {
            return ptr::null_mut();
        }
        let part = self.part_of(buffer);
        if part.is_null() {
            // SAFETY: the new buffer's only reference.
            unsafe { self.drop_buffer(buffer) };
        }
        part
    }

    /// Gives a reference to a buffer back.
    ///
    /// # Safety
    /// The caller has the reference.
    #[inline(never)]
    pub(crate) unsafe fn drop_buffer(&self, buffer: *mut MsgBuffer) {
        // SAFETY: alive as long as the reference is held; then nobody else has one.
        unsafe {
            if was_last(&(*buffer).refcnt) {
                (*buffer).refcnt.store(0, Relaxed);
                if (*buffer).magic.load(Relaxed) == RESERVE {
                    libc::free(buffer.cast());
                } else {
                    self.host.free(buffer);
                }
            }
        }
    }

    /// Gives a reference to the first part of a chain back, and so on with each part that nobody else refers to. Returns how
    /// many parts were freed.
    ///
    /// # Safety
    /// The caller has the reference; `part` may be null.
    #[inline(never)]
    pub(crate) unsafe fn drop_chain(&self, mut part: *mut MsgPart) -> c_int {
        let mut freed = 0;
        // SAFETY: alive as long as the reference is held; a part that nobody else refers to hands over its own references.
        unsafe {
            while !part.is_null() && was_last(&(*part).refcnt) {
                part = self.free_sole(part);
                freed += 1;
            }
        }
        freed
    }

    /// Frees a part, and returns its reference to the next one.
    ///
    /// # Safety
    /// The caller has the only reference.
    #[inline(never)]
    pub(crate) unsafe fn free_sole(&self, part: *mut MsgPart) -> *mut MsgPart {
        // SAFETY: as the caller promises; the part has a reference to its buffer.
        unsafe {
            if (*part).magic.load(Relaxed) != PART {
                self.host.refuse(Refused::Damaged);
            }
            self.drop_buffer((*part).part.load(Relaxed));
            let next = (*part).next.load(Relaxed);
            self.free_part(part);
            next
        }
    }
}

/// A buffer from libc's memory, with one reference; null without memory, or for more than a standard buffer has.
#[cold]
fn reserve_buffer(size: c_int) -> *mut MsgBuffer {
    let (chunk, room) = if size <= SMALL_BUFFER {
        (&SMALL_RESERVE, SMALL_BUFFER)
    } else if size <= STANDARD_BUFFER {
        (&STANDARD_RESERVE, STANDARD_BUFFER)
    } else {
        return ptr::null_mut();
    };
    // SAFETY: an allocation.
    let buffer: *mut MsgBuffer = unsafe { libc::malloc(size_of::<MsgBuffer>() + room as usize) }.cast();
    if !buffer.is_null() {
        let header = MsgBuffer {
            chunk: AtomicPtr::new(ptr::from_ref(chunk).cast_mut()),
            refcnt: AtomicI32::new(1),
            magic: AtomicI32::new(RESERVE),
        };
        // SAFETY: memory for a buffer, which nobody else knows.
        unsafe { buffer.write(header) };
    }
    buffer
}
