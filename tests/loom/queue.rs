// SPDX-License-Identifier: LGPL-2.0-or-later
//! `runtime/queue`: the chain of blocks, the semaphore, and pointers that are published.

use std::{
    ffi::c_void,
    ptr::{self, NonNull},
    sync::{
        Mutex as StdMutex,
        atomic::{
            AtomicUsize,
            Ordering::{AcqRel, SeqCst},
        },
    },
};

use loom::{cell::UnsafeCell, sync::Arc, thread};

#[path = "../../src/runtime/queue/hazard.rs"]
mod hazard;
#[path = "../../src/runtime/queue/chain/raw.rs"]
mod raw;
#[path = "../../src/runtime/queue/semaphore.rs"]
mod semaphore;

use crate::{
    check,
    memory::{AllRelaxed, Fault, Loom, NoFence, NoSeqCst, Sound},
    must_fail,
    sync::{Count, Memory, Word},
};

/// A block with one slot: each push goes over to another block.
const SLOTS: usize = 1;
const THREADS: usize = 3;

type Block<F> = raw::Block<Loom<F>, SLOTS>;
type Pointer<F> = <Loom<F> as Memory>::Pointer;

loom::thread_local! {
    static NUMBER: std::cell::Cell<usize> = std::cell::Cell::new(0);
}

/// Blocks, which are given back to the allocator when the model ends: loom sees who uses them after they were freed.
struct Blocks<F: Fault> {
    hazards: [Pointer<F>; THREADS],
    freed: StdMutex<Vec<NonNull<Block<F>>>>,
    in_use: AtomicUsize,
}

// SAFETY: the pointers are only kept.
unsafe impl<F: Fault> Send for Blocks<F> {}
// SAFETY: likewise.
unsafe impl<F: Fault> Sync for Blocks<F> {}

impl<F: Fault> Drop for Blocks<F> {
    fn drop(&mut self) {
        for block in self.freed.get_mut().unwrap().drain(..) {
            // SAFETY: from `allocate`; the model has ended.
            unsafe {
                Block::words(block).for_each(|word| word.drop_in_place());
                std::alloc::dealloc(block.as_ptr().cast(), layout::<F>());
            }
        }
    }
}

/// All laps have one slot.
fn layout<F: Fault>() -> std::alloc::Layout {
    std::alloc::Layout::from_size_align(Block::<F>::bytes(0), align_of::<Block<F>>()).unwrap()
}

impl<F: Fault> raw::Supply<SLOTS> for Blocks<F> {
    type Memory = Loom<F>;

    fn allocate(&self, lap: u64) -> Option<NonNull<Block<F>>> {
        self.in_use.fetch_add(1, SeqCst);
        assert_eq!(Block::<F>::bytes(lap), layout::<F>().size());
        // SAFETY: a layout that is not empty, and memory of it.
        unsafe {
            let block = NonNull::new(std::alloc::alloc(layout::<F>()).cast())?;
            Block::write(block, lap);
            Some(block)
        }
    }

    unsafe fn free(&self, block: NonNull<Block<F>>) {
        self.in_use.fetch_sub(1, SeqCst);
        // SAFETY: as the caller promises; loom checks it: a mutable access excludes every other that is not before it.
        for word in unsafe { Block::words(block) } {
            // SAFETY: likewise.
            unsafe { &mut *word }.0.with_mut(|_| ());
        }
        self.freed.lock().unwrap().push(block);
    }

    fn hazard(&self) -> Option<&Pointer<F>> {
        Some(&self.hazards[NUMBER.with(std::cell::Cell::get)])
    }

    fn is_hazard(&self, block: *mut c_void) -> bool {
        hazard::is_published::<Loom<F>, _>(block, || self.hazards.iter())
    }

    fn give_way(&self) {
        thread::yield_now();
    }

    fn count_kept(&self, _: i32) {}
}

/// A queue with a semaphore, as the product's struct has it.
struct Shared<F: Fault> {
    head: (Pointer<F>, <Loom<F> as Memory>::U64),
    tail: (Pointer<F>, <Loom<F> as Memory>::U64),
    kept: Pointer<F>,
    value: <Loom<F> as Memory>::I32,
    waiting: <Loom<F> as Memory>::I32,
    blocks: Blocks<F>,
}

/// An item: who pops it reads what the pusher wrote without an atomic.
type Item = UnsafeCell<usize>;

