// SPDX-License-Identifier: LGPL-2.0-or-later
//! What can be done with descriptors and their heap.

use core::{
    ffi::c_int,
    ptr,
    sync::atomic::{AtomicI32, AtomicI64, Ordering::Relaxed},
};

use super::{
    Host, Refused, Told,
    interest::{Wanted, wanted},
    raw::{Events, MAX_DESCRIPTORS},
};
use crate::{
    layout::net_events::{CLOSED, CONTINUE, DESTROY, ERROR, EventDescr, FATAL, IN_EPOLL, REMOVE, RERUN},
    net::{
        epoll_unconv_flags,
        event_heap::{self, Entry},
    },
    sys::{
        epoll::{self, Change},
        errno,
        file::close,
    },
};

/// What is known besides.
pub(crate) struct State {
    /// Counts the runs of the heap, in twos.
    stamp: AtomicI64,
    /// The descriptor whose handler runs, as long as it is the one that was called.
    running: AtomicI32,
}

/// No descriptor.
const NONE: c_int = -1;

impl State {
    pub(crate) const fn new() -> Self {
        Self { stamp: AtomicI64::new(0), running: AtomicI32::new(NONE) }
    }
}

impl EventDescr {
    /// Empties a slot that is not queued, but for the descriptor that it says. Other threads may look at the two atomics.
    fn wipe(&self, fd: c_int) {
        self.refcnt.store(0, Relaxed);
        self.data.store(ptr::null_mut(), Relaxed);
        self.fd.set(fd);
        let words = [&self.state, &self.ready, &self.epoll_state, &self.epoll_ready, &self.timeout];
        for word in words.into_iter().chain([&self.priority, &self.in_queue]) {
            word.set(0);
        }
        self.timestamp.set(0);
        self.work.set(None);
    }
}

impl<'a> Events<'a> {
    fn stamp(&self) -> i64 {
        self.state.stamp.load(Relaxed)
    }

    fn set_len(&self, len: usize) {
        self.size.store(len as c_int, Relaxed);
    }

    /// Tells a slot its place.
    #[inline]
    fn place(&self) -> impl Fn(u32, usize) {
        |fd, index| {
            if let Ok(slot) = self.slot(fd as c_int) {
                slot.in_queue.set(index as c_int + 1);
            }
        }
    }

    /// Where in the heap a slot is, if it says so; `None` if it is in none.
    fn index_of(&self, slot: &EventDescr, fd: c_int) -> Result<Option<usize>, Refused> {
        let Some(index) = (slot.in_queue.get() as usize).checked_sub(1) else { return Ok(None) };
        let is_there = self
            .with_entries(self.len(), |heap| heap.get(index).is_some_and(|entry| entry.item() == fd as u32));
        if is_there { Ok(Some(index)) } else { Err(Refused::Misplaced) }
    }

    fn queue_slot(&self, slot: &EventDescr, fd: c_int) -> Result<c_int, Refused> {
        let entry = Entry::new(slot.priority.get(), slot.timestamp.get(), fd as u32);
        let index = if let Some(index) = self.index_of(slot, fd)? {
            self.with_entries(self.len(), |heap| event_heap::fill(heap, index, entry, self.place()))
        } else {
            // Each descriptor is in the heap once at most, so that there is room.
            let len = (self.len() + 1).min(MAX_DESCRIPTORS);
            self.set_len(len);
            self.with_entries(len, |heap| event_heap::push(heap, entry, self.place()))
        };
        Ok(index as c_int + 1)
    }

    /// Queues a slot, or moves it to where it belongs now. Returns its place. `ev` may be any pointer.
    pub(crate) fn put(&self, ev: *mut EventDescr) -> Result<c_int, Refused> {
        let (slot, fd) = self.slot_at(ev)?;
        self.queue_slot(slot, fd)
    }

    fn queue_later(&self, slot: &EventDescr, fd: c_int, delta: c_int) -> Result<c_int, Refused> {
        slot.timestamp.set(self.stamp().wrapping_add(delta.into()));
        self.queue_slot(slot, fd)
    }

    /// As [`Self::put`], `delta` after what is queued now.
    pub(crate) fn put_later(&self, ev: *mut EventDescr, delta: c_int) -> Result<c_int, Refused> {
        let (slot, fd) = self.slot_at(ev)?;
        self.queue_later(slot, fd, delta)
    }

