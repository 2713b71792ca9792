// SPDX-License-Identifier: LGPL-2.0-or-later
//! Jobs: pieces of work with a lock, a reference count, pending signals and the classes of threads that run them.
//!
//! 1. A job's flags word ([`word`]) says whether it is locked, in which queues it is and which signals are pending. Each
//!    change is one atomic operation.
//! 2. Whoever has the lock owns a reference too. The lock's owner alone changes the job's rules, subclass and relation to
//!    its parent, and runs it; it gives the lock back by [`run::unlock`], which first runs or queues what is pending.
//! 3. A signal is sent with a reference, which goes with it: to whoever runs the job, into a queue, or away.
//! 4. Who gives the last reference away sends FINISH instead. Nobody else has the job then.
//! 5. After a job is put into a queue, or its reference is given away, it is not touched.
//!
//! The state is the legacy library's own variables, which [`Host`] lends: the drop-in's own, or a C program's own, which
//! lends what running a job takes, [`RunHost`].

use core::{
    ffi::{c_int, c_void},
    sync::atomic::{AtomicI32, AtomicPtr, AtomicU64},
};

use crate::{
    layout::{
        jobs::{AsyncJob, JobClass, JobThread, JobThreadStat, JobsStats},
        net_msg::RawMessage,
        net_timers::EventTimer,
    },
    runtime::module_stats::{BlockList, OwnBlock},
};

mod flags;
pub(crate) mod lists;
pub(crate) mod messages;
pub(crate) mod random;
mod raw;
pub(crate) mod run;
mod sentences;
pub(crate) mod statistics;
pub(crate) mod subclasses;
pub(crate) mod threads;
pub(crate) mod timers;
pub(crate) mod word;

pub(crate) use raw::{Job, JobRef, NewJob, create, job_of_timer, least_payload};
pub(crate) use sentences::sentence;

/// As many entries as there are for threads that run jobs; the first is nobody's.
pub(crate) const THREADS: usize = 256;
/// Classes of threads, 0 included.
pub(crate) const CLASSES: usize = 16;

/// The variables that the legacy library exports, and what goes with them.
pub(crate) struct Shared {
    pub(crate) thread_stats: &'static [JobThreadStat; THREADS],
    /// The statistics of each thread, by the number of its entry.
    pub(crate) blocks: &'static BlockList<JobsStats>,
    /// The greatest number of an entry in use.
    pub(crate) max_id: &'static AtomicI32,
    pub(crate) count: &'static AtomicI32,
    pub(crate) main: &'static AtomicPtr<JobThread>,
    pub(crate) main_pthread: &'static AtomicU64,
    pub(crate) main_pthread_known: &'static AtomicI32,
    /// The timer manager of main.
    pub(crate) main_timers: &'static AtomicPtr<AsyncJob>,
}

/// A queue of the legacy library.
pub(crate) type Queue = *mut c_void;

/// Who has the threads, the classes and the queues, as far as it takes to make a job and to run it.
pub(crate) trait RunHost: Copy + 'static {
    fn threads(self) -> &'static [JobThread; THREADS];
    fn classes(self) -> &'static [JobClass; CLASSES];
    /// What counts the jobs of threads that run none.
    fn plain(self) -> &'static JobThread;
    /// The calling thread's entry.
    fn thread(self) -> Option<&'static JobThread>;
    /// The calling thread's statistics.
    fn stats(self) -> OwnBlock<JobsStats>;

    /// Main's queue, once there is one.
    fn main_queue(self) -> Option<Queue>;
    fn new_queue(self) -> Queue;
    /// Frees an empty queue that nobody uses.
    fn free_queue(self, queue: Queue);
    fn push(self, queue: Queue, value: *mut c_void);
    /// The first of the queue, or null.
    fn try_pop(self, queue: Queue) -> *mut c_void;
    /// Main's sleep: see [`crate::runtime::wakeup`].
    fn main_status(self) -> &'static AtomicI32;
    fn wake_main(self);

    fn free_message(self, message: *mut RawMessage);
    /// The function of a notification.
    fn notify_function(self) -> *mut c_void;

    fn fail(self, misuse: Misuse) -> !;
    /// Whether the steps of jobs are logged.
    fn traces(self) -> bool;
    fn trace(self, trace: Trace<'_>);
    fn job_failed(self, job: Job<'_>, thread: &JobThread, signal: word::Signal);
    fn unknown_message(self, number: u32);
}

/// The drop-in, which has the legacy names: what threads, timers, lists and messages need beside.
pub(crate) trait Host: RunHost {
    fn shared(self) -> &'static Shared;
    fn become_thread(self, thread: &'static JobThread);

    /// Makes main's queue, in place.
    fn make_main_queue(self) -> Queue;
    /// The first of the queue; waits for one.
    fn pop(self, queue: Queue) -> *mut c_void;

    /// Gives the calling thread its number among those that use queues.
    fn number_thread(self);
    /// Calls what each new thread must call.
    fn thread_callbacks(self);
    fn handle_interrupts(self);
    /// Reads the monotonic clock; the reading is the thread's present time.
    fn read_clock(self) -> f64;
    fn present(self) -> f64;
    fn set_second(self, second: i64);

    /// The timers of the calling thread. The first answers false where it refuses the timer.
    fn insert_timer(self, timer: &EventTimer) -> bool;
    fn remove_timer(self, timer: &EventTimer);
    fn first_timer(self) -> f64;
    fn run_timers(self);
    /// What a job's timer calls, and the function of a job that only manages or has a timer, or is a list.
    fn gateway(self) -> *mut c_void;
    fn manager_function(self) -> *mut c_void;
    fn timer_function(self) -> *mut c_void;
    fn list_function(self) -> *mut c_void;

    fn clone_message(self, to: *mut RawMessage, from: *mut RawMessage);
    fn move_message(self, to: *mut RawMessage, from: *mut RawMessage);

    fn thread_refused(self, error: c_int);
}

/// What no program may do: the process ends with a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misuse {
    NullJob,
    NotLocked,
    NotOwner,
    Freed,
    NoReference,
    UnhandledFinish,
    FinishedTwice,
    NoSignal,
    NoQueue,
    NoMemory,
    NoTimer,
    NoMessages,
    ForeignTimer,
    NoTimerManager,
    NotMain,
    NotJobThread,
    BadClass,
    BadThreadCount,
    ClassTwice,
    ThreadsBeforeMain,
    BadSubclass,
    LostJob,
    JobFailed,
    NoType,
    NoMagic,
    WrongContinuation,
    TwoQueues,
    UnknownMessage,
    NotList,
    CompletedList,
    NotCompleted,
    NotEngine,
}

/// A step that is logged.
#[derive(Clone, Copy)]
pub(crate) enum Trace<'a> {
    Unlock(Job<'a>),
    Destroying(Job<'a>),
    Begin(Job<'a>, word::Signal, u32),
    End(Job<'a>, word::Signal, u32, i32),
    Destroyed(*mut AsyncJob),
    Queued(Job<'a>, u32, Option<i32>),
    WakingMain,
    Sending(Job<'a>, u32),
    Complete(Job<'a>),
    Parent(Job<'a>, ParentStep),
    Creating(Job<'a>),
    Alarm(Job<'a>, bool),
    Got(&'static JobThread, *mut c_void),
}

/// What a parent learns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParentStep {
    Abort,
    Run,
    Waits,
}
