// SPDX-License-Identifier: LGPL-2.0-or-later
//! loom's atomics behind the product's traits.

use std::ffi::c_void;

use loom::sync::{
    Condvar, Mutex,
    atomic::{
        AtomicI32, AtomicPtr, AtomicU32, AtomicU64,
        Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst},
        fence,
    },
};

use crate::sync::{Bits, Count, Memory, Word};

/// What a model does without. Each is a control.
pub(crate) trait Fault: 'static {
    /// Fences do nothing.
    const NO_FENCE: bool = false;
    /// Every order is relaxed.
    const ALL_RELAXED: bool = false;
    /// A semaphore's operations are not sequentially consistent.
    const NO_SEQ_CST: bool = false;
}

/// The product as it is.
pub(crate) struct Sound;
impl Fault for Sound {}

pub(crate) struct NoFence;
impl Fault for NoFence {
    const NO_FENCE: bool = true;
}

pub(crate) struct AllRelaxed;
impl Fault for AllRelaxed {
    const ALL_RELAXED: bool = true;
}

pub(crate) struct NoSeqCst;
impl Fault for NoSeqCst {
    const NO_SEQ_CST: bool = true;
}

/// loom takes sequentially consistent operations for acquiring and releasing ones, but knows fences: so a fence stands where
/// such an operation could be passed by another.
fn before<F: Fault>(order: Ordering) {
    if order == SeqCst && !F::NO_SEQ_CST {
        fence(SeqCst);
    }
}

fn weakened<F: Fault>(order: Ordering) -> Ordering {
    if F::ALL_RELAXED { Relaxed } else { order }
}

fn of_load<F: Fault>(order: Ordering) -> Ordering {
    weakened::<F>(if order == SeqCst { Acquire } else { order })
}

fn of_store<F: Fault>(order: Ordering) -> Ordering {
    weakened::<F>(if order == SeqCst { Release } else { order })
}

fn of_both<F: Fault>(order: Ordering) -> Ordering {
    weakened::<F>(if order == SeqCst { AcqRel } else { order })
}

/// An atomic of loom's.
pub(crate) struct Atomic<A, F>(pub(crate) A, std::marker::PhantomData<F>);

macro_rules! word {
    ($type:ty, $value:ty) => {
        impl<F: Fault> Word<$value> for Atomic<$type, F> {
            fn new(value: $value) -> Self {
                Self(<$type>::new(value), std::marker::PhantomData)
            }
            fn load(&self, order: Ordering) -> $value {
                before::<F>(order);
                self.0.load(of_load::<F>(order))
            }
            fn store(&self, value: $value, order: Ordering) {
                self.0.store(value, of_store::<F>(order));
                before::<F>(order);
            }
            fn swap(&self, value: $value, order: Ordering) -> $value {
                self.0.swap(value, of_both::<F>(order))
            }
            fn compare_exchange(
                &self,
                from: $value,
                to: $value,
                done: Ordering,
                failed: Ordering,
            ) -> Result<$value, $value> {
                self.0.compare_exchange(from, to, of_both::<F>(done), of_load::<F>(failed))
            }
        }
    };
}

word!(AtomicPtr<c_void>, *mut c_void);
word!(AtomicU64, u64);
word!(AtomicI32, i32);
word!(AtomicU32, u32);

impl<F: Fault> Bits for Atomic<AtomicU32, F> {
    fn or(&self, bits: u32, order: Ordering) -> u32 {
        self.0.fetch_or(bits, of_both::<F>(order))
    }
    fn and(&self, bits: u32, order: Ordering) -> u32 {
        self.0.fetch_and(bits, of_both::<F>(order))
    }
}

impl<F: Fault> Count for Atomic<AtomicI32, F> {
    fn add(&self, number: i32, order: Ordering) -> i32 {
        let value = self.0.fetch_add(number, of_both::<F>(order));
        before::<F>(order);
        value
    }
}

/// loom's memory, with a fault.
pub(crate) struct Loom<F>(std::marker::PhantomData<F>);

loom::lazy_static! {
    /// The kernel's: a thread looks at the word and begins to sleep under it.
    static ref KERNEL: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());
}

impl<F: Fault> Memory for Loom<F> {
    type Pointer = Atomic<AtomicPtr<c_void>, F>;
    type U64 = Atomic<AtomicU64, F>;
    type I32 = Atomic<AtomicI32, F>;
    const PATIENCE: u32 = 0;

    fn fence() {
        if !F::NO_FENCE {
            fence(SeqCst);
        }
    }
    fn pause() {
        loom::thread::yield_now();
    }
    fn wait(word: &Self::I32, expected: i32) {
        let asleep = KERNEL.0.lock().unwrap();
        if word.0.load(Relaxed) == expected {
            drop(KERNEL.1.wait(asleep).unwrap());
        }
    }
    fn wake(_: &Self::I32) {
        let _locked = KERNEL.0.lock().unwrap();
        KERNEL.1.notify_one();
    }
}