    /// Takes a slot out of the heap. Returns how many there were; `None` if it was not queued. `ev` may be any pointer.
    pub(crate) fn remove_from_heap(&self, ev: *mut EventDescr) -> Result<Option<c_int>, Refused> {
        let (slot, fd) = self.slot_at(ev)?;
        self.unqueue(slot, fd)
    }

    /// The place of the leaf that the original frees for a slot; 0 if it is not queued. `ev` may be any pointer.
    #[cold]
    pub(crate) fn leaf_of(&self, ev: *mut EventDescr) -> Result<c_int, Refused> {
        let (slot, fd) = self.slot_at(ev)?;
        let index = self.index_of(slot, fd)?;
        let leaf = |index| self.with_entries(self.len(), |heap| event_heap::leaf_below(heap, index));
        Ok(index.map_or(0, |index| leaf(index) as c_int + 1))
    }

    fn unqueue(&self, slot: &EventDescr, fd: c_int) -> Result<Option<c_int>, Refused> {
        let Some(index) = self.index_of(slot, fd)? else { return Ok(None) };
        let len = self.len();
        slot.in_queue.set(0);
        self.with_entries(len, |heap| event_heap::remove(heap, index, self.place()));
        self.set_len(len.saturating_sub(1));
        Ok(Some(len as c_int))
    }

    /// The first of the heap, if it was queued before this run: it is in the heap no more.
    fn take_due(&self) -> Option<c_int> {
        let len = self.len();
        let stamp = self.stamp();
        let fd = self.with_entries(len, |heap| {
            let is_due = heap.first().is_some_and(|first| first.timestamp() < stamp);
            if is_due { event_heap::pop(heap, self.place()) } else { None }
        })?;
        let fd = fd.item() as c_int;
        self.set_len(len.saturating_sub(1));
        self.slot(fd).ok()?.in_queue.set(0);
        Some(fd)
    }

