// SPDX-License-Identifier: LGPL-2.0-or-later
//! The generator of each job thread: `drand48`'s, whose state is that of the C library's functions.

use core::sync::atomic::Ordering::Relaxed;

use crate::layout::jobs::RandomState;

const FACTOR: u64 = 0x5_deec_e66d;
const TERM: u64 = 0xb;
const MASK: u64 = (1 << 48) - 1;

impl RandomState {
    /// Starts as the C library's `srand48` does. The state's thread alone uses it.
    pub(crate) fn seed(&self, seed: u64) {
        self.set(seed << 16 & MASK | 0x330e);
        self.c.store(TERM as u16, Relaxed);
        self.init.store(1, Relaxed);
        self.a.store(FACTOR, Relaxed);
    }

    fn set(&self, state: u64) {
        for (place, shift) in self.x.iter().zip([0, 16, 32]) {
            place.store((state >> shift) as u16, Relaxed);
        }
    }

    fn next(&self) -> u64 {
        let state = self.x.iter().rev().fold(0, |state, place| state << 16 | u64::from(place.load(Relaxed)));
        let next = state.wrapping_mul(FACTOR).wrapping_add(TERM) & MASK;
        self.set(next);
        next
    }

    /// 31 bits.
    pub(crate) fn lrand48(&self) -> i64 {
        (self.next() >> 17) as i64
    }

    /// 32 bits and a sign.
    pub(crate) fn mrand48(&self) -> i64 {
        (self.next() >> 16) as i32 as i64
    }

    /// From 0 to 1.
    pub(crate) fn drand48(&self) -> f64 {
        self.next() as f64 / (1u64 << 48) as f64
    }
}

#[cfg(test)]
mod tests {
    use core::ffi::c_long;

    use super::*;
    use crate::{layout::jobs::JobThread, sys::random::c_library_numbers};

    /// The C library's own generator, which has the same numbers.
    #[test]
    fn numbers_are_those_of_the_c_library() {
        let thread = JobThread::new();
        let mut theirs = [0u16; 3];
        for seed in [0u64, 1, 0xdead_beef, 0x1_2345_6789] {
            thread.rand_data.seed(seed);
            let low = (seed << 16 & MASK) | 0x330e;
            for (place, shift) in theirs.iter_mut().zip([0, 16, 32]) {
                *place = (low >> shift) as u16;
            }
            for _ in 0..200 {
                let (a, b, c) = c_library_numbers(&mut theirs);
                let ours = &thread.rand_data;
                assert_eq!((ours.lrand48() as c_long, ours.mrand48() as c_long), (a, b));
                assert_eq!(ours.drand48().to_bits(), c.to_bits());
            }
        }
    }
}
