// SPDX-License-Identifier: LGPL-2.0-or-later
//! A host that has jobs: the legacy tables, without a thread but main.

use std::{
    cell::Cell,
    ffi::{CStr, c_char, c_void},
    ptr::null_mut,
    sync::{Mutex, MutexGuard, PoisonError, atomic::AtomicI32},
};

use mtproxy_ffi::ffi::*;

pub(crate) const RUN: i32 = 0;
pub(crate) const FINISH: i32 = 7;
pub(crate) const MAIN: i32 = 3;

/// The memory of the legacy tables.
#[repr(C, align(128))]
pub(crate) struct Zeros<const SIZE: usize>(Cell<[u8; SIZE]>);

// SAFETY: the library's to change; the tests run one after the other.
unsafe impl<const SIZE: usize> Sync for Zeros<SIZE> {}

impl<const SIZE: usize> Zeros<SIZE> {
    const fn new() -> Self {
        Self(Cell::new([0; SIZE]))
    }

    pub(crate) fn at(&self, offset: usize) -> *mut c_void {
        assert!(offset < SIZE);
        self.0.as_ptr().cast::<u8>().wrapping_add(offset).cast()
    }
}

pub(crate) static THREADS: Zeros<{ 256 * 256 }> = Zeros::new();
pub(crate) static CLASSES: Zeros<{ 16 * 32 }> = Zeros::new();
pub(crate) static MAIN_QUEUE: Zeros<192> = Zeros::new();
static MAIN_STATUS: AtomicI32 = AtomicI32::new(0);

thread_local! {
    static THREAD: Cell<*mut c_void> = const { Cell::new(null_mut()) };
}

unsafe extern "C" fn wake_main() {}

unsafe extern "C" fn this_thread() -> *mut c_void {
    THREAD.get()
}

unsafe extern "C" fn this_stats() -> *mut c_void {
    null_mut()
}

unsafe extern "C" fn alloc_queue() -> *mut c_void {
    let queue: *mut c_void = Box::into_raw(Box::new(Zeros::<192>::new())).cast();
    // SAFETY: memory for a queue.
    assert_eq!(unsafe { mtproxy_ffi_mpq_init(queue, 1) }, OK);
    queue
}

unsafe extern "C" fn free_queue(queue: *mut c_void) {
    // SAFETY: a queue of `alloc_queue`'s.
    unsafe {
        mtproxy_ffi_mpq_clear(queue);
        drop(Box::from_raw(queue.cast::<Zeros<192>>()));
    }
}

unsafe extern "C" fn push(queue: *mut c_void, value: *mut c_void) {
    // SAFETY: a live queue.
    assert!(unsafe { mtproxy_ffi_mpq_push_w(queue, value, 0) } >= 0);
}

unsafe extern "C" fn pop(queue: *mut c_void) -> *mut c_void {
    let mut value = null_mut();
    // SAFETY: a live queue.
    unsafe { mtproxy_ffi_mpq_pop_nw(queue, 4, &mut value) };
    value
}

unsafe extern "C" fn free_message(_: *mut c_void) {}

unsafe extern "C" fn fail(sentence: *const c_char) {
    // SAFETY: a C string.
    eprintln!("the host is told: {}", unsafe { CStr::from_ptr(sentence) }.to_str().unwrap());
}

pub(crate) struct Shared(pub(crate) JobsHost);

// SAFETY: the tables are the library's to change, in whatever thread.
unsafe impl Sync for Shared {}

pub(crate) const fn host() -> JobsHost {
    JobsHost {
        host_size: size_of::<JobsHost>() as u32,
        job_size: 64,
        thread_size: 256,
        class_size: 32,
        threads: (&raw const THREADS).cast_mut().cast(),
        classes: (&raw const CLASSES).cast_mut().cast(),
        main_queue: (&raw const MAIN_QUEUE).cast_mut().cast(),
        main_status: (&raw const MAIN_STATUS).cast_mut().cast(),
        wake_main,
        this_thread,
        this_stats,
        alloc_queue,
        free_queue,
        push,
        pop,
        free_message,
        fail,
    }
}

pub(crate) static HOST: Shared = Shared(host());

/// This thread is main until the guard goes.
pub(crate) fn main_thread() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    let guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let queue = MAIN_QUEUE.at(0);
    let entry = THREADS.at(256);
    // SAFETY: the fields of the second entry and of the classes, as layouts.tsv has them; one thread at a time.
    unsafe {
        mtproxy_ffi_mpq_init(queue, 1);
        for class in 1..16 {
            CLASSES.at(class * 32 + 16).cast::<*mut c_void>().write(queue);
        }
        entry.byte_add(8).cast::<[i32; 4]>().write([1, MAIN, 0xffff, 1]);
        entry.byte_add(32).cast::<*mut c_void>().write(queue);
        assert_eq!(mtproxy_ffi_jobs_attach(&HOST.0), OK);
    }
    THREAD.set(entry);
    guard
}
