// SPDX-License-Identifier: LGPL-2.0-or-later
//! What a statistics page says of the threads and their jobs.

use core::{
    ffi::c_int,
    ptr,
    sync::atomic::Ordering::{Acquire, Relaxed, Release},
};

use super::{CLASSES, Host, word::MAIN};
use crate::{
    layout::jobs::{JobThread, JobsStats},
    runtime::process_stats,
    sys::process,
};

/// Sums for each class.
pub(crate) type PerClass = [f64; CLASSES];

/// The idle time of each class's threads.
#[derive(Default)]
pub(crate) struct Idle {
    pub(crate) total: PerClass,
    pub(crate) recent: PerClass,
    /// What `recent` is divided by.
    pub(crate) quotient: PerClass,
    pub(crate) threads: [c_int; CLASSES],
}

/// Main's own idle times, which the event loop keeps.
pub(crate) struct MainIdle {
    pub(crate) total: f64,
    pub(crate) recent: f64,
    pub(crate) quotient: f64,
}

/// The processor time of each class's threads, in clock ticks: in user mode, in the kernel, together.
#[derive(Default)]
pub(crate) struct Load {
    pub(crate) average: [PerClass; 3],
    pub(crate) recent: [PerClass; 3],
}

/// Jobs, over all threads.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) created: i64,
    pub(crate) active: c_int,
    pub(crate) running: [c_int; CLASSES],
}

/// Keeps the calling thread's statistics under the number of its entry.
pub(super) fn note_block<H: Host>(host: H, id: c_int) {
    let own = host.stats();
    if let (Some(place), false) = (host.shared().blocks.of_thread(id), own.shared) {
        place.store(ptr::from_ref(own.block).cast_mut(), Release);
    }
}

/// The entries in use, each with its statistics, its number and the place of its class.
fn threads<H: Host>(host: H) -> impl Iterator<Item = (&'static JobThread, &'static JobsStats, usize, usize)> {
    let shared = host.shared();
    let last = shared.max_id.load(Acquire);
    host.threads().iter().zip(0..).skip(1).take_while(move |(_, id)| *id <= last).filter_map(
        move |(thread, id)| {
            let block = super::raw::block(shared.blocks.of_thread(id)?.load(Acquire))?;
            let class = thread.thread_class.load(Relaxed) as usize & (CLASSES - 1);
            (thread.status.load(Relaxed) != 0).then_some((thread, block, id as usize, class))
        },
    )
}

fn add(sums: &mut PerClass, class: usize, number: f64) {
    if let Some(sum) = sums.get_mut(class) {
        *sum += number;
    }
}

pub(crate) fn idle<H: Host>(host: H, now: f64, main: &MainIdle) -> Idle {
    let mut idle = Idle::default();
    add(&mut idle.total, MAIN as usize, main.total);
    add(&mut idle.recent, MAIN as usize, main.recent);
    add(&mut idle.quotient, MAIN as usize, main.quotient);
    for (_, stats, _, class) in threads(host) {
        let since = stats.locked_since.load();
        // One that sleeps has slept since then.
        let asleep = if since == 0.0 { 0.0 } else { now - since };
        add(&mut idle.total, class, stats.tot_idle_time.load() + asleep);
        add(&mut idle.recent, class, stats.a_idle_time.load() + asleep);
        add(&mut idle.quotient, class, stats.a_idle_quotient.load() + asleep);
        if let Some(count) = idle.threads.get_mut(class) {
            *count += 1;
        }
    }
    idle
}

pub(crate) fn load<H: Host>(host: H) -> Load {
    let mut load = Load::default();
    for (_, _, id, class) in threads(host) {
        let Some(stat) = host.shared().thread_stats.get(id) else { continue };
        let read = |ticks: &core::sync::atomic::AtomicU64| ticks.load(Relaxed);
        for (sums, user, sys) in [
            (&mut load.average, read(&stat.tot_user), read(&stat.tot_sys)),
            (&mut load.recent, read(&stat.recent_user), read(&stat.recent_sys)),
        ] {
            for (sums, ticks) in sums.iter_mut().zip([user, sys, user.wrapping_add(sys)]) {
                add(sums, class, ticks as f64);
            }
        }
    }
    load
}

pub(crate) fn counts<H: Host>(host: H) -> Counts {
    let shared = host.shared();
    let last = usize::try_from(shared.max_id.load(Acquire)).unwrap_or(0);
    let mut counts = Counts::default();
    let entries = host.threads().iter().take(last.saturating_add(1)).skip(1);
    let used = entries.filter(|thread| thread.status.load(Relaxed) != 0);
    for thread in used.chain([host.plain()]) {
        counts.created = counts.created.wrapping_add(thread.jobs_created.load(Relaxed));
        counts.active = counts.active.wrapping_add(thread.jobs_active.load(Relaxed) as c_int);
        for (sum, running) in counts.running.iter_mut().zip(&thread.jobs_running) {
            *sum = sum.wrapping_add(running.load(Relaxed));
        }
    }
    counts
}

/// Reads the processor time of one thread; of main, whose number may be unknown, for 0.
pub(crate) fn read_thread<H: Host>(host: H, pid: c_int, tid: c_int, id: c_int) {
    let stat = usize::try_from(id).ok().and_then(|id| host.shared().thread_stats.get(id));
    let (Some(stat), Ok(now)) = (stat, process_stats::read(pid, if tid == 0 { pid } else { tid })) else {
        return;
    };
    let (user, sys) = (now.utime, now.stime);
    stat.recent_sys.store(sys.wrapping_sub(stat.tot_sys.load(Relaxed)), Relaxed);
    stat.recent_user.store(user.wrapping_sub(stat.tot_user.load(Relaxed)), Relaxed);
    stat.tot_sys.store(sys, Relaxed);
    stat.tot_user.store(user, Relaxed);
}

pub(crate) fn read_all<H: Host>(host: H) {
    let pid = process::id() as c_int;
    let last = host.shared().max_id.load(Acquire);
    for (thread, id) in host.threads().iter().zip(0..=last).skip(1) {
        read_thread(host, pid, thread.thread_system_id.load(Relaxed), id);
    }
}

/// 0 where there is nothing to divide by.
pub(crate) fn divide(number: f64, by: f64) -> f64 {
    if by > 0.0 { number / by } else { 0.0 }
}
