// SPDX-License-Identifier: LGPL-2.0-or-later
//! The memory of descriptors and of their heap, and the calls of handlers.

use core::{
    cell::UnsafeCell,
    ffi::{c_int, c_void},
    mem::MaybeUninit,
    ptr, slice,
    sync::atomic::{
        AtomicI32,
        Ordering::{Relaxed, Release},
    },
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
        slot.priority.set(priority);
        slot.data.store(data, Relaxed);
        slot.work.set(work);
        // Release: who takes a reference finds the data, and what is there.
        slot.refcnt.fetch_add(1, Release);
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

#[cfg(test)]
mod tests {
    //! Turns of the loop, over pipes, with a host that is not there.

    use core::{
        cell::{Cell, RefCell},
        ffi::{c_int, c_void},
        mem::MaybeUninit,
        ptr,
        sync::atomic::{AtomicI32, AtomicI64, Ordering::Relaxed},
    };
    use std::{boxed::Box, thread_local, time::Instant, vec::Vec};

    use super::super::{
        Counts, EventRoom, Events, Host, Idle, Loop, MAX_DESCRIPTORS, Refused, Sleeper, State, Told, Turn,
    };
    use crate::{
        layout::{
            atomic_f64::AtomicF64,
            net_events::{DESTROY, EventDescr, IN_EPOLL, REMOVE, RERUN},
        },
        net::{EVT_LEVEL, EVT_READ},
        runtime::wakeup::Until,
        sys::{clock, epoll, file::close},
    };

    thread_local! {
        static CALLED: RefCell<Vec<c_int>> = const { RefCell::new(Vec::new()) };
        static ANSWER: Cell<c_int> = const { Cell::new(0) };
    }

    #[derive(Default)]
    struct Fake {
        told: RefCell<Vec<Told>>,
        ends: Cell<bool>,
        has_work: Cell<bool>,
        timer: Cell<Option<f64>>,
        others: Vec<f64>,
    }

    impl Host for Fake {
        fn is_ending(&self) -> bool {
            self.ends.get()
        }
        fn tell(&self, what: Told) {
            self.told.borrow_mut().push(what);
        }
    }

    impl Loop for Fake {
        fn read_clocks(&self) -> (c_int, f64) {
            (clock::unix_time() as c_int, self.read_monotonic())
        }
        fn read_monotonic(&self) -> f64 {
            let (seconds, nanoseconds) = clock::read(libc::CLOCK_MONOTONIC).unwrap();
            seconds as f64 + nanoseconds as f64 / 1e9
        }
        fn run_timers(&self) {
            if self.timer.get().is_some_and(|time| time <= self.read_monotonic()) {
                self.timer.set(None);
            }
        }
        fn own_timer(&self) -> Option<f64> {
            self.timer.get()
        }
        fn other_timers(&self) -> impl Iterator<Item = f64> {
            self.others.iter().copied()
        }
        fn wake_timers(&self) {}
        fn has_work(&self) -> bool {
            self.has_work.get()
        }
    }

    unsafe extern "C" fn note(fd: c_int, _data: *mut c_void, _ev: *mut EventDescr) -> c_int {
        CALLED.with(|called| called.borrow_mut().push(fd));
        ANSWER.with(Cell::get)
    }

    fn called() -> Vec<c_int> {
        CALLED.with(|called| core::mem::take(&mut *called.borrow_mut()))
    }

    /// A loop of its own; its memory is never given back.
    fn turn() -> Turn<'static, Fake> {
        fn leak<T>(value: T) -> &'static T {
            Box::leak(Box::new(value))
        }
        // SAFETY: memory of zeros, of the sizes that the loop has, which nobody else uses. The handlers are those of the tests.
        let events = unsafe {
            let table = libc::calloc(MAX_DESCRIPTORS, size_of::<EventDescr>());
            let heap = libc::calloc(MAX_DESCRIPTORS, 16);
            let (size, state) = (leak(AtomicI32::new(0)), leak(State::new()));
            Events::new(epoll::create().unwrap(), table.cast(), heap.cast(), size, state)
        };
        let number = || leak(AtomicF64::new(0.0));
        Turn {
            events,
            sleeper: Sleeper { status: leak(AtomicI32::new(0)), until: leak(Until::new()) },
            idle: Idle {
                total: number(),
                recent: number(),
                recent_whole: number(),
                end: number(),
                second: leak(AtomicI32::new(0)),
            },
            counts: Counts { calls: leak(AtomicI64::new(0)), interrupted: leak(AtomicI64::new(0)) },
            host: Fake::default(),
        }
    }

    fn room() -> Box<EventRoom> {
        Vec::from_iter((0..MAX_DESCRIPTORS).map(|_| MaybeUninit::uninit()))
            .into_boxed_slice()
            .try_into()
            .unwrap()
    }

    /// A pipe whose reading end has [`note`] for a handler and something to read.
    fn readable(turn: &Turn<'static, Fake>) -> [c_int; 2] {
        let mut ends = [0; 2];
        // SAFETY: two places that are writable, and a byte that is readable.
        unsafe {
            assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
            assert_eq!(libc::write(ends[1], c"x".as_ptr().cast(), 1), 1);
            turn.events.claim(ends[0], 0, Some(note), ptr::null_mut()).unwrap();
        }
        assert_eq!(turn.events.insert(ends[0], EVT_READ | EVT_LEVEL, &turn.host), Ok(true));
        ends
    }

    fn answer(answer: c_int) {
        ANSWER.with(|place| place.set(answer));
    }

    #[test]
    fn a_turn_calls_the_handlers_of_what_came() {
        let (turn, mut room) = (turn(), room());
        let ends = readable(&turn);
        answer(REMOVE);
        assert_eq!((turn.work(&mut room), called()), (Ok(1), vec![ends[0]]));
        assert_eq!(turn.counts.calls.load(Relaxed), 1);
        turn.host.has_work.set(true);
        assert_eq!((turn.work(&mut room), called()), (Ok(0), vec![]), "it is removed");
        assert_eq!(turn.sleeper.status.load(Relaxed), 0);
        ends.into_iter().for_each(close);
    }

    #[test]
    fn sleep_lasts_until_the_timer_and_not_longer_than_there_is_no_work() {
        let (mut turn, mut room) = (turn(), room());
        for others in [false, true] {
            let (start, due) = (Instant::now(), turn.host.read_monotonic() + 0.02);
            turn.host.timer.set((!others).then_some(due));
            turn.host.others = if others { vec![due + 5.0, due] } else { vec![] };
            assert_eq!(turn.work(&mut room), Ok(0));
            assert!(start.elapsed().as_secs_f64() > 0.0199 && turn.host.timer.get().is_none());
            assert!(start.elapsed().as_secs() < 4);
        }
        turn.host.others.clear();
        turn.host.has_work.set(true);
        let start = Instant::now();
        assert_eq!((turn.work(&mut room), start.elapsed().as_secs()), (Ok(0), 0));
        assert!(turn.idle.total.load() > 0.039);
    }

    #[test]
    fn a_process_that_ends_calls_no_handler_and_does_not_sleep() {
        let (turn, mut room) = (turn(), room());
        let ends = readable(&turn);
        turn.host.ends.set(true);
        assert_eq!((turn.work(&mut room), turn.counts.calls.load(Relaxed)), (Ok(0), 0));
        ends.into_iter().for_each(close);
    }

    #[test]
    fn handler_that_wants_to_be_called_again_is_called_in_the_next_run() {
        let (turn, mut room) = (turn(), room());
        let ends = readable(&turn);
        answer(RERUN);
        assert_eq!(turn.fetch(&mut room, || epoll::Timeout::Milliseconds(-1)), Ok(Some(1)));
        for _ in 0..3 {
            assert_eq!((turn.events.run(&turn.host), called()), (Ok(1), vec![ends[0]]));
        }
        answer(DESTROY);
        assert_eq!((turn.events.run(&turn.host), called()), (Ok(1), vec![ends[0]]));
        assert_eq!(turn.events.run(&turn.host), Ok(0));
        close(ends[1]);
        assert!(!epoll::change(turn.events.epoll, epoll::Change::Add, ends[0], 1), "it is closed");
    }

    /// Cure 20: a descriptor that epoll refuses is not taken for one that waits.
    #[test]
    fn refused_descriptor_is_told_to_its_handler() {
        let turn = turn();
        let fd = 1000;
        // SAFETY: the handler takes anything.
        unsafe { turn.events.claim(fd, 0, Some(note), ptr::null_mut()).unwrap() };
        assert_eq!(turn.events.insert(fd, EVT_READ, &turn.host), Ok(false));
        let failed = |told: &Told| matches!(told, Told::Change { fd: 1000, failed: true, .. });
        assert_eq!(turn.host.told.borrow().iter().filter(|told| failed(told)).count(), 1);
        assert_eq!(turn.events.slot(fd).unwrap().state.get() & IN_EPOLL, 0);
        answer(EVT_READ);
        assert_eq!((turn.events.run(&turn.host), called()), (Ok(1), vec![fd]));
        assert_eq!((turn.events.run(&turn.host), called()), (Ok(0), vec![]), "it is not called for ever");
    }

    #[test]
    fn wrong_descriptors_and_pointers_are_refused() {
        let turn = turn();
        let (events, host) = (&turn.events, &turn.host);
        for fd in [-1, MAX_DESCRIPTORS as c_int, c_int::MIN, c_int::MAX] {
            assert_eq!(events.insert(fd, EVT_READ, host), Err(Refused::OutOfRange));
            assert_eq!(
                (events.remove(fd, host), events.forget(fd, host)),
                (Err(Refused::OutOfRange), Err(Refused::OutOfRange))
            );
        }
        let slot = events.own_slot(7).unwrap();
        let at = |offset: isize| ptr::from_ref(slot).cast_mut().wrapping_byte_offset(offset);
        for wrong in
            [ptr::null_mut(), at(8), at(-8), at(1), at(64), at(-64 * 8), at(64 * MAX_DESCRIPTORS as isize)]
        {
            assert_eq!(
                (events.put(wrong), events.remove_from_heap(wrong)),
                (Err(Refused::Foreign), Err(Refused::Foreign))
            );
        }
        slot.in_queue.set(3);
        assert_eq!(
            (events.put(at(0)), events.remove_from_heap(at(0))),
            (Err(Refused::Misplaced), Err(Refused::Misplaced))
        );
        slot.in_queue.set(0);
        assert_eq!((events.put(at(0)), events.remove_from_heap(at(0))), (Ok(1), Ok(Some(1))));
    }
}
