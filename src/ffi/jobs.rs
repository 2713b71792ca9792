// SPDX-License-Identifier: LGPL-2.0-or-later
//! Jobs of a host's: what makes, signals and runs them, on the legacy `struct async_job`.
//!
//! The host's own C code may go on with the same jobs at the same time: both change a job's flags, its references and its
//! fields by the same rules (`runtime::jobs`).

use core::{
    ffi::{c_int, c_void},
    ptr,
    sync::atomic::Ordering::{AcqRel, Relaxed},
};

use super::{
    boundary::{Failure, Output, status},
    contract::in_rust,
    jobs_host::{Attached, lent, taken},
};
use crate::{
    contract::{
        JOBS_OP_CREATE_ASYNC_JOB, JOBS_OP_JOB_DECREF, JOBS_OP_JOB_INCREF, JOBS_OP_JOB_SIGNAL,
        JOBS_OP_NOTIFY_JOB_CREATE, JOBS_OP_RUN_PENDING_MAIN_JOBS, JOBS_OP_SCHEDULE_JOB,
    },
    layout::jobs::AsyncJob,
    runtime::jobs::{
        Job, JobRef, NewJob, RunHost, create, least_payload, lists, run,
        word::{LOCKED, Signal},
    },
};

/// The function of a job, `job_function_t`: it gets the job, a signal from 0 to 7, and the `struct job_thread` that runs it.
pub type JobFunction = Option<unsafe extern "C" fn(*mut c_void, i32, *mut c_void) -> i32>;

/// The status of a failure, or a number.
fn number(result: Result<c_int, Failure>) -> i32 {
    result.unwrap_or_else(Failure::code)
}

/// Fails where this thread has not locked the job.
fn locked_here(host: Attached, job: Job<'_>) -> Result<(), Failure> {
    let own = job.owner().cast_const() == host.thread().map_or(ptr::null(), ptr::from_ref);
    let locked = job.word().load(Relaxed) & LOCKED != 0;
    if own && locked { Ok(()) } else { Err(Failure::Invalid) }
}

/// Gives this thread's lock back with `how`, and a reference with it.
///
/// # Safety
/// As for `mtproxy_ffi_jobs_job_signal`.
unsafe fn unlocked(job: *mut c_void, how: fn(Attached, JobRef) -> c_int) -> i32 {
    number(Attached::get().and_then(|host| {
        // SAFETY: as the caller promises.
        unsafe {
            locked_here(host, lent(job)?)?;
            Ok(how(host, taken(job)?))
        }
    }))
}

/// Makes a job, locked by this thread, with one reference, which is the caller's. Its payload has `custom_bytes` bytes of
/// zeros. `job_signals` and `job_type` are the legacy ones; with bit 2 of `job_signals` the parent has a child more.
/// Allocates: `mtproxy_ffi_jobs_job_free` or the legacy `job_free` frees it.
///
/// Returns 0 and fills `*out`, the `struct async_job *`; `MTPROXY_FFI_EINVAL` before a host is attached, without a function
/// or a place, for a `custom_bytes` that is negative or less than what `job_type` puts at the start of the payload (bit 0
/// a timer, bit 1 the pointer to a message queue behind it), and for a parent that is not aligned. Without memory the host's
/// `fail` is called. Matches the legacy `create_async_job`.
///
/// # Safety
/// The function may be called with the signals that are allowed, by the threads of their classes. `parent_job` is NULL or
/// a job, with a reference, which the new job takes over; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_jobs_create_async_job(
    run_job: JobFunction,
    job_signals: u64,
    job_subclass: i32,
    custom_bytes: i32,
    job_type: u64,
    parent_job: *mut c_void,
    out: *mut *mut c_void,
) -> i32 {
    status(Attached::get().and_then(|host| {
        // SAFETY: writable, as the caller promises.
        let out = unsafe { Output::new(out)? };
        let least = least_payload(job_type as u32) as i32;
        let function = run_job.filter(|_| custom_bytes >= least).ok_or(Failure::Invalid)?;
        if !parent_job.is_null() {
            // SAFETY: a job, as the caller promises.
            let parent = unsafe { lent(parent_job)? };
            if job_signals & 4 != 0 {
                parent.children().fetch_add(1, AcqRel);
            }
        }
        let new = NewJob {
            function: function as *mut c_void,
            signals: job_signals,
            subclass: job_subclass,
            bytes: custom_bytes,
            kind: job_type as u32,
            parent: parent_job.cast(),
        };
        out.write(create(host, new).into_raw().cast());
        Ok(())
    }))
}

/// Makes a job that tells each of its subscribers when it is run or aborted; locked by this thread, with one reference,
/// which is the caller's. Its signals run in class `sig_class`. Allocates.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` before a host is attached, without a place, and for a number that is no
/// class. Matches the legacy `notify_job_create`.
///
/// # Safety
/// `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_jobs_notify_job_create(sig_class: i32, out: *mut *mut c_void) -> i32 {
    // SAFETY: writable, as the caller promises.
    status(Attached::get().and_then(|host| {
        // SAFETY: as above.
        let out = unsafe { Output::new(out)? };
        if !(0..16).contains(&sig_class) {
            return Err(Failure::Invalid);
        }
        out.write(lists::new_notification(host, sig_class).cast());
        Ok(())
    }))
}

