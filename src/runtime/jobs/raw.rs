// SPDX-License-Identifier: LGPL-2.0-or-later
//! Jobs in C's memory: handles, creation, the end.

use core::{
    ffi::{c_int, c_uint, c_void},
    marker::PhantomData,
    mem,
    ptr::{self, NonNull},
    sync::atomic::{
        AtomicI32, AtomicPtr, AtomicU32,
        Ordering::{Acquire, Relaxed},
    },
};

use super::{
    Misuse, RunHost, Trace, messages,
    word::{LOCKED, Rules, Signal},
};
use crate::{
    layout::{
        jobs::{
            AsyncJob, Execute, HAS_MESSAGES, HAS_TIMER, JobMessageQueue, JobThread, JobTimerInfo, JobsStats,
            TimerFunction,
        },
        net_timers::EventTimer,
    },
    sys::thread,
};

/// A job that lives at least as long as this handle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Job<'a> {
    at: NonNull<AsyncJob>,
    life: PhantomData<&'a AsyncJob>,
}

/// A reference to a job, which its owner must hand on: dropping it keeps the job for ever.
#[must_use]
pub(crate) struct JobRef(NonNull<AsyncJob>);

impl JobRef {
    /// Takes over a reference that C gives; `None` for null.
    ///
    /// # Safety
    /// The job is one, and lives as long as it is referred to. Its function may be called with its signals, by each thread
    /// that its rules allow.
    pub(crate) unsafe fn taken(job: *mut AsyncJob) -> Option<Self> {
        NonNull::new(job).map(Self)
    }

    /// Takes a reference out of a queue, a timer or a list of this module's.
    pub(super) fn back(job: *mut AsyncJob) -> Option<Self> {
        NonNull::new(job).map(Self)
    }

    pub(crate) fn into_raw(self) -> *mut AsyncJob {
        self.0.as_ptr()
    }

    pub(crate) fn job(&self) -> Job<'_> {
        Job { at: self.0, life: PhantomData }
    }
}

impl<'a> Job<'a> {
    /// A job that C lends; `None` for null.
    ///
    /// # Safety
    /// As for [`JobRef::taken`], for `'a`.
    pub(crate) unsafe fn lent(job: *mut AsyncJob) -> Option<Self> {
        NonNull::new(job).map(|at| Self { at, life: PhantomData })
    }

    pub(crate) fn as_ptr(self) -> *mut AsyncJob {
        self.at.as_ptr()
    }

