// SPDX-License-Identifier: LGPL-2.0-or-later
//! The statistics page of the jobs.

use core::ffi::{CStr, c_int};

use super::{host::Legacy, variables::STATS};
use crate::{
    kdb::{
        common::start_time,
        net::{a_idle_quotient, a_idle_time, tot_idle_time},
        support::{c_text, sb_printf},
        upcalls::get_utime_monotonic,
    },
    layout::common_stats::StatsBuffer,
    runtime::jobs::{
        CLASSES,
        statistics::{self, MainIdle, divide},
    },
    sys::{clock, process},
};
use core::sync::atomic::Ordering::Relaxed;

/// Reads the processor time of one thread for its entry `id`; of main for thread 0.
#[unsafe(no_mangle)]
pub extern "C" fn update_thread_stat(pid: c_int, tid: c_int, id: c_int) {
    statistics::read_thread(Legacy, pid, tid, id);
}

/// Reads the processor time of all job threads.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn update_all_thread_stats() {
    statistics::read_all(Legacy);
}

/// A row of numbers, in groups of four.
///
/// # Safety
/// `sb` is a stats buffer.
unsafe fn row<T: Copy>(sb: *mut StatsBuffer, name: &CStr, numbers: &[T; CLASSES], print: impl Fn(T)) {
    // SAFETY: a live buffer, and formats that ask for a C string at most.
    unsafe {
        sb_printf(sb, c_text!("%s\t").as_ptr(), name.as_ptr());
        for (place, number) in numbers.iter().enumerate() {
            match (place, place % 4) {
                (0, _) => {}
                (_, 0) => sb_printf(sb, c_text!("  ").as_ptr()),
                _ => sb_printf(sb, c_text!(" ").as_ptr()),
            }
            print(*number);
        }
        sb_printf(sb, c_text!("\n").as_ptr());
    }
}

/// # Safety
/// `sb` is a stats buffer.
#[inline(never)]
unsafe fn floats(sb: *mut StatsBuffer, name: &CStr, numbers: &[f64; CLASSES]) {
    // SAFETY: the same promise; the format asks for what it gets.
    unsafe { row(sb, name, numbers, |number| sb_printf(sb, c_text!("%.3f").as_ptr(), number)) }
}

/// # Safety
/// `sb` is a stats buffer.
#[inline(never)]
unsafe fn ints(sb: *mut StatsBuffer, name: &CStr, numbers: &[c_int; CLASSES]) {
    // SAFETY: the same promise; the format asks for what it gets.
    unsafe { row(sb, name, numbers, |number| sb_printf(sb, c_text!("%d").as_ptr(), number)) }
}

/// A ratio for each class: the numbers times `factor`, over the others times `time`, times `scale`. Once, not in each place
/// where the page asks for it: nobody waits for the page.
#[inline(never)]
fn ratios(
    numbers: &[f64; CLASSES],
    factor: f64,
    by: &[f64; CLASSES],
    time: f64,
    scale: f64,
) -> [f64; CLASSES] {
    let mut result = *numbers;
    for (number, by) in result.iter_mut().zip(by) {
        *number = divide(factor * *number, *by * time) * scale;
    }
    result
}

/// One figure of all classes.
type Figure = fn(&[f64; CLASSES]) -> f64;

fn sum(ticks: &[f64; CLASSES]) -> f64 {
    ticks.iter().fold(0.0, |sum, ticks| sum + ticks)
}

fn most(ticks: &[f64; CLASSES]) -> f64 {
    ticks.iter().copied().fold(0.0, f64::max)
}

/// Adds what the job threads do, and their jobs. Returns the length of the page.
///
/// # Safety
/// `sb` is a stats buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobs_prepare_stat(sb: *mut StatsBuffer) -> c_int {
    // SAFETY: a live buffer for the whole function.
    let floats = |name: &CStr, numbers| unsafe { floats(sb, name, &numbers) };
    // SAFETY: the same.
    let ints = |name: &CStr, numbers| unsafe { ints(sb, name, &numbers) };
    // SAFETY: the same; the format asks for what it gets.
    let line = |name: &CStr, number: f64| unsafe {
        sb_printf(sb, c_text!("%s\t%.3f\n").as_ptr(), name.as_ptr(), number);
    };
    let main = MainIdle {
        total: tot_idle_time.load(),
        recent: a_idle_time.load(),
        quotient: a_idle_quotient.load(),
    };
    let uptime: f64 = (clock::unix_time() as c_int).wrapping_sub(start_time.load(Relaxed)).into();
    let idle = statistics::idle(Legacy, get_utime_monotonic(), &main);
    let load = statistics::load(Legacy);
    let threads = idle.threads.map(f64::from);
    // SAFETY: a live buffer.
    let page = unsafe { STATS.page(sb) };

    floats(c_text!("thread_average_idle_percent"), ratios(&idle.total, 1.0, &threads, uptime, 100.0));
    floats(c_text!("thread_recent_idle_percent"), ratios(&idle.recent, 1.0, &idle.quotient, 1.0, 100.0));
    ints(c_text!("tot_threads"), idle.threads);

    // Clock ticks to hundredths of a second; and of the last ten seconds, to a percentage.
    let hundredths = 100.0 / process::clock_ticks();
    let tenths = 0.1 * hundredths;
    let names = [
        [
            c_text!("thread_load_average_user"),
            c_text!("thread_load_average_sys"),
            c_text!("thread_load_average"),
        ],
        [
            c_text!("thread_load_recent_user"),
            c_text!("thread_load_recent_sys"),
            c_text!("thread_load_recent"),
        ],
    ];
    let times = [(&load.average, uptime), (&load.recent, 10.0)];
    for (names, (loads, time)) in names.iter().zip(times) {
        for (name, ticks) in names.iter().zip(loads) {
            floats(name, ratios(ticks, hundredths, &threads, time, 1.0));
        }
    }

    let names = [
        [c_text!("load_average_user"), c_text!("load_average_sys"), c_text!("load_average_total")],
        [c_text!("load_recent_user"), c_text!("load_recent_sys"), c_text!("load_recent_total")],
        [c_text!("max_average_user"), c_text!("max_average_sys"), c_text!("max_average_total")],
        [c_text!("max_recent_user"), c_text!("max_recent_sys"), c_text!("max_recent_total")],
    ];
    let figures: [(_, Figure, _); 4] = [
        (&load.average, sum, true),
        (&load.recent, sum, false),
        (&load.average, most, true),
        (&load.recent, most, false),
    ];
    for (names, (loads, figure, of_all)) in names.iter().zip(figures) {
        for (name, ticks) in names.iter().zip(loads) {
            let ticks = figure(ticks);
            line(name, if of_all { divide(hundredths * ticks, uptime) } else { tenths * ticks });
        }
    }

    let page = page.int(c_text!("job_timers_allocated"), |stats| &stats.job_timers_allocated);
    let counts = statistics::counts(Legacy);
    // SAFETY: a live buffer.
    unsafe {
        let text = c_text!("jobs_created\t%lld\njobs_active\t%d\n");
        sb_printf(sb, text.as_ptr(), counts.created, counts.active);
    }
    ints(c_text!("jobs_running"), counts.running);
    page.long(c_text!("jobs_allocated_memory"), |stats| &stats.jobs_allocated_memory)
        .long(c_text!("timer_ops"), |stats| &stats.timer_ops)
        .long(c_text!("timer_ops_scheduler"), |stats| &stats.timer_ops_scheduler)
        .end()
}
