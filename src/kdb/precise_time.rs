//! Legacy object `common/precise-time`. The weak `get_utime_monotonic` and the way to thread-locals are in `shim.c`.

use core::{
    arch::global_asm,
    ffi::c_int,
    sync::atomic::{AtomicI64, Ordering},
};

use super::host::{c_text, die};
use crate::{
    clock::{fixed_point, precise_time_is_stale, seconds},
    ffi::{self, system},
};

// Thread-local variables of C: stable Rust can only define its own kind.
macro_rules! thread_local_zero {
    ($name:literal, $size:literal) => {
        global_asm!(
            concat!(".pushsection .tbss.", $name, ", \"awT\", %nobits"),
            concat!(".globl ", $name),
            concat!(".type ", $name, ", %tls_object"),
            concat!(".size ", $name, ", ", $size),
            ".balign 8",
            concat!($name, ": .zero ", $size),
            ".popsection",
        );
    };
}
thread_local_zero!("now", "4");
thread_local_zero!("precise_now", "8");
thread_local_zero!("precise_now_rdtsc", "8");

unsafe extern "C" {
    fn mtproxy_kdb_now() -> c_int;
    fn mtproxy_kdb_set_precise_now(seconds: f64, ticks: i64);
}

/// The last reading of the wall clock by [`get_utime`], 32.32 fixed point.
#[unsafe(no_mangle)]
pub static precise_time: AtomicI64 = AtomicI64::new(0);

/// The cycle counter at that reading.
#[unsafe(no_mangle)]
pub static precise_time_rdtsc: AtomicI64 = AtomicI64::new(0);

/// This thread's `now`: Unix seconds, kept up to date by the host.
pub(super) fn current_second() -> c_int {
    // SAFETY: reads a thread-local of the calling thread.
    unsafe { mtproxy_kdb_now() }
}

/// Seconds of a clock. As in the original, a clock that cannot be read ends the process: a proxy whose timers run on
/// a made-up time is worse than none.
fn read_clock(clock_id: c_int) -> f64 {
    match system::clock(clock_id) {
        Some((sec, nsec)) => seconds(sec, nsec),
        None => die(c_text!("clock_gettime failed: no such clock")),
    }
}

/// What `get_utime_monotonic` does unless the host brings its own.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_kdb_read_monotonic() -> f64 {
    let now = read_clock(libc::CLOCK_MONOTONIC);
    // SAFETY: writes thread-locals of the calling thread.
    unsafe { mtproxy_kdb_set_precise_now(now, system::ticks()) };
    now
}

/// The wall clock in seconds, re-read only after 1,000,000 ticks of the cycle counter.
#[unsafe(no_mangle)]
pub extern "C" fn get_double_time() -> f64 {
    ffi::mtproxy_ffi_get_double_time()
}

/// The given clock in seconds. A reading of `CLOCK_REALTIME` is kept in [`precise_time`].
#[unsafe(no_mangle)]
pub extern "C" fn get_utime(clock_id: c_int) -> f64 {
    let now = read_clock(clock_id);
    if clock_id == libc::CLOCK_REALTIME {
        precise_time.store(fixed_point(now), Ordering::Relaxed);
        precise_time_rdtsc.store(system::ticks(), Ordering::Release);
    }
    now
}

/// The wall clock, 32.32 fixed point, re-read only where the kept reading is more than `precision` ticks old.
#[unsafe(no_mangle)]
pub extern "C" fn get_precise_time(precision: u32) -> i64 {
    let stamp = precise_time_rdtsc.load(Ordering::Acquire);
    if precise_time_is_stale(system::ticks(), stamp, precision) {
        get_utime(libc::CLOCK_REALTIME);
    }
    precise_time.load(Ordering::Relaxed)
}
