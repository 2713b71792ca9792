// SPDX-License-Identifier: LGPL-2.0-or-later
//! Jobs of the boundary: which hosts are refused, what is refused of a job, and how a misuse ends.
#![cfg(all(feature = "capi", target_pointer_width = "64"))] // as the legacy tables are here

use std::{
    ffi::c_void,
    process::Command,
    ptr::{null, null_mut},
    sync::atomic::{AtomicI32, Ordering::Relaxed},
};

use mtproxy_ffi::ffi::*;

#[path = "models/jobs_host.rs"]
mod jobs_host;

use jobs_host::{CLASSES, FINISH, HOST, MAIN, MAIN_QUEUE, RUN, THREADS, host, main_thread};

static FINISHED: AtomicI32 = AtomicI32::new(0);
static RUNS: AtomicI32 = AtomicI32::new(0);

unsafe extern "C" fn run(job: *mut c_void, signal: i32, _: *mut c_void) -> i32 {
    if signal == FINISH {
        FINISHED.fetch_add(1, Relaxed);
        // SAFETY: the last reference.
        return unsafe { mtproxy_ffi_jobs_job_free(job) };
    }
    RUNS.fetch_add(1, Relaxed);
    0
}

const fn allow(class: i32, signal: i32) -> u64 {
    (class as u64) << (32 + 4 * signal) | 0x100_0000 << signal
}

/// A job, as all threads see it.
#[derive(Clone, Copy)]
struct Job(*mut c_void);

// SAFETY: the functions take a job from any thread.
unsafe impl Send for Job {}

impl Job {
    fn there(self) -> *mut c_void {
        self.0
    }
}

/// A job of main's, locked.
fn job(function: unsafe extern "C" fn(*mut c_void, i32, *mut c_void) -> i32) -> *mut c_void {
    let (mut job, signals) = (null_mut(), allow(MAIN, RUN) | allow(MAIN, FINISH));
    // SAFETY: a writable place, and no parent.
    let status =
        unsafe { mtproxy_ffi_jobs_create_async_job(Some(function), signals, 0, 0, 0, null_mut(), &mut job) };
    assert_eq!(status, OK);
    assert_eq!(job.addr() % 64, 0);
    job
}

#[test]
fn host_that_lacks_something_or_has_other_structs_is_refused() {
    let _main = main_thread();
    let refused = |change: &dyn Fn(*mut JobsHost)| {
        let mut other = host();
        change(&mut other);
        // SAFETY: refused before it is used; the test checks this claim.
        assert_eq!(unsafe { mtproxy_ffi_jobs_attach(&other) }, EINVAL);
    };
    let fields = size_of::<JobsHost>() / size_of::<usize>();
    for pointer in 16 / size_of::<usize>()..fields {
        // SAFETY: one of the object's own pointers.
        refused(&|host| unsafe { host.cast::<usize>().add(pointer).write(0) });
    }
    for size in 0..4 {
        // SAFETY: one of the object's own numbers.
        refused(&|host| unsafe { *host.cast::<u32>().add(size) += 8 });
    }
    for (place, table) in [(0, THREADS.at(64)), (1, CLASSES.at(4)), (2, MAIN_QUEUE.at(8))] {
        // SAFETY: one of the object's own pointers.
        refused(&|host| unsafe { (&raw mut (*host).threads).add(place).write(table) });
    }
    refused(&|_| {}); // another host, right as it is
    // SAFETY: as above.
    unsafe {
        assert_eq!(mtproxy_ffi_jobs_attach(null()), EINVAL);
        assert_eq!(mtproxy_ffi_jobs_attach((&raw const HOST.0).wrapping_byte_add(4)), EINVAL);
        assert_eq!(mtproxy_ffi_jobs_attach(&HOST.0), OK, "the same again");
    }
}

#[test]
fn what_no_job_can_be_is_refused_and_references_stay() {
    let _main = main_thread();
    let one = job(run);
    let (crooked, mut out) = (one.wrapping_byte_add(8), null_mut());
    let make = |function, bytes, parent, out| {
        // SAFETY: refused; the test checks this claim.
        unsafe { mtproxy_ffi_jobs_create_async_job(function, 0, 0, bytes, 0, parent, out) }
    };
    assert_eq!(make(None, 0, null_mut(), &mut out), EINVAL);
    assert_eq!(make(Some(run), -1, null_mut(), &mut out), EINVAL);
    assert_eq!(make(Some(run), 0, crooked, &mut out), EINVAL);
    assert_eq!(make(Some(run), 0, null_mut(), null_mut()), EINVAL);
    // What a kind of jobs has at the start of its payload must fit: a timer, the pointer to a queue of messages, both.
    for (kind, bytes) in [(1, 0), (1, 31), (2, 0), (2, 7), (3, 39)] {
        // SAFETY: as above.
        let made =
            unsafe { mtproxy_ffi_jobs_create_async_job(Some(run), 0, 0, bytes, kind, null_mut(), &mut out) };
        assert_eq!(made, EINVAL, "{kind} {bytes}");
    }
    // SAFETY: as above.
    unsafe {
        for class in [-1, 16] {
            assert_eq!(mtproxy_ffi_jobs_notify_job_create(class, &mut out), EINVAL);
        }
        assert_eq!(mtproxy_ffi_jobs_notify_job_create(MAIN, null_mut()), EINVAL);
        for nothing in [null_mut(), crooked] {
            assert_eq!(mtproxy_ffi_jobs_job_signal(nothing, RUN), EINVAL);
            for call in [
                mtproxy_ffi_jobs_schedule_job,
                mtproxy_ffi_jobs_unlock_job,
                mtproxy_ffi_jobs_job_incref,
                mtproxy_ffi_jobs_job_decref,
                mtproxy_ffi_jobs_process_one_job,
                mtproxy_ffi_jobs_job_free,
            ] {
                assert_eq!(call(nothing), EINVAL);
            }
        }
        for signal in [-1, 8, i32::MAX] {
            assert_eq!(mtproxy_ffi_jobs_job_signal(one, signal), EINVAL);
        }
    }
    assert!(out.is_null());
    // Its one reference is still there: it ends with it.
    let before = FINISHED.load(Relaxed);
    // SAFETY: the one reference.
    assert_eq!(unsafe { mtproxy_ffi_jobs_schedule_job(one) }, i32::MIN);
    assert_eq!(FINISHED.load(Relaxed), before + 1);
}

