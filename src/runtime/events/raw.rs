// SPDX-License-Identifier: LGPL-2.0-or-later
//! The memory of descriptors and of their heap, and the calls of handlers.

#[cfg(test)]
mod tests;

use core::{
    cell::UnsafeCell,
    ffi::{c_int, c_void},
    mem::MaybeUninit,
    ptr, slice,
    sync::atomic::{AtomicI32, Ordering::Relaxed},
};

use super::{Refused, descriptors::State};
use crate::{
    layout::net_events::{EventDescr, EventHandler, REMOVE},
    net::event_heap::Entry,
};

/// How many descriptors there are.
pub(crate) const MAX_DESCRIPTORS: usize = 1 << 19;

/// The heap's memory, without the length, which the host can see.
pub(crate) struct Heap(UnsafeCell<MaybeUninit<[Entry; MAX_DESCRIPTORS]>>);

// SAFETY: the main thread alone uses it, as whoever makes an `Events` promises.
unsafe impl Sync for Heap {}

/// The process's heap. Pages that no descriptor reached take no memory.
pub(crate) static HEAP: Heap = Heap(UnsafeCell::new(MaybeUninit::zeroed()));

impl Heap {
    pub(crate) fn start(&self) -> *mut Entry {
        self.0.get().cast()
    }
}

/// Room for what epoll has to say; the host has it.
pub(crate) type EventRoom = [MaybeUninit<libc::epoll_event>; MAX_DESCRIPTORS];

/// All that the loop knows about descriptors.
#[derive(Clone, Copy)]
pub(crate) struct Events<'a> {
    pub(super) epoll: c_int,
    table: *mut EventDescr,
    heap: *mut Entry,
    pub(super) size: &'a AtomicI32,
    pub(super) state: &'a State,
}

impl<'a> Events<'a> {
    /// The descriptors of an epoll.
    ///
    /// # Safety
    /// As long as `'a`: the caller is the main thread, and it alone uses the memory, but for atomics. `table` has
    /// [`MAX_DESCRIPTORS`] slots, zeroed at first, and `heap` room for as many entries, zeroed at first. The handlers of the slots
    /// may be called with their data.
    pub(crate) const unsafe fn new(
        epoll: c_int,
        table: *mut EventDescr,
        heap: *mut Entry,
        size: &'a AtomicI32,
        state: &'a State,
    ) -> Self {
        Self { epoll, table, heap, size, state }
    }

    /// The slot of a descriptor.
    #[inline]
    pub(super) fn slot(&self, fd: c_int) -> Result<&'a EventDescr, Refused> {
        match usize::try_from(fd) {
            // SAFETY: a slot of the table; C changes it at most while no function of ours uses it, and only cells.
            Ok(index @ ..MAX_DESCRIPTORS) => Ok(unsafe { &*self.table.add(index) }),
            _ => Err(Refused::OutOfRange),
        }
    }

    /// The slot that a pointer is, with its descriptor.
    #[inline]
    pub(super) fn slot_at(&self, ev: *mut EventDescr) -> Result<(&'a EventDescr, c_int), Refused> {
        let offset = ev.addr().wrapping_sub(self.table.addr());
        let fd = c_int::try_from(offset / size_of::<EventDescr>()).map_err(|_| Refused::Foreign)?;
        let slot = self.slot(fd).map_err(|_| Refused::Foreign)?;
        if offset % size_of::<EventDescr>() == 0 && slot.fd.get() == fd {
            Ok((slot, fd))
        } else {
            Err(Refused::Foreign)
        }
    }

    pub(super) fn len(&self) -> usize {
        usize::try_from(self.size.load(Relaxed)).unwrap_or(0).min(MAX_DESCRIPTORS)
    }

    /// Runs with the first `len` entries of the heap.
    #[inline]
    pub(super) fn with_entries<R>(&self, len: usize, run: impl FnOnce(&mut [Entry]) -> R) -> R {
        // SAFETY: memory for so many, zeroed at first, which is a value; nobody else refers to it: what runs with it is ours, and
        // calls no handler.
        run(unsafe { slice::from_raw_parts_mut(self.heap, len.min(MAX_DESCRIPTORS)) })
    }

    /// Gives a descriptor a handler and the first reference.
    ///
    /// # Safety
    /// The handler may be called with `data`.
    pub(crate) unsafe fn claim(
        &self,
        fd: c_int,
        priority: c_int,
        work: Option<EventHandler>,
        data: *mut c_void,
    ) -> Result<(), Refused> {
        let slot = self.own_slot(fd)?;
        // Other threads take references only of a slot that has one.
        if slot.refcnt.load(Relaxed) != 0 {
            return Err(Refused::InUse);
        }
        slot.refcnt.fetch_add(1, Relaxed);
        slot.priority.set(priority);
        slot.data.store(data, Relaxed);
        slot.work.set(work);
        self.forget_running(fd);
        Ok(())
    }

    /// The answer of a slot's handler.
    pub(super) fn ask(&self, slot: &EventDescr, fd: c_int) -> c_int {
        let Some(work) = slot.work.get() else { return REMOVE };
        // SAFETY: the handler may be called with its data, as whoever made the value promises.
        unsafe { work(fd, slot.data.load(Relaxed), ptr::from_ref(slot).cast_mut()) }
    }
}
