// SPDX-License-Identifier: LGPL-2.0-or-later
//! Targets: how many connections one needs, and when it tries again.
#![forbid(unsafe_code)]

/// Seconds between two attempts above which the time between them grows no more.
const LONGEST: f64 = 20.0;
/// How often a target is looked at that has something to wait for, in seconds.
pub const SOON: f64 = 0.1;

/// What the connections of a target answer when they are asked whether they are ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Ready.
    pub good: i32,
    /// Stopped.
    pub stopped: i32,
    /// Failed.
    pub bad: i32,
    /// Not ready yet, or busy.
    pub other: i32,
}

impl Readiness {
    /// How many connections the target needs.
    #[must_use]
    pub fn needed(self, min: i32, max: i32) -> i32 {
        min.wrapping_add(self.bad).wrapping_add((self.stopped + 1) >> 1).min(max)
    }
}

/// When a target tries again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reconnect {
    /// Not before this.
    pub next: f64,
    /// How long it waits after an attempt.
    pub timeout: f64,
}

impl Reconnect {
    /// After an attempt. The time between attempts starts with `first`, and grows while no connection is active.
    #[must_use]
    pub fn after(self, now: f64, first: f64, has_active: bool, random: impl FnOnce() -> f64) -> Self {
        let timeout = if self.timeout < first || has_active { first } else { self.timeout };
        let grows = !has_active && timeout < LONGEST;
        Self { next: now + timeout, timeout: if grows { timeout * 1.5 + random() * 0.2 } else { timeout } }
    }

    /// Whether it may try at `now`.
    #[must_use]
    pub fn is_due(self, now: f64, has_active: bool) -> bool {
        now >= self.next || has_active
    }

    /// When a target in use is to be looked at next, which has `count` connections of `needed`.
    ///
    /// A connection that closes makes itself known, so where all are ready nothing is due: once a second is often enough, when
    /// the engine is awake anyway. Without any connection, it is the next attempt that is due.
    #[must_use]
    pub fn look(self, now: f64, readiness: Readiness, count: i32, needed: i32) -> f64 {
        if count == 0 && needed > 0 && self.next > now {
            return self.next;
        }
        if readiness.good == count && count >= needed {
            // The library has no `floor`.
            return (now as u64 + 1) as f64;
        }
        now + SOON
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_connections_are_replaced_up_to_the_most() {
        let readiness = Readiness { good: 1, stopped: 3, bad: 2, other: 0 };
        assert_eq!(readiness.needed(1, 100), 5);
        assert_eq!(readiness.needed(1, 4), 4);
        assert_eq!(Readiness::default().needed(2, 4), 2);
    }

    #[test]
    fn time_between_attempts_grows_to_a_limit() {
        let mut state = Reconnect { next: 0.0, timeout: 0.0 };
        let (mut now, mut waits) = (100.0, Vec::new());
        for _ in 0..12 {
            state = state.after(now, 1.0, false, || 0.5);
            waits.push(state.next - now);
            now = state.next;
        }
        assert!((waits[0] - 1.0).abs() < 1e-9 && (waits[1] - 1.6).abs() < 1e-9, "{waits:?}");
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9));
        let last = *waits.last().unwrap();
        assert!((LONGEST..30.2).contains(&last) && (waits[11] - waits[10]).abs() < 1e-9, "{waits:?}");
        let again = state.after(now, 1.0, true, || 0.5);
        assert!((again.next - now - 1.0).abs() < 1e-9 && (again.timeout - 1.0).abs() < 1e-9);
    }

    #[test]
    fn active_connection_makes_an_attempt_due() {
        let state = Reconnect { next: 10.0, timeout: 1.0 };
        assert!(!state.is_due(9.0, false) && state.is_due(9.0, true) && state.is_due(10.0, false));
    }

    #[test]
    fn target_whose_connections_are_ready_is_looked_at_with_the_second() {
        let state = Reconnect { next: 3.0, timeout: 1.0 };
        let good = Readiness { good: 2, ..Readiness::default() };
        let at = |now, readiness, count, needed| state.look(now, readiness, count, needed);
        assert_eq!(at(5.25, good, 2, 2), 6.0);
        assert_eq!(at(5.25, good, 3, 2), 5.25 + SOON);
        assert_eq!(at(5.25, good, 2, 3), 5.25 + SOON);
        assert_eq!(at(1.0, Readiness::default(), 0, 2), 3.0);
        assert_eq!(at(4.0, Readiness::default(), 0, 2), 4.0 + SOON);
        assert_eq!(at(4.0, Readiness { other: 1, ..good }, 3, 3), 4.0 + SOON);
        assert_eq!(at(4.5, Readiness::default(), 0, 0), 5.0);
    }
}
