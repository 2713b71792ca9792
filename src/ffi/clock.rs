//! Clocks, and the state the legacy code keeps for them.
//!
//! A stamp is stored after its value and loaded before it, so that a thread that sees a fresh stamp sees a value at
//! least as fresh.

use core::{
    cell::Cell,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
};

use super::system;
use crate::clock::{
    DOUBLE_TIME_TICKS, double_time_is_stale, fixed_point, precise_time_is_stale, seconds, seconds_from_micros,
};

thread_local! {
    static PRECISE_NOW: Cell<f64> = const { Cell::new(0.0) };
    static PRECISE_NOW_RDTSC: Cell<i64> = const { Cell::new(0) };
}

static PRECISE_TIME: AtomicI64 = AtomicI64::new(0);
static PRECISE_TIME_RDTSC: AtomicI64 = AtomicI64::new(0);
/// Bits of a double, which C cannot tell from the legacy static: it starts at -1.
static DOUBLE_TIME: AtomicU64 = AtomicU64::new((-1.0f64).to_bits());
static DOUBLE_TIME_NEXT: AtomicI64 = AtomicI64::new(0);

/// What the clock functions return for a clock that the kernel does not know, as C's `time` and `clock` do.
const NO_TIME: f64 = -1.0;

/// Reads the monotonic clock, and keeps the reading for this thread's `mtproxy_ffi_precise_now_value` and the cycle
/// counter, read after it, for `mtproxy_ffi_precise_now_rdtsc_value`.
///
/// Returns seconds. Matches the legacy `get_utime_monotonic`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_get_utime_monotonic() -> f64 {
    let Some((sec, nsec)) = system::clock(libc::CLOCK_MONOTONIC) else { return NO_TIME };
    let now = seconds(sec, nsec);
    PRECISE_NOW_RDTSC.set(system::ticks());
    PRECISE_NOW.set(now);
    now
}

/// The wall clock, re-read only after 1,000,000 ticks of the cycle counter (on a processor without one, that many
/// nanoseconds); the reading is shared by all threads.
///
/// Returns Unix seconds, to the microsecond. Matches the legacy `get_double_time`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_get_double_time() -> f64 {
    let ticks = system::ticks();
    if !double_time_is_stale(ticks, DOUBLE_TIME_NEXT.load(Ordering::Acquire)) {
        return f64::from_bits(DOUBLE_TIME.load(Ordering::Relaxed));
    }
    let (sec, usec) = system::time_of_day();
    let now = seconds_from_micros(sec, usec);
    DOUBLE_TIME.store(now.to_bits(), Ordering::Relaxed);
    DOUBLE_TIME_NEXT.store(ticks.wrapping_add(DOUBLE_TIME_TICKS), Ordering::Release);
    now
}

/// Reads the clock with the given number (`CLOCK_REALTIME` and so on). A reading of `CLOCK_REALTIME` is also kept, with the
/// cycle counter, for `mtproxy_ffi_precise_time_value` and `mtproxy_ffi_precise_time_rdtsc_value`.
///
/// Returns seconds; -1 for a clock that the kernel does not know, on which the legacy code aborts.
/// Matches the legacy `get_utime`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_get_utime(clock_id: i32) -> f64 {
    let Some((sec, nsec)) = system::clock(clock_id) else { return NO_TIME };
    let now = seconds(sec, nsec);
    if clock_id == libc::CLOCK_REALTIME {
        PRECISE_TIME.store(fixed_point(now), Ordering::Relaxed);
        PRECISE_TIME_RDTSC.store(system::ticks(), Ordering::Release);
    }
    now
}

/// The wall clock, re-read only where the kept reading is more than `precision` ticks of the cycle counter old.
///
/// Returns Unix seconds as a 32.32 fixed-point number. Matches the legacy `get_precise_time`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_get_precise_time(precision: u32) -> i64 {
    let stamp = PRECISE_TIME_RDTSC.load(Ordering::Acquire);
    if precise_time_is_stale(system::ticks(), stamp, precision) {
        mtproxy_ffi_get_utime(libc::CLOCK_REALTIME);
    }
    PRECISE_TIME.load(Ordering::Relaxed)
}

/// This thread's last reading of the monotonic clock.
///
/// Returns seconds; 0 before this thread's first `mtproxy_ffi_get_utime_monotonic`. Matches the legacy thread-local
/// `precise_now`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_precise_now_value() -> f64 {
    PRECISE_NOW.get()
}

/// The cycle counter at this thread's last reading of the monotonic clock.
///
/// Returns ticks; 0 before the first. Matches the legacy thread-local `precise_now_rdtsc`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_precise_now_rdtsc_value() -> i64 {
    PRECISE_NOW_RDTSC.get()
}

/// The process's last kept reading of the wall clock.
///
/// Returns Unix seconds as a 32.32 fixed-point number; 0 before the first. Matches the legacy global `precise_time`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_precise_time_value() -> i64 {
    PRECISE_TIME.load(Ordering::Relaxed)
}

/// The cycle counter at the process's last kept reading of the wall clock.
///
/// Returns ticks; 0 before the first. Matches the legacy global `precise_time_rdtsc`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_precise_time_rdtsc_value() -> i64 {
    PRECISE_TIME_RDTSC.load(Ordering::Relaxed)
}
