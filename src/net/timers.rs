// SPDX-License-Identifier: LGPL-2.0-or-later
//! The wait for a timer.
#![forbid(unsafe_code)]

/// The milliseconds to wait at `now` for a timer due at `wakeup`, both in seconds: 0 if it is due, else the whole
/// milliseconds plus one, at most `i32::MAX`; 0 if one of them is not a number.
///
/// Legacy: the wait computed by `thread_run_timers`.
///
/// ```
/// use mtproxy_ffi::net::wait_msec;
///
/// assert_eq!(wait_msec(10.125, 10.0), 126);
/// assert_eq!(wait_msec(10.0, 10.0), 0);
/// ```
#[must_use]
pub fn wait_msec(wakeup: f64, now: f64) -> i32 {
    if wakeup > now { (((wakeup - now) * 1000.0) as i32).saturating_add(1) } else { 0 }
}
