// SPDX-License-Identifier: LGPL-2.0-or-later
//! `runtime/buffers`: the lock of a class, and what threads give back to it.

use std::{
    ffi::c_void,
    ptr::{self, NonNull},
};

use loom::{cell::UnsafeCell, sync::Arc, thread};

#[path = "../../src/runtime/buffers/returned/raw.rs"]
mod raw;

use crate::{
    check,
    memory::{AllRelaxed, Fault, Loom, NoSeqCst, Sound},
    must_fail,
    sync::{Memory, Word},
};

/// An item: loom sees who uses its link while another thread does.
struct Item {
    below: UnsafeCell<*mut c_void>,
}

/// What is in the class: loom sees who looks without the lock.
struct Items<F> {
    sorted: UnsafeCell<Vec<NonNull<c_void>>>,
    fault: std::marker::PhantomData<F>,
}

impl<F: Fault> raw::Items for Items<F> {
    type Memory = Loom<F>;

    unsafe fn below(item: NonNull<c_void>) -> *mut c_void {
        // SAFETY: lives until the model ends; loom checks that no other thread writes.
        unsafe { item.cast::<Item>().as_ref().below.with(|below| *below) }
    }

    unsafe fn set_below(item: NonNull<c_void>, below: *mut c_void) {
        // SAFETY: likewise, and that none reads.
        unsafe { item.cast::<Item>().as_ref().below.with_mut(|place| *place = below) }
    }

    unsafe fn sort(&self, item: NonNull<c_void>) {
        // SAFETY: loom checks that one thread is here at a time.
        self.sorted.with_mut(|sorted| unsafe { (*sorted).push(item) });
    }
}

struct Shared<F: Fault> {
    lock: <Loom<F> as Memory>::I32,
    returned: <Loom<F> as Memory>::Pointer,
    items: Items<F>,
    all: Vec<NonNull<Item>>,
}

// SAFETY: loom checks the uses of what the pointers point to.
unsafe impl<F: Fault> Send for Shared<F> {}
// SAFETY: likewise.
unsafe impl<F: Fault> Sync for Shared<F> {}

impl<F: Fault> Drop for Shared<F> {
    fn drop(&mut self) {
        for item in &self.all {
            // SAFETY: from `new`; the model has ended.
            drop(unsafe { Box::from_raw(item.as_ptr()) });
        }
    }
}

impl<F: Fault> Shared<F> {
    /// A class with so many items, of which all are taken.
    fn new(count: usize) -> Arc<Self> {
        let item = || Box::new(Item { below: UnsafeCell::new(ptr::null_mut()) });
        Arc::new(Self {
            lock: Word::new(raw::FREE),
            returned: Word::new(ptr::null_mut()),
            items: Items { sorted: UnsafeCell::new(Vec::new()), fault: std::marker::PhantomData },
            all: (0..count).map(|_| NonNull::new(Box::into_raw(item())).unwrap()).collect(),
        })
    }

    fn class(&self) -> raw::Class<'_, Items<F>> {
        raw::Class { lock: &self.lock, returned: &self.returned, items: &self.items }
    }

    fn give_back(&self, item: usize) {
        let item = self.all[item].cast();
        // SAFETY: taken, and not used again by this thread.
        unsafe { self.class().give_back(item, item) };
    }

    /// Takes an item, and uses its link as a thread's own stack does.
    fn take(&self) -> Option<NonNull<c_void>> {
        // SAFETY: loom checks that one thread is here at a time.
        let taken = self.class().alone(|| self.items.sorted.with_mut(|sorted| unsafe { (*sorted).pop() }))?;
        // SAFETY: taken.
        unsafe { <Items<F> as raw::Items>::set_below(taken, ptr::null_mut()) };
        Some(taken)
    }

    /// All threads have ended: everything that was given back is sorted, without a further call.
    fn end(&self, taken: usize) {
        assert_eq!(self.lock.load(std::sync::atomic::Ordering::Relaxed), raw::FREE, "the lock stays held");
        assert!(
            self.returned.load(std::sync::atomic::Ordering::Relaxed).is_null(),
            "an item stays on the stack"
        );
        // SAFETY: the only thread.
        let mut sorted = self.items.sorted.with(|sorted| unsafe { (*sorted).clone() });
        assert_eq!(sorted.len() + taken, self.all.len(), "lost, or there twice");
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len() + taken, self.all.len(), "there twice");
    }
}

fn spawn<F: Fault, R: 'static>(
    shared: &Arc<Shared<F>>,
    run: impl FnOnce(&Shared<F>) -> R + 'static,
) -> thread::JoinHandle<R> {
    let shared = Arc::clone(shared);
    thread::spawn(move || run(&shared))
}

/// Threads give back at the same time.
fn givers<F: Fault>() {
    let shared = Shared::<F>::new(3);
    let others = [0, 1].map(|item| spawn(&shared, move |shared| shared.give_back(item)));
    shared.give_back(2);
    for other in others {
        other.join().unwrap();
    }
    shared.end(0);
}

/// A thread takes what another gives back, and gives back in turn.
fn giver_and_taker<F: Fault>() {
    let shared = Shared::<F>::new(2);
    let other = spawn(&shared, |shared| {
        shared.give_back(0);
        shared.take().is_some()
    });
    shared.give_back(1);
    let taken = usize::from(shared.take().is_some()) + usize::from(other.join().unwrap());
    shared.end(taken);
}

/// Threads wait for the lock, and none sleeps for ever.
fn takers<F: Fault>() {
    let shared = Shared::<F>::new(1);
    shared.give_back(0);
    let others = [0, 1].map(|_| spawn(&shared, |shared| shared.take().is_some()));
    let mut taken = usize::from(shared.take().is_some());
    for other in others {
        taken += usize::from(other.join().unwrap());
    }
    assert_eq!(taken, 1);
    shared.end(taken);
}

#[test]
fn what_is_given_back_is_sorted() {
    check(givers::<Sound>);
    must_fail(givers::<AllRelaxed>);
    must_fail(givers::<NoSeqCst>);
}

#[test]
fn what_is_given_back_can_be_taken() {
    check(giver_and_taker::<Sound>);
    must_fail(giver_and_taker::<AllRelaxed>);
}

#[test]
fn one_at_a_time_has_the_lock() {
    check(takers::<Sound>);
    must_fail(takers::<AllRelaxed>);
}
