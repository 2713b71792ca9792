// SPDX-License-Identifier: LGPL-2.0-or-later
//! What the jobs need of the host, by its legacy names.

use core::{
    ffi::{c_int, c_void},
    ptr::{self, NonNull},
    sync::atomic::{
        AtomicI32, AtomicPtr,
        Ordering::{AcqRel, Acquire, Relaxed},
    },
};

use super::{
    lists::process_job_list,
    timers::{do_timer_job, do_timer_manager_job, job_timer_wakeup_gateway},
    trace,
    variables::{JobClasses, JobThreads, MAIN_QUEUE, PLAIN, SHARED, STATS, main_queue},
};
use crate::{
    kdb::{
        common::{
            alloc_mp_queue_w, free_mp_queue, get_this_thread_id, init_mp_queue_w, kwrite, mpq_pop_nw,
            mpq_pop_w, mpq_push_w, precise_now_of_thread, verbosity,
        },
        engine::wakeup_main_thread,
        net::{
            insert_event_timer, main_thread_interrupt_status, remove_event_timer, thread_run_timers,
            timers_get_first,
        },
        rwm_clone, rwm_free, rwm_move,
        support::{c_text, die, kprintf},
        upcalls::get_utime_monotonic,
    },
    layout::{
        jobs::{JobClass, JobThread, JobsStats, ThreadCallback},
        net_msg::RawMessage,
        net_timers::EventTimer,
    },
    runtime::{
        jobs::{
            CLASSES, Host, Job, JobRef, Misuse, Queue, RunHost, Shared, THREADS, Trace, sentence,
            word::Signal,
        },
        module_stats::OwnBlock,
    },
    sync::thread_local_address,
    sys::signals,
    text::FixedText,
};

#[derive(Clone, Copy, Default)]
pub(super) struct Legacy;

/// What each new thread calls, the last one registered first.
static CALLBACKS: AtomicPtr<ThreadCallback> = AtomicPtr::new(ptr::null_mut());

/// Attempts of a pop before it answers that there is nothing.
const ATTEMPTS: c_int = 4;

impl RunHost for Legacy {
    #[inline]
    fn threads(self) -> &'static [JobThread; THREADS] {
        &JobThreads
    }

    #[inline]
    fn classes(self) -> &'static [JobClass; CLASSES] {
        &JobClasses.0
    }

    fn plain(self) -> &'static JobThread {
        &PLAIN
    }

    #[inline]
    fn thread(self) -> Option<&'static JobThread> {
        let place: *const *const JobThread = thread_local_address!("this_job_thread").cast();
        // SAFETY: the thread's own variable: null, or an element of the static table.
        unsafe { (*place).as_ref() }
    }

    #[inline]
    fn stats(self) -> OwnBlock<JobsStats> {
        STATS.own()
    }

    #[inline]
    fn main_queue(self) -> Option<Queue> {
        main_queue().kind().map(|_| MAIN_QUEUE)
    }

    fn new_queue(self) -> Queue {
        alloc_mp_queue_w().cast()
    }

    fn free_queue(self, queue: Queue) {
        // SAFETY: a queue of `new_queue`'s, which nobody uses.
        unsafe { free_mp_queue(queue.cast()) }
    }

    #[inline]
    fn push(self, queue: Queue, value: *mut c_void) {
        // SAFETY: a live queue.
        unsafe { mpq_push_w(queue.cast(), value, 0) };
    }

    #[inline]
    fn try_pop(self, queue: Queue) -> *mut c_void {
        // SAFETY: a live queue.
        unsafe { mpq_pop_nw(queue.cast(), ATTEMPTS) }
    }

    #[inline]
    fn main_status(self) -> &'static AtomicI32 {
        &main_thread_interrupt_status
    }

    fn wake_main(self) {
        wakeup_main_thread();
    }

    fn free_message(self, message: *mut RawMessage) {
        // SAFETY: a message.
        unsafe { rwm_free(message) };
    }

    fn notify_function(self) -> *mut c_void {
        super::lists::run_notification as *mut c_void
    }

    #[cold]
    fn fail(self, misuse: Misuse) -> ! {
        die(sentence(misuse))
    }

    #[inline]
    fn traces(self) -> bool {
        verbosity.load(Relaxed) >= 3
    }

    #[cold]
    fn trace(self, trace: Trace<'_>) {
        trace::print(trace);
    }

    #[cold]
    fn job_failed(self, job: Job<'_>, thread: &JobThread, signal: Signal) {
        let text =
            c_text!("fatal: thread %p of class %d: error while invoking method %d of job %p (type %p)\n");
        let class = thread.thread_class.load(Relaxed);
        // SAFETY: a C string, and arguments of the types it asks for.
        unsafe {
            kprintf(
                text.as_ptr(),
                ptr::from_ref(thread),
                class,
                signal.number(),
                job.as_ptr(),
                job.function(),
            );
        }
    }

    #[cold]
    fn unknown_message(self, number: u32) {
        let text = c_text!("notify_job_receive_message: unknown message type 0x%08x\n");
        // SAFETY: a C string, and a number.
        unsafe { kprintf(text.as_ptr(), number) };
    }
}

