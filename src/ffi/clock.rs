// SPDX-License-Identifier: LGPL-2.0-or-later
//! Clocks. `runtime::clock` says what a thread sees of a kept reading that others store at the same time.

use core::{
    cell::Cell,
    sync::atomic::{AtomicI64, Ordering},
};

use crate::runtime::clock::{self, KeptTime};

thread_local! {
    static PRECISE_NOW: Cell<f64> = const { Cell::new(0.0) };
    static PRECISE_NOW_RDTSC: Cell<i64> = const { Cell::new(0) };
}

static PRECISE_TIME: AtomicI64 = AtomicI64::new(0);
static PRECISE_TIME_RDTSC: AtomicI64 = AtomicI64::new(0);
static KEPT: KeptTime<'static> = KeptTime { time: &PRECISE_TIME, ticks: &PRECISE_TIME_RDTSC };

/// The result for a clock that the kernel does not know: -1, as from C's `time` and `clock`.
const NO_TIME: f64 = -1.0;

/// Reads the monotonic clock and then the cycle counter, and keeps both readings for this thread: see
/// `mtproxy_ffi_precise_now_value` and `mtproxy_ffi_precise_now_rdtsc_value`.
///
/// Returns seconds. Matches the legacy `get_utime_monotonic`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_get_utime_monotonic() -> f64 {
    let Some(now) = clock::monotonic() else { return NO_TIME };
    PRECISE_NOW_RDTSC.set(now.ticks);
    PRECISE_NOW.set(now.seconds);
    now.seconds
}

/// The wall clock, read again only after 1,000,000 ticks of the cycle counter (on ARM half a millisecond, as
/// with 2 GHz; on a processor without a counter a millisecond). All threads share the reading.
///
/// Returns Unix seconds, to the microsecond. Matches the legacy `get_double_time`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_get_double_time() -> f64 {
    clock::double_time()
}

/// Reads the clock `clock_id` (`CLOCK_REALTIME` and so on). A reading of `CLOCK_REALTIME` is kept together
/// with the cycle counter: see `mtproxy_ffi_precise_time_value` and `mtproxy_ffi_precise_time_rdtsc_value`.
///
/// Returns seconds; -1 if the kernel does not know the clock (the legacy code aborts). Matches the legacy
/// `get_utime`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_get_utime(clock_id: i32) -> f64 {
    KEPT.read(clock_id).unwrap_or(NO_TIME)
}

/// The wall clock, read again only if the kept reading is more than `precision` ticks of the cycle counter
/// old (on ARM half nanoseconds, on a processor without a counter nanoseconds).
///
/// Returns Unix seconds as a 32.32 fixed-point number. Matches the legacy `get_precise_time`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_get_precise_time(precision: u32) -> i64 {
    if KEPT.is_stale(precision) {
        mtproxy_ffi_get_utime(libc::CLOCK_REALTIME);
    }
    PRECISE_TIME.load(Ordering::Relaxed)
}

/// This thread's last reading of the monotonic clock.
///
/// Returns seconds; 0 before this thread's first `mtproxy_ffi_get_utime_monotonic`. Matches the legacy
/// thread-local `precise_now`.
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
/// Returns Unix seconds as a 32.32 fixed-point number; 0 before the first. Matches the legacy global
/// `precise_time`.
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
