// SPDX-License-Identifier: LGPL-2.0-or-later
//! When the engine's regular work is due: what the host does once a second, and what it does often.
//!
//! The work is done after events, but at most every [`SPACING`] seconds, because the main thread is awake then anyway; and at
//! the start of each second, for which alone the thread is woken.

use core::sync::atomic::{
    AtomicI32, AtomicU64,
    Ordering::{AcqRel, Relaxed},
};

/// The least time between two times that the frequent work is done, in seconds.
pub(crate) const SPACING: f64 = 0.05;

/// How long after the start of a second each clock shows it: the coarse one follows with the kernel's tick.
const UNTIL_SEEN: f64 = 0.01;

/// What was done when.
pub(crate) struct Cron {
    /// The second in which the host's work for each second was done.
    second: AtomicI32,
    /// When the frequent work was done, as the bits of the monotonic clock in seconds.
    done: AtomicU64,
}

impl Cron {
    pub(crate) const fn new() -> Self {
        Self { second: AtomicI32::new(0), done: AtomicU64::new(0) }
    }

    /// True for the first that asks in this second, which the work of the second is then up to.
    pub(crate) fn begins_second(&self, second: i32) -> bool {
        self.second.swap(second, AcqRel) != second
    }

    /// Notes that the frequent work was done.
    pub(crate) fn has_run(&self, precise_now: f64) {
        self.done.store(precise_now.to_bits(), Relaxed);
    }

    /// True if the frequent work may be done again. A clock that is no number counts as late.
    pub(crate) fn may_run(&self, precise_now: f64) -> bool {
        let since = precise_now - f64::from_bits(self.done.load(Relaxed));
        since.is_nan() || since >= SPACING
    }
}

/// How long the thread that does the work may sleep, in seconds: until the next second of the wall clock begins, which is
/// `microseconds` into this one; or, if somebody `waits` for the frequent work, until that may be done again.
pub(crate) fn sleep(microseconds: i64, waits: bool) -> f64 {
    if waits {
        return SPACING;
    }
    let into = microseconds.clamp(0, 999_999) as f64 / 1e6;
    1.0 - into + UNTIL_SEEN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_of_a_second_is_done_once() {
        let cron = Cron::new();
        let done: Vec<bool> = [7, 7, 8, 8, 7].map(|second| cron.begins_second(second)).into();
        assert_eq!(done, [true, false, true, false, true]);
    }

    #[test]
    fn frequent_work_has_its_spacing() {
        let cron = Cron::new();
        cron.has_run(10.0);
        assert!(!cron.may_run(10.049));
        assert!(cron.may_run(10.051));
        assert!(cron.may_run(f64::NAN), "a broken clock stops nothing");
    }

    #[test]
    fn sleep_ends_when_every_clock_shows_the_next_second() {
        for microseconds in [0, 1, 500_000, 999_999, -5, 2_000_000] {
            let at = microseconds.clamp(0, 999_999) as f64 / 1e6 + sleep(microseconds, false);
            assert!(at > 1.0 && at < 1.02, "{microseconds}: {at}");
        }
        assert!(sleep(0, true) < 0.1);
    }
}
