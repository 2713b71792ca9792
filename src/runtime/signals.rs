// SPDX-License-Identifier: LGPL-2.0-or-later
//! Signals that arrived and wait until somebody asks. A signal handler may call everything here.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// The greatest number of a signal.
pub(crate) const MAX_SIGNAL: usize = 64;

/// A set of signals, in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signals(pub(crate) u64);

impl Signals {
    /// One signal: its number is its bit's, and 64 has bit 0. A number beyond is taken modulo 64.
    pub(crate) const fn of(signal: i32) -> Self {
        Self(1u64.wrapping_shl(signal as u32))
    }

    /// The number of the lowest bit, from 1 to 64; `None` of no signal.
    fn first(self) -> Option<usize> {
        match self.0.trailing_zeros() {
            64 => None,
            0 => Some(MAX_SIGNAL),
            signal => Some(signal as usize),
        }
    }
}

/// Signals that wait.
pub(crate) struct Pending(AtomicU64);

impl Pending {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn add(&self, signals: Signals) {
        self.0.fetch_or(signals.0, SeqCst);
    }

    /// True if one of them waits.
    pub(crate) fn has(&self, signals: Signals) -> bool {
        self.0.load(SeqCst) & signals.0 != 0
    }

    /// True if one of them waited; now none does.
    pub(crate) fn take(&self, signals: Signals) -> bool {
        // Not written to where there is nothing to take, as this is asked often.
        self.has(signals) && self.0.fetch_and(!signals.0, SeqCst) & signals.0 != 0
    }

    /// Takes each signal of `allowed` that waits, in the order of the bits, and hands its number over. A signal that arrives
    /// meanwhile comes too, unless it had its turn: so this ends.
    pub(crate) fn drain(&self, allowed: Signals, mut act: impl FnMut(usize)) {
        let mut rest = allowed.0;
        while let Some(signal) = Signals(rest & self.0.load(SeqCst)).first() {
            let one = Signals::of(signal as i32);
            act(signal);
            rest &= !one.0;
        }
    }
}

/// What the log has of a signal. The number has two digits.
pub(crate) fn received(signal: i32) -> [u8; 19] {
    let digit = |value: i32| i32::from(b'0').wrapping_add(value) as u8;
    let mut text = *b"received signal ??\n";
    [text[16], text[17]] = [digit(signal / 10), digit(signal % 10)];
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(pending: &Pending, allowed: u64) -> Vec<usize> {
        let mut order = Vec::new();
        pending.drain(Signals(allowed), |signal| {
            assert!(pending.take(Signals::of(signal as i32)));
            order.push(signal);
        });
        order
    }

    #[test]
    fn signals_come_by_bit_and_64_is_the_first() {
        let pending = Pending::new();
        for signal in [12, 64, 1, 63, 10, 2] {
            pending.add(Signals::of(signal));
        }
        assert_eq!(drained(&pending, !(1 << 10)), [64, 1, 2, 12, 63]);
        assert!(pending.take(Signals::of(10)));
        assert!(!pending.take(Signals::of(10)));
        assert_eq!(drained(&pending, u64::MAX), [0; 0]);
    }

    #[test]
    fn signal_that_comes_again_meanwhile_waits_for_the_next_time() {
        let pending = Pending::new();
        pending.add(Signals::of(3));
        let mut order = Vec::new();
        pending.drain(Signals(u64::MAX), |signal| {
            order.push(signal);
            pending.take(Signals::of(signal as i32));
            for again in [1, 3, 5] {
                pending.add(Signals::of(again));
            }
        });
        assert_eq!(order, [3, 1, 5]);
        assert_eq!(drained(&pending, u64::MAX), [1, 3, 5]);
    }

    #[test]
    fn numbers_beyond_are_taken_modulo_64() {
        for (signal, same) in [(65, 1), (0, 64), (-1, 63), (128, 64), (i32::MIN, 64)] {
            assert_eq!(Signals::of(signal), Signals::of(same), "{signal}");
        }
    }

    #[test]
    fn number_has_two_digits() {
        assert_eq!(&received(1), b"received signal 01\n");
        assert_eq!(&received(64), b"received signal 64\n");
        assert_eq!(&received(105), b"received signal :5\n");
    }
}
