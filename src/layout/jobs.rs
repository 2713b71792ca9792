// SPDX-License-Identifier: LGPL-2.0-or-later
//! `jobs/jobs.h`.

use core::{
    ffi::{c_int, c_uint, c_void},
    ptr,
    sync::atomic::AtomicPtr,
};

/// A function that each new job thread calls. The host links those it knows of through `next`.
#[repr(C)]
pub struct ThreadCallback {
    pub(crate) next: AtomicPtr<ThreadCallback>,
    pub(crate) new_thread: extern "C" fn(),
}

impl ThreadCallback {
    pub(crate) const fn new(new_thread: extern "C" fn()) -> Self {
        Self { next: AtomicPtr::new(ptr::null_mut()), new_thread }
    }
}

/// A job, which its payload follows.
#[repr(C, align(64))]
pub struct AsyncJob {
    pub(crate) j_flags: c_int,
    pub(crate) j_status: c_int,
    pub(crate) j_sigclass: c_int,
    pub(crate) j_refcnt: c_int,
    pub(crate) j_error: c_int,
    pub(crate) j_children: c_int,
    pub(crate) j_align: c_int,
    pub(crate) j_custom_bytes: c_int,
    pub(crate) j_type: c_uint,
    pub(crate) j_subclass: c_int,
    pub(crate) j_thread: *mut c_void,
    pub(crate) j_execute: *mut c_void,
    pub(crate) j_parent: *mut AsyncJob,
    pub(crate) j_custom: [i64; 0],
}

impl AsyncJob {
    /// Where the payload of a job starts.
    pub(crate) fn payload(job: *mut Self) -> *mut c_void {
        job.wrapping_add(1).cast()
    }
}
