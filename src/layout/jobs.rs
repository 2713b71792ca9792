// SPDX-License-Identifier: LGPL-2.0-or-later
//! `jobs/jobs.h`. What several threads touch is atomic.

use core::{
    ffi::{c_int, c_uint, c_void},
    ptr,
    sync::atomic::{AtomicI32, AtomicI64, AtomicPtr, AtomicU16, AtomicU32, AtomicU64},
};

use super::{atomic_f64::AtomicF64, net_msg::RawMessage, net_timers::EventTimer};

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

/// What a job does at a signal.
pub type Execute = unsafe extern "C" fn(*mut AsyncJob, c_int, *const JobThread) -> c_int;

/// A job, which its payload follows.
#[repr(C, align(64))]
pub struct AsyncJob {
    /// See `runtime::jobs::word`.
    pub(crate) j_flags: AtomicU32,
    /// Bits 24 to 31: the signals that are allowed; bits 16 to 23: those that are fast; bits 0 to 4: the relation to the
    /// parent.
    pub(crate) j_status: AtomicU32,
    /// The class of each signal, four bits each.
    pub(crate) j_sigclass: AtomicU32,
    pub(crate) j_refcnt: AtomicI32,
    pub(crate) j_error: AtomicI32,
    /// How many jobs must be completed before this one goes on.
    pub(crate) j_children: AtomicI32,
    /// How far this is from the start of its memory.
    pub(crate) j_align: c_int,
    pub(crate) j_custom_bytes: c_int,
    pub(crate) j_type: c_uint,
    pub(crate) j_subclass: c_int,
    /// Whose the lock is.
    pub(crate) j_thread: AtomicPtr<JobThread>,
    /// An [`Execute`].
    pub(crate) j_execute: AtomicPtr<c_void>,
    pub(crate) j_parent: AtomicPtr<AsyncJob>,
    pub(crate) j_custom: [i64; 0],
}

impl AsyncJob {
    /// Where the payload of a job starts.
    pub(crate) fn payload(job: *mut Self) -> *mut c_void {
        job.wrapping_add(1).cast()
    }
}

/// Bits of `j_type`: the payload starts with a timer; a message queue follows it, or starts it.
pub(crate) const HAS_TIMER: c_uint = 1;
pub(crate) const HAS_MESSAGES: c_uint = 2;

/// Jobs of one subclass of a class never overlap.
#[repr(C)]
pub struct JobSubclass {
    pub(crate) subclass_id: c_int,
    pub(crate) total_jobs: AtomicI32,
    pub(crate) allowed_to_run_jobs: AtomicI32,
    pub(crate) processed_jobs: AtomicI32,
    pub(crate) locked: AtomicI32,
    pub(crate) job_queue: *mut c_void,
}

/// The subclasses of a class.
#[repr(C)]
pub struct JobSubclassList {
    pub(crate) subclass_cnt: c_int,
    /// One permit a thread; subclass -1 takes them all.
    pub(crate) sem: libc::sem_t,
    /// The element of subclass 0: two come before it.
    pub(crate) subclasses: *mut JobSubclass,
}

/// A class of jobs: which threads run them.
#[repr(C)]
pub struct JobClass {
    pub(crate) thread_class: c_int,
    pub(crate) min_threads: AtomicI32,
    pub(crate) max_threads: AtomicI32,
    pub(crate) cur_threads: AtomicI32,
    pub(crate) job_queue: AtomicPtr<c_void>,
    pub(crate) subclasses: AtomicPtr<JobSubclassList>,
}

impl JobClass {
    pub(crate) const fn new() -> Self {
        Self {
            thread_class: 0,
            min_threads: AtomicI32::new(0),
            max_threads: AtomicI32::new(0),
            cur_threads: AtomicI32::new(0),
            job_queue: AtomicPtr::new(ptr::null_mut()),
            subclasses: AtomicPtr::new(ptr::null_mut()),
        }
    }
}

/// The state of a generator of `drand48`'s family, as the C library lays it out.
#[repr(C)]
pub struct RandomState {
    /// 48 bits, the lowest first.
    pub(crate) x: [AtomicU16; 3],
    pub(crate) old_x: [AtomicU16; 3],
    pub(crate) c: AtomicU16,
    pub(crate) init: AtomicU16,
    pub(crate) a: AtomicU64,
}

/// A thread that runs jobs. It alone writes most of it.
#[repr(C, align(128))]
pub struct JobThread {
    pub(crate) pthread_id: AtomicU64,
    pub(crate) id: AtomicI32,
    pub(crate) thread_class: AtomicI32,
    /// The classes that it runs.
    pub(crate) job_class_mask: AtomicI32,
    /// 0: there is none.
    pub(crate) status: AtomicI32,
    pub(crate) jobs_performed: AtomicI64,
    pub(crate) job_queue: AtomicPtr<c_void>,
    /// The job that it runs.
    pub(crate) current_job: AtomicPtr<AsyncJob>,
    pub(crate) current_job_start_time: AtomicF64,
    pub(crate) last_job_time: AtomicF64,
    pub(crate) tot_jobs_time: AtomicF64,
    pub(crate) jobs_running: [AtomicI32; 16],
    pub(crate) jobs_created: AtomicI64,
    pub(crate) jobs_active: AtomicI64,
    pub(crate) thread_system_id: AtomicI32,
    pub(crate) rand_data: RandomState,
    pub(crate) timer_manager: AtomicPtr<AsyncJob>,
    /// When its first timer is due; 0 if it has none, or if it has been told to look.
    pub(crate) wakeup_time: AtomicF64,
    pub(crate) job_class: AtomicPtr<JobClass>,
}

