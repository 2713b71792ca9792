// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/precise-time`. The weak `get_utime_monotonic` and `rdtsc` are in
//! `shim/precise_time.c`.

use core::{
    ffi::c_int,
    sync::atomic::{AtomicI64, Ordering},
};

use crate::{
    kdb::{
        statics::exported_thread_local,
        support::{c_text, die},
    },
    runtime::clock::{self, KeptTime, Monotonic},
    sync::thread_local_address,
};

// Per thread: the wall clock in Unix seconds, which the host updates; and the last reading of the monotonic clock, in
// seconds, with the cycle counter.
exported_thread_local!("now", "4");
exported_thread_local!("precise_now", "8");
exported_thread_local!("precise_now_rdtsc", "8");

/// The last reading of the wall clock by [`get_utime`], 32.32 fixed point.
#[unsafe(no_mangle)]
pub static precise_time: AtomicI64 = AtomicI64::new(0);

/// The cycle counter at that reading.
#[unsafe(no_mangle)]
pub static precise_time_rdtsc: AtomicI64 = AtomicI64::new(0);

static KEPT: KeptTime<'static> = KeptTime { time: &precise_time, ticks: &precise_time_rdtsc };

/// This thread's `now`.
pub(in crate::kdb) fn current_second() -> c_int {
    let place: *mut c_int = thread_local_address!("now").cast();
    // SAFETY: the calling thread's own variable, defined above.
    unsafe { place.read() }
}

/// Sets this thread's `now`.
#[cfg(feature = "kdb")]
pub(in crate::kdb) fn set_now_of_thread(second: c_int) {
    let place: *mut c_int = thread_local_address!("now").cast();
    // SAFETY: the calling thread's own variable, defined above.
    unsafe { place.write(second) }
}

/// This thread's `precise_now`.
#[cfg(feature = "kdb")]
pub(in crate::kdb) fn precise_now_of_thread() -> f64 {
    let place: *mut f64 = thread_local_address!("precise_now").cast();
    // SAFETY: the calling thread's own variable, defined above.
    unsafe { place.read() }
}

/// Ends the process if a clock cannot be read, as the original does: no timer of the proxy would work.
fn no_clock() -> ! {
    die(c_text!("clock_gettime failed: no such clock"))
}

/// The body of `get_utime_monotonic`, unless the host defines that function itself.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_kdb_read_monotonic() -> f64 {
    let Some(Monotonic { seconds, ticks }) = clock::monotonic() else { no_clock() };
    let place: *mut f64 = thread_local_address!("precise_now").cast();
    let ticks_place: *mut i64 = thread_local_address!("precise_now_rdtsc").cast();
    // SAFETY: the calling thread's own variables, defined above.
    unsafe {
        place.write(seconds);
        ticks_place.write(ticks);
    }
    seconds
}

/// The cycle counter, for `rdtsc` of machines where the tree's headers have none.
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_kdb_ticks() -> i64 {
    clock::ticks()
}

/// The wall clock in seconds, read again only after 1,000,000 ticks of the cycle counter; on ARM, as if it had 2 GHz.
#[unsafe(no_mangle)]
pub extern "C" fn get_double_time() -> f64 {
    clock::double_time()
}

/// Reads a clock in seconds. A reading of `CLOCK_REALTIME` is kept in [`precise_time`].
#[unsafe(no_mangle)]
pub extern "C" fn get_utime(clock_id: c_int) -> f64 {
    KEPT.read(clock_id).unwrap_or_else(|| no_clock())
}

/// The wall clock, 32.32 fixed point, read again only if the kept reading is more than `precision` ticks old; on ARM,
/// as above.
#[unsafe(no_mangle)]
pub extern "C" fn get_precise_time(precision: u32) -> i64 {
    if KEPT.is_stale(precision) {
        get_utime(libc::CLOCK_REALTIME);
    }
    precise_time.load(Ordering::Relaxed)
}
