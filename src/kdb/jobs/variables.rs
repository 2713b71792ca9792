// SPDX-License-Identifier: LGPL-2.0-or-later
//! The variables of legacy object `jobs/jobs`, and its statistics.

use core::{
    ffi::c_void,
    ptr,
    sync::atomic::{AtomicI32, AtomicPtr, AtomicU64},
};

use crate::{
    kdb::{
        common::{MpQueue, QUEUES},
        module_stats::module_stats,
        statics::{Aligned32, exported_aligned, exported_thread_local},
    },
    layout::jobs::{AsyncJob, JobClass, JobThread, JobThreadStat, JobsStats},
    runtime::{
        jobs::{CLASSES, Shared, THREADS},
        module_stats::BlockList,
        queue::Queue,
    },
};

/// A variable that is aligned as its declaration asks for.
#[repr(C, align(128))]
pub struct Aligned128<T>(T);

// Per thread: its entry, or null; and a job that nobody sets.
exported_thread_local!("this_job_thread", "8");
exported_thread_local!("this_job", "8");

// Main's queue, made in place.
exported_aligned!("MainJobQueue", 192, "128");

unsafe extern "C" {
    safe static MainJobQueue: MpQueue;
}

/// Its address, as jobs know it.
pub(super) const MAIN_QUEUE: *mut c_void = (&raw const MainJobQueue).cast_mut().cast();

/// Main's queue; a queue to be before [`super::init_async_jobs`].
#[inline]
pub(in crate::kdb) fn main_queue() -> Queue<'static> {
    Queue::of(&MainJobQueue, &QUEUES)
}

/// The threads that run jobs. The first element is nobody's, the second main's.
#[unsafe(no_mangle)]
pub static JobThreads: [JobThread; THREADS] = [const { JobThread::new() }; THREADS];

/// The processor time of each.
#[unsafe(no_mangle)]
pub static JobThreadsStats: Aligned128<[JobThreadStat; THREADS]> =
    Aligned128([const { JobThreadStat::new() }; THREADS]);

/// The classes of jobs.
#[unsafe(no_mangle)]
pub static JobClasses: Aligned32<[JobClass; CLASSES]> = Aligned32([const { JobClass::new() }; CLASSES]);

/// The greatest number of a job thread.
#[unsafe(no_mangle)]
pub static max_job_thread_id: AtomicI32 = AtomicI32::new(0);

/// How many job threads there are.
#[unsafe(no_mangle)]
pub static cur_job_threads: AtomicI32 = AtomicI32::new(0);

/// 1 once it is known which thread is main.
#[unsafe(no_mangle)]
pub static main_pthread_id_initialized: AtomicI32 = AtomicI32::new(0);

/// Main's handle.
#[unsafe(no_mangle)]
pub static main_pthread_id: AtomicU64 = AtomicU64::new(0);

/// Main's entry.
#[unsafe(no_mangle)]
pub static main_job_thread: AtomicPtr<JobThread> = AtomicPtr::new(ptr::null_mut());

/// Main's timer manager.
#[unsafe(no_mangle)]
pub static timer_manager_job: AtomicPtr<AsyncJob> = AtomicPtr::new(ptr::null_mut());

module_stats! {
    "jobs", JobsStats,
    list: jobs_module_list_stat_jobs,
    own: "jobs_module_stat_jobs",
    prefix: jobs_module_state_prefix_jobs,
    thread_init: jobs_module_thread_init_jobs,
    callback: jobs_thread_callback,
    register: jobs_module_register_jobs,
}

pub(super) static STATS: &crate::kdb::module_stats::Module<JobsStats> = &MODULE;

/// The statistics of each thread, by the number of its entry. The exported list has them by the number that the queues give
/// a thread, which is another one.
static BLOCKS: BlockList<JobsStats> = BlockList::new();

pub(super) static PLAIN: JobThread = JobThread::new();

pub(super) static SHARED: Shared = Shared {
    thread_stats: &JobThreadsStats.0,
    blocks: &BLOCKS,
    max_id: &max_job_thread_id,
    count: &cur_job_threads,
    main: &main_job_thread,
    main_pthread: &main_pthread_id,
    main_pthread_known: &main_pthread_id_initialized,
    main_timers: &timer_manager_job,
};