impl JobThread {
    pub(crate) const fn new() -> Self {
        Self {
            pthread_id: AtomicU64::new(0),
            id: AtomicI32::new(0),
            thread_class: AtomicI32::new(0),
            job_class_mask: AtomicI32::new(0),
            status: AtomicI32::new(0),
            jobs_performed: AtomicI64::new(0),
            job_queue: AtomicPtr::new(ptr::null_mut()),
            current_job: AtomicPtr::new(ptr::null_mut()),
            current_job_start_time: AtomicF64::new(0.0),
            last_job_time: AtomicF64::new(0.0),
            tot_jobs_time: AtomicF64::new(0.0),
            jobs_running: [const { AtomicI32::new(0) }; 16],
            jobs_created: AtomicI64::new(0),
            jobs_active: AtomicI64::new(0),
            thread_system_id: AtomicI32::new(0),
            rand_data: RandomState {
                x: [const { AtomicU16::new(0) }; 3],
                old_x: [const { AtomicU16::new(0) }; 3],
                c: AtomicU16::new(0),
                init: AtomicU16::new(0),
                a: AtomicU64::new(0),
            },
            timer_manager: AtomicPtr::new(ptr::null_mut()),
            wakeup_time: AtomicF64::new(0.0),
            job_class: AtomicPtr::new(ptr::null_mut()),
        }
    }
}

/// A message to a job, which its payload follows.
#[repr(C)]
pub struct JobMessage {
    pub(crate) r#type: c_uint,
    pub(crate) flags: c_uint,
    pub(crate) payload_ints: c_uint,
    /// Who sent it, or null: one reference.
    pub(crate) src: *mut AsyncJob,
    pub(crate) destructor: Option<unsafe extern "C" fn(*mut JobMessage)>,
    pub(crate) message: RawMessage,
    pub(crate) next: *mut JobMessage,
    pub(crate) payload: [c_uint; 0],
}

/// The messages of a job. Who runs the job uses all but the first field alone.
#[repr(C)]
pub struct JobMessageQueue {
    pub(crate) unsorted: *mut c_void,
    pub(crate) first: *mut JobMessage,
    pub(crate) last: *mut JobMessage,
    pub(crate) payload_magic: c_uint,
}

/// What a timer job calls: it gets `extra`, and answers when it is due next.
pub(crate) type TimerFunction = unsafe extern "C" fn(*mut c_void) -> f64;

/// The payload of a job that only has a timer.
#[repr(C)]
pub struct JobTimerInfo {
    pub(crate) ev: EventTimer,
    pub(crate) extra: *mut c_void,
    pub(crate) wakeup: Option<TimerFunction>,
}

/// One who waits for a list job. Its own data follow.
#[repr(C)]
pub struct JobListNode {
    pub(crate) jl_next: *mut JobListNode,
    pub(crate) jl_type: Option<NodeWakeup>,
    pub(crate) jl_custom: [c_int; 0],
}

/// What a node of a list does when the list job is completed. It frees the node.
pub type NodeWakeup = unsafe extern "C" fn(*mut AsyncJob, c_int, *mut JobListNode) -> c_int;

/// The processor time of a thread, in clock ticks: in all, and between the last two readings.
#[repr(C)]
pub struct JobThreadStat {
    pub(crate) tot_sys: AtomicU64,
    pub(crate) tot_user: AtomicU64,
    pub(crate) recent_sys: AtomicU64,
    pub(crate) recent_user: AtomicU64,
}

impl JobThreadStat {
    pub(crate) const fn new() -> Self {
        Self {
            tot_sys: AtomicU64::new(0),
            tot_user: AtomicU64::new(0),
            recent_sys: AtomicU64::new(0),
            recent_user: AtomicU64::new(0),
        }
    }
}

/// What one thread has done. It writes it, others read it.
#[repr(C)]
pub struct JobsStats {
    pub(crate) tot_idle_time: AtomicF64,
    pub(crate) a_idle_time: AtomicF64,
    pub(crate) a_idle_quotient: AtomicF64,
    pub(crate) jobs_allocated_memory: AtomicI64,
    pub(crate) jobs_ran: AtomicI32,
    pub(crate) job_timers_allocated: AtomicI32,
    /// When it went to sleep; 0 while it is awake.
    pub(crate) locked_since: AtomicF64,
    pub(crate) timer_ops: AtomicI64,
    pub(crate) timer_ops_scheduler: AtomicI64,
}

impl JobsStats {
    pub(crate) const fn new() -> Self {
        Self {
            tot_idle_time: AtomicF64::new(0.0),
            a_idle_time: AtomicF64::new(0.0),
            a_idle_quotient: AtomicF64::new(0.0),
            jobs_allocated_memory: AtomicI64::new(0),
            jobs_ran: AtomicI32::new(0),
            job_timers_allocated: AtomicI32::new(0),
            locked_since: AtomicF64::new(0.0),
            timer_ops: AtomicI64::new(0),
            timer_ops_scheduler: AtomicI64::new(0),
        }
    }
}
