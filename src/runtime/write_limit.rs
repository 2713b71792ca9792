// SPDX-License-Identifier: LGPL-2.0-or-later
//! The speed limit of bulk writes: an average that decays over ten seconds, and a flush to disk after every megabyte.
//!
//! The process has one limit, as in the legacy library. Its words are relaxed atomics: threads that write at the same time
//! may count inexactly, and then pause for slightly longer or shorter.

use core::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

const MEGABYTE: i64 = 1 << 20;
/// The largest single write under a limit.
pub(crate) const PIECE: i64 = MEGABYTE;

pub(crate) struct WriteLimit {
    /// Bits of a double: the recent speed, a tenth of the bytes written, decaying.
    recent: AtomicU64,
    /// Bits of a double: the time in seconds of that value.
    at: AtomicU64,
    since_flush: AtomicI64,
}

/// The time to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pause {
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: i64,
}

impl WriteLimit {
    pub(crate) const fn new() -> Self {
        Self { recent: AtomicU64::new(0), at: AtomicU64::new(0), since_flush: AtomicI64::new(0) }
    }

    /// The pause before the next piece at the time `now`, for a limit of `speed` bytes a second; `None` if the limit is not
    /// reached, or is not a positive number.
    pub(crate) fn pause(&self, now: f64, speed: f64) -> Option<Pause> {
        let recent = self.add(now, 0.0);
        (speed > 0.0 && recent > speed).then(|| {
            let wait = (recent / speed).ln() * 10.0;
            let seconds = wait as i64;
            let nanoseconds = ((wait - seconds as f64) * 1e9) as i64 % 1_000_000_000;
            Pause { seconds, nanoseconds }
        })
    }

    /// Counts bytes that were written at the time `now`.
    pub(crate) fn count(&self, now: f64, written: i64) {
        self.add(now, written as f64 * 0.1);
    }

    fn add(&self, now: f64, added: f64) -> f64 {
        let elapsed = now - f64::from_bits(self.at.swap(now.to_bits(), Relaxed));
        let recent = f64::from_bits(self.recent.load(Relaxed)) * (elapsed * -0.1).exp() + added;
        self.recent.store(recent.to_bits(), Relaxed);
        recent
    }

    /// True if a flush is due after `written` more bytes. After the flush, call [`Self::flushed`].
    pub(crate) fn flush_is_due(&self, written: i64) -> bool {
        self.since_flush.fetch_add(written, Relaxed).wrapping_add(written) >= MEGABYTE
    }

    pub(crate) fn flushed(&self) {
        self.since_flush.store(0, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_pauses_once_it_is_passed() {
        let limit = WriteLimit::new();
        assert_eq!(limit.pause(100.0, 1000.0), None);
        limit.count(100.0, 20_000);
        let pause = limit.pause(100.0, 1000.0).expect("twice the limit");
        // ln 2 × 10 seconds.
        assert_eq!((pause.seconds, pause.nanoseconds / 1_000_000), (6, 931));
        assert_eq!(limit.pause(107.0, 1000.0), None, "faded");
    }

    #[test]
    fn limit_that_is_no_positive_number_never_pauses() {
        let limit = WriteLimit::new();
        limit.count(1.0, 1 << 30);
        for speed in [-1.0, -0.0, f64::NAN, f64::NEG_INFINITY, f64::INFINITY] {
            assert_eq!(limit.pause(1.0, speed), None, "{speed}");
        }
    }

    #[test]
    fn flush_is_due_after_every_megabyte() {
        let limit = WriteLimit::new();
        assert!(!limit.flush_is_due(MEGABYTE - 1));
        assert!(limit.flush_is_due(1));
        assert!(limit.flush_is_due(0), "until it was done");
        limit.flushed();
        assert!(!limit.flush_is_due(1));
    }
}
