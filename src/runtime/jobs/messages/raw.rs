// SPDX-License-Identifier: LGPL-2.0-or-later
//! Messages and their queues, in C's memory.

use core::{
    ffi::{c_int, c_uint, c_void},
    mem,
    ptr::{self, NonNull},
};

use super::super::{Host, Job, JobRef, Misuse, RunHost, run, word::Signal};
use crate::layout::{
    jobs::{AsyncJob, JobMessage, JobMessageQueue},
    net_msg::RawMessage,
    net_timers::EventTimer,
};

/// Receives a message. 1: it is freed then; 2: its destructor is called, or it is freed; 0: the receiver keeps it; a negative
/// number: the receiver keeps it, and wants no more.
pub(crate) type Receive = unsafe extern "C" fn(*mut AsyncJob, *mut JobMessage, *mut c_void) -> c_int;

/// A bit of a message's type: its payload says who receives it.
const CONTINUATION: c_uint = 8;

/// Where a job keeps its queue of messages: after its timer, if it has one.
fn slot<H: RunHost>(host: H, job: Job<'_>) -> *mut *mut JobMessageQueue {
    if !job.has_messages() {
        host.fail(Misuse::NoMessages)
    }
    let after = if job.timer().is_some() { size_of::<EventTimer>() } else { 0 };
    job.payload().wrapping_byte_add(after).cast()
}

pub(crate) fn queue_of<H: RunHost>(host: H, job: Job<'_>) -> *mut JobMessageQueue {
    // SAFETY: the job's payload starts with it, as its type says; it changes with the job's creation and end alone.
    unsafe { slot(host, job).read() }
}

/// Gives a job that has no queue one.
pub(crate) fn set_queue<H: RunHost>(host: H, job: Job<'_>, queue: *mut JobMessageQueue) {
    let slot = slot(host, job);
    // SAFETY: as above.
    unsafe {
        if !slot.read().is_null() {
            host.fail(Misuse::TwoQueues)
        }
        slot.write(queue);
    }
}

/// Makes the queue of a job.
pub(crate) fn init<H: RunHost>(host: H, job: Job<'_>) {
    // SAFETY: an allocation; null is an answer.
    let queue: *mut JobMessageQueue = unsafe { libc::calloc(1, size_of::<JobMessageQueue>()) }.cast();
    if queue.is_null() {
        host.fail(Misuse::NoMemory)
    }
    // SAFETY: just made.
    unsafe {
        queue.write(JobMessageQueue {
            unsorted: host.new_queue(),
            first: ptr::null_mut(),
            last: ptr::null_mut(),
            payload_magic: 0,
        });
    }
    set_queue(host, job, queue);
}

/// Frees the queue of a job and what is in it, if it has one.
pub(crate) fn free<H: RunHost>(host: H, job: Job<'_>) {
    let slot = slot(host, job);
    // SAFETY: nobody else uses the job now; each message is in one of the two places, and is freed once.
    unsafe {
        let queue = slot.read();
        if queue.is_null() {
            return;
        }
        while let Some(message) = NonNull::new((*queue).first) {
            (*queue).first = message.as_ref().next;
            free_message(host, message.as_ptr());
        }
        while let Some(message) = NonNull::new(host.try_pop((*queue).unsorted)) {
            free_message(host, message.cast().as_ptr());
        }
        host.free_queue((*queue).unsorted);
        libc::free(queue.cast());
        slot.write(ptr::null_mut());
    }
}

/// Frees a message with its source and its contents.
///
/// # Safety
/// A message of [`send`]'s that is in no queue, and is not used again.
pub(crate) unsafe fn free_message<H: RunHost>(host: H, message: *mut JobMessage) {
    // SAFETY: a live message, as the caller promises; its source is a reference, or null.
    unsafe {
        if let Some(source) = JobRef::taken((*message).src) {
            run::release(host, source);
        }
        if (*message).message.magic != 0 {
            host.free_message(&raw mut (*message).message);
        }
        libc::free(message.cast());
    }
}

/// What a message is made of.
pub(crate) struct NewMessage {
    /// Who sends it: a reference, or null.
    pub(crate) source: *mut AsyncJob,
    pub(crate) r#type: c_uint,
    pub(crate) raw: *mut RawMessage,
    /// The contents are cloned; else moved.
    pub(crate) dup: bool,
    pub(crate) payload_ints: c_int,
    pub(crate) payload: *const c_uint,
    pub(crate) flags: c_uint,
    pub(crate) destructor: Option<unsafe extern "C" fn(*mut JobMessage)>,
}

