// SPDX-License-Identifier: LGPL-2.0-or-later
//! Clocks and sleeping.

use core::{mem::MaybeUninit, ptr};

/// The time in Unix seconds.
pub(crate) fn unix_time() -> i64 {
    // SAFETY: with a null argument the call only returns a value.
    let time = unsafe { libc::time(ptr::null_mut()) };
    #[allow(clippy::unnecessary_cast, reason = "time_t has 32 bits on some machines")]
    let time = time as i64;
    time
}

/// Seconds and nanoseconds of a clock; `None` if the kernel does not know it.
pub(crate) fn read(clock_id: i32) -> Option<(i64, i64)> {
    let mut reading = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the place is writable; an unknown clock gives an error.
    if unsafe { libc::clock_gettime(clock_id, reading.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call succeeded, so it filled the place.
    let reading = unsafe { reading.assume_init() };
    #[allow(clippy::unnecessary_cast, reason = "both fields have 32 bits on some machines")]
    Some((reading.tv_sec as i64, reading.tv_nsec as i64))
}

/// Seconds and microseconds of the wall clock.
pub(crate) fn time_of_day() -> (i64, i64) {
    let mut reading = MaybeUninit::<libc::timeval>::zeroed();
    // SAFETY: the place is writable, and the time zone may be null.
    unsafe { libc::gettimeofday(reading.as_mut_ptr(), ptr::null_mut()) };
    // SAFETY: two integers, zeroed at first.
    let reading = unsafe { reading.assume_init() };
    #[allow(clippy::unnecessary_cast, reason = "both fields have 32 bits on some machines")]
    (reading.tv_sec as i64, reading.tv_usec as i64)
}

/// The parts of a time in the local zone, as C counts them: years from 1900, months from 0.
#[derive(Clone, Copy, Default)]
pub(crate) struct LocalTime {
    pub(crate) year: i32,
    pub(crate) month: i32,
    pub(crate) day: i32,
    pub(crate) hour: i32,
    pub(crate) minute: i32,
    pub(crate) second: i32,
}

/// The local time at `unix_time`; `None` if libc fails.
pub(crate) fn local_time(unix_time: i64) -> Option<LocalTime> {
    let mut parts = MaybeUninit::<libc::tm>::zeroed();
    let time = unix_time as libc::time_t;
    // SAFETY: a readable time, and a place that is writable.
    if unsafe { libc::localtime_r(&raw const time, parts.as_mut_ptr()) }.is_null() {
        return None;
    }
    // SAFETY: integers and a pointer, zeroed at first.
    let parts = unsafe { parts.assume_init() };
    Some(LocalTime {
        year: parts.tm_year,
        month: parts.tm_mon,
        day: parts.tm_mday,
        hour: parts.tm_hour,
        minute: parts.tm_min,
        second: parts.tm_sec,
    })
}

/// Sleeps for the given time, or until a signal; returns at once if the time is not valid.
pub(crate) fn sleep(seconds: i64, nanoseconds: i64) {
    let time = libc::timespec { tv_sec: seconds as _, tv_nsec: nanoseconds as _ };
    // SAFETY: a readable time; the pointer for the remaining time may be null.
    unsafe { libc::nanosleep(&raw const time, ptr::null_mut()) };
}