    /// The job's fields: atomics, and what does not change.
    fn fields(self) -> &'a AsyncJob {
        // SAFETY: a job that lives for 'a, as who made the handle promised; all that changes is atomic.
        unsafe { self.at.as_ref() }
    }

    pub(crate) fn word(self) -> &'a AtomicU32 {
        &self.fields().j_flags
    }

    pub(crate) fn count(self) -> &'a AtomicI32 {
        &self.fields().j_refcnt
    }

    pub(crate) fn error(self) -> &'a AtomicI32 {
        &self.fields().j_error
    }

    pub(crate) fn children(self) -> &'a AtomicI32 {
        &self.fields().j_children
    }

    pub(crate) fn parent(self) -> &'a AtomicPtr<AsyncJob> {
        &self.fields().j_parent
    }

    pub(crate) fn status(self) -> &'a AtomicU32 {
        &self.fields().j_status
    }

    pub(crate) fn rules(self) -> Rules {
        let job = self.fields();
        Rules { status: job.j_status.load(Relaxed), classes: job.j_sigclass.load(Relaxed) }
    }

    /// The lock's owner changes the rules, and the relation to the parent.
    pub(crate) fn set_rules(self, signals: u64) {
        let job = self.fields();
        job.j_status.store(signals as u32 & 0xffff_001f, Relaxed);
        job.j_sigclass.store((signals >> 32) as u32, Relaxed);
    }

    pub(crate) fn owner(self) -> *mut JobThread {
        self.fields().j_thread.load(Relaxed)
    }

    pub(crate) fn set_owner(self, thread: Option<&'static JobThread>) {
        self.fields().j_thread.store(thread.map_or(ptr::null_mut(), pointer), Relaxed);
    }

    pub(crate) fn subclass(self) -> c_int {
        self.fields().j_subclass
    }

    pub(crate) fn function(self) -> *mut c_void {
        self.fields().j_execute.load(Relaxed)
    }

    pub(crate) fn custom_bytes(self) -> c_int {
        self.fields().j_custom_bytes
    }

    pub(crate) fn has_messages(self) -> bool {
        self.fields().j_type & HAS_MESSAGES != 0
    }

    pub(crate) fn payload(self) -> *mut c_void {
        AsyncJob::payload(self.as_ptr())
    }

    /// The timer at the start of the payload.
    pub(crate) fn timer(self) -> Option<&'a EventTimer> {
        // SAFETY: with this bit C's prototypes promise a timer there; all its fields are atomic.
        (self.fields().j_type & HAS_TIMER != 0).then(|| unsafe { &*self.payload().cast() })
    }

    /// The pointer at the start of the payload of a timer manager.
    pub(super) fn payload_pointer(self) -> Option<&'a AtomicPtr<c_void>> {
        // SAFETY: the payload has room for it, and is aligned to 64 bytes.
        (self.custom_bytes() >= size_of::<usize>() as c_int).then(|| unsafe { &*self.payload().cast() })
    }

    /// Calls the job's function.
    pub(super) fn call(self, signal: Signal, thread: &'static JobThread) -> c_int {
        // SAFETY: C puts an `Execute` there, or null, which is `None`.
        match unsafe { mem::transmute::<*mut c_void, Option<Execute>>(self.function()) } {
            // SAFETY: as who made the handle promised.
            Some(execute) => unsafe { execute(self.as_ptr(), signal.number(), thread) },
            None => -1,
        }
    }
}

/// Fills the payload of a job around a function. The job is new, and has such a payload.
pub(super) fn set_timer_job(job: Job<'_>, wakeup: Option<TimerFunction>, extra: *mut c_void) {
    let info: *mut JobTimerInfo = job.payload().cast();
    // SAFETY: nobody else has the job, whose payload is one; the timer's zeroes stay.
    unsafe {
        (&raw mut (*info).wakeup).write(wakeup);
        (&raw mut (*info).extra).write(extra);
    }
}

/// Calls the function of such a job.
pub(super) fn call_timer_job(job: Job<'_>) -> f64 {
    let info: *mut JobTimerInfo = job.payload().cast();
    // SAFETY: the job's payload is one, which does not change; its maker gave the function for this.
    unsafe {
        match (*info).wakeup {
            Some(wakeup) => wakeup((*info).extra),
            None => 0.0,
        }
    }
}

/// The job that a timer is the timer of.
///
/// # Safety
/// The timer is at the start of a job's payload, and in a heap, so that it owns a reference.
pub(crate) unsafe fn job_of_timer(timer: *mut EventTimer) -> Option<JobRef> {
    NonNull::new(timer.cast::<AsyncJob>().wrapping_sub(1)).map(JobRef)
}

fn pointer(thread: &'static JobThread) -> *mut JobThread {
    ptr::from_ref(thread).cast_mut()
}

/// What a job is made of.
pub(crate) struct NewJob {
    pub(crate) function: *mut c_void,
    /// Rules, relation to the parent and classes.
    pub(crate) signals: u64,
    pub(crate) subclass: c_int,
    pub(crate) bytes: c_int,
    pub(crate) kind: c_uint,
    /// A reference that the job keeps, or null.
    pub(crate) parent: *mut AsyncJob,
}

/// How many bytes of the payload a kind of jobs takes for itself, at its start.
pub(crate) const fn least_payload(kind: c_uint) -> usize {
    let timer = if kind & HAS_TIMER != 0 { size_of::<EventTimer>() } else { 0 };
    let messages = if kind & HAS_MESSAGES != 0 { size_of::<*mut JobMessageQueue>() } else { 0 };
    timer + messages
}

