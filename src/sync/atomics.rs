// SPDX-License-Identifier: LGPL-2.0-or-later
//! Atomics behind traits, so that the same algorithm runs on core's in the product and on loom's in `tests/loom`.
//!
//! Structs shared with C hold core's atomics, whose size is C's; an algorithm borrows them one by one.

use core::{
    ffi::c_void,
    sync::atomic::{
        AtomicI32, AtomicPtr, AtomicU32, AtomicU64,
        Ordering::{self, SeqCst},
    },
};

/// An atomic variable.
pub(crate) trait Word<T: Copy> {
    fn new(value: T) -> Self;
    fn load(&self, order: Ordering) -> T;
    fn store(&self, value: T, order: Ordering);
    fn swap(&self, value: T, order: Ordering) -> T;
    /// Never fails spuriously.
    fn compare_exchange(&self, from: T, to: T, done: Ordering, failed: Ordering) -> Result<T, T>;
}

/// An atomic variable that counts.
pub(crate) trait Count: Word<i32> {
    fn add(&self, number: i32, order: Ordering) -> i32;
}

/// An atomic variable of bits.
pub(crate) trait Bits: Word<u32> {
    fn or(&self, bits: u32, order: Ordering) -> u32;
    fn and(&self, bits: u32, order: Ordering) -> u32;
}

/// The kinds of atomics, and what else touches memory.
pub(crate) trait Memory: 'static {
    type Pointer: Word<*mut c_void>;
    type U64: Word<u64>;
    type I32: Count;
    /// How often a thread looks again for what another is about to write, before it does without.
    const PATIENCE: u32;
    /// Sequentially consistent: of two threads that each write, pass a fence and read, at least one sees the other's write.
    fn fence();
    /// Tells the CPU that the thread looks again.
    fn pause();
    /// Sleeps until `wake`, unless the word is another already. May return for no reason.
    fn wait(word: &Self::I32, expected: i32);
    /// Wakes one thread.
    fn wake(word: &Self::I32);
}

macro_rules! word {
    ($type:ty, $value:ty) => {
        impl Word<$value> for $type {
            fn new(value: $value) -> Self {
                <$type>::new(value)
            }
            #[inline]
            fn load(&self, order: Ordering) -> $value {
                <$type>::load(self, order)
            }
            #[inline]
            fn store(&self, value: $value, order: Ordering) {
                <$type>::store(self, value, order);
            }
            #[inline]
            fn swap(&self, value: $value, order: Ordering) -> $value {
                <$type>::swap(self, value, order)
            }
            #[inline]
            fn compare_exchange(
                &self,
                from: $value,
                to: $value,
                done: Ordering,
                failed: Ordering,
            ) -> Result<$value, $value> {
                <$type>::compare_exchange(self, from, to, done, failed)
            }
        }
    };
}

word!(AtomicPtr<c_void>, *mut c_void);
word!(AtomicU64, u64);
word!(AtomicI32, i32);
word!(AtomicU32, u32);

impl Count for AtomicI32 {
    #[inline]
    fn add(&self, number: i32, order: Ordering) -> i32 {
        self.fetch_add(number, order)
    }
}

impl Bits for AtomicU32 {
    #[inline]
    fn or(&self, bits: u32, order: Ordering) -> u32 {
        self.fetch_or(bits, order)
    }
    #[inline]
    fn and(&self, bits: u32, order: Ordering) -> u32 {
        self.fetch_and(bits, order)
    }
}

/// [`Memory::fence`] of the product.
pub(crate) fn fence() {
    core::sync::atomic::fence(SeqCst);
}
