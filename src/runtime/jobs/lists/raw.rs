// SPDX-License-Identifier: LGPL-2.0-or-later
//! The payloads of such jobs, and the nodes of those who wait.

use core::{
    ffi::{c_int, c_uint, c_void},
    ptr::{self, NonNull},
    sync::atomic::Ordering::{AcqRel, Relaxed},
};

use super::super::{
    Host, Job, JobRef, Misuse, NewJob, RunHost, create, messages, run, timers,
    word::{COMPLETED, Signal},
};
use crate::{
    layout::{
        jobs::{AsyncJob, HAS_MESSAGES, HAS_TIMER, JobListNode, JobMessage, NodeWakeup},
        net_timers::EventTimer,
    },
    sys::memory::object,
};

/// The class that list jobs run in.
const ENGINE: u32 = 8;

/// The payload of a list job. Its lock's owner uses it.
#[repr(C)]
struct List {
    timer: EventTimer,
    first: *mut JobListNode,
    last: *mut JobListNode,
}

/// A job that waits for a list job.
#[repr(C)]
struct JobNode {
    node: JobListNode,
    /// A reference.
    job: *mut AsyncJob,
    /// How it waits: bits of a relation to a parent.
    mode: c_int,
}

/// Allows a signal in a class.
const fn allow(class: u32, signal: Signal) -> u64 {
    (class as u64) << (4 * signal.number() + 32) | signal.bit() as u64
}

pub(crate) fn new_list<H: Host>(host: H) -> *mut AsyncJob {
    let held = create(
        host,
        NewJob {
            function: host.list_function(),
            signals: allow(ENGINE, Signal::RUN)
                | allow(ENGINE, Signal::ABORT)
                | allow(ENGINE, Signal::FINISH),
            subclass: 0,
            bytes: size_of::<List>() as c_int,
            kind: HAS_TIMER,
            parent: ptr::null_mut(),
        },
    );
    let list = held.job().as_ptr();
    unlock_kept(host, &held);
    // The reference is the caller's.
    let _ = held.into_raw();
    list
}

/// Unlocks with a reference of its own.
fn unlock_kept<H: RunHost>(host: H, held: &JobRef) {
    if let Some(one) = run::retain(held.job()) {
        run::unlock(host, one);
    }
}

fn list_of(job: Job<'_>) -> *mut List {
    job.payload().cast()
}

/// Adds one who waits.
///
/// # Safety
/// The job is a list, and the node is nobody else's until the list calls it.
pub(crate) unsafe fn insert_node<H: Host>(host: H, job: Job<'_>, node: *mut JobListNode) {
    if job.function() != host.list_function() {
        host.fail(Misuse::NotList)
    }
    if job.word().load(Relaxed) & COMPLETED != 0 {
        host.fail(Misuse::CompletedList)
    }
    if !run::try_lock(host, job, 0, 0) {
        host.fail(Misuse::NotOwner)
    }
    let list = list_of(job);
    // SAFETY: the lock is this thread's; both nodes live.
    unsafe {
        (*node).jl_next = ptr::null_mut();
        match NonNull::new((*list).last) {
            Some(last) => (*last.as_ptr()).jl_next = node,
            None => (*list).first = node,
        }
        (*list).last = node;
    }
    if let Some(one) = run::retain(job) {
        run::unlock(host, one);
    }
}

/// Adds a job that waits, with a reference to it.
///
/// # Safety
/// The first job is a list.
pub(crate) unsafe fn insert_job<H: Host>(
    host: H,
    job: Job<'_>,
    held: JobRef,
    mode: c_int,
    wakeup: NodeWakeup,
) {
    let mask = host.thread().map_or(0, |thread| thread.job_class_mask.load(Relaxed));
    if mask >> ENGINE & 1 == 0 {
        host.fail(Misuse::NotEngine)
    }
    if mode & 4 != 0 {
        held.job().children().fetch_add(1, AcqRel);
    }
    let node = JobListNode { jl_next: ptr::null_mut(), jl_type: Some(wakeup), jl_custom: [] };
    let Some(node) = object(JobNode { node, job: held.into_raw(), mode }) else {
        host.fail(Misuse::NoMemory)
    };
    // SAFETY: a list, as the caller promises; the node is new.
    unsafe { insert_node(host, job, node.as_ptr().cast()) }
}

/// Tells a job that waits, and frees its node.
///
/// # Safety
/// The node is one of [`insert_job`]'s, and in no list any more.
pub(crate) unsafe fn node_wakeup<H: Host>(host: H, list: Job<'_>, node: *mut JobListNode) {
    let node: *mut JobNode = node.cast();
    // SAFETY: as the caller promises; the reference is the node's.
    unsafe {
        if let Some(held) = JobRef::taken((*node).job) {
            run::tell_parent(host, list, held, (*node).mode as u32);
        }
        libc::free(node.cast());
    }
}

