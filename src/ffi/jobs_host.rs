// SPDX-License-Identifier: LGPL-2.0-or-later
//! What a host lends for its jobs to run in Rust.

use core::{
    ffi::{c_char, c_int, c_void},
    mem::offset_of,
    ptr::{self, NonNull},
    sync::atomic::{
        AtomicI32, AtomicPtr,
        Ordering::{AcqRel, Acquire, Relaxed},
    },
};

use super::boundary::{Failure, status};
use crate::{
    layout::{
        jobs::{AsyncJob, JobClass, JobThread, JobsStats},
        mp_queue::MpQueue,
        net_msg::RawMessage,
    },
    runtime::{
        jobs::{
            CLASSES, Job, JobRef, Misuse, Queue, RunHost, THREADS, Trace, lists, sentence,
            word::{MAIN, Signal},
        },
        module_stats::OwnBlock,
    },
};

/// What a host lends for its jobs to run in Rust: its own variables and functions, by their legacy names here. None is
/// NULL. Each function may be called by any thread that calls a function of jobs.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JobsHost {
    /// `sizeof (mtproxy_ffi_jobs_host_t)`.
    pub host_size: u32,
    /// `sizeof (struct async_job)`.
    pub job_size: u32,
    /// `sizeof (struct job_thread)`.
    pub thread_size: u32,
    /// `sizeof (struct job_class)`.
    pub class_size: u32,
    /// `JobThreads`: 256 `struct job_thread`. The first is nobody's.
    pub threads: *mut c_void,
    /// `JobClasses`: 16 `struct job_class`.
    pub classes: *mut c_void,
    /// `MainJobQueue`: a `struct mp_queue`, whose `mq_magic` is 0 until main has made it.
    pub main_queue: *mut c_void,
    /// `main_thread_interrupt_status`: 1 while main sleeps. Whoever makes a 2 of it calls `wake_main`.
    pub main_status: *mut i32,
    /// `wakeup_main_thread`.
    pub wake_main: unsafe extern "C" fn(),
    /// Returns the calling thread's `this_job_thread`, an element of `threads`; NULL if it runs no jobs.
    pub this_thread: unsafe extern "C" fn() -> *mut c_void,
    /// Returns the calling thread's own `struct jobs_module_stat_jobs`; NULL if it has none, and is not counted.
    pub this_stats: unsafe extern "C" fn() -> *mut c_void,
    /// `alloc_mp_queue_w`; NULL without memory.
    pub alloc_queue: unsafe extern "C" fn() -> *mut c_void,
    /// `free_mp_queue`, of an empty queue of `alloc_queue`'s.
    pub free_queue: unsafe extern "C" fn(*mut c_void),
    /// `mpq_push_w`.
    pub push: unsafe extern "C" fn(*mut c_void, *mut c_void),
    /// `mpq_pop_nw`: the first item, or NULL.
    pub pop: unsafe extern "C" fn(*mut c_void) -> *mut c_void,
    /// `rwm_free`, of the contents of a message to a job.
    pub free_message: unsafe extern "C" fn(*mut c_void),
    /// Ends the process, as an assertion does; the sentence says why. The process is aborted if it returns.
    pub fail: unsafe extern "C" fn(*const c_char),
}

static HOST: AtomicPtr<JobsHost> = AtomicPtr::new(ptr::null_mut());

/// Counts the jobs of threads that run none.
static PLAIN: JobThread = JobThread::new();
/// Counts for threads that have no statistics.
static UNCOUNTED: JobsStats = JobsStats::new();

/// Has the jobs of the host's tables run in Rust: call it before the functions below, while no other thread runs. C code
/// that has no function here goes on with the same jobs. The library keeps the pointer.
///
/// Returns 0, also for the same host again; `MTPROXY_FFI_EINVAL` if a pointer is NULL or not aligned, if a size is not that
/// of the struct for which the library was made, or after another host.
///
/// # Safety
/// `host` is NULL or points to what the description of its type says, which lives as long as the process, and does not
/// change.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_jobs_attach(host: *const JobsHost) -> i32 {
    // SAFETY: as the caller promises.
    status(if unsafe { is_host(host) } && attach(host.cast_mut()) { Ok(()) } else { Err(Failure::Invalid) })
}

fn attach(host: *mut JobsHost) -> bool {
    // Release: whoever reads the pointer sees the checked object.
    match HOST.compare_exchange(ptr::null_mut(), host, AcqRel, Relaxed) {
        Ok(_) => true,
        Err(other) => other == host,
    }
}

/// # Safety
/// As for [`mtproxy_ffi_jobs_attach`]; but anything may be in the object.
unsafe fn is_host(host: *const JobsHost) -> bool {
    const FIRST: usize = offset_of!(JobsHost, threads);
    const POINTERS: usize = (size_of::<JobsHost>() - FIRST) / size_of::<usize>();
    const SIZES: [usize; 4] =
        [size_of::<JobsHost>(), size_of::<AsyncJob>(), size_of::<JobThread>(), size_of::<JobClass>()];
    if host.is_null() || !host.is_aligned() {
        return false;
    }
    // SAFETY: four numbers, then pointers alone, which are read as addresses, whatever they are.
    unsafe {
        let sizes = host.cast::<[u32; 4]>().read();
        let pointers = host.byte_add(FIRST).cast::<[*const c_void; POINTERS]>().read();
        sizes.iter().zip(SIZES).all(|(size, own)| *size as usize == own)
            && pointers.iter().all(|pointer| !pointer.is_null())
            && (*host).threads.cast::<JobThread>().is_aligned()
            && (*host).classes.cast::<JobClass>().is_aligned()
            && (*host).main_queue.cast::<MpQueue>().is_aligned()
            && (*host).main_status.is_aligned()
    }
}

