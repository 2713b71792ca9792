// SPDX-License-Identifier: LGPL-2.0-or-later
//! Classes, and the threads that run their jobs. Main serves each class that has no threads of its own.

use core::{
    ffi::{c_int, c_void},
    ptr,
    sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release},
};

use super::{
    CLASSES, Host, JobRef, Misuse, Queue, THREADS, Trace,
    run::{self, THREAD_CREATED, THREAD_RUNNING, change},
    statistics, subclasses, timers,
    word::MAIN,
};
use crate::{
    cpu::{counter_steps, cycle_counter},
    layout::jobs::{JobClass, JobThread},
    sys::{
        clock::unix_time,
        random::lrand48,
        thread::{ThreadMain, kernel_id, own_handle, start},
    },
};

/// The stack of a job thread.
const STACK: usize = 4 << 20;

/// This thread is main, from now on.
pub(crate) fn set_main<H: Host>(host: H) {
    let shared = host.shared();
    if shared.main_pthread_known.load(Acquire) == 0 {
        shared.main_pthread.store(own_handle(), Relaxed);
        shared.main_pthread_known.store(1, Release);
    } else {
        need_main(host);
    }
}

pub(crate) fn need_main<H: Host>(host: H) {
    let shared = host.shared();
    if shared.main_pthread_known.load(Acquire) == 0 || shared.main_pthread.load(Relaxed) != own_handle() {
        host.fail(Misuse::NotMain)
    }
}

fn class_of<H: Host>(host: H, class: c_int) -> &'static JobClass {
    let known = usize::try_from(class).ok().filter(|class| *class != 0);
    known.and_then(|class| host.classes().get(class)).unwrap_or_else(|| host.fail(Misuse::BadClass))
}

/// Makes main's queue and main's entry, once. Returns how many threads there are.
pub(crate) fn init<H: Host>(host: H, work: ThreadMain) -> c_int {
    set_main(host);
    let shared = host.shared();
    if host.main_queue().is_none() {
        let queue = host.make_main_queue();
        for class in host.classes() {
            class.job_queue.store(queue, Release);
        }
    }
    if shared.count.load(Relaxed) == 0 && create(host, MAIN as c_int, work) < 0 {
        host.fail(Misuse::NoMemory)
    }
    shared.count.load(Relaxed)
}

/// Makes a thread of a class, or main's entry. Returns its number, or -1 where there can be none.
pub(crate) fn create<H: Host>(host: H, class: c_int, work: ThreadMain) -> c_int {
    let shared = host.shared();
    let of = class_of(host, class);
    let count = shared.count.load(Relaxed);
    let is_main = class == MAIN as c_int;
    if is_main == (count != 0) {
        host.fail(Misuse::ThreadsBeforeMain)
    }
    if count >= THREADS as c_int {
        return -1;
    }
    need_main(host);
    let main_queue = host.main_queue();
    let Some(mut queue) = main_queue else { host.fail(Misuse::NoQueue) };
    let served_by_main = !is_main && main_queue == Some(of.job_queue.load(Relaxed));
    let free = host
        .threads()
        .iter()
        .zip(0..)
        .skip(1)
        .find(|(thread, _)| thread.status.load(Relaxed) == 0 && thread.pthread_id.load(Relaxed) == 0);
    let Some((thread, id)) = free else { return -1 };
    if served_by_main {
        queue = host.new_queue();
    } else if !is_main {
        queue = of.job_queue.load(Relaxed);
    }
    prepare(thread, id, class, of, queue);
    // The same number as the original takes from the process's generator.
    thread.rand_data.seed(cycle_counter().unwrap_or(0) as u64 ^ lrand48() as u64);
    if is_main {
        host.number_thread();
        thread.pthread_id.store(own_handle(), Relaxed);
        host.become_thread(thread);
        shared.main.store(ptr::from_ref(thread).cast_mut(), Release);
        statistics::note_block(host, id);
        host.handle_interrupts();
    } else {
        let started = start(work, ptr::from_ref(thread).cast_mut().cast(), STACK);
        match started {
            Ok(handle) => thread.pthread_id.store(handle, Relaxed),
            Err(error) => {
                // Nothing has changed: main, or the class's other threads, go on.
                host.thread_refused(error);
                thread.status.store(0, Relaxed);
                if served_by_main {
                    host.free_queue(queue);
                }
                return -1;
            }
        }
    }
    if served_by_main {
        // From now on the class's jobs are its own threads'. Those in main's queue go where they belong when main takes
        // them out (`word::taken_out`).
        of.job_queue.store(queue, Release);
        let main = host.threads().iter().find(|main| ptr::eq(*main, shared.main.load(Relaxed)));
        if let Some(main) = main {
            change(&main.job_class_mask, |mask| mask & !(1 << class));
        }
    }
    shared.max_id.fetch_max(id, AcqRel);
    shared.count.fetch_add(1, AcqRel);
    of.cur_threads.fetch_add(1, Relaxed);
    id
}

fn prepare(thread: &'static JobThread, id: c_int, class: c_int, of: &'static JobClass, queue: Queue) {
    let all = if class == MAIN as c_int { 0xffff } else { 1 << class };
    thread.thread_class.store(class, Relaxed);
    thread.job_class_mask.store(1 | all, Relaxed);
    thread.job_queue.store(queue, Relaxed);
    thread.job_class.store(ptr::from_ref(of).cast_mut(), Release);
    thread.id.store(id, Relaxed);
    thread.status.store(THREAD_CREATED, Release);
}

