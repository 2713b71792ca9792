// SPDX-License-Identifier: LGPL-2.0-or-later
//! The main loop, the jobs that the engine has in it, and the regular work.
//!
//! The original does the regular work every one or two milliseconds, and so finds signals, too. Here each wakes the main
//! thread where it must: a signal through the pipe, the host's work for each second through a timer; the rest is done
//! after events (`runtime::engine::cron`).

use core::{
    ffi::{c_double, c_int, c_void},
    ptr,
    sync::atomic::Ordering::Relaxed,
};

use super::{EventPreciseCron, enabled, engine, functions, precise_now_diff};
use crate::{
    kdb::{
        common::{current_second, get_double_time, precise_now_of_thread},
        engine::{
            engine_net::engine_server_init,
            engine_signals::{
                engine_process_signals, interrupt_signal_raised, signal_check_pending, signals_wait,
            },
        },
        statics::exported_object,
        support::{c_text, die, kprintf, vkprintf},
        upcalls::{
            create_async_job, engine_work_rpc_req_result, epoll_work, free_later_act, get_utime_monotonic,
            job_incref, job_signal, job_timer_alloc, job_timer_check, job_timer_insert,
            register_custom_op_cb, run_pending_main_jobs, schedule_job, unlock_job, update_all_thread_stats,
        },
    },
    layout::{engine::ENABLE_MULTITHREAD, jobs::AsyncJob},
    runtime::engine::{
        cron::{self, Cron},
        raw as ring,
    },
    sys::clock,
};

// Signals of jobs, classes of threads, results.
const RUN: c_int = 0;
const ALARM: c_int = 4;
const FINISH: c_int = 7;
const CLASS_MAIN: c_int = 3;
const CLASS_ENGINE: c_int = 8;
const JOB_ERROR: c_int = -1;
/// A job's payload starts with a timer, which has this size.
const HAS_TIMER: u64 = 1;
const TIMER_SIZE: c_int = size_of::<crate::layout::net_timers::EventTimer>() as c_int;
/// What the legacy macros put in front of a job that is handed over.
const TAG: c_int = 1;

/// A packet that answers a query.
const RPC_REQ_RESULT: u32 = 0x63ae_da4e;

/// The signal is allowed, in the engine's thread.
const fn engine_allows(signal: c_int) -> u64 {
    (CLASS_ENGINE as u64) << (signal * 4 + 32) | 0x100_0000 << signal
}

// The ring of a host's own regular work: at first it is its own neighbour.
exported_object!(
    "precise_cron_events",
    16,
    24,
    [".quad precise_cron_events", ".quad precise_cron_events", ".quad 0"],
);

#[repr(transparent)]
struct Ring(core::cell::UnsafeCell<EventPreciseCron>);

// SAFETY: nothing here keeps a reference; the engine's jobs alone work with the ring (the functions' promise).
unsafe impl Sync for Ring {}

unsafe extern "C" {
    safe static precise_cron_events: Ring;
}

/// Has the engine call the entry regularly: at least every tenth of a second.
///
/// # Safety
/// A job of the engine's calls this, or the host before its main loop; the entry is *writable* until it is removed, and not in
/// the ring yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn precise_cron_function_insert(ev: *mut EventPreciseCron) {
    // SAFETY: the same promise.
    unsafe { ring::insert(precise_cron_events.0.get(), ev) }
}

/// Ends that. An entry may remove itself while it is called; one that is not in the ring stays as it is.
///
/// # Safety
/// As for [`precise_cron_function_insert`]; the entry is in the ring, or its pointers are null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn precise_cron_function_remove(ev: *mut EventPreciseCron) {
    // SAFETY: the same promise.
    unsafe { ring::remove(ev) }
}

/// What an engine does each second whose host does nothing: it follows the difference of the clocks.
#[unsafe(no_mangle)]
pub extern "C" fn default_cron() {
    let latest = get_utime_monotonic() - get_double_time();
    let mean = f64::from_bits(precise_now_diff.load(Relaxed)) * 0.99 + 0.01 * latest;
    precise_now_diff.store(mean.to_bits(), Relaxed);
}

static CRON: Cron = Cron::new();

/// The regular work. Returns how long the next may wait.
///
/// # Safety
/// The module's promise, in a job of the engine's.
unsafe fn regular_work() -> f64 {
    let head = precise_cron_events.0.get();
    // SAFETY: the same promise, for each of these.
    unsafe {
        engine_process_signals();
        let functions = functions();
        let each_second = (*functions).cron.filter(|_| CRON.begins_second(current_second()));
        if let Some(cron) = each_second {
            cron();
        }
        if let Some(precise_cron) = (*functions).precise_cron {
            precise_cron();
        }
        ring::call_each(head);
        free_later_act();
        CRON.has_run(precise_now_of_thread());
        cron::sleep(clock::time_of_day().1, !ring::is_empty(head))
    }
}

/// The job of the regular work.
///
/// # Safety
/// The module's promise, and `job` is that job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn precise_cron_job_run(job: *mut AsyncJob, op: c_int, _thread: *mut c_void) -> c_int {
    // SAFETY: the same promise; the job has a timer.
    unsafe {
        match op {
            RUN => {}
            ALARM if job_timer_check(job) == 0 => return 0,
            ALARM => {}
            _ => return JOB_ERROR,
        }
        let sleep = regular_work();
        job_timer_insert(job, precise_now_of_thread() + sleep);
    }
    0
}

