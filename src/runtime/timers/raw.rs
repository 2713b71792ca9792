// SPDX-License-Identifier: LGPL-2.0-or-later
//! The heap's memory, and the timers that C owns.

use core::{
    cell::Cell,
    ffi::{c_int, c_void},
    mem,
    ptr::{self, NonNull},
    slice,
    sync::atomic::Ordering::Relaxed,
};

use super::{MAX_TIMERS, Refused};
use crate::{
    layout::net_timers::{EventTimer, TimerStats, Wakeup},
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
    unsafe { &(*timer).h_idx }.store(index as c_int + 1, Relaxed)
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
        let index = unsafe { &(*timer).h_idx }.load(Relaxed).wrapping_sub(1) as usize;
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
        let (time, is_in) = unsafe { ((*timer).wakeup_time.load(), (*timer).h_idx.load(Relaxed) != 0) };
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
        if unsafe { &(*timer).h_idx }.load(Relaxed) == 0 {
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
            (*timer).h_idx.store(0, Relaxed);
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
                let wakeup = (*first.timer).wakeup.load(Relaxed);
                if let Some(wakeup) = mem::transmute::<*mut c_void, Option<Wakeup>>(wakeup) {
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
mod tests {
    //! Timers of C on the calling thread; each test is a thread of its own.

    use core::{
        cell::Cell,
        ffi::{c_int, c_void},
        ptr,
        sync::atomic::{AtomicI32, AtomicPtr, Ordering::Relaxed},
    };
    use std::{boxed::Box, cell::RefCell, thread_local, vec, vec::Vec};

    use super::{super::MAX_TIMERS, Refused, ThreadTimers};
    use crate::{
        layout::{
            atomic_f64::AtomicF64,
            net_timers::{EventTimer, TimerStats},
        },
        runtime::module_stats::OwnBlock,
    };

    thread_local! {
        static SIZE: Cell<c_int> = const { Cell::new(0) };
        static STATS: &'static TimerStats = Box::leak(Box::new(TimerStats::new()));
        static FIRED: RefCell<Vec<c_int>> = const { RefCell::new(Vec::new()) };
    }

    /// Runs with this thread's timers.
    fn with<R>(run: impl FnOnce(&ThreadTimers<'_>) -> R) -> R {
        let stats = OwnBlock { block: STATS.with(|stats| *stats), shared: false };
        SIZE.with(|size| run(&ThreadTimers { size, stats }))
    }

    /// Notes the timer's number.
    unsafe extern "C" fn note(et: *mut EventTimer) -> c_int {
        // SAFETY: live while it fires.
        let number = unsafe { &(*et).flags }.load(Relaxed);
        FIRED.with(|fired| fired.borrow_mut().push(number));
        0
    }

    /// Notes the number, and sets the timer again one second later.
    unsafe extern "C" fn again(et: *mut EventTimer) -> c_int {
        // SAFETY: live while it fires, and until the test ends.
        unsafe {
            note(et);
            (*et).wakeup_time.add(1.0);
            with(|timers| timers.insert(et)).unwrap()
        }
    }

    /// Notes the number, and removes the timer that is `flags` places further.
    unsafe extern "C" fn remove_next(et: *mut EventTimer) -> c_int {
        // SAFETY: a timer of an array, followed by another.
        unsafe {
            note(et);
            with(|timers| timers.remove(et.add(1))).unwrap().into()
        }
    }

    fn timers(times: &[f64]) -> *mut EventTimer {
        let timers = times.iter().zip(1..).map(|(time, flags)| EventTimer {
            h_idx: AtomicI32::new(0),
            flags: AtomicI32::new(flags),
            wakeup: AtomicPtr::new(note as *mut c_void),
            wakeup_time: AtomicF64::new(*time),
            real_wakeup_time: AtomicF64::new(0.0),
        });
        Box::leak(timers.collect::<Vec<_>>().into_boxed_slice()).as_mut_ptr()
    }

    fn insert(timer: *mut EventTimer) -> Result<c_int, Refused> {
        // SAFETY: leaked, and this thread's.
        with(|timers| unsafe { timers.insert(timer) })
    }

    fn remove(timer: *mut EventTimer) -> Result<bool, Refused> {
        // SAFETY: leaked, and this thread's.
        with(|timers| unsafe { timers.remove(timer) })
    }

    fn run(now: f64) -> Option<f64> {
        // SAFETY: the functions above.
        with(|timers| unsafe { timers.run(|| now) })
    }

    fn fired() -> Vec<c_int> {
        FIRED.with(|fired| core::mem::take(&mut *fired.borrow_mut()))
    }

    fn place(timer: *mut EventTimer) -> c_int {
        // SAFETY: leaked.
        unsafe { &(*timer).h_idx }.load(Relaxed)
    }

    #[test]
    fn timers_fire_in_order_and_tell_when_the_next_is_due() {
        let all = timers(&[5.0, 1.0, 3.0, 1.0]);
        for index in 0..4 {
            assert!(insert(all.wrapping_add(index)).unwrap() > 0);
        }
        assert_eq!(place(all.wrapping_add(1)), 1);
        assert_eq!((run(0.5), fired()), (Some(1.0), vec![]));
        assert_eq!((run(3.0), fired()), (Some(5.0), vec![2, 4, 3]));
        assert_eq!((run(5.0), fired()), (None, vec![1]));
        assert_eq!((run(9.0), fired()), (None, vec![]));
        let stats = STATS.with(|stats| *stats);
        let counts =
            [&stats.event_timer_insert_ops, &stats.event_timer_remove_ops, &stats.event_timer_alarms];
        assert_eq!(counts.map(|count| count.load(Relaxed)), [4; 3]);
        assert_eq!(stats.total_timers.load(Relaxed), 0);
    }

    #[test]
    fn callbacks_may_insert_and_remove() {
        let all = timers(&[1.0, 2.0, 2.5]);
        // SAFETY: leaked, and in no heap yet.
        unsafe {
            (*all).wakeup.store(again as *mut c_void, Relaxed);
            (*all.add(1)).wakeup.store(remove_next as *mut c_void, Relaxed);
        }
        for index in 0..3 {
            insert(all.wrapping_add(index)).unwrap();
        }
        assert_eq!((run(3.5), fired()), (Some(4.0), vec![1, 2, 1, 1]));
        assert_eq!((place(all), place(all.wrapping_add(1)), place(all.wrapping_add(2))), (1, 0, 0));
    }

    #[test]
    fn moved_timer_has_its_new_time_only() {
        let all = timers(&[1.0, 2.0]);
        assert_eq!((insert(all), insert(all.wrapping_add(1))), (Ok(1), Ok(2)));
        // SAFETY: leaked.
        unsafe { &(*all).wakeup_time }.store(3.0);
        assert_eq!(insert(all), Ok(2));
        assert_eq!((run(2.0), fired()), (Some(3.0), vec![2]));
        assert_eq!((remove(all), remove(all)), (Ok(true), Ok(false)));
    }

    /// Cure 19: not a number is refused when it is set, instead of ending the process when it is due.
    #[test]
    fn time_that_is_not_a_number_is_refused() {
        let all = timers(&[f64::NAN, 1.0]);
        assert_eq!(insert(all), Err(Refused::NotANumber));
        assert_eq!((insert(all.wrapping_add(1)), place(all)), (Ok(1), 0));
        // SAFETY: leaked.
        unsafe { &(*all.add(1)).wakeup_time }.store(f64::NAN);
        assert_eq!(insert(all.wrapping_add(1)), Err(Refused::NotANumber));
        assert_eq!((place(all.wrapping_add(1)), run(9.0), fired()), (0, None, vec![]));
        insert(timers(&[1.0])).unwrap();
        assert_eq!((run(f64::NAN), fired()), (Some(1.0), vec![]));
    }

    #[test]
    fn timer_that_is_elsewhere_is_refused() {
        let all = timers(&[1.0, 2.0]);
        insert(all).unwrap();
        for place in [1, 2, -1, c_int::MIN, c_int::MAX] {
            // SAFETY: leaked.
            unsafe { &(*all.add(1)).h_idx }.store(place, Relaxed);
            assert_eq!(insert(all.wrapping_add(1)), Err(Refused::Elsewhere));
            assert_eq!(remove(all.wrapping_add(1)), Err(Refused::Elsewhere));
        }
        let all = all as usize;
        std::thread::spawn(move || {
            let timer = ptr::with_exposed_provenance_mut::<EventTimer>(all);
            assert_eq!(remove(timer), Err(Refused::Elsewhere), "another thread's heap");
        })
        .join()
        .unwrap();
    }

    #[test]
    #[cfg_attr(miri, ignore = "half a million timers")]
    fn one_timer_too_many_is_refused() {
        let all = timers(&vec![1.0; MAX_TIMERS + 1]);
        for index in 0..MAX_TIMERS {
            insert(all.wrapping_add(index)).unwrap();
        }
        assert_eq!(insert(all.wrapping_add(MAX_TIMERS)), Err(Refused::Full));
        assert_eq!(run(1.0), None);
        assert_eq!(fired().len(), MAX_TIMERS);
    }
}
