// SPDX-License-Identifier: LGPL-2.0-or-later
//! The timers of jobs. Each is in the heap of one thread; another thread that sets it asks that thread's timer manager, a
//! job, to move it.
//!
//! The time that a timer shall have is set by any thread; the time that it has, and its place in the heap, by its own. A
//! timer in the heap owns a reference to its job. When it is due it leaves the heap and the job gets ALARM. Until the job
//! asks ([`check`]) the timer may be set again: then it is in the heap again, and that ALARM means nothing.

use core::{
    ffi::{c_int, c_void},
    ptr,
    sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release},
};

use super::{
    Host, Job, JobRef, Misuse, NewJob, Trace, create, raw, run,
    word::{COMPLETED, MAIN, Signal},
};
use crate::{
    layout::{
        jobs::{AsyncJob, HAS_TIMER, JobTimerInfo, TimerFunction},
        net_timers::EventTimer,
    },
    runtime::wakeup::{MAIN_SLEEPS_UNTIL, must_wake_for_timer},
    sys::thread::own_handle,
};

/// The bits of a timer's flags that name its thread.
const OWNER: c_int = 0xff;
/// The entry of main.
const MAIN_ID: c_int = 1;

fn timer_of<'a, H: Host>(host: H, job: Job<'a>) -> &'a EventTimer {
    job.timer().unwrap_or_else(|| host.fail(Misuse::NoTimer))
}

/// The number of the thread whose heap this thread's timers are in; 0 if it has none that is ever looked at.
fn own_id<H: Host>(host: H) -> c_int {
    if let Some(thread) = host.thread() {
        return thread.id.load(Relaxed);
    }
    let shared = host.shared();
    let main =
        shared.main_pthread_known.load(Acquire) == 0 || shared.main_pthread.load(Relaxed) == own_handle();
    if main { MAIN_ID } else { 0 }
}

/// Sets when the timer is due; a time that is not positive disarms it.
pub(crate) fn insert<H: Host>(host: H, job: Job<'_>, time: f64) {
    let timer = timer_of(host, job);
    if timer.real_wakeup_time.load() == time {
        return;
    }
    timer.real_wakeup_time.store(time);
    if timer.wakeup.load(Relaxed).is_null() {
        timer.wakeup.store(host.gateway(), Relaxed);
    }
    let (me, thread) = (own_id(host), host.thread());
    let mut owner = timer.flags.load(Relaxed) & OWNER;
    if owner == 0 {
        let has_manager = thread.is_some_and(|thread| !thread.timer_manager.load(Relaxed).is_null());
        let new = if has_manager { me } else { MAIN_ID };
        // Whoever is first decides, for ever.
        let flags = timer.flags.load(Relaxed);
        let first =
            flags & OWNER == 0 && timer.flags.compare_exchange(flags, flags | new, AcqRel, Relaxed).is_ok();
        owner = if first { new } else { timer.flags.load(Relaxed) & OWNER };
    }
    if owner == me {
        return insert_here(host, job);
    }
    let manager = if owner == MAIN_ID {
        host.shared().main_timers.load(Acquire)
    } else {
        let entry = host.threads().get(owner as usize);
        entry.map_or(ptr::null_mut(), |entry| entry.timer_manager.load(Acquire))
    };
    host.stats().add_long(|stats| &stats.timer_ops_scheduler, 1);
    let Some(manager) = kept(manager) else { host.fail(Misuse::NoTimerManager) };
    if let Some(held) = run::retain(job) {
        host.push(manager_queue(host, manager.job()), held.into_raw().cast());
    }
    run::send(host, manager, Signal::RUN.bit());
}

fn manager_queue<H: Host>(host: H, manager: Job<'_>) -> *mut c_void {
    let queue = manager.payload_pointer().map_or(ptr::null_mut(), |queue| queue.load(Acquire));
    if queue.is_null() {
        host.fail(Misuse::NoTimerManager)
    }
    queue
}

