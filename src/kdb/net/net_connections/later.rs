// SPDX-License-Identifier: LGPL-2.0-or-later
//! What is freed later, by the engine.

use core::{
    ptr::{self, NonNull},
    sync::atomic::{
        AtomicPtr,
        Ordering::{AcqRel, Acquire},
    },
};

use super::{
    TRIES,
    statistics::{count, happened},
};
pub use crate::layout::net_connections::FreeLater;
use crate::{
    kdb::{MpQueue, alloc_mp_queue_w, free_mp_queue, mpq_pop_nw, mpq_push_w},
    layout::net_connections::{IntCounter, LongCounter},
    sys::memory,
};

static QUEUE: AtomicPtr<MpQueue> = AtomicPtr::new(ptr::null_mut());

/// The queue, which is made at its first use.
fn queue() -> *mut MpQueue {
    let there = QUEUE.load(Acquire);
    if !there.is_null() {
        return there;
    }
    let new = alloc_mp_queue_w();
    match QUEUE.compare_exchange(ptr::null_mut(), new, AcqRel, Acquire) {
        Ok(_) => new,
        Err(other) => {
            // SAFETY: nobody knows it.
            unsafe { free_mp_queue(new) };
            other
        }
    }
}

/// Has something freed by [`free_later_act`].
///
/// # Safety
/// `F` is in libc's memory, and given away; its function may be called, by another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn insert_free_later_struct(F: *mut FreeLater) {
    // SAFETY: a queue, and no null pointer.
    unsafe { mpq_push_w(queue(), F.cast(), 0) };
    count(IntCounter::FreeLater, 1);
    happened(LongCounter::FreedLater, 1);
}

/// Frees what waits for it, in order.
///
/// # Safety
/// The functions that wait may be called now.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_later_act() {
    let queue = QUEUE.load(Acquire);
    if queue.is_null() {
        return;
    }
    // SAFETY: a queue of what `insert_free_later_struct` was given.
    unsafe {
        while let Some(later) = NonNull::new(mpq_pop_nw(queue, TRIES).cast::<FreeLater>()) {
            count(IntCounter::FreeLater, -1);
            let FreeLater { ptr, free } = later.as_ptr().read();
            if let Some(free) = free {
                free(ptr);
            }
            memory::free(later.cast());
        }
    }
}
