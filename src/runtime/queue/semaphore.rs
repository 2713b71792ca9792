// SPDX-License-Identifier: LGPL-2.0-or-later
//! A semaphore: a number that threads wait for to be positive. It is lowered only while it is positive, so it never hides
//! what was posted: the original lowers it first and may restore it later.

use core::sync::atomic::Ordering::{Acquire, Relaxed, SeqCst};

use crate::sync::{Count, Memory, Word};

/// A semaphore, whose atomics may lie in a struct of C's.
pub(crate) struct Semaphore<'q, M: Memory> {
    pub(crate) value: &'q M::I32,
    /// How many threads sleep, or are about to.
    pub(crate) waiting: &'q M::I32,
}

impl<M: Memory> Semaphore<'_, M> {
    /// Raises the number, and wakes a thread.
    ///
    /// All four operations, here and in `wait`, are SeqCst: either the waiter is counted before this looks for one, or it
    /// finds the number raised. Between its look and its sleep the kernel compares again.
    #[inline]
    pub(crate) fn post(&self) {
        // It releases, too: what this thread did happens before the end of the wait.
        self.value.add(1, SeqCst);
        if self.waiting.load(SeqCst) > 0 {
            M::wake(self.value);
        }
    }

    /// Lowers the number if it is positive.
    #[inline]
    pub(crate) fn try_wait(&self) -> bool {
        let mut value = self.value.load(Relaxed);
        while value > 0 {
            // Acquire: pairs with every post so far, because posts and lowerings continue each other's release.
            match self.value.compare_exchange(value, value - 1, Acquire, Relaxed) {
                Ok(_) => return true,
                Err(other) => value = other,
            }
        }
        false
    }

    /// As `try_wait`, so many times.
    #[inline]
    pub(crate) fn try_wait_times(&self, times: u32) -> bool {
        (0..times).any(|_| self.try_wait())
    }

    /// Lowers the number, and sleeps until it can.
    pub(crate) fn wait(&self) {
        while !self.try_wait() {
            self.waiting.add(1, SeqCst);
            let value = self.value.load(SeqCst);
            if value <= 0 {
                M::wait(self.value, value);
            }
            self.waiting.add(-1, SeqCst);
        }
    }
}
