// SPDX-License-Identifier: LGPL-2.0-or-later
//! Clock readings, and the state that keeps the last ones.
//!
//! A kept reading has two words: its value, and a stamp of the cycle counter. The stamp is stored after the value (release)
//! and loaded before it (acquire), so a thread that sees a stamp sees the value stored with it, or one stored since. The
//! latter may be older than the stamp: a thread that stops between reading the clock and storing what it read stores that
//! late, as in the legacy library.

use core::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::{
    clock::{
        DOUBLE_TIME_TICKS, double_time_is_stale, fixed_point, precise_time_is_stale, seconds,
        seconds_from_micros,
    },
    cpu,
    sys::clock,
};

/// The cycle counter; on a processor without one, the nanoseconds of the monotonic clock.
pub(crate) fn ticks() -> i64 {
    cpu::cycle_counter().unwrap_or_else(|| {
        clock::read(libc::CLOCK_MONOTONIC)
            .map_or(0, |(sec, nsec)| sec.wrapping_mul(1_000_000_000).wrapping_add(nsec))
    })
}

/// A reading of the monotonic clock, and the cycle counter right after it.
#[derive(Clone, Copy)]
pub(crate) struct Monotonic {
    pub(crate) seconds: f64,
    pub(crate) ticks: i64,
}

/// Reads the monotonic clock.
pub(crate) fn monotonic() -> Option<Monotonic> {
    let (sec, nsec) = clock::read(libc::CLOCK_MONOTONIC)?;
    Some(Monotonic { seconds: seconds(sec, nsec), ticks: ticks() })
}

/// The bits of the last reading of [`double_time`]. The initial value is -1, as in the legacy library.
static DOUBLE_TIME: AtomicU64 = AtomicU64::new((-1.0f64).to_bits());
/// The tick up to which the reading is valid.
static DOUBLE_TIME_NEXT: AtomicI64 = AtomicI64::new(0);

/// The wall clock in Unix seconds, read again only after half a millisecond at 2 GHz. All threads share the reading.
pub(crate) fn double_time() -> f64 {
    let ticks = ticks();
    if !double_time_is_stale(ticks, DOUBLE_TIME_NEXT.load(Ordering::Acquire)) {
        return f64::from_bits(DOUBLE_TIME.load(Ordering::Relaxed));
    }
    let (sec, usec) = clock::time_of_day();
    let now = seconds_from_micros(sec, usec);
    DOUBLE_TIME.store(now.to_bits(), Ordering::Relaxed);
    DOUBLE_TIME_NEXT
        .store(ticks.wrapping_add(cpu::counter_steps(DOUBLE_TIME_TICKS as u32).into()), Ordering::Release);
    now
}

/// The two words that keep a reading of the wall clock. The edge owns them and lends them.
#[derive(Clone, Copy)]
pub(crate) struct KeptTime<'a> {
    /// Unix seconds, 32.32 fixed point.
    pub(crate) time: &'a AtomicI64,
    /// The cycle counter at that reading.
    pub(crate) ticks: &'a AtomicI64,
}

impl KeptTime<'_> {
    /// Reads a clock in seconds, and keeps the reading if the clock is the wall clock. `None` if the kernel does not know
    /// the clock.
    pub(crate) fn read(self, clock_id: i32) -> Option<f64> {
        let (sec, nsec) = clock::read(clock_id)?;
        let now = seconds(sec, nsec);
        if clock_id == libc::CLOCK_REALTIME {
            self.time.store(fixed_point(now), Ordering::Relaxed);
            self.ticks.store(ticks(), Ordering::Release);
        }
        Some(now)
    }

    /// True if the kept reading is more than `precision` cycles at 2 GHz old.
    pub(crate) fn is_stale(self, precision: u32) -> bool {
        let stamp = self.ticks.load(Ordering::Acquire);
        precise_time_is_stale(ticks(), stamp, cpu::counter_steps(precision))
    }
}