/// Makes a job, locked by this thread, with one reference. Its payload has room for what its kind takes ([`least_payload`]).
pub(crate) fn create<H: RunHost>(host: H, new: NewJob) -> JobRef {
    const HEAD: usize = size_of::<AsyncJob>();
    let payload = usize::try_from(new.bytes).ok();
    let room = payload.and_then(|payload| payload.checked_add(HEAD + 64));
    let Some((payload, room)) = payload.zip(room) else { host.fail(Misuse::NoMemory) };
    // SAFETY: an allocation; null is an answer.
    let start: *mut u8 = unsafe { libc::malloc(room) }.cast();
    if start.is_null() {
        host.fail(Misuse::NoMemory)
    }
    let align = start.addr().wrapping_neg() & 63;
    let at: *mut AsyncJob = start.wrapping_add(align).cast();
    let thread = host.thread();
    // SAFETY: `room` bytes are this job's; at most 63 of them come before it.
    unsafe {
        at.write(AsyncJob {
            j_flags: AtomicU32::new(LOCKED),
            j_status: AtomicU32::new(new.signals as u32 & 0xffff_001f),
            j_sigclass: AtomicU32::new((new.signals >> 32) as u32),
            j_refcnt: AtomicI32::new(1),
            j_error: AtomicI32::new(0),
            j_children: AtomicI32::new(0),
            j_align: align as c_int,
            j_custom_bytes: new.bytes,
            j_type: new.kind,
            j_subclass: new.subclass,
            j_thread: AtomicPtr::new(thread.map_or(ptr::null_mut(), pointer)),
            j_execute: AtomicPtr::new(new.function),
            j_parent: AtomicPtr::new(new.parent),
            j_custom: [],
        });
        ptr::write_bytes(AsyncJob::payload(at).cast::<u8>(), 0, payload);
    }
    host.stats().add_long(|stats| &stats.jobs_allocated_memory, (HEAD + payload) as i64);
    match thread {
        Some(thread) => {
            bump(&thread.jobs_created, 1);
            bump(&thread.jobs_active, 1);
        }
        None => {
            // All threads without an entry share this one.
            let plain = host.plain();
            plain.jobs_created.fetch_add(1, Relaxed);
            plain.jobs_active.fetch_add(1, Relaxed);
        }
    }
    // SAFETY: just made, with one reference.
    let Some(held) = (unsafe { JobRef::taken(at) }) else { host.fail(Misuse::NoMemory) };
    if held.job().has_messages() {
        messages::init(host, held.job());
    }
    if host.traces() {
        host.trace(Trace::Creating(held.job()));
    }
    held
}

/// Interrupts what a job thread does.
pub(super) fn interrupt(thread: &JobThread) {
    let handle = thread.pthread_id.load(Relaxed);
    if handle != 0 {
        // SAFETY: the entry of a thread that was started: job threads never end.
        unsafe { thread::interrupt(handle) }
    }
}

/// Adds to a number that one thread alone writes.
pub(super) fn bump(number: &core::sync::atomic::AtomicI64, by: i64) {
    number.store(number.load(Relaxed).wrapping_add(by), Relaxed);
}

/// What `j_align` says after the end. A job that is freed again is known by it, unless its memory is in use elsewhere.
const FREED: c_int = -1;

/// Frees a job and its messages.
pub(crate) fn free<H: RunHost>(host: H, held: JobRef) {
    let job = held.job();
    // The last reference's owner sees what others did before they gave theirs back.
    job.count().load(Acquire);
    let align = job.fields().j_align;
    if !(0..64).contains(&align) {
        host.fail(Misuse::Freed)
    }
    if job.has_messages() {
        messages::free(host, job);
    }
    let at = held.into_raw();
    // SAFETY: the memory that `create` made; the last reference is given up with it. A plain store would be left out.
    unsafe {
        (&raw mut (*at).j_align).write_volatile(FREED);
        libc::free(at.cast::<u8>().wrapping_sub(align as usize).cast());
    }
}

/// A block of statistics that [`super::statistics`] was given.
pub(super) fn block(block: *mut JobsStats) -> Option<&'static JobsStats> {
    // SAFETY: null, or a block of the list, which are never freed.
    unsafe { block.as_ref() }
}
