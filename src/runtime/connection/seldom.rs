// SPDX-License-Identifier: LGPL-2.0-or-later
//! Something that may happen often, and that the log speaks of once a second at most.

use core::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// How often it happened since the log spoke of it, and the second of that.
pub(crate) struct Seldom {
    count: AtomicI64,
    second: AtomicI64,
}

impl Seldom {
    pub(crate) const fn new() -> Self {
        Self { count: AtomicI64::new(0), second: AtomicI64::new(i64::MIN) }
    }

    /// It happened at `now`, in seconds of a clock that is not set back. Returns how often since the last answer, where the
    /// log may speak.
    pub(crate) fn happened(&self, now: i64) -> Option<i64> {
        self.count.fetch_add(1, Relaxed);
        let second = self.second.load(Relaxed);
        // Of several threads one gets the second.
        let mine = second != now && self.second.compare_exchange(second, now, Relaxed, Relaxed).is_ok();
        mine.then(|| self.count.swap(0, Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::Seldom;

    #[test]
    fn the_log_speaks_once_a_second() {
        let seldom = Seldom::new();
        assert_eq!(seldom.happened(7), Some(1));
        assert_eq!((seldom.happened(7), seldom.happened(7)), (None, None));
        assert_eq!((seldom.happened(8), seldom.happened(8)), (Some(3), None));
        assert_eq!(seldom.happened(100), Some(2));
    }

    #[test]
    fn threads_share_the_second() {
        let seldom = Seldom::new();
        let told: i64 = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..1000).filter_map(|n| seldom.happened(n / 100)).sum::<i64>()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        let left = seldom.happened(-1).unwrap() - 1;
        assert_eq!(told + left, 4000);
    }
}
