// SPDX-License-Identifier: LGPL-2.0-or-later
//! The messages of jobs.

use core::{
    cell::Cell,
    ffi::{c_int, c_uint, c_void},
};

use super::host::{Legacy, lent, taken};
use crate::{
    layout::{
        jobs::{AsyncJob, JobMessage, JobMessageQueue},
        net_msg::RawMessage,
    },
    runtime::jobs::messages::{self, NewMessage, Receive},
};

/// The queue of a job that has one.
///
/// # Safety
/// A job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_message_queue_get(job: *mut AsyncJob) -> *mut JobMessageQueue {
    // SAFETY: as the caller promises.
    messages::queue_of(Legacy, unsafe { lent(job) })
}

/// Gives a job its queue. A job that has one already ends the process.
///
/// # Safety
/// A job that the caller alone uses, and a queue.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_message_queue_set(job: *mut AsyncJob, queue: *mut JobMessageQueue) {
    // SAFETY: as the caller promises.
    messages::set_queue(Legacy, unsafe { lent(job) }, queue);
}

/// Makes the queue of a job.
///
/// # Safety
/// A job that the caller alone uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_message_queue_init(job: *mut AsyncJob) {
    // SAFETY: as the caller promises.
    messages::init(Legacy, unsafe { lent(job) });
}

/// Frees the queue of a job and the messages in it.
///
/// # Safety
/// A job that the caller alone uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_message_queue_free(job: *mut AsyncJob) {
    // SAFETY: as the caller promises.
    messages::free(Legacy, unsafe { lent(job) });
}

/// Frees a message with its source and its contents.
///
/// # Safety
/// A message that is in no queue.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_message_free_default(M: *mut JobMessage) {
    // SAFETY: as the caller promises.
    unsafe { messages::free_message(Legacy, M) }
}

/// Sends a message, whose contents are cloned or moved, and the signal MSG.
///
/// # Safety
/// A job; a job or null; a message's contents; a payload of so many numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_message_send(
    _job_tag_int: c_int,
    job: *mut AsyncJob,
    _src_tag_int: c_int,
    src: *mut AsyncJob,
    r#type: c_uint,
    raw: *mut RawMessage,
    dup: c_int,
    payload_ints: c_int,
    payload: *const c_uint,
    flags: c_uint,
    destroy: Option<unsafe extern "C" fn(*mut JobMessage)>,
) {
    let new = NewMessage {
        source: src,
        r#type,
        raw,
        dup: dup != 0,
        payload_ints,
        payload,
        flags,
        destructor: destroy,
    };
    // SAFETY: as the caller promises.
    unsafe { messages::send(Legacy, taken(job), new) }
}

/// Has a message received at once, in this thread.
///
/// # Safety
/// As for [`job_message_send`]; the function may be called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_message_send_fake(
    _job_tag_int: c_int,
    job: *mut AsyncJob,
    receive_message: Receive,
    extra: *mut c_void,
    _src_tag_int: c_int,
    src: *mut AsyncJob,
    r#type: c_uint,
    raw: *mut RawMessage,
    dup: c_int,
    payload_ints: c_int,
    payload: *const c_uint,
    flags: c_uint,
    destroy: Option<unsafe extern "C" fn(*mut JobMessage)>,
) {
    let new = NewMessage {
        source: src,
        r#type,
        raw,
        dup: dup != 0,
        payload_ints,
        payload,
        flags,
        destructor: destroy,
    };
    // SAFETY: as the caller promises.
    unsafe { messages::send_now(Legacy, taken(job), receive_message, extra, new) }
}

/// Has the messages received whose type has its bit in `mask`.
///
/// # Safety
/// A job that this thread runs or has locked; the function may be called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn job_message_queue_work(
    job: *mut AsyncJob,
    receive_message: Receive,
    extra: *mut c_void,
    mask: c_uint,
) {
    // SAFETY: as the caller promises.
    unsafe { messages::work(Legacy, lent(job), receive_message, extra, mask) }
}

std::thread_local! {
    /// The last payload that [`payload_continuation_create`] made in this thread.
    static PAYLOAD: Cell<[c_uint; 5]> = const { Cell::new([0; 5]) };
}

/// A payload that names the function that receives its message. It is this thread's, until the next call.
#[unsafe(no_mangle)]
#[allow(clippy::not_unsafe_ptr_arg_deref, reason = "a pointer that is kept, not followed")]
pub extern "C" fn payload_continuation_create(
    magic: c_uint,
    func: Option<Receive>,
    extra: *mut c_void,
) -> *mut c_uint {
    PAYLOAD.with(|payload| {
        let start: *mut c_uint = payload.as_ptr().cast();
        // SAFETY: the thread's own five numbers: one, and two pointers of two numbers each.
        unsafe {
            start.write(magic);
            start.add(1).cast::<Option<Receive>>().write_unaligned(func);
            start.add(3).cast::<*mut c_void>().write_unaligned(extra);
        }
        start
    })
}
