// SPDX-License-Identifier: LGPL-2.0-or-later
//! Queues between threads: any number of them may push and pop, items of one pusher stay in order, none is lost or taken
//! twice, and no operation but a wait waits for another thread.
//!
//! `chain/` holds the items, `semaphore.rs` is the sleep, `hazard.rs` pointers that others may want to free. They run on any
//! [`Memory`]: `tests/loom` tries all interleavings of small models.

mod chain;
mod hazard;
mod pool;
mod raw;
pub(crate) mod ring;
mod semaphore;
mod threads;

use core::ffi::c_void;

pub(crate) use chain::NoMemory;
pub(crate) use pool::{CoreMemory, Counts, Lent};
pub(crate) use raw::{Kind, Queue};
pub(crate) use threads::{Hazards, Numbers, Threads};

use crate::{layout::mp_queue::MpSemaphore, sync::Memory};

#[inline]
fn semaphore(shared: &MpSemaphore) -> semaphore::Semaphore<'_, CoreMemory> {
    semaphore::Semaphore { value: &shared.value, waiting: &shared.waiting }
}

/// Raises a semaphore, and wakes a thread that waits for it.
pub(crate) fn post(shared: &MpSemaphore) {
    semaphore(shared).post();
}

/// Lowers a semaphore if it is positive.
pub(crate) fn try_wait(shared: &MpSemaphore) -> bool {
    semaphore(shared).try_wait()
}

/// Lowers a semaphore, and sleeps until it can.
pub(crate) fn wait(shared: &MpSemaphore) {
    semaphore(shared).wait();
}

/// Reads a pointer that other threads may replace; see [`hazard::copy_shared`].
pub(crate) fn copy_shared(
    cell: &<CoreMemory as Memory>::Pointer,
    place: &<CoreMemory as Memory>::Pointer,
    keep: impl FnOnce(*mut c_void),
) -> *mut c_void {
    hazard::copy_shared::<CoreMemory>(cell, place, keep)
}
