// SPDX-License-Identifier: LGPL-2.0-or-later
//! The timers of jobs.

use core::ffi::{c_int, c_void};

use super::host::{Legacy, lent};
use crate::{
    layout::{
        jobs::{AsyncJob, JobThread},
        net_timers::EventTimer,
    },
    runtime::jobs::{job_of_timer, timers},
};

/// Sets when a job's timer is due, in seconds of the monotonic clock; 0 or less disarms it. The job gets ALARM then, after
/// which [`job_timer_check`] is 1.
///
/// # Safety
/// A job.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_timer_insert(job: *mut AsyncJob, timeout: f64) {
    // SAFETY: as the caller promises.
    timers::insert(Legacy, unsafe { lent(job) }, timeout);
}

/// Disarms a job's timer.
///
/// # Safety
/// A job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_timer_remove(job: *mut AsyncJob) {
    // SAFETY: as the caller promises.
    timers::remove(Legacy, unsafe { lent(job) });
}

/// 1 if a job's timer is armed, else 0.
///
/// # Safety
/// A job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_timer_active(job: *mut AsyncJob) -> c_int {
    // SAFETY: as the caller promises.
    (unsafe { job_timer_wakeup_time(job) } > 0.0).into()
}

/// When a job's timer is due, as it was set last.
///
/// # Safety
/// A job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_timer_wakeup_time(job: *mut AsyncJob) -> f64 {
    // SAFETY: as the caller promises.
    timers::time(Legacy, unsafe { lent(job) })
}

/// Clears a job's timer, which is not armed.
///
/// # Safety
/// A job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_timer_init(job: *mut AsyncJob) {
    // SAFETY: as the caller promises.
    timers::init(Legacy, unsafe { lent(job) });
}

/// At an ALARM: 1 if the timer has fired and was not set again since; it is disarmed then. Else 0.
///
/// # Safety
/// A job.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_timer_check(job: *mut AsyncJob) -> c_int {
    // SAFETY: as the caller promises.
    timers::check(Legacy, unsafe { lent(job) }).into()
}

/// What the timer of a job calls when it is due.
///
/// # Safety
/// The timer of a job, which was in a heap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_timer_wakeup_gateway(et: *mut EventTimer) -> c_int {
    // SAFETY: as the caller promises.
    if let Some(held) = unsafe { job_of_timer(et) } {
        timers::fired(Legacy, held);
    }
    0
}

/// Moves a job's timer in this thread's heap to where it shall be.
///
/// # Safety
/// A job, whose timer is this thread's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn do_immediate_timer_insert(W: *mut AsyncJob) {
    // SAFETY: as the caller promises.
    timers::insert_here(Legacy, unsafe { lent(W) });
}

/// What a timer manager does at a signal.
///
/// # Safety
/// A timer manager, which this thread runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn do_timer_manager_job(job: *mut AsyncJob, op: c_int, _JT: *const JobThread) -> c_int {
    // SAFETY: as the caller promises.
    timers::run_manager(Legacy, unsafe { lent(job) }, op)
}

/// Has each thread run its timers whose first is due at this thread's `precise_now`. Main calls it.
#[unsafe(no_mangle)]
pub extern "C" fn jobs_check_all_timers() {
    timers::check_all(Legacy);
}

/// A timer manager for a class, with a reference. Main's is always the same.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn alloc_timer_manager(thread_class: c_int) -> *mut AsyncJob {
    timers::new_manager(Legacy, thread_class)
}

/// A job around a function of a time: where that returns more than 0, it is called again then; where less, the reference
/// that is returned here is given up.
///
/// # Safety
/// The function may be called with `extra` by the threads of the class.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_timer_alloc(
    thread_class: c_int,
    alarm: Option<unsafe extern "C" fn(*mut c_void) -> f64>,
    extra: *mut c_void,
) -> *mut AsyncJob {
    timers::new_timer_job(Legacy, thread_class, alarm, extra)
}

/// What such a job does at a signal.
///
/// # Safety
/// Such a job, which this thread runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn do_timer_job(job: *mut AsyncJob, op: c_int, _JT: *const JobThread) -> c_int {
    // SAFETY: as the caller promises.
    timers::run_timer_job(Legacy, unsafe { lent(job) }, op)
}