impl Host for Legacy {
    #[inline]
    fn shared(self) -> &'static Shared {
        &SHARED
    }

    fn become_thread(self, thread: &'static JobThread) {
        let place: *mut *const JobThread = thread_local_address!("this_job_thread").cast();
        // SAFETY: the thread's own variable.
        unsafe { *place = thread }
    }

    fn make_main_queue(self) -> Queue {
        // SAFETY: the room for a queue, which is not one yet.
        unsafe { init_mp_queue_w(MAIN_QUEUE.cast()) };
        MAIN_QUEUE
    }

    fn pop(self, queue: Queue) -> *mut c_void {
        // SAFETY: a live queue.
        unsafe { mpq_pop_w(queue.cast(), ATTEMPTS) }
    }

    fn number_thread(self) {
        get_this_thread_id();
    }

    fn thread_callbacks(self) {
        let mut at = CALLBACKS.load(Acquire);
        while let Some(callback) = NonNull::new(at) {
            // SAFETY: registered, so it lives for ever.
            let callback = unsafe { callback.as_ref() };
            (callback.new_thread)();
            at = callback.next.load(Acquire);
        }
    }

    fn handle_interrupts(self) {
        // SAFETY: the handler calls what a handler may call.
        if !unsafe { signals::handle_interrupting(libc::SIGRTMAX() - 7, interrupted) } {
            say(c_text!("failed sigaction\n").to_bytes());
            // SAFETY: ends the process.
            unsafe { libc::_exit(libc::EXIT_FAILURE) }
        }
    }

    fn read_clock(self) -> f64 {
        get_utime_monotonic()
    }

    fn present(self) -> f64 {
        precise_now_of_thread()
    }

    fn set_second(self, second: i64) {
        let place: *mut c_int = thread_local_address!("now").cast();
        // SAFETY: the thread's own variable.
        unsafe { *place = second as c_int }
    }

    fn insert_timer(self, timer: &EventTimer) -> bool {
        // SAFETY: the timer of a job, to which the heap gets a reference.
        unsafe { insert_event_timer(ptr::from_ref(timer).cast_mut()) != 0 }
    }

    fn remove_timer(self, timer: &EventTimer) {
        // SAFETY: the timer of a job.
        unsafe { remove_event_timer(ptr::from_ref(timer).cast_mut()) };
    }

    fn first_timer(self) -> f64 {
        // SAFETY: the thread's own timers.
        unsafe { timers_get_first() }
    }

    fn run_timers(self) {
        // SAFETY: the thread's own timers, whose functions the host gave for this.
        unsafe { thread_run_timers() };
    }

    fn gateway(self) -> *mut c_void {
        job_timer_wakeup_gateway as *mut c_void
    }

    fn manager_function(self) -> *mut c_void {
        do_timer_manager_job as *mut c_void
    }

    fn timer_function(self) -> *mut c_void {
        do_timer_job as *mut c_void
    }

    fn list_function(self) -> *mut c_void {
        process_job_list as *mut c_void
    }

    fn clone_message(self, to: *mut RawMessage, from: *mut RawMessage) {
        // SAFETY: room for a message, and a message.
        unsafe { rwm_clone(to, from) }
    }

    fn move_message(self, to: *mut RawMessage, from: *mut RawMessage) {
        // SAFETY: room for a message, and a message.
        unsafe { rwm_move(to, from) }
    }

    #[cold]
    fn thread_refused(self, error: c_int) {
        let text = c_text!("create_job_thread: pthread_create() failed: %s\n");
        // SAFETY: C strings.
        unsafe { kprintf(text.as_ptr(), libc::strerror(error)) };
    }
}

/// A job that C lends.
///
/// # Safety
/// As for [`Job::lent`].
#[inline]
pub(super) unsafe fn lent<'a>(job: *mut crate::layout::jobs::AsyncJob) -> Job<'a> {
    // SAFETY: the same promise.
    unsafe { Job::lent(job) }.unwrap_or_else(|| Legacy.fail(Misuse::NullJob))
}

/// A reference that C gives.
///
/// # Safety
/// As for [`JobRef::taken`].
#[inline]
pub(super) unsafe fn taken(job: *mut crate::layout::jobs::AsyncJob) -> JobRef {
    // SAFETY: the same promise.
    unsafe { JobRef::taken(job) }.unwrap_or_else(|| Legacy.fail(Misuse::NullJob))
}

/// Has each new job thread call the function, and calls it.
///
/// # Safety
/// The callback lives for ever, and is registered once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn register_thread_callback(cb: *mut ThreadCallback) {
    // SAFETY: live, as the caller promises.
    let callback = unsafe { &*cb };
    let mut first = CALLBACKS.load(Relaxed);
    loop {
        callback.next.store(first, Relaxed);
        match CALLBACKS.compare_exchange_weak(first, cb, AcqRel, Relaxed) {
            Ok(_) => break,
            Err(now) => first = now,
        }
    }
    (callback.new_thread)();
}

fn say(text: &[u8]) {
    // SAFETY: readable for its length.
    unsafe { kwrite(libc::STDERR_FILENO, text.as_ptr().cast(), text.len() as c_int) };
}

/// Says which job the signal met. Called by the kernel.
extern "C" fn interrupted(_signal: c_int) {
    if verbosity.load(Relaxed) < 2 {
        return;
    }
    let thread = Legacy.thread();
    let job = thread.map_or(ptr::null_mut(), |thread| thread.current_job.load(Relaxed));
    let mut text = FixedText::<128>::new();
    text.push("SIGRTMAX-7 (JOB INTERRUPT) caught in thread #");
    text.push_int(thread.map_or(-1, |thread| thread.id.load(Relaxed)).into()).push(" running job ");
    if job.is_null() {
        text.push("(nil)");
    } else {
        push_address(&mut text, job.addr());
    }
    text.push(".\n");
    say(text.as_bytes());
}

/// An address as C writes it.
fn push_address(text: &mut FixedText<128>, address: usize) {
    text.push("0x");
    let digits = (usize::BITS - address.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        let digit = (address >> (4 * place) & 15) as u8;
        text.push_bytes(&[if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }]);
    }
}