/// What a list job does: RUN and ABORT tell all who wait; FINISH ends it.
///
/// # Safety
/// The job is a list that this thread runs.
pub(crate) unsafe fn run_list<H: Host>(host: H, job: Job<'_>, signal: c_int) -> c_int {
    if job.custom_bytes() != size_of::<List>() as c_int {
        host.fail(Misuse::NotList)
    }
    if signal == Signal::FINISH.number() {
        if job.count().load(Relaxed) != 1 {
            host.fail(Misuse::NoReference)
        }
        if job.word().load(Relaxed) & COMPLETED == 0 {
            host.fail(Misuse::NotCompleted)
        }
        timers::remove(host, job);
        return JobRef::back(job.as_ptr()).map_or(-1, |held| run::free(host, held));
    }
    let error = match signal {
        _ if signal == Signal::ABORT.number() => libc::ECANCELED,
        _ if signal == Signal::ALARM.number() => libc::ETIMEDOUT,
        _ => 0,
    };
    // The first error stays.
    let _ = job.error().compare_exchange(0, error, AcqRel, Relaxed);
    if job.word().load(Relaxed) & COMPLETED != 0 {
        host.fail(Misuse::CompletedList)
    }
    let list = list_of(job);
    // SAFETY: the lock is this thread's; each node is called once, and frees itself.
    unsafe {
        let mut at = (*list).first;
        while let Some(node) = NonNull::new(at) {
            at = (*node.as_ptr()).jl_next;
            (*node.as_ptr()).jl_next = ptr::null_mut();
            if let Some(wakeup) = (*node.as_ptr()).jl_type {
                wakeup(job.as_ptr(), signal, node.as_ptr());
            }
        }
        (*list).first = ptr::null_mut();
        (*list).last = ptr::null_mut();
    }
    job.status().fetch_and(!(Signal::RUN.bit() | Signal::ABORT.bit()), Relaxed);
    0x100
}

/// The type of a message that asks for a notification.
const SUBSCRIBE: c_uint = 0x8934_a894;

/// How a subscriber waits: for errors, with a child counted, and run.
const SUBSCRIBED: u32 = 7;

/// The payload of a notification.
#[repr(C)]
struct Notification {
    messages: *mut c_void,
    /// Never set: who subscribes always waits.
    result: c_int,
    first: *mut Subscriber,
    last: *mut Subscriber,
}

struct Subscriber {
    next: *mut Subscriber,
    /// A reference, or null.
    job: *mut AsyncJob,
}

/// A notification, locked.
pub(crate) fn new_notification<H: RunHost>(host: H, class: c_int) -> *mut AsyncJob {
    let class = class as u32 & 15;
    let signals = [Signal::RUN, Signal::ABORT, Signal::MSG, Signal::FINISH];
    create(
        host,
        NewJob {
            function: host.notify_function(),
            signals: signals.iter().fold(0, |all, signal| all | allow(class, *signal)),
            subclass: 0,
            bytes: size_of::<Notification>() as c_int,
            kind: HAS_MESSAGES,
            parent: ptr::null_mut(),
        },
    )
    .into_raw()
}

unsafe fn subscribe<H: RunHost>(host: H, job: Job<'_>, message: *mut JobMessage) -> c_int {
    // SAFETY: a message to a notification, which this thread runs.
    unsafe {
        if (*message).r#type != SUBSCRIBE {
            host.unknown_message((*message).r#type);
            host.fail(Misuse::UnknownMessage)
        }
        let source = (*message).src;
        (*message).src = ptr::null_mut();
        let own: *mut Notification = job.payload().cast();
        if (*own).result != 0 {
            if let Some(held) = JobRef::taken(source) {
                run::tell_parent(host, job, held, SUBSCRIBED);
            }
            return 1;
        }
        let subscriber = Subscriber { next: ptr::null_mut(), job: source };
        let Some(subscriber) = object(subscriber) else { host.fail(Misuse::NoMemory) };
        match NonNull::new((*own).last) {
            Some(last) => (*last.as_ptr()).next = subscriber.as_ptr(),
            None => (*own).first = subscriber.as_ptr(),
        }
        (*own).last = subscriber.as_ptr();
        1
    }
}

/// # Safety
/// As for `subscribe`; `extra` is not used.
unsafe extern "C" fn receive<H: RunHost + Default>(
    job: *mut AsyncJob,
    message: *mut JobMessage,
    _extra: *mut c_void,
) -> c_int {
    // SAFETY: called by `messages::work` with the job and one of its messages.
    unsafe { Job::lent(job).map_or(1, |job| subscribe(H::default(), job, message)) }
}

/// What a notification does: RUN and ABORT tell all who subscribed; FINISH ends it. -1 for another signal.
///
/// # Safety
/// The job is a notification that this thread runs.
pub(crate) unsafe fn run_notification<H: RunHost + Default>(host: H, job: Job<'_>, signal: c_int) -> c_int {
    match Signal::of(signal) {
        Some(Signal::MSG) => {
            // SAFETY: this thread runs the job.
            unsafe { messages::work(host, job, receive::<H>, ptr::null_mut(), 0xff_ffff) };
            0
        }
        Some(Signal::RUN | Signal::ABORT) => {
            let own: *mut Notification = job.payload().cast();
            // SAFETY: a notification's payload, which this thread alone uses; each subscriber is freed once.
            unsafe {
                while let Some(subscriber) = NonNull::new((*own).first) {
                    (*own).first = (*subscriber.as_ptr()).next;
                    if (*own).first.is_null() {
                        (*own).last = ptr::null_mut();
                    }
                    if let Some(held) = JobRef::taken((*subscriber.as_ptr()).job) {
                        run::tell_parent(host, job, held, SUBSCRIBED);
                    }
                    libc::free(subscriber.as_ptr().cast());
                }
            }
            0
        }
        Some(Signal::FINISH) => JobRef::back(job.as_ptr()).map_or(-1, |held| run::free(host, held)),
        _ => -1,
    }
}
