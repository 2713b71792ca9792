// SPDX-License-Identifier: LGPL-2.0-or-later
//! The driver: performs what [`super::word`] says, on jobs that several threads share.

use core::{
    ffi::c_int,
    ptr,
    sync::atomic::{
        AtomicI32,
        Ordering::{AcqRel, Acquire, Relaxed, Release},
    },
};

use super::{
    Job, JobRef, Misuse, ParentStep, RunHost, Trace,
    flags::{self, Sent, Settled, Taken},
    raw,
    raw::bump,
    subclasses,
    word::{
        self, COMPLETED, INTERRUPT, LOCKED, MAIN, Outcome, Runner, SIGNALS, Signal, ToParent, taken_out,
        to_parent,
    },
};
use crate::{
    layout::jobs::{AsyncJob, JobThread},
    runtime::wakeup::must_wake,
};

/// Bits of a thread's status.
pub(crate) const THREAD_CREATED: c_int = 1;
pub(crate) const THREAD_RUNNING: c_int = 2;
pub(crate) const THREAD_PERFORMING: c_int = 4;

/// What became of a job that was unlocked; C's numbers.
pub(crate) const IDLE: c_int = 0;
pub(crate) const QUEUED: c_int = 1;
pub(crate) const DESTROYED: c_int = c_int::MIN;

fn runner(thread: Option<&'static JobThread>) -> Runner {
    // A thread that runs no jobs queues them all.
    thread.map_or(Runner { mask: 0, busy: false }, |thread| Runner {
        mask: thread.job_class_mask.load(Relaxed) as u32,
        busy: !thread.current_job.load(Relaxed).is_null(),
    })
}

/// Locks a job that is not locked, and changes bits with it.
#[inline]
pub(crate) fn try_lock<H: RunHost>(host: H, job: Job<'_>, set: u32, clear: u32) -> bool {
    let locked = flags::try_lock(job.word(), set, clear);
    if locked {
        job.set_owner(host.thread());
    }
    locked
}

/// [`flags::enter`] of this thread.
#[inline(always)]
fn enter(job: Job<'_>, thread: &'static JobThread, seen: u32, set: u32, clear: u32) -> Option<Option<Taken>> {
    let taken = flags::enter(job.word(), seen, || job.rules(), runner(Some(thread)), set, clear)?;
    job.set_owner(Some(thread));
    Some(taken)
}

/// Gives the lock of this thread back, with a reference: after what is pending was run, or when it must run elsewhere.
pub(crate) fn unlock<H: RunHost>(host: H, held: JobRef) -> c_int {
    need_own_lock(host, held.job());
    go_on(host, held, 0)
}

fn need_own_lock<H: RunHost>(host: H, job: Job<'_>) {
    if job.owner().cast_const() != host.thread().map_or(ptr::null(), ptr::from_ref) {
        host.fail(Misuse::NotOwner)
    }
    if host.traces() {
        host.trace(Trace::Unlock(job));
    }
}

/// Goes on with a job that this thread has locked. The signals `fresh` are sent with it, and not in its word yet.
#[inline(never)]
fn go_on<H: RunHost>(host: H, held: JobRef, fresh: u32) -> c_int {
    perform::<H, true>(host, held, host.thread(), None, fresh)
}

