// SPDX-License-Identifier: LGPL-2.0-or-later
//! Classes of jobs and their threads.

use core::ffi::{c_int, c_void};

use super::host::Legacy;
use crate::{
    layout::jobs::JobThread,
    runtime::jobs::{
        Misuse, RunHost, subclasses,
        threads::{self, Work},
    },
};

/// What the threads of classes run.
const WORK: Work = Work { jobs: job_thread, subclasses: job_thread_sub };

/// This thread is main; another one ends the process.
#[unsafe(no_mangle)]
pub extern "C" fn init_main_pthread_id() {
    threads::set_main(Legacy);
}

/// Ends the process in a thread that is not main.
#[unsafe(no_mangle)]
pub extern "C" fn check_main_thread() {
    threads::need_main(Legacy);
}

/// Makes main's queue and main's entry, once. Returns how many job threads there are.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn init_async_jobs() -> c_int {
    threads::init(Legacy, job_thread)
}

/// Makes a thread of a class, which calls `thread_work` with its entry. Returns its number; -1 where there can be none.
///
/// # Safety
/// The function may be called so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn create_job_thread_ex(
    thread_class: c_int,
    thread_work: extern "C" fn(*mut c_void) -> *mut c_void,
) -> c_int {
    threads::create(Legacy, thread_class, thread_work)
}

/// Makes a thread of a class.
#[unsafe(no_mangle)]
pub extern "C" fn create_job_thread(thread_class: c_int) -> c_int {
    threads::create(Legacy, thread_class, WORK.of(Legacy, thread_class))
}

/// Makes the threads that a class still lacks. Returns how many were made.
#[unsafe(no_mangle)]
pub extern "C" fn create_job_class_threads(job_class: c_int) -> c_int {
    threads::create_threads(Legacy, job_class, WORK)
}

/// Declares a class, and makes its threads once there is a main. Returns how many were made.
#[unsafe(no_mangle)]
pub extern "C" fn create_job_class(
    job_class: c_int,
    min_threads: c_int,
    max_threads: c_int,
    excl: c_int,
) -> c_int {
    threads::create_class(Legacy, job_class, min_threads, max_threads, excl != 0, WORK)
}

/// As [`create_job_class`], for a class that was not declared yet.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn create_new_job_class(job_class: c_int, min_threads: c_int, max_threads: c_int) -> c_int {
    create_job_class(job_class, min_threads, max_threads, 1)
}

/// As [`create_job_class`], with subclasses from -2 to `subclass_cnt` - 1.
#[unsafe(no_mangle)]
pub extern "C" fn create_job_class_sub(
    job_class: c_int,
    min_threads: c_int,
    max_threads: c_int,
    excl: c_int,
    subclass_cnt: c_int,
) -> c_int {
    let counts = (min_threads, max_threads);
    threads::create_class_with(Legacy, job_class, counts, excl != 0, subclass_cnt, WORK)
}

/// As [`create_new_job_class`], with subclasses.
#[unsafe(no_mangle)]
pub extern "C" fn create_new_job_class_sub(
    job_class: c_int,
    min_threads: c_int,
    max_threads: c_int,
    subclass_cnt: c_int,
) -> c_int {
    create_job_class_sub(job_class, min_threads, max_threads, 1, subclass_cnt)
}

/// The entry that a thread was started with.
///
/// # Safety
/// Null, or an element of the table.
unsafe fn entry(arg: *mut c_void) -> &'static JobThread {
    // SAFETY: as the caller promises; the table lives for ever.
    unsafe { arg.cast::<JobThread>().as_ref() }.unwrap_or_else(|| Legacy.fail(Misuse::NotJobThread))
}

/// What a thread of a class runs, with its entry.
#[unsafe(no_mangle)]
#[allow(clippy::not_unsafe_ptr_arg_deref, reason = "what a thread runs has this type")]
pub extern "C" fn job_thread(arg: *mut c_void) -> *mut c_void {
    // SAFETY: `create_job_thread_ex` gives an entry, or the host does.
    threads::serve(Legacy, unsafe { entry(arg) }, |value, _| threads::work_job(Legacy, value))
}

/// As [`job_thread`], of a class with subclasses.
#[unsafe(no_mangle)]
#[allow(clippy::not_unsafe_ptr_arg_deref, reason = "what a thread runs has this type")]
pub extern "C" fn job_thread_sub(arg: *mut c_void) -> *mut c_void {
    // SAFETY: as above.
    threads::serve(Legacy, unsafe { entry(arg) }, |value, _| subclasses::process(Legacy, value))
}

/// As [`job_thread`], with another function for what is in the queue of the class.
///
/// # Safety
/// `arg` is an entry, and the function may be called with what is pushed and the class.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_thread_ex(
    arg: *mut c_void,
    work_one: unsafe extern "C" fn(*mut c_void, c_int),
) -> *mut c_void {
    // SAFETY: as the caller promises.
    unsafe { threads::serve(Legacy, entry(arg), |value, class| work_one(value, class)) }
}