/// Neither another thread's lock nor main's queue can be taken.
#[test]
fn only_main_runs_mains_jobs_and_only_the_owner_unlocks() {
    let _main = main_thread();
    let one = Job(job(run));
    std::thread::spawn(move || {
        assert_eq!(mtproxy_ffi_jobs_run_pending_main_jobs(), EINVAL);
        // SAFETY: a live job.
        unsafe {
            assert_eq!(mtproxy_ffi_jobs_unlock_job(one.there()), EINVAL);
            assert_eq!(mtproxy_ffi_jobs_schedule_job(one.there()), EINVAL);
            assert_eq!(mtproxy_ffi_jobs_process_one_job(one.there()), EINVAL);
        }
    })
    .join()
    .unwrap();
    let before = RUNS.load(Relaxed);
    // SAFETY: a live job, with two references.
    unsafe {
        assert_eq!(mtproxy_ffi_jobs_job_incref(one.there()), OK);
        assert_eq!(mtproxy_ffi_jobs_unlock_job(one.there()), 0);
        assert_eq!(mtproxy_ffi_jobs_unlock_job(one.there()), EINVAL, "nobody has locked it");
        assert_eq!(mtproxy_ffi_jobs_job_incref(one.there()), OK);
        assert_eq!(mtproxy_ffi_jobs_job_signal(one.there(), RUN), OK);
        assert_eq!(RUNS.load(Relaxed), before + 1);
        assert_eq!(mtproxy_ffi_jobs_job_decref(one.there()), OK);
    }
    assert_eq!(mtproxy_ffi_jobs_run_pending_main_jobs(), 0);
}

/// A thread that runs no jobs may send signals: main finds the job in its queue.
#[test]
fn signal_of_a_plain_thread_is_run_by_main() {
    let _main = main_thread();
    let one = Job(job(run));
    // SAFETY: a live job.
    unsafe {
        mtproxy_ffi_jobs_job_incref(one.there());
        mtproxy_ffi_jobs_unlock_job(one.there());
        mtproxy_ffi_jobs_job_incref(one.there());
    }
    let before = RUNS.load(Relaxed);
    // SAFETY: a live job, with the reference that goes with the signal.
    let sent = std::thread::spawn(move || unsafe { mtproxy_ffi_jobs_job_signal(one.there(), RUN) });
    assert_eq!(sent.join().unwrap(), OK);
    assert_eq!(RUNS.load(Relaxed), before);
    assert_eq!(mtproxy_ffi_jobs_run_pending_main_jobs(), 1);
    assert_eq!(RUNS.load(Relaxed), before + 1);
    // SAFETY: the last reference.
    assert_eq!(unsafe { mtproxy_ffi_jobs_job_decref(one.there()) }, OK);
}

unsafe extern "C" fn never_right(_: *mut c_void, _: i32, _: *mut c_void) -> i32 {
    -1
}

/// What the next test starts: a job whose function knows no signal.
#[test]
#[ignore = "ends its process"]
fn job_that_fails() {
    let _main = main_thread();
    // SAFETY: a live job.
    unsafe { mtproxy_ffi_jobs_schedule_job(job(never_right)) };
}

#[test]
#[cfg_attr(miri, ignore = "a process of its own")]
fn misuse_is_told_to_the_host_and_ends_the_process() {
    let own = std::env::current_exe().unwrap();
    // Another machine's program starts itself by its emulator, which `make test-portable` names.
    let mut child = match std::env::var_os("MTPROXY_FFI_RUN") {
        None => Command::new(own),
        Some(emulator) => {
            let mut emulated = Command::new(emulator);
            emulated.arg(own);
            emulated
        }
    };
    let ended = child.args(["--exact", "job_that_fails", "--ignored", "--nocapture"]).output().unwrap();
    let text = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && text.contains("the host is told: unknown job signal"), "{text}");
}