/// As [`go_on`]; first runs a signal that was taken already. `TRACED`: its steps may have to be logged.
#[inline(always)]
fn perform<H: RunHost, const TRACED: bool>(
    host: H,
    held: JobRef,
    thread: Option<&'static JobThread>,
    mut now: Option<Taken>,
    mut fresh: u32,
) -> c_int {
    loop {
        let job = held.job();
        let mut unchanged = None;
        if let (Some(taken), Some(thread)) = (now.take(), thread) {
            match run::<H, TRACED>(host, &held, thread, taken.signal, taken.class) {
                Run::Destroyed => return DESTROYED,
                Run::Lives => unchanged = Some(taken.word),
                Run::Sent => {}
            }
        }
        // Most functions send their own job nothing. Taking that for granted spares a load between two operations that wait for
        // all loads before them; where it is wrong, the change below fails.
        let word = unchanged.unwrap_or_else(|| job.word().load(Relaxed));
        if word & LOCKED == 0 {
            host.fail(Misuse::NotLocked)
        }
        match flags::settle(job.word(), word, fresh, job.rules(), runner(thread)) {
            Settled::Changed => {}
            Settled::Run(taken) => (now, fresh) = (Some(taken), 0),
            Settled::Queue { class, already } => return queue(host, held, class, already),
            Settled::Rest => {
                // Acquire: as in `drop_count`. Who has the only reference needs no atomic change.
                if job.count().load(Acquire) == 1 {
                    if job.word().load(Relaxed) != word {
                        continue;
                    }
                    job.word().store(word | fresh, Relaxed);
                } else {
                    if !flags::rest(job.word(), word, fresh) {
                        continue;
                    }
                    if !drop_count(host, job) {
                        return IDLE;
                    }
                }
                if TRACED && host.traces() {
                    host.trace(Trace::Destroying(job));
                }
                if job.status().load(Relaxed) & Signal::FINISH.bit() == 0 {
                    host.fail(Misuse::UnhandledFinish)
                }
                // Rule 4: the last reference, so nobody else has the job, and a plain change will do.
                job.word().store(job.word().load(Relaxed) | LOCKED, Relaxed);
                job.set_owner(thread);
                fresh = Signal::FINISH.bit();
            }
        }
    }
}

#[derive(PartialEq, Eq)]
enum Run {
    Lives,
    /// The job lives, and its result has changed the word.
    Sent,
    Destroyed,
}

/// Runs one signal of a job that this thread has locked.
#[inline(always)]
fn run<H: RunHost, const TRACED: bool>(
    host: H,
    held: &JobRef,
    thread: &'static JobThread,
    signal: Signal,
    class: u32,
) -> Run {
    let job = held.job();
    let outer = thread.current_job.load(Relaxed);
    let running = thread.jobs_running.get(class as usize);
    let count = |by: i32| {
        if let Some(running) = running {
            running.store(running.load(Relaxed).wrapping_add(by), Relaxed);
        }
    };
    count(1);
    thread.current_job.store(job.as_ptr(), Relaxed);
    change(&thread.status, |status| status | THREAD_PERFORMING);
    if TRACED && host.traces() {
        host.trace(Trace::Begin(job, signal, class));
    }
    let bytes = job.custom_bytes();
    let result = job.call(signal, thread);
    thread.current_job.store(outer, Relaxed);
    if outer.is_null() {
        change(&thread.status, |status| status & !THREAD_PERFORMING);
    }
    count(-1);
    let outcome = word::outcome(result);
    if outcome == Outcome::Destroyed {
        host.stats().add_long(
            |stats| &stats.jobs_allocated_memory,
            -((size_of::<AsyncJob>() as i64).wrapping_add(bytes.into())),
        );
        bump(&thread.jobs_active, -1);
        if TRACED && host.traces() {
            host.trace(Trace::Destroyed(job.as_ptr()));
        }
        return Run::Destroyed;
    }
    if TRACED && host.traces() {
        host.trace(Trace::End(job, signal, class, result));
    }
    match outcome {
        Outcome::Goes { signals: 0, completed: false } | Outcome::Destroyed => Run::Lives,
        Outcome::Goes { signals, completed } => {
            if signals != 0 {
                job.word().fetch_or(signals, Release);
            }
            if completed {
                complete(host, job);
            }
            Run::Sent
        }
        Outcome::Failed => {
            host.job_failed(job, thread, signal);
            host.fail(Misuse::JobFailed)
        }
    }
}

/// Changes a number that one thread alone writes.
pub(super) fn change(number: &AtomicI32, to: impl FnOnce(i32) -> i32) {
    number.store(to(number.load(Relaxed)), Relaxed);
}

/// Puts a job whose queue bit is set into the queue, unless it was there already.
fn queue<H: RunHost>(host: H, held: JobRef, class: u32, already: bool) -> c_int {
    if already {
        release(host, held);
        return IDLE;
    }
    let Some(class_of) = host.classes().get(class as usize) else { host.fail(Misuse::BadClass) };
    let queue = class_of.job_queue.load(Acquire);
    if queue.is_null() {
        host.fail(Misuse::NoQueue)
    }
    let is_main = host.main_queue() == Some(queue);
    let list = class_of.subclasses.load(Acquire);
    // What main runs never overlaps anyway.
    let subclass = (!list.is_null() && !is_main).then(|| held.job().subclass());
    if host.traces() {
        host.trace(Trace::Queued(held.job(), class, subclass));
    }
    if let Some(subclass) = subclass {
        subclasses::push(host, held, list, queue, subclass);
        return QUEUED;
    }
    // Rule 5: from here on the job is another thread's.
    host.push(queue, held.into_raw().cast());
    if is_main && !is_main_thread(host) && must_wake(host.main_status()) {
        if host.traces() {
            host.trace(Trace::WakingMain);
        }
        host.wake_main();
    }
    QUEUED
}