/// The host that was attached.
#[derive(Clone, Copy)]
pub(super) struct Attached(&'static JobsHost);

impl Attached {
    /// Fails before there is one.
    pub(super) fn get() -> Result<Self, Failure> {
        // SAFETY: null, or what `attach` has checked, which lives for ever and does not change.
        unsafe { HOST.load(Acquire).as_ref() }.map(Self).ok_or(Failure::Invalid)
    }

    /// This thread's entry, if it is main's.
    pub(super) fn is_main(self) -> bool {
        self.thread().is_some_and(|thread| thread.thread_class.load(Relaxed) == MAIN as c_int)
    }
}

/// For a notification, whose job is only made once there is a host.
impl Default for Attached {
    fn default() -> Self {
        // SAFETY: ends the process.
        Self::get().unwrap_or_else(|_| unsafe { libc::abort() })
    }
}

impl RunHost for Attached {
    #[inline]
    fn threads(self) -> &'static [JobThread; THREADS] {
        // SAFETY: aligned; the host's table, as it promised, whose fields are atomics or do not change.
        unsafe { &*self.0.threads.cast() }
    }

    #[inline]
    fn classes(self) -> &'static [JobClass; CLASSES] {
        // SAFETY: as above.
        unsafe { &*self.0.classes.cast() }
    }

    fn plain(self) -> &'static JobThread {
        &PLAIN
    }

    #[inline]
    fn thread(self) -> Option<&'static JobThread> {
        // SAFETY: the host's function: null, or an element of the table.
        unsafe { (self.0.this_thread)().cast::<JobThread>().as_ref() }
    }

    fn stats(self) -> OwnBlock<JobsStats> {
        // SAFETY: the host's function: null, or the thread's own counters.
        match unsafe { (self.0.this_stats)().cast::<JobsStats>().as_ref() } {
            Some(block) => OwnBlock { block, shared: false },
            None => OwnBlock { block: &UNCOUNTED, shared: true },
        }
    }

    #[inline]
    fn main_queue(self) -> Option<Queue> {
        let queue = self.0.main_queue;
        // SAFETY: aligned; the host's queue, or zeros before that.
        let magic = unsafe { &*queue.cast::<MpQueue>() }.head.magic.load(Relaxed);
        (magic != 0).then_some(queue)
    }

    fn new_queue(self) -> Queue {
        // SAFETY: the host's function.
        let queue = unsafe { (self.0.alloc_queue)() };
        if queue.is_null() { self.fail(Misuse::NoMemory) } else { queue }
    }

    fn free_queue(self, queue: Queue) {
        // SAFETY: a queue of `new_queue`'s, which nobody uses.
        unsafe { (self.0.free_queue)(queue) }
    }

    #[inline]
    fn push(self, queue: Queue, value: *mut c_void) {
        // SAFETY: a live queue of the host's.
        unsafe { (self.0.push)(queue, value) }
    }

    #[inline]
    fn try_pop(self, queue: Queue) -> *mut c_void {
        // SAFETY: a live queue of the host's.
        unsafe { (self.0.pop)(queue) }
    }

    #[inline]
    fn main_status(self) -> &'static AtomicI32 {
        // SAFETY: aligned; the host's variable, which its threads change with atomic operations.
        unsafe { &*self.0.main_status.cast() }
    }

    fn wake_main(self) {
        // SAFETY: the host's function.
        unsafe { (self.0.wake_main)() }
    }

    fn free_message(self, message: *mut RawMessage) {
        // SAFETY: the contents of a message, which are not used again.
        unsafe { (self.0.free_message)(message.cast()) }
    }

    fn notify_function(self) -> *mut c_void {
        run_notification as *mut c_void
    }

    #[cold]
    #[inline(never)]
    fn fail(self, misuse: Misuse) -> ! {
        // SAFETY: the host's function, which gets a C string; then the end of the process.
        unsafe {
            (self.0.fail)(sentence(misuse).as_ptr());
            libc::abort()
        }
    }

    /// A host that wants a log of all steps keeps its C code.
    #[inline]
    fn traces(self) -> bool {
        false
    }

    fn trace(self, _: Trace<'_>) {}

    /// The sentence that follows says it.
    fn job_failed(self, _: Job<'_>, _: &JobThread, _: Signal) {}

    /// As above.
    fn unknown_message(self, _: u32) {}
}

/// A job that the host lends. Fails for a pointer that no job can have.
///
/// # Safety
/// As for [`Job::lent`].
pub(super) unsafe fn lent<'a>(job: *mut c_void) -> Result<Job<'a>, Failure> {
    let job: *mut AsyncJob = job.cast();
    // SAFETY: the same promise.
    unsafe { Job::lent(job) }.filter(|_| job.is_aligned()).ok_or(Failure::Invalid)
}

/// A reference that the host gives. Fails as [`lent`]; then the reference is still the host's.
///
/// # Safety
/// As for [`JobRef::taken`].
pub(super) unsafe fn taken(job: *mut c_void) -> Result<JobRef, Failure> {
    let job: *mut AsyncJob = job.cast();
    // SAFETY: the same promise.
    if job.is_aligned() { unsafe { JobRef::taken(job) } } else { None }.ok_or(Failure::Invalid)
}

/// What a notification does at a signal.
unsafe extern "C" fn run_notification(job: *mut AsyncJob, signal: c_int, _: *const JobThread) -> c_int {
    // SAFETY: called with a notification, by the thread that runs it.
    match NonNull::new(job).and_then(|job| unsafe { Job::lent(job.as_ptr()) }) {
        // SAFETY: as above.
        Some(job) => unsafe { lists::run_notification(Attached::default(), job, signal) },
        None => -1,
    }
}
