// SPDX-License-Identifier: LGPL-2.0-or-later
//! The turns of the loop. The promise is that of [`super::descriptors`].

use core::{
    cell::UnsafeCell,
    ffi::c_int,
    mem::MaybeUninit,
    sync::atomic::{AtomicI32, AtomicI64, Ordering::Acquire},
};

use super::descriptors::{Process, descriptors, refuse};
use crate::{
    kdb::{
        common::set_now_of_thread,
        jobs::{JobThreads, jobs_check_all_timers, main_queue, max_job_thread_id},
        net::{thread_run_timers, timers_get_first},
        statics::exported_aligned,
        upcalls::get_utime_monotonic,
    },
    layout::atomic_f64::AtomicF64,
    runtime::{
        events::{Counts, EventRoom, Idle, Loop, MAX_DESCRIPTORS, Sleeper, Turn},
        wakeup::MAIN_SLEEPS_UNTIL,
    },
    sys::{clock, epoll::Timeout},
};

/// How long the loop slept in all, in seconds.
#[unsafe(no_mangle)]
pub static tot_idle_time: AtomicF64 = AtomicF64::new(0.0);

/// How long it slept in recent seconds, of which the last ones count most.
#[unsafe(no_mangle)]
pub static a_idle_time: AtomicF64 = AtomicF64::new(0.0);

/// What that would be without any work.
#[unsafe(no_mangle)]
pub static a_idle_quotient: AtomicF64 = AtomicF64::new(0.0);

/// When the last sleep ended, by the monotonic clock.
#[unsafe(no_mangle)]
pub static last_epoll_wait_at: AtomicF64 = AtomicF64::new(0.0);

/// How often epoll was asked for events.
#[unsafe(no_mangle)]
pub static epoll_calls: AtomicI64 = AtomicI64::new(0);

/// ... and interrupted by a signal.
#[unsafe(no_mangle)]
pub static epoll_intr: AtomicI64 = AtomicI64::new(0);

/// 1 while the loop sleeps or is about to; 2 when it has been woken.
#[unsafe(no_mangle)]
pub static main_thread_interrupt_status: AtomicI32 = AtomicI32::new(0);

// Without effect: the original sleeps so long, in nanoseconds, before it waits for events.
exported_aligned!("epoll_sleep_ns", 4, "32");

/// Nobody uses it.
#[unsafe(no_mangle)]
pub static event_timer_insert_ops: AtomicI64 = AtomicI64::new(0);

/// Nobody uses it.
#[unsafe(no_mangle)]
pub static event_timer_remove_ops: AtomicI64 = AtomicI64::new(0);

/// What epoll has to say.
#[repr(C, align(32))]
pub struct NewEvents(UnsafeCell<EventRoom>);

// SAFETY: the main thread alone uses it, as the module promises.
unsafe impl Sync for NewEvents {}

/// What epoll said last.
#[unsafe(no_mangle)]
pub static new_ev_list: NewEvents = NewEvents(UnsafeCell::new([MaybeUninit::zeroed(); MAX_DESCRIPTORS]));

static SECOND: AtomicI32 = AtomicI32::new(0);

impl Loop for Process {
    fn read_clocks(&self) -> (c_int, f64) {
        let second = clock::unix_time() as c_int;
        set_now_of_thread(second);
        (second, get_utime_monotonic())
    }

    fn read_monotonic(&self) -> f64 {
        get_utime_monotonic()
    }

    fn run_timers(&self) {
        // SAFETY: the module's promise: timers are called in this thread's turns.
        unsafe { thread_run_timers() };
    }

    fn own_timer(&self) -> Option<f64> {
        // SAFETY: this thread's own timers.
        let first = unsafe { timers_get_first() };
        (first != 0.0).then_some(first)
    }

    fn other_timers(&self) -> impl Iterator<Item = f64> {
        // All threads up to the greatest number are there, and stay.
        let last = usize::try_from(max_job_thread_id.load(Acquire)).unwrap_or(0);
        let others = JobThreads.iter().take(last.saturating_add(1)).skip(2);
        others.map(|thread| thread.wakeup_time.load()).filter(|&time| time > 0.0)
    }

    fn wake_timers(&self) {
        jobs_check_all_timers();
    }

    fn has_work(&self) -> bool {
        main_queue().has_items()
    }
}

/// # Safety
/// The module's promise.
unsafe fn turn() -> Turn<'static, Process> {
    Turn {
        // SAFETY: the module's promise.
        events: unsafe { descriptors() },
        sleeper: Sleeper { status: &main_thread_interrupt_status, until: &MAIN_SLEEPS_UNTIL },
        idle: Idle {
            total: &tot_idle_time,
            recent: &a_idle_time,
            recent_whole: &a_idle_quotient,
            end: &last_epoll_wait_at,
            second: &SECOND,
        },
        counts: Counts { calls: &epoll_calls, interrupted: &epoll_intr },
        host: Process,
    }
}

/// # Safety
/// The module's promise.
unsafe fn room() -> &'static mut EventRoom {
    // SAFETY: the main thread alone uses it, and a turn within a turn none of its events.
    unsafe { &mut *new_ev_list.0.get() }
}

/// Waits at most so many milliseconds for events and queues them. Returns how many there were, or -1 after a message.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_fetch_events(timeout: c_int) -> c_int {
    // SAFETY: the module's promise.
    match unsafe { turn().fetch(room(), || Timeout::Milliseconds(timeout)) } {
        Ok(count) => count.map_or(-1, |count| count as c_int),
        Err(refused) => refuse(refused),
    }
}

/// Calls this thread's timers that are due. Returns as [`thread_run_timers`] does.
///
/// # Safety
/// As for [`thread_run_timers`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_run_timers() -> c_int {
    // SAFETY: the same promise.
    unsafe { thread_run_timers() }
}

/// One turn of the loop: handlers and timers that are due, a sleep until there is more, and those again. The argument has no
/// effect. Returns how many handlers it called after the sleep; 0, without a sleep, if a signal asks the process to end.
///
/// # Safety
/// The module's promise.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_work(_timeout: c_int) -> c_int {
    // SAFETY: the module's promise.
    unsafe { turn().work(room()) }.unwrap_or_else(|refused| refuse(refused))
}
