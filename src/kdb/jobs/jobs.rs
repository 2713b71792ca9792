// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `jobs/jobs`: the jobs themselves. Classes and threads, timers, messages, lists and the statistics are in
//! the files beside this one, the legacy object's weak `wakeup_main_thread` is the strong one of `engine/engine`.
//!
//! A function that takes a job with a tag takes over one reference to it. The tag says nothing.

use core::{
    ffi::{c_int, c_longlong, c_uint, c_ulonglong, c_void},
    sync::atomic::Ordering::AcqRel,
};

pub use super::host::register_thread_callback;
use super::{
    host::{Legacy, lent, taken},
    variables::STATS,
};
use crate::{
    layout::jobs::AsyncJob,
    runtime::jobs::{JobRef, Misuse, NewJob, RunHost, create, run, word::Signal},
    sys::random::{drand48, lrand48, mrand48},
};

/// Makes a job, locked by this thread, with one reference: the caller's. Its payload has `custom_bytes` bytes of zeros.
///
/// `job_signals`: bits 0 to 4 the relation to the parent, 16 to 23 which signals are fast, 24 to 31 which are allowed, then
/// the class of each, four bits. `job_type`: 1 the payload starts with a timer, 2 a message queue follows.
///
/// # Safety
/// The function may be called with the signals that are allowed. The parent is null or a job, whose reference the new job
/// keeps.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn create_async_job(
    run_job: *mut c_void,
    job_signals: c_ulonglong,
    job_subclass: c_int,
    custom_bytes: c_int,
    job_type: c_ulonglong,
    _parent_job_tag_int: c_int,
    parent_job: *mut AsyncJob,
) -> *mut AsyncJob {
    if !parent_job.is_null() && job_signals & 4 != 0 {
        // SAFETY: a job, as the caller promises.
        unsafe { lent(parent_job) }.children().fetch_add(1, AcqRel);
    }
    let new = NewJob {
        function: run_job,
        signals: job_signals,
        subclass: job_subclass,
        bytes: custom_bytes,
        kind: job_type as c_uint,
        parent: parent_job,
    };
    create(Legacy, new).into_raw()
}

/// Changes which signals of a locked job are allowed and fast, their classes, and its relation to the parent.
///
/// # Safety
/// A job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_change_signals(job: *mut AsyncJob, job_signals: c_ulonglong) {
    // SAFETY: as the caller promises.
    run::change_signals(Legacy, unsafe { lent(job) }, job_signals);
}

/// Sends RUN to a locked job, and unlocks it. Returns what [`unlock_job`] does.
///
/// # Safety
/// As for [`unlock_job`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn schedule_job(_job_tag_int: c_int, job: *mut AsyncJob) -> c_int {
    // SAFETY: as the caller promises.
    run::schedule(Legacy, unsafe { taken(job) })
}

/// Locks a job, and changes bits of its flags. Returns 1, or 0 if it is locked.
///
/// # Safety
/// A job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn try_lock_job(job: *mut AsyncJob, set_flags: c_int, clear_flags: c_int) -> c_int {
    // SAFETY: as the caller promises.
    run::try_lock(Legacy, unsafe { lent(job) }, set_flags as u32, clear_flags as u32).into()
}

/// Unlocks a job: runs what is pending, in this thread if it may, else puts it into a queue. Returns 1 if it did that, 0 if
/// nothing is left to do, `INT_MIN` if the job is no more.
///
/// # Safety
/// A job, which this thread has locked.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlock_job(_job_tag_int: c_int, job: *mut AsyncJob) -> c_int {
    // SAFETY: as the caller promises.
    run::unlock(Legacy, unsafe { taken(job) })
}

/// Sends signals, bits 24 to 31 of `sigset`. The job may run now, in this thread.
///
/// # Safety
/// A job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_send_signals(_job_tag_int: c_int, job: *mut AsyncJob, sigset: c_int) {
    // SAFETY: as the caller promises.
    run::send(Legacy, unsafe { taken(job) }, sigset as u32);
}

/// Sends a signal from 0 to 7.
///
/// # Safety
/// A job.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_signal(_job_tag_int: c_int, job: *mut AsyncJob, signo: c_int) {
    let Some(signal) = Signal::of(signo) else { Legacy.fail(Misuse::NoSignal) };
    // SAFETY: as the caller promises.
    run::send(Legacy, unsafe { taken(job) }, signal.bit());
}

/// Gives a reference up. The last one becomes the signal FINISH.
///
/// # Safety
/// A job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_decref(_job_tag_int: c_int, job: *mut AsyncJob) {
    // SAFETY: as the caller promises.
    run::release(Legacy, unsafe { taken(job) });
}

/// One reference more. Returns the job.
///
/// # Safety
/// A job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_incref(job: *mut AsyncJob) -> *mut AsyncJob {
    // SAFETY: as the caller promises.
    if let Some(held) = run::retain(unsafe { lent(job) }) {
        // The caller's.
        let _ = held.into_raw();
    }
    job
}

/// Goes on with a job that was taken out of a queue of this thread's.
///
/// # Safety
/// A job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn process_one_job(_job_tag_int: c_int, job: *mut AsyncJob, _thread_class: c_int) {
    // SAFETY: as the caller promises.
    run::process(Legacy, unsafe { taken(job) });
}

/// Tells a parent, if there is one, that a job is completed, as `status` says.
///
/// # Safety
/// Both are jobs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn complete_subjob(
    job: *mut AsyncJob,
    _parent_tag_int: c_int,
    parent: *mut AsyncJob,
    status: c_int,
) {
    // SAFETY: as the caller promises.
    unsafe {
        if let Some(parent) = JobRef::taken(parent) {
            run::tell_parent(Legacy, lent(job), parent, status as u32);
        }
    }
}

/// Completes a locked job: once, it tells its parent.
///
/// # Safety
/// A job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn complete_job(job: *mut AsyncJob) {
    // SAFETY: as the caller promises.
    run::complete(Legacy, unsafe { lent(job) });
}

/// Frees a job and its messages at once. Returns `INT_MIN`, which the job's function returns then.
///
/// # Safety
/// A job, and the last reference to it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_free(_job_tag_int: c_int, job: *mut AsyncJob) -> c_int {
    // SAFETY: as the caller promises.
    run::free(Legacy, unsafe { taken(job) })
}

/// Runs the jobs in main's queue, until it is empty. Returns how many, or -1 before `init_async_jobs`.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn run_pending_main_jobs() -> c_int {
    run::run_main(Legacy).unwrap_or(-1)
}

/// The bytes of all jobs there are.
#[unsafe(no_mangle)]
pub extern "C" fn jobs_get_allocated_memoty() -> c_longlong {
    STATS.sum_long(|stats| &stats.jobs_allocated_memory)
}

/// A random number of 31 bits, from this thread's generator; without one from the process's.
#[unsafe(no_mangle)]
pub extern "C" fn lrand48_j() -> core::ffi::c_long {
    Legacy.thread().map_or_else(lrand48, |thread| thread.rand_data.lrand48() as _)
}

/// As [`lrand48_j`], of 32 bits with a sign.
#[unsafe(no_mangle)]
pub extern "C" fn mrand48_j() -> core::ffi::c_long {
    Legacy.thread().map_or_else(mrand48, |thread| thread.rand_data.mrand48() as _)
}

/// As [`lrand48_j`], from 0 to 1.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn drand48_j() -> f64 {
    Legacy.thread().map_or_else(drand48, |thread| thread.rand_data.drand48())
}
