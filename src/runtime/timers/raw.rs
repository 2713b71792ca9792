// SPDX-License-Identifier: LGPL-2.0-or-later
//! The heap's memory, and the timers that C owns.

use core::{
    cell::Cell,
    ffi::{c_int, c_void},
    ptr::{self, NonNull},
    slice,
};

use super::{MAX_TIMERS, Refused};
use crate::{
    layout::net_timers::{EventTimer, TimerStats},
    net::timer_heap::{self, Due},
    runtime::module_stats::OwnBlock,
    sys::thread::AtThreadEnd,
};

type Entry = Due<*mut EventTimer>;

std::thread_local! {
    /// The calling thread's heap, [`MAX_TIMERS`] entries, or null. Pages that no timer reached take no memory.
    static HEAP: Cell<*mut Entry> = const { Cell::new(ptr::null_mut()) };
}

static FREE: AtThreadEnd = AtThreadEnd::new(free_heap);

/// Frees the calling thread's heap. Timers that are left in it never fire.
unsafe extern "C" fn free_heap(heap: *mut c_void) {
    HEAP.with(|place| place.set(ptr::null_mut()));
    // SAFETY: allocated by `make_heap`; the thread has forgotten it.
    unsafe { libc::free(heap) }
}

/// The calling thread's timers.
pub(crate) struct ThreadTimers<'a> {
    /// How many there are: the host can see it. The thread's own.
    pub(crate) size: &'a Cell<c_int>,
    pub(crate) stats: OwnBlock<TimerStats>,
}

/// Tells a timer its place.
fn place(timer: *mut EventTimer, index: usize) {
    // SAFETY: a timer in the heap is C's and live, as who inserted it promised.
    unsafe { (*timer).h_idx = index as c_int + 1 }
}

impl ThreadTimers<'_> {
    /// The first `len` entries of the heap, which has room for them.
    ///
    /// # Safety
    /// No other slice of it is in use, and the entries up to the thread's count are its own.
    unsafe fn entries<'b>(&self, len: usize) -> &'b mut [Entry] {
        let heap = HEAP.with(Cell::get);
        if heap.is_null() || len > MAX_TIMERS {
            return &mut [];
        }
        // SAFETY: allocated with that many entries, zeroed at first, which is a value too.
        unsafe { slice::from_raw_parts_mut(heap, len) }
    }

    fn len(&self) -> usize {
        // Without a heap what the count tells of is gone: the thread is ending.
        if HEAP.with(Cell::get).is_null() { 0 } else { self.size.get() as usize }
    }

    /// The index of a timer that says it is in the heap.
    ///
    /// # Safety
    /// `timer` is live, and this thread's heap is as this module left it.
    unsafe fn index_of(&self, timer: *mut EventTimer) -> Result<usize, Refused> {
        // SAFETY: live.
        let index = unsafe { (*timer).h_idx }.wrapping_sub(1) as usize;
        // SAFETY: only read here.
        let entries = unsafe { self.entries(self.len()) };
        entries.get(index).filter(|entry| entry.timer == timer).map(|_| index).ok_or(Refused::Elsewhere)
    }

    /// Adds a timer, or moves it to its present time if it is in the heap. Returns its place.
    ///
    /// # Safety
    /// `timer` is live until it is removed or fires, and no other thread uses it or this thread's count.
    pub(crate) unsafe fn insert(&self, timer: *mut EventTimer) -> Result<c_int, Refused> {
        // SAFETY: live.
        let (time, is_in) = unsafe { ((*timer).wakeup_time, (*timer).h_idx != 0) };
        if time.is_nan() {
            // SAFETY: as the caller promises.
            unsafe { self.remove(timer)? };
            return Err(Refused::NotANumber);
        }
        self.stats.add_long(|stats| &stats.event_timer_insert_ops, 1);
        let due = Due { time, timer };
        let index = if is_in {
            // SAFETY: as the caller promises.
            let index = unsafe { self.index_of(timer)? };
            // SAFETY: the heap is this module's, and no slice of it outlives a statement.
            unsafe { timer_heap::settle(self.entries(self.len()), index, due, place) }
        } else {
            let len = self.len() + 1;
            if len > MAX_TIMERS {
                return Err(Refused::Full);
            }
            make_heap()?;
            self.stats.add_int(|stats| &stats.total_timers, 1);
            self.size.set(len as c_int);
            // SAFETY: the same; the last entry is room.
            unsafe { timer_heap::insert(self.entries(len), due, place) }
        };
        Ok(index as c_int + 1)
    }

    /// Takes a timer out. Returns false if it is in no heap.
    ///
    /// # Safety
    /// As for [`Self::insert`].
    pub(crate) unsafe fn remove(&self, timer: *mut EventTimer) -> Result<bool, Refused> {
        // SAFETY: live.
        if unsafe { (*timer).h_idx } == 0 {
            return Ok(false);
        }
        // SAFETY: as the caller promises.
        let index = unsafe { self.index_of(timer)? };
        // SAFETY: a live timer of this thread, in the heap at that index.
        unsafe { self.take_out(timer, index) };
        Ok(true)
    }

    /// # Safety
    /// `timer` is live and in the heap at `index`.
    unsafe fn take_out(&self, timer: *mut EventTimer, index: usize) {
        self.stats.add_int(|stats| &stats.total_timers, -1);
        self.stats.add_long(|stats| &stats.event_timer_remove_ops, 1);
        let len = self.len();
        // SAFETY: live, and the heap is this module's.
        unsafe {
            (*timer).h_idx = 0;
            timer_heap::remove(self.entries(len), index, place);
        }
        self.size.set(len.wrapping_sub(1) as c_int);
    }

    /// When the first timer is due.
    ///
    /// # Safety
    /// No other thread uses this thread's count.
    pub(crate) unsafe fn first(&self) -> Option<f64> {
        // SAFETY: only read here.
        unsafe { self.entries(self.len()) }.first().map(|entry| entry.time)
    }

    /// Takes out each timer that is due, in order, and calls it. `now` is asked before each. Returns when the next one is
    /// due.
    ///
    /// # Safety
    /// The functions of the timers may be called, and insert, move and remove timers as [`Self::insert`] has it.
    pub(crate) unsafe fn run(&self, now: impl Fn() -> f64) -> Option<f64> {
        loop {
            // SAFETY: only read here.
            let first = *unsafe { self.entries(self.len()) }.first()?;
            // Never where `now` is not a number.
            let is_due = first.time <= now();
            if !is_due {
                return Some(first.time);
            }
            // SAFETY: the first of the heap; each timer in it is live. Nothing of the heap is borrowed during the call.
            unsafe {
                self.take_out(first.timer, 0);
                if let Some(wakeup) = (*first.timer).wakeup {
                    wakeup(first.timer);
                }
            }
            self.stats.add_long(|stats| &stats.event_timer_alarms, 1);
        }
    }
}

/// Allocates this thread's heap, unless it has one.
fn make_heap() -> Result<(), Refused> {
    if HEAP.with(Cell::get).is_null() {
        // SAFETY: an allocation; zeroes are entries.
        let heap = unsafe { libc::calloc(MAX_TIMERS, size_of::<Entry>()) };
        let heap = NonNull::new(heap).ok_or(Refused::NoMemory)?.as_ptr();
        HEAP.with(|place| place.set(heap.cast()));
        // SAFETY: the thread's own heap, until its end.
        unsafe { FREE.call_with(heap) };
    }
    Ok(())
}

#[cfg(test)]
mod tests;
