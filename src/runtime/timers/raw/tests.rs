// SPDX-License-Identifier: LGPL-2.0-or-later
//! Timers of C on the calling thread; each test is a thread of its own.

use core::{cell::Cell, ffi::c_int, ptr, sync::atomic::Ordering::Relaxed};
use std::{boxed::Box, cell::RefCell, thread_local, vec, vec::Vec};

use super::{super::MAX_TIMERS, Refused, ThreadTimers};
use crate::{
    layout::net_timers::{EventTimer, TimerStats},
    runtime::module_stats::OwnBlock,
};

thread_local! {
    static SIZE: Cell<c_int> = const { Cell::new(0) };
    static STATS: &'static TimerStats = Box::leak(Box::new(TimerStats::new()));
    static FIRED: RefCell<Vec<c_int>> = const { RefCell::new(Vec::new()) };
}

/// Runs with this thread's timers.
fn with<R>(run: impl FnOnce(&ThreadTimers<'_>) -> R) -> R {
    let stats = OwnBlock { block: STATS.with(|stats| *stats), shared: false };
    SIZE.with(|size| run(&ThreadTimers { size, stats }))
}

/// Notes the timer's number.
unsafe extern "C" fn note(et: *mut EventTimer) -> c_int {
    // SAFETY: live while it fires.
    let number = unsafe { (*et).flags };
    FIRED.with(|fired| fired.borrow_mut().push(number));
    0
}

/// Notes the number, and sets the timer again one second later.
unsafe extern "C" fn again(et: *mut EventTimer) -> c_int {
    // SAFETY: live while it fires, and until the test ends.
    unsafe {
        note(et);
        (*et).wakeup_time += 1.0;
        with(|timers| timers.insert(et)).unwrap()
    }
}

/// Notes the number, and removes the timer that is `flags` places further.
unsafe extern "C" fn remove_next(et: *mut EventTimer) -> c_int {
    // SAFETY: a timer of an array, followed by another.
    unsafe {
        note(et);
        with(|timers| timers.remove(et.add(1))).unwrap().into()
    }
}

fn timers(times: &[f64]) -> *mut EventTimer {
    let timers = times.iter().zip(1..).map(|(time, flags)| EventTimer {
        h_idx: 0,
        flags,
        wakeup: Some(note),
        wakeup_time: *time,
        real_wakeup_time: 0.0,
    });
    Box::leak(timers.collect::<Vec<_>>().into_boxed_slice()).as_mut_ptr()
}

fn insert(timer: *mut EventTimer) -> Result<c_int, Refused> {
    // SAFETY: leaked, and this thread's.
    with(|timers| unsafe { timers.insert(timer) })
}

fn remove(timer: *mut EventTimer) -> Result<bool, Refused> {
    // SAFETY: leaked, and this thread's.
    with(|timers| unsafe { timers.remove(timer) })
}

fn run(now: f64) -> Option<f64> {
    // SAFETY: the functions above.
    with(|timers| unsafe { timers.run(|| now) })
}

fn fired() -> Vec<c_int> {
    FIRED.with(|fired| core::mem::take(&mut *fired.borrow_mut()))
}

fn place(timer: *mut EventTimer) -> c_int {
    // SAFETY: leaked.
    unsafe { (*timer).h_idx }
}

#[test]
fn timers_fire_in_order_and_tell_when_the_next_is_due() {
    let all = timers(&[5.0, 1.0, 3.0, 1.0]);
    for index in 0..4 {
        assert!(insert(all.wrapping_add(index)).unwrap() > 0);
    }
    assert_eq!(place(all.wrapping_add(1)), 1);
    assert_eq!((run(0.5), fired()), (Some(1.0), vec![]));
    assert_eq!((run(3.0), fired()), (Some(5.0), vec![2, 4, 3]));
    assert_eq!((run(5.0), fired()), (None, vec![1]));
    assert_eq!((run(9.0), fired()), (None, vec![]));
    let stats = STATS.with(|stats| *stats);
    let counts = [&stats.event_timer_insert_ops, &stats.event_timer_remove_ops, &stats.event_timer_alarms];
    assert_eq!(counts.map(|count| count.load(Relaxed)), [4; 3]);
    assert_eq!(stats.total_timers.load(Relaxed), 0);
}

#[test]
fn callbacks_may_insert_and_remove() {
    let all = timers(&[1.0, 2.0, 2.5]);
    // SAFETY: leaked, and in no heap yet.
    unsafe {
        (*all).wakeup = Some(again);
        (*all.add(1)).wakeup = Some(remove_next);
    }
    for index in 0..3 {
        insert(all.wrapping_add(index)).unwrap();
    }
    assert_eq!((run(3.5), fired()), (Some(4.0), vec![1, 2, 1, 1]));
    assert_eq!((place(all), place(all.wrapping_add(1)), place(all.wrapping_add(2))), (1, 0, 0));
}

#[test]
fn moved_timer_has_its_new_time_only() {
    let all = timers(&[1.0, 2.0]);
    assert_eq!((insert(all), insert(all.wrapping_add(1))), (Ok(1), Ok(2)));
    // SAFETY: leaked.
    unsafe { (*all).wakeup_time = 3.0 }
    assert_eq!(insert(all), Ok(2));
    assert_eq!((run(2.0), fired()), (Some(3.0), vec![2]));
    assert_eq!((remove(all), remove(all)), (Ok(true), Ok(false)));
}

/// Cure 19: not a number is refused when it is set, instead of ending the process when it is due.
#[test]
fn time_that_is_not_a_number_is_refused() {
    let all = timers(&[f64::NAN, 1.0]);
    assert_eq!(insert(all), Err(Refused::NotANumber));
    assert_eq!((insert(all.wrapping_add(1)), place(all)), (Ok(1), 0));
    // SAFETY: leaked.
    unsafe { (*all.add(1)).wakeup_time = f64::NAN }
    assert_eq!(insert(all.wrapping_add(1)), Err(Refused::NotANumber));
    assert_eq!((place(all.wrapping_add(1)), run(9.0), fired()), (0, None, vec![]));
    insert(timers(&[1.0])).unwrap();
    assert_eq!((run(f64::NAN), fired()), (Some(1.0), vec![]));
}

#[test]
fn timer_that_is_elsewhere_is_refused() {
    let all = timers(&[1.0, 2.0]);
    insert(all).unwrap();
    for place in [1, 2, -1, c_int::MIN, c_int::MAX] {
        // SAFETY: leaked.
        unsafe { (*all.add(1)).h_idx = place }
        assert_eq!(insert(all.wrapping_add(1)), Err(Refused::Elsewhere));
        assert_eq!(remove(all.wrapping_add(1)), Err(Refused::Elsewhere));
    }
    let all = all as usize;
    std::thread::spawn(move || {
        let timer = ptr::with_exposed_provenance_mut::<EventTimer>(all);
        assert_eq!(remove(timer), Err(Refused::Elsewhere), "another thread's heap");
    })
    .join()
    .unwrap();
}

#[test]
#[cfg_attr(miri, ignore = "half a million timers")]
fn one_timer_too_many_is_refused() {
    let all = timers(&vec![1.0; MAX_TIMERS + 1]);
    for index in 0..MAX_TIMERS {
        insert(all.wrapping_add(index)).unwrap();
    }
    assert_eq!(insert(all.wrapping_add(MAX_TIMERS)), Err(Refused::Full));
    assert_eq!(run(1.0), None);
    assert_eq!(fired().len(), MAX_TIMERS);
}