    /// The slot of a descriptor, which now knows that it is.
    pub(super) fn own_slot(&self, fd: c_int) -> Result<&'a EventDescr, Refused> {
        let slot = self.slot(fd)?;
        if slot.fd.get() != fd {
            slot.wipe(fd);
        }
        Ok(slot)
    }

    /// A slot is nobody's, not even if its descriptor is the one that zeros mean.
    pub(crate) fn take_back(&self, fd: c_int) {
        if let Ok(slot) = self.slot(fd) {
            slot.fd.set(NONE);
        }
    }

    /// A descriptor has another owner.
    pub(super) fn forget_running(&self, fd: c_int) {
        if self.state.running.load(Relaxed) == fd {
            self.state.running.store(NONE, Relaxed);
        }
    }

    /// Has a descriptor wait for what `flags` say; for nothing if they are 0. Returns false where epoll does not accept it.
    pub(crate) fn insert(&self, fd: c_int, flags: c_int, host: &impl Host) -> Result<bool, Refused> {
        if flags == 0 {
            return self.remove(fd, host);
        }
        let slot = self.own_slot(fd)?;
        if self.change(slot, fd, flags, host) {
            return Ok(true);
        }
        // Nothing would ever come from it, and its owner does not look at the result: so the handler is told of an error.
        slot.epoll_ready.set(libc::EPOLLERR);
        slot.ready.set(slot.ready.get() | epoll_unconv_flags(libc::EPOLLERR));
        self.queue_later(slot, fd, 0)?;
        Ok(false)
    }

    fn change(&self, slot: &EventDescr, fd: c_int, flags: c_int, host: &impl Host) -> bool {
        slot.ready.set(0);
        let Wanted { state, epoll_state: events, change } =
            wanted(slot.state.get(), slot.epoll_state.get(), flags);
        slot.state.set(state);
        slot.epoll_state.set(events);
        let Some(change) = change else { return true };
        host.tell(Told::Change { fd, state, events, failed: false });
        if self.tell_epoll(change, fd, events) {
            slot.state.set(state | IN_EPOLL);
            return true;
        }
        host.tell(Told::Change { fd, state, events, failed: true });
        slot.state.set(state & !IN_EPOLL);
        slot.epoll_state.set(0);
        false
    }

    /// Epoll may know more of a descriptor than we, or less: it forgets those that are closed.
    fn tell_epoll(&self, change: Change, fd: c_int, events: c_int) -> bool {
        epoll::change(self.epoll, change, fd, events)
            || match (change, errno::get()) {
                (Change::Modify, libc::ENOENT) => epoll::change(self.epoll, Change::Add, fd, events),
                (Change::Add, libc::EEXIST) => epoll::change(self.epoll, Change::Modify, fd, events),
                _ => false,
            }
    }

    /// Has a descriptor wait for nothing. Returns false if the slot is not its own.
    pub(crate) fn remove(&self, fd: c_int, host: &impl Host) -> Result<bool, Refused> {
        let slot = self.slot(fd)?;
        if slot.fd.get() != fd {
            return Ok(false);
        }
        if slot.state.get() & IN_EPOLL != 0 {
            slot.state.set(slot.state.get() & !IN_EPOLL);
            host.tell(Told::Removal { fd, failed: false });
            if !epoll::change(self.epoll, Change::Remove, fd, 0) {
                host.tell(Told::Removal { fd, failed: true });
            }
        }
        Ok(true)
    }

    /// Forgets a descriptor, which stays open. Returns false if the slot is not its own.
    pub(crate) fn forget(&self, fd: c_int, host: &impl Host) -> Result<bool, Refused> {
        if !self.remove(fd, host)? {
            return Ok(false);
        }
        let slot = self.slot(fd)?;
        self.unqueue(slot, fd)?;
        slot.wipe(NONE);
        Ok(true)
    }

    /// Calls the handlers of all that was queued before. Returns how many it called.
    pub(crate) fn run(&self, host: &impl Host) -> Result<c_int, Refused> {
        if self.len() == 0 {
            return Ok(0);
        }
        host.tell(Told::Running(self.len() as c_int));
        self.state.stamp.store(self.stamp().wrapping_add(2), Relaxed);
        let mut count = 0;
        while self.len() > 0 && !host.is_ending() {
            let Some(fd) = self.take_due() else { break };
            self.call(fd, host)?;
            count += 1;
        }
        Ok(count)
    }

    /// Calls the handler of a descriptor and does what it answers.
    fn call(&self, fd: c_int, host: &impl Host) -> Result<(), Refused> {
        let slot = self.slot(fd)?;
        // One thread runs here: no exchange is needed.
        let outer = self.state.running.load(Relaxed);
        self.state.running.store(fd, Relaxed);
        let answer = self.ask(slot, fd);
        // Another owner may have the slot by now, or nobody.
        let is_same = self.state.running.load(Relaxed) == fd && slot.fd.get() == fd;
        self.state.running.store(outer, Relaxed);
        match answer {
            CONTINUE if is_same => slot.ready.set(0),
            RERUN if is_same => {
                self.queue_later(slot, fd, 0)?;
            }
            REMOVE | DESTROY | ..=ERROR if is_same => {
                self.unqueue(slot, fd)?;
                self.remove(fd, host)?;
                if answer == DESTROY {
                    if slot.state.get() & CLOSED == 0 {
                        close(fd);
                    }
                    slot.wipe(0);
                }
            }
            1.. if answer & 15 == 0 => {
                self.remove(fd, host)?;
            }
            1.. => {
                // A failure is told, and that is all: a handler that answers this again would be called for ever.
                self.change(self.own_slot(fd)?, fd, answer & 15, host);
            }
            _ => {}
        }
        if answer <= FATAL {
            host.tell(Told::Fatal);
        }
        Ok(())
    }

    /// Queues what epoll had to say.
    pub(super) fn queue(&self, events: &[libc::epoll_event]) -> Result<(), Refused> {
        for &libc::epoll_event { events: bits, u64: fd } in events {
            let (fd, bits) = (fd as c_int, bits as c_int);
            let slot = self.slot(fd)?;
            if slot.fd.get() != fd {
                // It was forgotten here, but not by epoll.
                epoll::change(self.epoll, Change::Remove, fd, 0);
                continue;
            }
            slot.epoll_ready.set(bits);
            slot.ready.set(slot.ready.get() | epoll_unconv_flags(bits));
            self.queue_later(slot, fd, 0)?;
        }
        Ok(())
    }
}