/// Declares a class, and makes its threads if main's queue is there. Returns how many were made.
pub(crate) fn create_class<H: Host>(
    host: H,
    class: c_int,
    min: c_int,
    max: c_int,
    only: bool,
    work: Work,
) -> c_int {
    let of = class_of(host, class);
    check_counts(host, of, min, max, only);
    let known = of.min_threads.load(Relaxed);
    if min < known || known == 0 {
        of.min_threads.store(min, Relaxed);
    }
    of.max_threads.fetch_max(max, Relaxed);
    if host.main_queue().is_some() { create_threads(host, class, work) } else { 0 }
}

fn check_counts<H: Host>(host: H, of: &JobClass, min: c_int, max: c_int, only: bool) {
    if min < 0 || max < min {
        host.fail(Misuse::BadThreadCount)
    }
    if only && of.min_threads.load(Relaxed) != 0 {
        host.fail(Misuse::ClassTwice)
    }
}

/// As [`create_class`], with subclasses from -2 to `count` - 1.
pub(crate) fn create_class_with<H: Host>(
    host: H,
    class: c_int,
    (min, max): (c_int, c_int),
    only: bool,
    count: c_int,
    work: Work,
) -> c_int {
    let of = class_of(host, class);
    check_counts(host, of, min, max, only);
    if of.cur_threads.load(Relaxed) != 0 {
        // Its threads would take the numbers of subclasses for jobs.
        host.fail(Misuse::ClassTwice)
    }
    of.subclasses.store(subclasses::make(host, count), Release);
    create_class(host, class, min, max, only, work)
}

/// What the threads of a class run: without subclasses, and with them.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    pub(crate) jobs: ThreadMain,
    pub(crate) subclasses: ThreadMain,
}

impl Work {
    pub(crate) fn of<H: Host>(self, host: H, class: c_int) -> ThreadMain {
        if class_of(host, class).subclasses.load(Relaxed).is_null() { self.jobs } else { self.subclasses }
    }
}

/// Makes the threads that a class still lacks. Returns how many were made.
pub(crate) fn create_threads<H: Host>(host: H, class: c_int, work: Work) -> c_int {
    let of = class_of(host, class);
    if class == MAIN as c_int {
        host.fail(Misuse::BadClass)
    }
    if of.min_threads.load(Relaxed) > of.max_threads.load(Relaxed) {
        host.fail(Misuse::BadThreadCount)
    }
    need_main(host);
    let mut made = 0;
    while of.cur_threads.load(Relaxed) < of.min_threads.load(Relaxed)
        && host.shared().count.load(Relaxed) < THREADS as c_int
    {
        if create(host, class, work.of(host, class)) < 0 {
            // Fewer, or main, serve the class.
            break;
        }
        made += 1;
    }
    made
}

/// How many cycles at 2 GHz may pass until a thread that never waits reads the clock again.
const CYCLES: u32 = 1_000_000;

/// A job thread: takes out of its queue, and works, for ever.
pub(crate) fn serve<H: Host>(host: H, thread: &'static JobThread, work: impl Fn(*mut c_void, c_int)) -> ! {
    host.become_thread(thread);
    let class = thread.thread_class.load(Relaxed);
    if class <= 0 || class as usize >= CLASSES {
        host.fail(Misuse::BadClass)
    }
    host.number_thread();
    thread.thread_system_id.store(kernel_id(), Relaxed);
    host.handle_interrupts();
    host.thread_callbacks();
    statistics::note_block(host, thread.id.load(Relaxed));
    change(&thread.status, |status| status | THREAD_RUNNING);
    let queue = thread.job_queue.load(Acquire);
    if class_of(host, class).max_threads.load(Relaxed) == 1 {
        // The manager knows whose timers it runs: there is one thread only.
        thread.timer_manager.store(timers::new_manager(host, class), Release);
    }
    let (mut second, mut ticks) = (0, 0);
    loop {
        let mut value = host.try_pop(queue);
        if value.is_null() {
            value = wait(host, queue);
        }
        let now = cycle_counter();
        // A machine without a counter reads the clock each time.
        if now.is_none_or(|now| now.wrapping_sub(ticks) > counter_steps(CYCLES).into()) {
            host.read_clock();
            let this = unix_time();
            host.set_second(this);
            decay(host, &mut second, this);
            ticks = now.unwrap_or(0);
        }
        if host.traces() {
            host.trace(Trace::Got(thread, value));
        }
        work(value, class);
    }
}

/// Sleeps until there is something in the queue, and counts the time.
fn wait<H: Host>(host: H, queue: Queue) -> *mut c_void {
    let start = host.read_clock();
    let stats = host.stats().block;
    stats.locked_since.store(start);
    let value = host.pop(queue);
    let slept = host.read_clock() - start;
    stats.locked_since.store(0.0);
    stats.tot_idle_time.add(slept);
    stats.a_idle_time.add(slept);
    value
}

/// The recent idle time, and what it is divided by, lose a hundredth a second.
fn decay<H: Host>(host: H, second: &mut i64, now: i64) {
    let stats = host.stats().block;
    let passed = now.saturating_sub(*second);
    // After so many the quotient does not change any more.
    for _ in 0..passed.min(4000) {
        stats.a_idle_time.store(stats.a_idle_time.load() * (100.0 / 101.0));
        stats.a_idle_quotient.store(stats.a_idle_quotient.load() * (100.0 / 101.0) + 1.0);
    }
    if passed >= 60 {
        // It slept all that time, or has just started.
        stats.a_idle_time.store(stats.a_idle_quotient.load());
    }
    *second = now;
}

/// Goes on with what was in a queue of jobs.
pub(crate) fn work_job<H: Host>(host: H, value: *mut c_void) {
    if let Some(held) = JobRef::back(value.cast()) {
        run::process(host, held);
    }
}