/// # Safety
/// The payload is readable, and the contents are a message.
unsafe fn make<H: Host>(host: H, new: NewMessage) -> *mut JobMessage {
    let ints = usize::try_from(new.payload_ints).unwrap_or(0);
    let payload_bytes = ints.saturating_mul(size_of::<c_uint>());
    // SAFETY: an allocation; null is an answer.
    let message: *mut JobMessage =
        unsafe { libc::malloc(size_of::<JobMessage>().saturating_add(payload_bytes)) }.cast();
    if message.is_null() {
        host.fail(Misuse::NoMemory)
    }
    // SAFETY: just made, with room for the payload, which is readable, as the caller promises.
    unsafe {
        message.write(JobMessage {
            r#type: new.r#type,
            flags: new.flags,
            payload_ints: ints as c_uint,
            src: new.source,
            destructor: new.destructor,
            message: mem::zeroed(),
            next: ptr::null_mut(),
            payload: [],
        });
        if ints > 0 {
            ptr::copy_nonoverlapping(new.payload, message.add(1).cast(), ints);
        }
        let contents = &raw mut (*message).message;
        if new.dup {
            host.clone_message(contents, new.raw)
        } else {
            host.move_message(contents, new.raw)
        };
    }
    message
}

/// Sends a message with a reference to the job, which gets MSG.
///
/// # Safety
/// As for `make`.
pub(crate) unsafe fn send<H: Host>(host: H, held: JobRef, new: NewMessage) {
    let queue = queue_of(host, held.job());
    if queue.is_null() {
        host.fail(Misuse::NoMessages)
    }
    // SAFETY: as the caller promises; the job's queue.
    unsafe { host.push((*queue).unsorted, make(host, new).cast()) };
    run::send(host, held, Signal::MSG.bit());
}

/// Has a message received at once, in this thread, and gives the reference up.
///
/// # Safety
/// As for `make`; the receiver may be called.
pub(crate) unsafe fn send_now<H: Host>(
    host: H,
    held: JobRef,
    receive: Receive,
    extra: *mut c_void,
    new: NewMessage,
) {
    slot(host, held.job());
    // SAFETY: as the caller promises.
    unsafe {
        let message = make(host, new);
        let answer = receive(held.job().as_ptr(), message, extra);
        finish(host, message, answer);
    }
    run::release(host, held);
}

/// Does what the receiver's answer asks for.
///
/// # Safety
/// The receiver got the message, and gave this answer.
unsafe fn finish<H: RunHost>(host: H, message: *mut JobMessage, answer: c_int) {
    // SAFETY: with these answers the message is still there, and the receiver has no more to do with it.
    unsafe {
        match (answer, answer == 2) {
            (1, _) => free_message(host, message),
            (_, true) => match (*message).destructor {
                Some(destroy) => destroy(message),
                None => free_message(host, message),
            },
            _ => {}
        }
    }
}

/// Calls the function that a message's payload names.
///
/// # Safety
/// A message with such a payload, if it has one.
unsafe fn call_continuation<H: RunHost>(
    host: H,
    job: Job<'_>,
    message: *mut JobMessage,
    magic: c_uint,
) -> c_int {
    // SAFETY: a live message; its payload has as many numbers as it says.
    unsafe {
        let payload: *const c_uint = message.add(1).cast();
        if (*message).payload_ints == 0 {
            return 1;
        }
        if (*message).payload_ints != 5 || payload.read() != magic {
            host.fail(Misuse::WrongContinuation)
        }
        let function = payload.add(1).cast::<Option<Receive>>().read_unaligned();
        let extra = payload.add(3).cast::<*mut c_void>().read_unaligned();
        match function {
            Some(receive) => receive(job.as_ptr(), message, extra),
            None => host.fail(Misuse::WrongContinuation),
        }
    }
}

/// Has the messages whose type has its bit in `mask` received, in order; the others stay.
///
/// # Safety
/// The caller runs the job, or has its lock. The receiver may be called.
pub(crate) unsafe fn work<H: RunHost>(
    host: H,
    job: Job<'_>,
    receive: Receive,
    extra: *mut c_void,
    mask: c_uint,
) {
    let queue = queue_of(host, job);
    if queue.is_null() {
        host.fail(Misuse::NoMessages)
    }
    // SAFETY: the job's queue, which the caller alone uses; a receiver that keeps a message has it alone.
    unsafe {
        while let Some(message) = NonNull::new(host.try_pop((*queue).unsorted).cast::<JobMessage>()) {
            let message = message.as_ptr();
            (*message).next = ptr::null_mut();
            match NonNull::new((*queue).last) {
                Some(last) => (*last.as_ptr()).next = message,
                None => (*queue).first = message,
            }
            (*queue).last = message;
        }
        let (mut before, mut at) = (ptr::null_mut::<JobMessage>(), (*queue).first);
        while let Some(message) = NonNull::new(at).map(NonNull::as_ptr) {
            let kind = (*message).flags & 31;
            if kind == 0 {
                host.fail(Misuse::NoType)
            }
            at = (*message).next;
            if mask >> kind & 1 == 0 {
                before = message;
                continue;
            }
            (*message).next = ptr::null_mut();
            let answer = if kind & CONTINUATION == 0 {
                receive(job.as_ptr(), message, extra)
            } else if (*queue).payload_magic != 0 {
                call_continuation(host, job, message, (*queue).payload_magic)
            } else {
                host.fail(Misuse::NoMagic)
            };
            if answer >= 0 {
                finish(host, message, answer);
            }
            match NonNull::new(before) {
                Some(before) => (*before.as_ptr()).next = at,
                None => (*queue).first = at,
            }
            if at.is_null() {
                (*queue).last = before;
            }
            if answer < 0 {
                return;
            }
        }
    }
}
