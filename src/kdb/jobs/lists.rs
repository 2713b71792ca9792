// SPDX-License-Identifier: LGPL-2.0-or-later
//! Jobs that others wait for.

use core::ffi::c_int;

use super::host::{Legacy, lent, taken};
use crate::{
    kdb::support::{c_text, die},
    layout::jobs::{AsyncJob, JobListNode, JobThread},
    runtime::jobs::lists,
};

/// A job that tells all who wait for it, once, when it is run or aborted. With a reference.
#[unsafe(no_mangle)]
pub extern "C" fn create_job_list() -> *mut AsyncJob {
    lists::new_list(Legacy)
}

/// Adds one who waits. Returns 1. A list that is completed, or locked, ends the process.
///
/// # Safety
/// A job of [`create_job_list`]'s, and a node that is nobody else's until it is called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn insert_node_into_job_list(list_job: *mut AsyncJob, w: *mut JobListNode) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { lists::insert_node(Legacy, lent(list_job), w) };
    1
}

/// Adds a job that waits, with a reference to it, from a thread that runs the class of the engine. Returns 1.
///
/// # Safety
/// A job of [`create_job_list`]'s, and a job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn insert_job_into_job_list(
    list_job: *mut AsyncJob,
    _job_tag_int: c_int,
    job: *mut AsyncJob,
    mode: c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { lists::insert_job(Legacy, lent(list_job), taken(job), mode, job_list_node_wakeup) };
    1
}

/// Ends the process: there are no such lists.
#[unsafe(no_mangle)]
pub extern "C" fn insert_connection_into_job_list(_list_job: *mut AsyncJob, _c: *mut AsyncJob) -> c_int {
    die(c_text!("insert_connection_into_job_list: a connection cannot wait for a list"))
}

/// Tells a job that waits for a list.
///
/// # Safety
/// A list, and a node of [`insert_job_into_job_list`]'s that was taken out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_list_node_wakeup(
    list_job: *mut AsyncJob,
    _op: c_int,
    w: *mut JobListNode,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { lists::node_wakeup(Legacy, lent(list_job), w) };
    0
}

/// What a list does at a signal.
///
/// # Safety
/// A list, which this thread runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn process_job_list(job: *mut AsyncJob, op: c_int, _JT: *const JobThread) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { lists::run_list(Legacy, lent(job), op) }
}

/// A job that tells its subscribers each time it is run or aborted. Locked, with a reference.
#[unsafe(no_mangle)]
pub extern "C" fn notify_job_create(sig_class: c_int) -> *mut AsyncJob {
    lists::new_notification(Legacy, sig_class)
}

/// What a notification does at a signal.
///
/// # Safety
/// A notification, which this thread runs.
pub(super) unsafe extern "C" fn run_notification(
    job: *mut AsyncJob,
    op: c_int,
    _thread: *const JobThread,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { lists::run_notification(Legacy, lent(job), op) }
}