impl<F: Fault> Shared<F> {
    fn new() -> Arc<Self> {
        let null = || Word::new(ptr::null_mut());
        let shared = Arc::new(Self {
            head: (null(), Word::new(0)),
            tail: (null(), Word::new(0)),
            kept: null(),
            value: Word::new(0),
            waiting: Word::new(0),
            blocks: Blocks {
                hazards: [null(), null(), null()],
                freed: StdMutex::new(Vec::new()),
                in_use: AtomicUsize::new(0),
            },
        });
        // SAFETY: not in use.
        unsafe { shared.chain().start() };
        shared
    }

    fn chain(&self) -> raw::Chain<'_, Blocks<F>, SLOTS> {
        raw::Chain {
            head: raw::End { block: &self.head.0, index: &self.head.1 },
            tail: raw::End { block: &self.tail.0, index: &self.tail.1 },
            kept: &self.kept,
            supply: &self.blocks,
        }
    }

    fn semaphore(&self) -> semaphore::Semaphore<'_, Loom<F>> {
        semaphore::Semaphore { value: &self.value, waiting: &self.waiting }
    }

    fn push(&self, number: usize) {
        let item = Box::new(Item::new(0));
        item.with_mut(|item| {
            // SAFETY: nobody else has it yet.
            unsafe { *item = number }
        });
        let item = NonNull::new(Box::into_raw(item)).unwrap();
        // SAFETY: ended only when all threads are.
        unsafe { self.chain().push(item.cast()) }.unwrap();
    }

    fn taken(item: NonNull<c_void>) -> usize {
        // SAFETY: from `push`, and taken once.
        let item = unsafe { Box::from_raw(item.cast::<Item>().as_ptr()) };
        // SAFETY: loom checks that the pusher's write is before.
        item.with(|item| unsafe { *item })
    }

    fn pop(&self) -> Option<usize> {
        // SAFETY: as for `push`.
        unsafe { self.chain().pop(false) }.map(Self::taken)
    }

    fn push_and_wake(&self, number: usize) {
        self.push(number);
        self.semaphore().post();
    }

    fn pop_counted(&self) -> usize {
        // SAFETY: as for `push`.
        Self::taken(unsafe { self.chain().pop(true) }.expect("an item was promised"))
    }

    fn wait_and_pop(&self) -> usize {
        self.semaphore().wait();
        self.pop_counted()
    }

    /// All threads have ended: takes the rest, and checks that no block is left.
    fn end(&self) -> Vec<usize> {
        let rest = std::iter::from_fn(|| self.pop()).collect();
        assert!(self.chain().is_empty());
        // SAFETY: nobody uses it any more.
        unsafe { self.chain().end() };
        assert_eq!(self.blocks.in_use.load(SeqCst), 0, "blocks that are left");
        rest
    }
}

fn spawn<F: Fault, R: 'static>(
    shared: &Arc<Shared<F>>,
    number: usize,
    run: impl FnOnce(&Shared<F>) -> R + 'static,
) -> thread::JoinHandle<R> {
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        NUMBER.with(|own| own.set(number));
        run(&shared)
    })
}

/// A pusher and a popper: the pusher's items stay in order.
fn pusher_and_popper<F: Fault>() {
    let shared = Shared::<F>::new();
    let popper = spawn(&shared, 1, |shared| [shared.pop(), shared.pop()]);
    shared.push(1);
    shared.push(2);
    let mut seen: Vec<_> = popper.join().unwrap().into_iter().flatten().collect();
    seen.extend(shared.end());
    assert_eq!(seen, [1, 2]);
}

/// Two pushers and a popper: nothing is lost or doubled.
fn pushers_and_popper<F: Fault>() {
    let shared = Shared::<F>::new();
    let pushers = [1, 2].map(|number| spawn(&shared, number, move |shared| shared.push(number)));
    let mut seen = Vec::from_iter(shared.pop());
    for pusher in pushers {
        pusher.join().unwrap();
    }
    seen.extend(shared.end());
    seen.sort_unstable();
    assert_eq!(seen, [1, 2]);
}

/// Two poppers, and what was pushed before: each item is taken once, and each block freed.
fn poppers<F: Fault>() {
    let shared = Shared::<F>::new();
    shared.push(1);
    shared.push(2);
    let poppers = [1, 2].map(|number| spawn(&shared, number, Shared::pop));
    let mut seen: Vec<_> = poppers.into_iter().filter_map(|popper| popper.join().unwrap()).collect();
    seen.extend(shared.end());
    seen.sort_unstable();
    assert_eq!(seen, [1, 2]);
}

/// A popper that sleeps, and a pusher that wakes it.
fn sleeper_and_pusher<F: Fault>() {
    let shared = Shared::<F>::new();
    let pusher = spawn(&shared, 1, |shared| shared.push_and_wake(1));
    assert_eq!(shared.wait_and_pop(), 1);
    pusher.join().unwrap();
    assert!(shared.end().is_empty());
}