/// Moves the timer, which is this thread's, to the time that it shall have.
pub(crate) fn insert_here<H: Host>(host: H, job: Job<'_>) {
    host.stats().add_long(|stats| &stats.timer_ops, 1);
    // The legacy function does not ask for the type.
    let timer = timer_of(host, job);
    let was_in = timer.h_idx.load(Relaxed) > 0;
    let time = timer.real_wakeup_time.load();
    if time > 0.0 {
        if timer.wakeup.load(Relaxed) != host.gateway() {
            host.fail(Misuse::ForeignTimer)
        }
        timer.wakeup_time.store(time);
        if host.insert_timer(timer) && !was_in {
            // The heap's.
            if let Some(held) = run::retain(job) {
                let _ = held.into_raw();
            }
        }
    } else {
        timer.wakeup_time.store(0.0);
        host.remove_timer(timer);
        if was_in {
            if let Some(held) = JobRef::back(job.as_ptr()) {
                run::release(host, held);
            }
        }
    }
    publish_first(host);
}

/// Tells main when this thread's first timer is due, since main alone looks at the time.
fn publish_first<H: Host>(host: H) {
    let Some(thread) = host.thread() else { return };
    let (before, first) = (thread.wakeup_time.load(), host.first_timer());
    thread.wakeup_time.store(first);
    let earlier = first != 0.0 && (before == 0.0 || first < before);
    if earlier
        && thread.id.load(Relaxed) != MAIN_ID
        && must_wake_for_timer(host.main_status(), &MAIN_SLEEPS_UNTIL, first)
    {
        host.wake_main();
    }
}

pub(crate) fn remove<H: Host>(host: H, job: Job<'_>) {
    insert(host, job, 0.0);
}

/// When the timer shall be due.
pub(crate) fn time<H: Host>(host: H, job: Job<'_>) -> f64 {
    timer_of(host, job).real_wakeup_time.load()
}

/// At an ALARM: true if the timer has fired and was not set again meanwhile. Then it is disarmed.
pub(crate) fn check<H: Host>(host: H, job: Job<'_>) -> bool {
    let timer = timer_of(host, job);
    let time = timer.real_wakeup_time.load();
    // In the heap it has been set again, and the ALARM is that of an earlier time.
    if time == 0.0 || time != timer.wakeup_time.load() || timer.h_idx.load(Relaxed) != 0 {
        return false;
    }
    remove(host, job);
    true
}

/// Clears the timer at the start of a job's payload.
pub(crate) fn init<H: Host>(host: H, job: Job<'_>) {
    let timer = timer_of(host, job);
    timer.h_idx.store(0, Relaxed);
    timer.flags.store(0, Relaxed);
    timer.wakeup.store(ptr::null_mut(), Relaxed);
    timer.wakeup_time.store(0.0);
    timer.real_wakeup_time.store(0.0);
}

/// A timer left the heap because it is due: its job gets ALARM, unless it shall have another time now. `held` is the
/// reference that the heap had.
pub(crate) fn fired<H: Host>(host: H, held: JobRef) {
    let timer = timer_of(host, held.job());
    let due = timer.wakeup_time.load() == timer.real_wakeup_time.load();
    if host.traces() {
        host.trace(Trace::Alarm(held.job(), due));
    }
    if due {
        run::send(host, held, Signal::ALARM.bit());
    } else {
        run::release(host, held);
    }
}

/// What a manager does: RUN moves the timers that other threads set; AUX runs those that are due. -1 for another signal.
pub(crate) fn run_manager<H: Host>(host: H, job: Job<'_>, signal: c_int) -> c_int {
    match Signal::of(signal) {
        Some(Signal::RUN) => {
            let queue = manager_queue(host, job);
            while let Some(held) = JobRef::back(host.try_pop(queue).cast()) {
                insert_here(host, held.job());
                run::release(host, held);
            }
            0
        }
        Some(Signal::AUX) => {
            // The thread's time may be as old as its last job; main's is fresh.
            if host.thread().is_none_or(|thread| thread.id.load(Relaxed) != MAIN_ID) {
                host.read_clock();
            }
            host.run_timers();
            publish_first(host);
            0
        }
        _ => -1,
    }
}

