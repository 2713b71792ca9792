// SPDX-License-Identifier: LGPL-2.0-or-later
//! A C `double` that several threads read and write.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The bits of a number. No order of other memory is implied: who publishes one uses a fence.
#[repr(transparent)]
pub struct AtomicF64(AtomicU64);

impl AtomicF64 {
    pub(crate) const fn new(number: f64) -> Self {
        Self(AtomicU64::new(number.to_bits()))
    }

    pub(crate) fn load(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }

    pub(crate) fn store(&self, number: f64) {
        self.0.store(number.to_bits(), Relaxed);
    }

    /// Adds without a lock: only one thread writes it.
    pub(crate) fn add(&self, number: f64) {
        self.store(self.load() + number);
    }

    /// Sets it if it still has the bits of `old`.
    pub(crate) fn replace(&self, old: f64, new: f64) -> bool {
        self.0.compare_exchange(old.to_bits(), new.to_bits(), Relaxed, Relaxed).is_ok()
    }
}
