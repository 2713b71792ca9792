// SPDX-License-Identifier: LGPL-2.0-or-later
//! A queue in memory of C's, or of ours.

use core::{
    ffi::c_void,
    ptr::NonNull,
    sync::atomic::{
        AtomicPtr,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use super::{
    chain::{self, Chain, End, NoMemory, Supply},
    pool::{CoreMemory, Lent, SLOTS},
    semaphore,
    semaphore::Semaphore,
};
use crate::{
    layout::mp_queue::{MpQueue, QUEUE, QUEUE_TO_WAIT_FOR},
    sys::{memory, thread},
};

/// What a queue is, by its magic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It has no semaphore in use.
    Plain,
    /// Each item is counted in its semaphore, and threads can sleep until there is one.
    Waiting,
}

/// A queue in memory of C's, or of ours.
#[derive(Clone, Copy)]
pub(crate) struct Queue<'q> {
    shared: &'q MpQueue,
    lent: &'q Lent,
}

impl<'q> Queue<'q> {
    pub(crate) fn of(shared: &'q MpQueue, lent: &'q Lent) -> Self {
        Self { shared, lent }
    }

    /// None if it is no queue: it was never started, or has ended.
    pub(crate) fn kind(self) -> Option<Kind> {
        match self.shared.head.magic.load(Acquire) {
            QUEUE => Some(Kind::Plain),
            QUEUE_TO_WAIT_FOR => Some(Kind::Waiting),
            _ => None,
        }
    }

    /// Makes an empty queue, whatever was there.
    ///
    /// # Safety
    /// It is not in use.
    pub(crate) unsafe fn start(self, kind: Kind) {
        // SAFETY: as the caller promises.
        unsafe { self.chain().start() };
        self.semaphore().value.store(0, Relaxed);
        self.semaphore().waiting.store(0, Relaxed);
        let magic = if kind == Kind::Plain { QUEUE } else { QUEUE_TO_WAIT_FOR };
        self.shared.head.magic.store(magic, Release);
    }

    /// Frees what it holds but the items. It can be started again.
    ///
    /// # Safety
    /// It was started, and nobody else uses it.
    pub(crate) unsafe fn end(self) {
        // SAFETY: as the caller promises.
        unsafe { self.chain().end() };
        self.shared.head.magic.store(0, Release);
    }

    /// Appends an item. Returns its number.
    ///
    /// # Safety
    /// It was started, and is not ended meanwhile; and so for the functions below.
    #[inline]
    pub(crate) unsafe fn push(self, item: NonNull<c_void>) -> Result<u64, NoMemory> {
        // SAFETY: as the caller promises.
        unsafe { self.chain().push(item) }
    }

    /// Takes the first item of a plain queue.
    ///
    /// # Safety
    /// As for `push`.
    #[inline]
    pub(crate) unsafe fn pop(self) -> Option<NonNull<c_void>> {
        // SAFETY: as the caller promises.
        unsafe { self.chain().pop(false) }
    }

    /// Appends an item, and wakes a thread that waits for one.
    ///
    /// # Safety
    /// As for `push`.
    #[inline]
    pub(crate) unsafe fn push_and_wake(self, item: NonNull<c_void>) -> Result<u64, NoMemory> {
        // SAFETY: as the caller promises.
        let number = unsafe { self.push(item)? };
        self.semaphore().post();
        Ok(number)
    }

    /// May take the first item: looks that many times whether there is one. What follows is [`Self::pop_counted`].
    #[inline]
    pub(crate) fn try_wait(self, times: u32) -> bool {
        self.semaphore().try_wait_times(times)
    }

    /// Sleeps until it may take the first item. What follows is [`Self::pop_counted`].
    pub(crate) fn wait(self) {
        self.semaphore().wait();
    }

    /// Takes the item that `try_wait` or `wait` has promised. None if somebody has taken one without asking.
    ///
    /// # Safety
    /// As for `push`.
    #[inline]
    pub(crate) unsafe fn pop_counted(self) -> Option<NonNull<c_void>> {
        // SAFETY: as the caller promises. An item is there: posts follow pushes, and each taker was promised one of its own.
        unsafe { self.chain().pop(true) }
    }