/// Main does not sleep while it pushes; it looks into its queue before it does.
fn is_main_thread<H: RunHost>(host: H) -> bool {
    host.thread().is_some_and(|thread| thread.thread_class.load(Relaxed) == MAIN as i32)
}

/// One reference more.
#[inline]
pub(crate) fn retain(job: Job<'_>) -> Option<JobRef> {
    // Relaxed: whoever has a reference, or reads one under a guard, has the job's contents already.
    job.count().fetch_add(1, Relaxed);
    JobRef::back(job.as_ptr())
}

/// Gives a reference up. True if it was the last: then it is still there.
#[inline]
fn drop_count<H: RunHost>(host: H, job: Job<'_>) -> bool {
    let count = job.count();
    // Acquire: alone, this thread sees what the others did before they gave theirs up.
    match count.fetch_sub(1, AcqRel) {
        2.. => false,
        1 => {
            // Nobody else has one, so nobody has seen the zero.
            count.store(1, Relaxed);
            true
        }
        _ => host.fail(Misuse::NoReference),
    }
}

/// Gives a reference up; the last one is sent FINISH.
#[inline]
pub(crate) fn release<H: RunHost>(host: H, held: JobRef) {
    if drop_count(host, held.job()) {
        send(host, held, Signal::FINISH.bit());
    }
}

/// Sends signals, with a reference. The job may run now, in this thread.
pub(crate) fn send<H: RunHost>(host: H, held: JobRef, signals: u32) {
    let job = held.job();
    // Acquire: the rules that go with it.
    let word = job.word().load(Acquire);
    if host.traces() || signals & !SIGNALS != 0 || job.count().load(Relaxed) <= 0 || word & signals == signals
    {
        return send_with_care(host, held, signals);
    }
    if let Some(thread) = host.thread() {
        if let Some(taken) = enter(job, thread, word, signals, 0) {
            perform::<H, false>(host, held, Some(thread), taken, 0);
            return;
        }
    }
    send_elsewhere(host, held, signals);
}

/// As [`send`], where there is something to say, or nothing to do.
#[cold]
#[inline(never)]
fn send_with_care<H: RunHost>(host: H, held: JobRef, signals: u32) {
    let job = held.job();
    if host.traces() {
        host.trace(Trace::Sending(job, signals));
    }
    if signals & !SIGNALS != 0 {
        host.fail(Misuse::NoSignal)
    }
    if job.count().load(Relaxed) <= 0 {
        host.fail(Misuse::NoReference)
    }
    if job.word().load(Relaxed) & signals != signals {
        return send_elsewhere(host, held, signals);
    }
    let before = match flags::send_again(job.word(), signals) {
        Ok(sent) => return go_on_as(host, held, sent),
        Err(before) => before,
    };
    if before & Signal::FINISH.bit() != 0 && job.count().load(Relaxed) <= 1 {
        host.fail(Misuse::FinishedTwice)
    }
    release(host, held);
}

/// As [`send`], where this thread may not run the job at once.
#[inline(never)]
fn send_elsewhere<H: RunHost>(host: H, held: JobRef, signals: u32) {
    let job = held.job();
    let sent = flags::send(job.word(), signals, || job.rules(), runner(host.thread()));
    go_on_as(host, held, sent);
}

/// Goes on with a job after its signals were sent.
fn go_on_as<H: RunHost>(host: H, held: JobRef, sent: Sent) {
    let job = held.job();
    match sent {
        Sent::Queue { class, already } => {
            queue(host, held, class, already);
            return;
        }
        Sent::Locked => {
            job.set_owner(host.thread());
            go_on(host, held, 0);
            return;
        }
        Sent::Left => {}
    }
    if job.word().load(Relaxed) & INTERRUPT != 0 {
        // An entry of the table, so it is there even if the thread has given the lock back.
        let owner = host.threads().iter().find(|thread| ptr::eq(*thread, job.owner()));
        if let Some(thread) = owner {
            raw::interrupt(thread);
        }
    }
    release(host, held);
}

