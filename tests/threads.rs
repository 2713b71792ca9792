// SPDX-License-Identifier: LGPL-2.0-or-later
//! Calls the functions that keep state from many threads, which start at the same moment.
#![cfg(feature = "capi")]

use std::{
    mem::zeroed,
    sync::Barrier,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use mtproxy_ffi::{cpu::CpuId, ffi::*, process_id::ProcessId};

const THREADS: usize = 16;

fn together<T: Send>(run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let (start, run) = (&start, &run);
                scope.spawn(move || {
                    start.wait();
                    run(number)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("the thread's own checks")).collect()
    })
}

fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64()
}

/// The first calls of the process race here on purpose: no thread may see a half-written result.
#[test]
fn cpu_is_identified_alike_by_all_threads() {
    let answers = together(|_| {
        let mut all = Vec::new();
        for _ in 0..1000 {
            // SAFETY: a writable result.
            let (status, cpu) = unsafe {
                let mut cpu: CpuId = zeroed();
                (mtproxy_ffi_cpuid_fill(&mut cpu), cpu)
            };
            all.push((status, cpu.magic, cpu.ecx, cpu.edx));
        }
        all
    });
    let first = answers[0][0];
    assert!(answers.iter().flatten().all(|answer| *answer == first));
}

#[test]
fn checksums_agree_while_all_threads_find_out_what_the_cpu_can() {
    let data: Vec<u8> = (0..4096u32).map(|n| (n * 7) as u8).collect();
    let sums = together(|_| {
        // SAFETY: a readable input.
        unsafe {
            let (data, len) = (data.as_ptr(), data.len());
            (mtproxy_ffi_crc32_partial(data, len, !0), mtproxy_ffi_crc32c_partial(data, len, !0))
        }
    });
    assert!(sums.iter().all(|&sum| sum == (!crc32fast::hash(&data), !crc32c::crc32c(&data))));
}

#[test]
fn each_thread_keeps_its_own_monotonic_reading() {
    together(|_| {
        let mut last = 0.0;
        for _ in 0..5000 {
            let now = mtproxy_ffi_get_utime_monotonic();
            assert!(now >= last);
            assert_eq!(mtproxy_ffi_precise_now_value(), now);
            assert_ne!(mtproxy_ffi_precise_now_rdtsc_value(), 0);
            last = now;
        }
    });
}

/// While any thread renews the shared wall clock, no thread reads a half-written or an old value.
#[test]
fn shared_wall_clock_is_whole_and_fresh_for_all_threads() {
    together(|number| {
        for round in 0..5000u32 {
            let before = unix_seconds();
            let precision = if number % 2 == 0 { 0 } else { round };
            let fixed = mtproxy_ffi_get_precise_time(precision) as f64 / 4_294_967_296.0;
            let double = mtproxy_ffi_get_double_time();
            let kept = mtproxy_ffi_precise_time_value() as f64 / 4_294_967_296.0;
            assert_ne!(mtproxy_ffi_precise_time_rdtsc_value(), 0);
            for reading in [fixed, double, kept] {
                // A wide range, because a thread may be suspended between two lines here.
                assert!((before - 10.0..before + 10.0).contains(&reading), "{reading} at {before}");
            }
        }
    });
}

#[test]
fn process_identities_are_filled_alike_by_all_threads() {
    let ids = together(|_| {
        let mut id = ProcessId::default();
        // SAFETY: a writable and initialised identity of this thread's own.
        assert_eq!(unsafe { mtproxy_ffi_pid_init_server(&mut id, 5, 443) }, OK);
        (id.ip, id.port, id.pid)
    });
    assert!(ids.iter().all(|id| *id == ids[0] && id.2 != 0));
}