/// The job that ends the process, with status 0.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn terminate_job_run(_job: *mut AsyncJob, op: c_int, _thread: *mut c_void) -> c_int {
    if op != RUN {
        return JOB_ERROR;
    }
    // SAFETY: the same promise; the end is C's own.
    unsafe {
        if let Some(on_exit) = (*functions()).on_exit {
            on_exit();
        }
        server_exit();
        libc::exit(0)
    }
}

/// Closes the engine's port, and logs why.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn server_exit() {
    // SAFETY: the same promise; C strings.
    unsafe {
        if let Some(close) = (*functions()).close_net_sockets {
            close();
        }
        if signal_check_pending(libc::SIGTERM) != 0 {
            kprintf(c_text!("Terminated by SIGTERM.\n").as_ptr());
        } else if signal_check_pending(libc::SIGINT) != 0 {
            kprintf(c_text!("Terminated by SIGINT.\n").as_ptr());
        }
    }
}

/// How often the statistics of threads are read, in seconds.
const STATISTICS_EVERY: f64 = 10.0;

/// Reads the statistics of threads. Returns when to do that again.
#[unsafe(no_mangle)]
pub extern "C" fn update_job_stats_gw(_extra: *mut c_void) -> c_double {
    update_all_thread_stats();
    STATISTICS_EVERY + precise_now_of_thread()
}

/// Of a process that does not end when it shall, in seconds.
const PATIENCE: i64 = 120;

/// Runs the engine until a signal ends the process.
///
/// # Safety
/// The module's promise, on the main thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn default_engine_server_start() {
    // SAFETY: the same promise.
    unsafe { engine_server_init() };
    vkprintf!(1, c_text!("Server started\n"));
    // SAFETY: the same promise.
    let (regular, terminate) = unsafe { start_jobs() };
    vkprintf!(0, c_text!("main loop\n"));
    // SAFETY: the same promise, for each of these; the job's reference is handed over.
    unsafe {
        run(regular);
        wait_for_exit();
        job_signal(TAG, terminate, RUN);
        run_pending_main_jobs();
    }
    give_up()
}

/// Starts the engine's jobs. Returns the one of the regular work, and the one that ends the process.
///
/// # Safety
/// The module's promise, on the main thread.
unsafe fn start_jobs() -> (*mut AsyncJob, *mut AsyncJob) {
    let none = ptr::null_mut();
    // SAFETY: the same promise, for each of these.
    unsafe {
        register_operations();
        let signals = engine_allows(RUN) | engine_allows(ALARM) | engine_allows(FINISH);
        let subclass = (*functions()).cron_subclass;
        let regular =
            create_async_job(precise_cron_job_run, signals, subclass, TIMER_SIZE, HAS_TIMER, TAG, none);
        schedule_job(TAG, job_incref(regular));

        let statistics = job_timer_alloc(CLASS_MAIN, update_job_stats_gw, ptr::null_mut());
        job_timer_insert(statistics, 1.0);

        if let Some(pre_loop) = (*functions()).pre_loop {
            pre_loop();
        }

        let signals = engine_allows(RUN) | engine_allows(FINISH);
        let terminate = create_async_job(terminate_job_run, signals, -1, 0, 0, TAG, none);
        unlock_job(TAG, job_incref(terminate));
        (regular, terminate)
    }
}

/// Tells what to do with the packets that are no queries.
///
/// # Safety
/// The module's promise.
unsafe fn register_operations() {
    // SAFETY: the same promise; the host's table ends with a row of 0.
    unsafe {
        register_custom_op_cb(RPC_REQ_RESULT, engine_work_rpc_req_result);
        let mut row = (*functions()).custom_ops;
        while !row.is_null() && (*row).op != 0 {
            if let Some(func) = (*row).func {
                register_custom_op_cb((*row).op, func);
            }
            row = row.add(1);
        }
    }
}

/// The main loop: until SIGINT or SIGTERM.
///
/// # Safety
/// The module's promise, on the main thread; `regular` is the job of the regular work.
unsafe fn run(regular: *mut AsyncJob) {
    // SAFETY: the same promise.
    unsafe {
        loop {
            let events = epoll_work((*engine()).epoll_wait_timeout);
            if interrupt_signal_raised() != 0 {
                return;
            }
            // Where the engine has a thread of its own, that is woken after events only: timers alone do not need it.
            let awake = events > 0 || !enabled(ENABLE_MULTITHREAD);
            if signals_wait() || awake && CRON.may_run(precise_now_of_thread()) {
                job_signal(TAG, job_incref(regular), RUN);
            }
            run_pending_main_jobs();
        }
    }
}

/// Runs jobs as long as the host wants to wait: it says how many microseconds, until they are none.
///
/// # Safety
/// The module's promise, on the main thread.
unsafe fn wait_for_exit() {
    // SAFETY: the same promise.
    unsafe {
        let Some(on_waiting_exit) = (*functions()).on_waiting_exit else { return };
        while let wait @ 1.. = i64::from(on_waiting_exit()) {
            clock::sleep(wait / 1_000_000, wait % 1_000_000 * 1000);
            run_pending_main_jobs();
        }
    }
}

/// Waits for another thread to end the process.
fn give_up() -> ! {
    let second = || clock::read(libc::CLOCK_MONOTONIC).map_or(i64::MAX, |(second, _)| second);
    let end = second().saturating_add(PATIENCE);
    while second() < end {
        clock::sleep(1, 0); // a signal interrupts it
    }
    // SAFETY: a C string.
    unsafe { kprintf(c_text!("Did not exit after 120 seconds\n").as_ptr()) };
    die(c_text!("the engine's thread does not end the process"))
}