/// Sends a signal from 0 to 7, with a reference, which the caller gives away. The job may run now, in this thread.
///
/// Returns 0; `MTPROXY_FFI_EINVAL`, and the reference stays the caller's, before a host is attached, for NULL or a pointer
/// that is not aligned, and for another number. Matches the legacy `job_signal`.
///
/// # Safety
/// `job` is NULL or a job, to which the caller has a reference. And so for the functions below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_jobs_job_signal(job: *mut c_void, signo: i32) -> i32 {
    status(Attached::get().and_then(|host| {
        let signal = Signal::of(signo).ok_or(Failure::Invalid)?;
        // SAFETY: as the caller promises.
        run::send(host, unsafe { taken(job)? }, signal.bit());
        Ok(())
    }))
}

/// Sends signal 0 to a job that this thread has locked, and unlocks it as `mtproxy_ffi_jobs_unlock_job`.
///
/// Returns what that returns. Matches the legacy `schedule_job`.
///
/// # Safety
/// As for `mtproxy_ffi_jobs_job_signal`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_jobs_schedule_job(job: *mut c_void) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { unlocked(job, run::schedule) }
}

/// Unlocks a job that this thread has locked: runs what is pending, in this thread if it may, else puts the job into a
/// queue. The caller gives a reference away.
///
/// Returns 1 if the job is in a queue, 0 if nothing is left to do, `INT32_MIN` if the job is no more;
/// `MTPROXY_FFI_EINVAL`, and the reference stays the caller's, before a host is attached, for NULL or a pointer that is not
/// aligned, and if this thread has not locked the job. Matches the legacy `unlock_job`.
///
/// # Safety
/// As for `mtproxy_ffi_jobs_job_signal`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_jobs_unlock_job(job: *mut c_void) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { unlocked(job, run::unlock) }
}

/// One reference more.
///
/// Returns 0; `MTPROXY_FFI_EINVAL` before a host is attached, and for NULL or a pointer that is not aligned. Matches the
/// legacy `job_incref`.
///
/// # Safety
/// As for `mtproxy_ffi_jobs_job_signal`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_jobs_job_incref(job: *mut c_void) -> i32 {
    status(Attached::get().and_then(|_| {
        // SAFETY: as the caller promises.
        if let Some(held) = run::retain(unsafe { lent(job)? }) {
            // The caller's.
            let _: *mut AsyncJob = held.into_raw();
        }
        Ok(())
    }))
}

/// Gives a reference up. The last one becomes signal 7.
///
/// Returns 0; `MTPROXY_FFI_EINVAL` as `mtproxy_ffi_jobs_job_incref`. Matches the legacy `job_decref`.
///
/// # Safety
/// As for `mtproxy_ffi_jobs_job_signal`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_jobs_job_decref(job: *mut c_void) -> i32 {
    status(Attached::get().and_then(|host| {
        // SAFETY: as the caller promises.
        run::release(host, unsafe { taken(job)? });
        Ok(())
    }))
}

/// Runs the jobs in main's queue, until it is empty.
///
/// Returns how many; `MTPROXY_FFI_EINVAL` before a host is attached and has made main's queue, and in a thread that is not
/// main. Matches the legacy `run_pending_main_jobs`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_jobs_run_pending_main_jobs() -> i32 {
    number(Attached::get().and_then(|host| {
        if host.is_main() { run::run_main(host).ok_or(Failure::Invalid) } else { Err(Failure::Invalid) }
    }))
}

/// Goes on with a job that this thread took out of a queue of the host's, with the reference that was in it.
///
/// Returns 0; `MTPROXY_FFI_EINVAL` before a host is attached, for NULL or a pointer that is not aligned, and in a thread that
/// runs no jobs. Matches the legacy `process_one_job`.
///
/// # Safety
/// As for `mtproxy_ffi_jobs_job_signal`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_jobs_process_one_job(job: *mut c_void) -> i32 {
    status(Attached::get().and_then(|host| {
        host.thread().ok_or(Failure::Invalid)?;
        // SAFETY: as the caller promises.
        run::process(host, unsafe { taken(job)? });
        Ok(())
    }))
}

/// Frees a job and its messages. The job's function calls it at signal 7, and returns what it returns.
///
/// Returns `INT32_MIN`; `MTPROXY_FFI_EINVAL` before a host is attached, and for NULL or a pointer that is not aligned.
/// Matches the legacy `job_free`.
///
/// # Safety
/// `job` is NULL or a job, to which the caller has the last reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_jobs_job_free(job: *mut c_void) -> i32 {
    number(Attached::get().and_then(|host| {
        // SAFETY: as the caller promises.
        Ok(run::free(host, unsafe { taken(job)? }))
    }))
}

/// The bits of the contract's operations that run in Rust.
pub(super) const JOBS_OPS: u32 = in_rust(JOBS_OP_CREATE_ASYNC_JOB, mtproxy_ffi_jobs_create_async_job)
    | in_rust(JOBS_OP_SCHEDULE_JOB, mtproxy_ffi_jobs_schedule_job)
    | in_rust(JOBS_OP_JOB_SIGNAL, mtproxy_ffi_jobs_job_signal)
    | in_rust(JOBS_OP_JOB_INCREF, mtproxy_ffi_jobs_job_incref)
    | in_rust(JOBS_OP_JOB_DECREF, mtproxy_ffi_jobs_job_decref)
    | in_rust(JOBS_OP_RUN_PENDING_MAIN_JOBS, mtproxy_ffi_jobs_run_pending_main_jobs)
    | in_rust(JOBS_OP_NOTIFY_JOB_CREATE, mtproxy_ffi_jobs_notify_job_create);
