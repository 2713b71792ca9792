// SPDX-License-Identifier: LGPL-2.0-or-later
//! What the legacy header of `jobs/jobs` has as inline functions and macros.

use core::{
    ffi::{c_int, c_void},
    sync::atomic::Ordering::{Acquire, Relaxed},
};

use crate::{
    kdb::{
        support::{c_text, die},
        upcalls::{JobFunction, job_free},
    },
    layout::jobs::AsyncJob,
};

/// Signals of jobs.
pub(super) const RUN: c_int = 0;
pub(super) const ALARM: c_int = 4;
pub(super) const ABORT: c_int = 5;
pub(super) const FINISH: c_int = 7;

/// Results of jobs.
pub(super) const ERROR: c_int = -1;
pub(super) const COMPLETED: c_int = 0x100;
pub(super) const SEND_RUN: c_int = 1 << RUN;
pub(super) const SEND_ABORT: c_int = 1 << ABORT;

/// What the legacy macros put in front of a job that is handed over.
pub(super) const TAG: c_int = 1;

/// The relation to the parent: an error aborts it, the end wakes it, and it runs then.
pub(super) const PARENT_RUN_WAKE_ERROR: u64 = 7;
/// ... and an end of the parent ends the job.
const PARENT_INCOMPLETE: u32 = 0x10;
/// Bit of a job's flags.
const IS_COMPLETED: u32 = 0x4_0000;
/// A job's payload starts with a timer.
pub(super) const HAS_TIMER: u64 = 1;

const CLASS_ENGINE: u64 = 8;

/// The signal is allowed, in the engine's thread.
pub(super) const fn allow(signal: c_int) -> u64 {
    CLASS_ENGINE << (signal * 4 + 32) | 0x100_0000 << signal
}

/// A job that this thread runs.
#[derive(Clone, Copy)]
pub(super) struct Job(pub(super) *mut AsyncJob);

impl Job {
    /// Its payload.
    pub(super) fn payload<T>(self) -> *mut T {
        AsyncJob::payload(self.0).cast()
    }

    /// What it does from now on.
    ///
    /// # Safety
    /// This thread runs the job.
    pub(super) unsafe fn go_on_with(self, function: JobFunction) {
        // SAFETY: the same promise.
        unsafe { &*self.0 }.j_execute.store(function as *mut c_void, Relaxed);
    }

    /// Notes an error, unless there is one, which the job ends with.
    ///
    /// # Safety
    /// This thread runs the job.
    pub(super) unsafe fn fail(self, error: c_int) -> c_int {
        // SAFETY: the same promise. A job that this one waits for may note an error at the same time.
        let _ = unsafe { &*self.0 }.j_error.compare_exchange(0, error, Relaxed, Relaxed);
        COMPLETED
    }

    /// True if there was an error.
    ///
    /// # Safety
    /// This thread runs the job.
    pub(super) unsafe fn failed(self) -> bool {
        // SAFETY: the same promise.
        unsafe { &*self.0 }.j_error.load(Relaxed) != 0
    }

    /// How many jobs it waits for.
    ///
    /// # Safety
    /// The job lives.
    pub(super) unsafe fn children(self) -> c_int {
        // SAFETY: the same promise.
        unsafe { &*self.0 }.j_children.load(Acquire)
    }

    /// Ends with [`FINISH`]: gives its memory back.
    ///
    /// # Safety
    /// This thread runs the job, which nobody else refers to.
    pub(super) unsafe fn free(self) -> c_int {
        // SAFETY: the same promise, which is checked; the last reference goes.
        unsafe {
            if (*self.0).j_refcnt.load(Relaxed) != 1 {
                die(c_text!("engine-rpc: a job ends that somebody refers to"));
            }
            job_free(TAG, self.0)
        }
    }

    /// True if its parent has ended, and that ends it.
    ///
    /// # Safety
    /// This thread runs the job.
    pub(super) unsafe fn parent_aborted(self) -> bool {
        // SAFETY: the same promise; the parent lives as long as the job refers to it.
        let (job, parent) = unsafe { (&*self.0, (*self.0).j_parent.load(Relaxed).as_ref()) };
        job.j_status.load(Relaxed) & PARENT_INCOMPLETE != 0
            && parent.is_some_and(|parent| parent.j_flags.load(Acquire) & IS_COMPLETED != 0)
    }
}