    /// Whether a `try_wait` would succeed, if nobody else takes an item first. What it is, is not yet known.
    pub(crate) fn has_items(self) -> bool {
        self.semaphore().value.load(Relaxed) > 0
    }

    /// True if there was no item at some moment of the call.
    pub(crate) fn is_empty(self) -> bool {
        self.chain().is_empty()
    }

    #[inline]
    fn chain(self) -> Chain<'q, Lent, SLOTS> {
        let (head, tail) = (&self.shared.head, &self.shared.tail);
        Chain {
            head: End { block: &head.block, index: &self.shared.taken.index },
            tail: End { block: &tail.block, index: &tail.index },
            kept: &head.kept,
            supply: self.lent,
        }
    }

    #[inline]
    fn semaphore(self) -> Semaphore<'q, CoreMemory> {
        semaphore(&self.shared.taken.semaphore)
    }
}

type Block = chain::Block<CoreMemory, SLOTS>;

impl Supply<SLOTS> for Lent {
    type Memory = CoreMemory;

    fn allocate(&self, lap: u64) -> Option<NonNull<Block>> {
        let place = memory::allocate(Block::bytes(lap))?.cast();
        // SAFETY: new memory of that size, aligned for every object of C's.
        unsafe { Block::write(place, lap) };
        self.counts.count_one_more();
        Some(place)
    }

    unsafe fn free(&self, block: NonNull<Block>) {
        self.counts.blocks.fetch_sub(1, Relaxed);
        // SAFETY: from `allocate`, and nobody uses it, as the caller promises. Its parts need no drop.
        unsafe { memory::free(block.cast()) };
    }

    fn hazard(&self) -> Option<&AtomicPtr<c_void>> {
        self.threads.own()?.first()
    }

    fn is_hazard(&self, block: *mut c_void) -> bool {
        self.threads.is_published_in_first(block)
    }

    fn give_way(&self) {
        thread::give_way();
    }