/// Makes a manager for a class, with a reference for the caller. Of main there is one.
pub(crate) fn new_manager<H: Host>(host: H, class: c_int) -> *mut AsyncJob {
    let main = host.shared().main_timers;
    if class == MAIN as c_int {
        if let Some(manager) = kept(main.load(Acquire)) {
            return manager.into_raw();
        }
    }
    let bits = (class & 15) as u64;
    let allow = |signal: Signal| bits << (4 * signal.number() + 32) | u64::from(signal.bit());
    let held = create(
        host,
        NewJob {
            function: host.manager_function(),
            signals: allow(Signal::RUN) | allow(Signal::AUX) | allow(Signal::FINISH),
            subclass: 0,
            bytes: size_of::<*mut c_void>() as c_int,
            kind: 0,
            parent: ptr::null_mut(),
        },
    );
    if let Some(queue) = held.job().payload_pointer() {
        queue.store(host.new_queue(), Relaxed);
    }
    if let Some(one) = run::retain(held.job()) {
        run::unlock(host, one);
    }
    if class == MAIN as c_int {
        if let Some(kept) = run::retain(held.job()) {
            main.store(kept.into_raw(), Release);
        }
    }
    held.into_raw()
}

/// Tells each thread's manager whose first timer is due at main's time to run its timers.
pub(crate) fn check_all<H: Host>(host: H) {
    let (shared, now) = (host.shared(), host.present());
    let last = usize::try_from(shared.max_id.load(Acquire)).unwrap_or(0);
    for thread in host.threads().iter().take(last.saturating_add(1)).skip(1) {
        let due = thread.wakeup_time.load();
        if due == 0.0 || due > now || due.is_nan() {
            continue;
        }
        // A manager lives as long as its thread, for ever: the entry keeps a reference.
        let Some(manager) = kept(thread.timer_manager.load(Acquire)) else { continue };
        // Told once: the thread sets the next time when it has run its timers, and main need not wait for this one.
        if thread.wakeup_time.replace(due, 0.0) {
            run::send(host, manager, Signal::AUX.bit());
        }
    }
}

/// A reference to a job that a variable keeps for ever.
fn kept(job: *mut AsyncJob) -> Option<JobRef> {
    let variables = JobRef::back(job)?;
    let one = run::retain(variables.job());
    let _ = variables.into_raw();
    one
}

/// Makes a job around a function, which gets `extra`, with a reference for the caller.
pub(crate) fn new_timer_job<H: Host>(
    host: H,
    class: c_int,
    wakeup: Option<TimerFunction>,
    extra: *mut c_void,
) -> *mut AsyncJob {
    if !(1..=15).contains(&class) {
        host.fail(Misuse::BadClass)
    }
    let allow = |signal: Signal| (class as u64) << (4 * signal.number() + 32) | u64::from(signal.bit());
    // FINISH is fast, in any thread.
    let finish = u64::from(Signal::FINISH.bit() | Signal::FINISH.bit() >> 8);
    let held = create(
        host,
        NewJob {
            function: host.timer_function(),
            signals: allow(Signal::ABORT) | allow(Signal::ALARM) | finish,
            subclass: 0,
            bytes: size_of::<JobTimerInfo>() as c_int,
            kind: HAS_TIMER,
            parent: ptr::null_mut(),
        },
    );
    raw::set_timer_job(held.job(), wakeup, extra);
    if let Some(one) = run::retain(held.job()) {
        run::unlock(host, one);
    }
    host.stats().add_int(|stats| &stats.job_timers_allocated, 1);
    held.into_raw()
}

/// What such a job does at a signal; -1 where it knows none.
pub(crate) fn run_timer_job<H: Host>(host: H, job: Job<'_>, signal: c_int) -> c_int {
    match Signal::of(signal) {
        Some(Signal::ALARM) => {
            if !check(host, job) || job.word().load(Relaxed) & COMPLETED != 0 {
                return 0;
            }
            let again = raw::call_timer_job(job);
            if again > 0.0 {
                insert(host, job, again);
            } else if again < 0.0 {
                // Its creator's.
                if let Some(held) = JobRef::back(job.as_ptr()) {
                    run::release(host, held);
                }
            }
            0
        }
        Some(Signal::ABORT) => {
            remove(host, job);
            0x100
        }
        Some(Signal::FINISH) => {
            host.stats().add_int(|stats| &stats.job_timers_allocated, -1);
            JobRef::back(job.as_ptr()).map_or(-1, |held| run::free(host, held))
        }
        _ => -1,
    }
}
