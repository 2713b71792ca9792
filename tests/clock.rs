// SPDX-License-Identifier: LGPL-2.0-or-later
//! The clocks of the boundary and the state they keep. A file of its own, because the state belongs to the process.
#![cfg(feature = "capi")]

use std::{
    sync::Mutex,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use mtproxy_ffi::ffi::*;

/// Held by each test that reads the wall clock, because its cached reading belongs to the process.
static WALL_CLOCK: Mutex<()> = Mutex::new(());

fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64()
}

fn monotonic() -> f64 {
    mtproxy_ffi_get_utime(libc::CLOCK_MONOTONIC)
}

#[test]
fn monotonic_reading_lies_between_two_others_and_is_kept_by_its_thread() {
    let before = monotonic();
    let now = mtproxy_ffi_get_utime_monotonic();
    assert!((before..=monotonic()).contains(&now));
    assert_eq!(mtproxy_ffi_precise_now_value(), now);
    let stamp = mtproxy_ffi_precise_now_rdtsc_value();
    assert_ne!(stamp, 0);
    thread::spawn(|| {
        assert_eq!((mtproxy_ffi_precise_now_value(), mtproxy_ffi_precise_now_rdtsc_value()), (0.0, 0));
        mtproxy_ffi_get_utime_monotonic();
        assert!(mtproxy_ffi_precise_now_value() > 0.0);
    })
    .join()
    .expect("the thread's own checks");
    assert_eq!((mtproxy_ffi_precise_now_value(), mtproxy_ffi_precise_now_rdtsc_value()), (now, stamp));
}

#[test]
fn wall_clock_reading_is_kept_for_the_process() {
    let _alone = WALL_CLOCK.lock();
    let before = unix_seconds();
    let now = mtproxy_ffi_get_utime(libc::CLOCK_REALTIME);
    assert!((before - 1e-3..=unix_seconds() + 1e-3).contains(&now));
    let kept = mtproxy_ffi_precise_time_value();
    assert_eq!(kept, (now * 4_294_967_296.0) as i64);
    let stamp = mtproxy_ffi_precise_time_rdtsc_value();
    assert_ne!(stamp, 0);

    // Other clocks do not change it.
    monotonic();
    mtproxy_ffi_get_utime_monotonic();
    assert_eq!((mtproxy_ffi_precise_time_value(), mtproxy_ffi_precise_time_rdtsc_value()), (kept, stamp));
    thread::spawn(move || assert_eq!(mtproxy_ffi_precise_time_value(), kept)).join().expect("seen elsewhere");
}

#[test]
fn precise_time_is_re_read_only_after_the_given_ticks() {
    let _alone = WALL_CLOCK.lock();
    mtproxy_ffi_get_utime(libc::CLOCK_REALTIME);
    let kept = mtproxy_ffi_precise_time_value();
    thread::sleep(Duration::from_millis(2));
    assert_eq!(mtproxy_ffi_get_precise_time(u32::MAX), kept);
    let fresh = mtproxy_ffi_get_precise_time(0);
    assert!(fresh > kept);
    assert_eq!(mtproxy_ffi_precise_time_value(), fresh);
}

#[test]
fn double_time_keeps_its_reading_for_a_million_ticks() {
    let before = unix_seconds();
    let first = mtproxy_ffi_get_double_time();
    assert!((before - 1e-3..=unix_seconds() + 1e-3).contains(&first));
    let repeats =
        (0..1000).filter(|_| mtproxy_ffi_get_double_time() == mtproxy_ffi_get_double_time()).count();
    assert!(repeats > 900, "re-read {} times in 1000", 1000 - repeats);
    thread::sleep(Duration::from_millis(50));
    assert!(mtproxy_ffi_get_double_time() > first);
}

#[test]
fn unknown_clock_gives_minus_one_and_changes_nothing() {
    let _alone = WALL_CLOCK.lock();
    mtproxy_ffi_get_utime(libc::CLOCK_REALTIME);
    let kept = (mtproxy_ffi_precise_time_value(), mtproxy_ffi_precise_time_rdtsc_value());
    for clock in [-1, 99, i32::MAX] {
        assert_eq!(mtproxy_ffi_get_utime(clock), -1.0);
    }
    assert_eq!((mtproxy_ffi_precise_time_value(), mtproxy_ffi_precise_time_rdtsc_value()), kept);
}