/// Two threads that wait for the semaphore alone, and one that posts twice.
fn waiters_and_poster<F: Fault>() {
    let shared = Shared::<F>::new();
    let waiters = [1, 2].map(|number| spawn(&shared, number, |shared| shared.semaphore().wait()));
    shared.semaphore().post();
    shared.semaphore().post();
    for waiter in waiters {
        waiter.join().unwrap();
    }
    shared.end();
}

/// The semaphore alone: who waits is woken.
fn waiter_and_poster<F: Fault>() {
    let shared = Shared::<F>::new();
    let poster = spawn(&shared, 1, |shared| shared.semaphore().post());
    shared.semaphore().wait();
    poster.join().unwrap();
    shared.end();
}

/// Of two threads that look for one item, one finds it.
fn poller_and_taker(take: fn(&Shared<Sound>) -> bool) {
    let shared = Shared::<Sound>::new();
    let poller = spawn(&shared, 1, take);
    shared.push_and_wake(1);
    let is_taken = take(&shared);
    assert!(poller.join().unwrap() != is_taken, "hidden, or taken twice");
    assert_eq!(shared.end(), [1]);
}

/// The original's way: lowers the number first, and may restore it later.
fn lower_first(shared: &Shared<Sound>) -> bool {
    let is_taken = shared.value.add(-1, AcqRel) > 0;
    if !is_taken {
        shared.value.add(1, AcqRel);
    }
    is_taken
}

/// A reader copies a pointer and counts a reference, while a writer replaces it and frees what nobody has published.
fn copies_of_a_pointer<F: Fault>() {
    /// What the pointer leads to: 1 while it is not freed.
    struct Tree {
        alive: UnsafeCell<usize>,
    }
    struct Root<F: Fault> {
        cell: Pointer<F>,
        hazard: Pointer<F>,
        trees: [Tree; 2],
    }
    // SAFETY: loom's cells are what the threads share.
    unsafe impl<F: Fault> Send for Root<F> {}
    // SAFETY: likewise.
    unsafe impl<F: Fault> Sync for Root<F> {}
    let tree = || Tree { alive: UnsafeCell::new(1) };
    let root = Arc::new(Root::<F> {
        cell: Word::new(ptr::null_mut()),
        hazard: Word::new(ptr::null_mut()),
        trees: [tree(), tree()],
    });
    let address = |tree: &Tree| ptr::from_ref(tree).cast_mut().cast::<c_void>();
    root.cell.store(address(&root.trees[0]), SeqCst);
    let reader = {
        let root = Arc::clone(&root);
        thread::spawn(move || {
            hazard::copy_shared::<Loom<F>>(&root.cell, &root.hazard, |pointer| {
                // SAFETY: a tree of the array, which is not freed as long as it is published.
                let alive = unsafe { &(*pointer.cast::<Tree>()).alive };
                // SAFETY: loom checks that nobody writes.
                assert_eq!(alive.with(|alive| unsafe { *alive }), 1, "freed");
            });
        })
    };
    let old = root.cell.swap(address(&root.trees[1]), AcqRel);
    assert_eq!(old, address(&root.trees[0]));
    if !hazard::is_published::<Loom<F>, _>(old, || std::iter::once(&root.hazard)) {
        // SAFETY: loom checks that nobody reads.
        root.trees[0].alive.with_mut(|alive| unsafe { *alive = 0 });
    }
    reader.join().unwrap();
}

#[test]
fn items_of_a_pusher_stay_in_order() {
    check(pusher_and_popper::<Sound>);
    must_fail(pusher_and_popper::<AllRelaxed>);
}

#[test]
fn two_pushers_lose_nothing() {
    check(pushers_and_popper::<Sound>);
    must_fail(pushers_and_popper::<AllRelaxed>);
}

#[test]
fn two_poppers_double_nothing() {
    check(poppers::<Sound>);
    must_fail(poppers::<AllRelaxed>);
}

#[test]
fn who_sleeps_is_woken() {
    check(waiter_and_poster::<Sound>);
    check(waiters_and_poster::<Sound>);
    check(sleeper_and_pusher::<Sound>);
    must_fail(waiter_and_poster::<NoSeqCst>);
}

#[test]
fn a_failed_try_hides_nothing() {
    check(|| poller_and_taker(|shared| shared.semaphore().try_wait()));
    must_fail(|| poller_and_taker(lower_first));
}

#[test]
fn what_is_published_is_not_freed() {
    check(copies_of_a_pointer::<Sound>);
    must_fail(copies_of_a_pointer::<NoFence>);
}

#[test]
fn a_block_that_a_thread_looks_at_is_not_freed() {
    must_fail(poppers::<NoFence>);
}