    fn count_kept(&self, change: i32) {
        self.counts.kept.fetch_add(change, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    //! Queues, rings, semaphores and numbers of threads.

    use core::{
        ffi::c_void,
        ptr::{self, NonNull},
        sync::atomic::{
            AtomicBool, AtomicI32, AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    };
    use std::{collections::VecDeque, thread, vec, vec::Vec};

    use proptest::prelude::*;

    use crate::{
        layout::mp_queue::MpQueue,
        runtime::queue::{Counts, Hazards, Kind, Lent, Numbers, Queue, Threads, ring},
    };

    /// What the queues of one test share. The test's threads have numbers from the test's own count.
    struct Bench {
        lent: Lent,
        queue: MpQueue,
    }

    fn leak<T>(value: T) -> &'static T {
        std::boxed::Box::leak(std::boxed::Box::new(value))
    }

    std::thread_local! {
        static NUMBER: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
    }
    static NEXT: AtomicI32 = AtomicI32::new(1);

    fn number() -> Option<usize> {
        NUMBER.with(|number| {
            if number.get() == 0 {
                number.set(NEXT.fetch_add(1, Relaxed) as usize);
            }
            (number.get() < 256).then(|| number.get())
        })
    }

    fn nobody() -> Option<usize> {
        None
    }

    fn bench(kind: Kind, own_number: fn() -> Option<usize>) -> &'static Bench {
        let count = || leak(AtomicI32::new(0));
        let lent = Lent {
            threads: Threads { hazards: leak(Hazards::new()), last: leak(AtomicI32::new(255)), own_number },
            counts: Counts {
                blocks: count(),
                most_blocks: count(),
                asked_for: count(),
                allocated: count(),
                kept: count(),
            },
        };
        let bench = leak(Bench { lent, queue: MpQueue::new() });
        // SAFETY: not in use.
        unsafe { bench.queue().start(kind) };
        bench
    }

    impl Bench {
        fn queue(&'static self) -> Queue<'static> {
            Queue::of(&self.queue, &self.lent)
        }

        fn push(&'static self, item: usize) {
            // SAFETY: started, and not ended before the threads are.
            unsafe { self.queue().push(address(item)) }.unwrap();
        }

        fn pop(&'static self) -> Option<usize> {
            // SAFETY: likewise.
            unsafe { self.queue().pop() }.map(|item| item.addr().get())
        }

        fn push_and_wake(&'static self, item: usize) {
            // SAFETY: likewise.
            unsafe { self.queue().push_and_wake(address(item)) }.unwrap();
        }

        fn pop_counted(&'static self) -> usize {
            // SAFETY: likewise.
            unsafe { self.queue().pop_counted() }.unwrap().addr().get()
        }

        fn end(&'static self) {
            // SAFETY: the test's threads have ended.
            unsafe { self.queue().end() };
            assert_eq!(self.lent.counts.blocks.load(Relaxed), 0, "blocks that are left");
            assert_eq!(self.lent.counts.kept.load(Relaxed), 0, "blocks that are kept");
        }
    }

    fn address(item: usize) -> NonNull<c_void> {
        NonNull::new(ptr::without_provenance_mut(item)).unwrap()
    }

    proptest! {
        /// Against a model, over the ends of several blocks.
        #[test]
        fn queue_is_a_queue(steps in proptest::collection::vec((0usize..150, 0usize..150), 1..12)) {
            let bench = bench(Kind::Plain, number);
            let (mut model, mut next) = (VecDeque::new(), 1);
            for (pushes, pops) in steps {
                for _ in 0..pushes {
                    bench.push(next);
                    model.push_back(next);
                    next += 1;
                    prop_assert!(!bench.queue().is_empty());
                }
                for _ in 0..pops {
                    prop_assert_eq!(bench.queue().is_empty(), model.is_empty());
                    prop_assert_eq!(bench.pop(), model.pop_front());
                }
            }
            bench.end();
        }

        /// Against a model: a ring holds its length, and closes itself at one more.
        #[test]
        fn ring_is_a_queue_until_it_is_full(steps in proptest::collection::vec((0usize..60, 0usize..60), 1..12)) {
            let block = ring::allocate(ptr::null_mut(), ring::SMALL).unwrap();
            // SAFETY: allocated above, and freed below.
            let ring = unsafe { ring::Ring::of(block.as_ptr()) };
            let (mut model, mut next, mut is_open) = (VecDeque::new(), 1, true);
            for (pushes, pops) in steps {
                for _ in 0..pushes {
                    is_open &= model.len() < 64;
                    prop_assert_eq!(ring.push(address(next)).is_some(), is_open);
                    if is_open {
                        model.push_back(next);
                    }
                    next += 1;
                }
                for _ in 0..pops {
                    prop_assert_eq!(ring.pop().map(|item| item.addr().get()), model.pop_front());
                }
            }
            // SAFETY: not used again.
            prop_assert_eq!(unsafe { ring::free(block) }, Some(64));
        }
    }

    #[test]
    fn queue_makes_its_first_block_with_the_first_item() {
        let bench = bench(Kind::Waiting, number);
        let blocks = || bench.lent.counts.blocks.load(Relaxed);
        assert_eq!((bench.pop(), bench.queue().is_empty(), blocks()), (None, true, 0));
        bench.end();
        // SAFETY: not in use.
        unsafe { bench.queue().start(Kind::Waiting) };
        // SAFETY: started.
        assert_eq!(unsafe { bench.queue().push(address(7)) }, Ok(0));
        assert_eq!((bench.queue().is_empty(), blocks()), (false, 1));
        assert_eq!((bench.pop(), bench.pop(), blocks()), (Some(7), None, 1));
        bench.end();
    }

    const EACH: usize = if cfg!(miri) { 300 } else { 40_000 };

    /// `pushers` threads push; `poppers` pop until each item was seen once and each pusher's in order.
    fn all_arrive_once(bench: &'static Bench, pushers: usize, poppers: usize) {
        let counted = bench.queue().kind() == Some(Kind::Waiting);
        let seen: &Vec<AtomicU64> = leak((0..pushers * EACH).map(|_| AtomicU64::new(0)).collect());
        let left = leak(AtomicI32::new((pushers * EACH) as i32));
        thread::scope(|scope| {
            for pusher in 0..pushers {
                scope.spawn(move || {
                    for number in 0..EACH {
                        let item = pusher * EACH + number + 1;
                        if counted { bench.push_and_wake(item) } else { bench.push(item) }
                    }
                });
            }
            for popper in 0..poppers {
                scope.spawn(move || {
                    let mut last = vec![0; pushers];
                    while left.load(Relaxed) > 0 {
                        let item = if !counted {
                            bench.pop()
                        } else if bench.queue().try_wait(4) {
                            Some(bench.pop_counted())
                        } else {
                            None
                        };
                        let Some(item) = item else {
                            thread::yield_now();
                            continue;
                        };
                        left.fetch_sub(1, Relaxed);
                        assert_eq!(seen[item - 1].swap(popper as u64 + 1, Relaxed), 0, "twice");
                        let pusher = (item - 1) / EACH;
                        assert!(last[pusher] < item, "out of order");
                        last[pusher] = item;
                    }
                });
            }
        });
        assert!(seen.iter().all(|popper| popper.load(Relaxed) > 0), "lost");
        assert!(bench.queue().is_empty());
        bench.end();
    }

    #[test]
    fn plain_queue_with_many_threads() {
        all_arrive_once(bench(Kind::Plain, number), 3, 3);
    }

    #[test]
    fn waiting_queue_with_many_threads() {
        all_arrive_once(bench(Kind::Waiting, number), 3, 2);
    }

    /// More threads than there are numbers: who cannot publish gives way.
    #[test]
    fn threads_without_a_number() {
        all_arrive_once(bench(Kind::Waiting, nobody), 2, 2);
    }

    #[test]
    fn sleepers_are_woken() {
        let (there, back) = (bench(Kind::Waiting, number), bench(Kind::Waiting, number));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(move || {
                    for _ in 0..EACH / 4 {
                        there.queue().wait();
                        back.push_and_wake(there.pop_counted());
                    }
                });
            }
            for item in 1..=EACH / 2 {
                there.push_and_wake(item);
                back.queue().wait();
                assert_eq!(back.pop_counted(), item);
            }
        });
        there.end();
        back.end();
    }

    /// Cure of runtime.md 11.16: what a thread that fails to take an item does is not seen by another.
    #[test]
    fn a_failed_try_hides_no_item() {
        let bench = bench(Kind::Waiting, number);
        let stop = leak(AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(move || {
                // Fails nearly always, because the other takes at once what it pushed.
                while !stop.load(SeqCst) {
                    if bench.queue().try_wait(1) {
                        let item = bench.pop_counted();
                        bench.push_and_wake(item);
                    }
                }
            });
            for item in 1..=EACH {
                // Two items, of which the other thread takes one at most.
                bench.push_and_wake(item);
                bench.push_and_wake(item + EACH);
                assert!(bench.queue().try_wait(1), "hidden");
                bench.pop_counted();
                bench.queue().wait();
                bench.pop_counted();
            }
            stop.store(true, SeqCst);
        });
        bench.end();
    }

    #[test]
    fn numbers_are_the_smallest_and_are_given_again() {
        let numbers = Numbers::new();
        assert!((1..256).all(|number| numbers.take() == Some(number)));
        assert_eq!(numbers.take(), None);
        numbers.give_back(200);
        numbers.give_back(64);
        numbers.give_back(999);
        assert_eq!((numbers.take(), numbers.take(), numbers.take()), (Some(64), Some(200), None));
    }

    #[test]
    fn published_pointers_are_found() {
        let bench = bench(Kind::Plain, || Some(3));
        let pointer = address(77).as_ptr();
        let publish = |thread, place: usize| {
            let place = bench.lent.threads.hazards.of_thread(thread).and_then(|row| row.get(place));
            place.unwrap().store(pointer, SeqCst);
        };
        let threads = &bench.lent.threads;
        assert_eq!(threads.who_publishes(pointer, 0, 15), (false, false));
        publish(3, 3);
        assert_eq!(threads.who_publishes(pointer, 3, 3), (true, false));
        assert_eq!(threads.who_publishes(pointer, 0, 2), (false, false));
        assert_eq!(threads.who_publishes(pointer, 4, 2), (false, false));
        publish(255, 5);
        assert_eq!(threads.who_publishes(pointer, 3, 5), (true, true));
        assert_eq!(threads.who_publishes(pointer, 4, 400), (false, true));
        threads.withdraw(3);
        threads.withdraw(255);
        assert_eq!(threads.who_publishes(pointer, 0, 15), (false, false));
    }
}