/// Goes on with a job that was taken out of a queue of this thread's.
pub(crate) fn process<H: RunHost>(host: H, held: JobRef) {
    let Some(thread) = host.thread() else { host.fail(Misuse::NotJobThread) };
    let job = held.job();
    let mask = thread.job_class_mask.load(Relaxed) as u32;
    let from_main = thread.thread_class.load(Relaxed) == MAIN as i32;
    let word = job.word().load(Acquire);
    let clear = taken_out(word, mask, from_main);
    if let Some(taken) = enter(job, thread, word, 0, clear) {
        perform::<H, true>(host, held, Some(thread), taken, 0);
        return;
    }
    if flags::take_out(job.word(), clear) {
        job.set_owner(host.thread());
        go_on(host, held, 0);
    } else {
        release(host, held);
    }
}

/// Runs what is in main's queue, until it is empty. `None` before there is one.
pub(crate) fn run_main<H: RunHost>(host: H) -> Option<c_int> {
    let queue = host.main_queue()?;
    let thread = host.thread().filter(|thread| thread.thread_class.load(Relaxed) == MAIN as i32);
    let Some(thread) = thread else { host.fail(Misuse::NotMain) };
    change(&thread.status, |status| status | THREAD_RUNNING);
    let mut count: c_int = 0;
    while let Some(held) = JobRef::back(host.try_pop(queue).cast()) {
        if host.traces() {
            host.trace(Trace::Got(thread, held.job().as_ptr().cast()));
        }
        process(host, held);
        count = count.wrapping_add(1);
    }
    change(&thread.status, |status| status & !THREAD_RUNNING);
    Some(count)
}

/// Locked: sends RUN with it, and unlocks.
pub(crate) fn schedule<H: RunHost>(host: H, held: JobRef) -> c_int {
    need_lock(host, held.job());
    need_own_lock(host, held.job());
    go_on(host, held, Signal::RUN.bit())
}

fn need_lock<H: RunHost>(host: H, job: Job<'_>) {
    if job.word().load(Relaxed) & LOCKED == 0 {
        host.fail(Misuse::NotLocked)
    }
}

pub(crate) fn change_signals<H: RunHost>(host: H, job: Job<'_>, signals: u64) {
    need_lock(host, job);
    job.set_rules(signals);
}

/// Completes a locked job: once, it tells its parent.
pub(crate) fn complete<H: RunHost>(host: H, job: Job<'_>) {
    if host.traces() {
        host.trace(Trace::Complete(job));
    }
    need_lock(host, job);
    if job.word().load(Relaxed) & COMPLETED != 0 {
        return;
    }
    job.word().fetch_or(COMPLETED, AcqRel);
    if let Some(parent) = JobRef::back(job.parent().swap(ptr::null_mut(), Relaxed)) {
        tell_parent(host, job, parent, job.status().load(Relaxed));
    }
}

/// Tells one who waits that a job is completed; `relation` says how it waits. Its reference goes with it.
pub(crate) fn tell_parent<H: RunHost>(host: H, job: Job<'_>, held: JobRef, relation: u32) {
    let parent = held.job();
    if parent.word().load(Acquire) & COMPLETED != 0 {
        return release(host, held);
    }
    let trace = |step| {
        if host.traces() {
            host.trace(Trace::Parent(parent, step));
        }
    };
    let error = job.error().load(Relaxed);
    match to_parent(relation, error != 0) {
        ToParent::Drop => release(host, held),
        ToParent::Run => send(host, held, Signal::RUN.bit()),
        ToParent::Abort { child } => {
            // The first error stays.
            let _ = parent.error().compare_exchange(0, error, AcqRel, Relaxed);
            if child {
                parent.children().fetch_sub(1, AcqRel);
            }
            trace(ParentStep::Abort);
            send(host, held, Signal::ABORT.bit());
        }
        ToParent::Child { run } => {
            // AcqRel: the last child sees what all the others did.
            if parent.children().fetch_sub(1, AcqRel) == 1 && run {
                trace(ParentStep::Run);
                send(host, held, Signal::RUN.bit());
            } else {
                trace(ParentStep::Waits);
                release(host, held);
            }
        }
    }
}

/// Frees a job at once.
pub(crate) fn free<H: RunHost>(host: H, held: JobRef) -> c_int {
    raw::free(host, held);
    DESTROYED
}
