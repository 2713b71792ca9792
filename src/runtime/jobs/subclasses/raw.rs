// SPDX-License-Identifier: LGPL-2.0-or-later
//! The lists of subclasses, in memory that lives for ever.

use core::{
    ffi::{c_int, c_void},
    mem::MaybeUninit,
    ptr,
    sync::atomic::{
        AtomicI32,
        Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst},
        fence,
    },
};

use super::super::{JobRef, Misuse, Queue, RunHost, run};
use crate::layout::jobs::{JobSubclass, JobSubclassList};

/// How many threads of a class may run its subclasses; -1 takes all their permits.
const PERMITS: u32 = 16;

/// The first subclass, which is also how many come before number 0.
const FIRST: c_int = -2;

/// What the queue of the class holds for subclass 0.
const OFFSET: c_int = 3;

/// Makes the list of the subclasses from -2 to `count` - 1.
pub(crate) fn make<H: RunHost>(host: H, count: c_int) -> *mut JobSubclassList {
    let before = FIRST.unsigned_abs() as usize;
    let Some(all) = usize::try_from(count).ok().and_then(|count| count.checked_add(before)) else {
        host.fail(Misuse::BadSubclass)
    };
    // SAFETY: allocations; null is an answer.
    let (list, elements) = unsafe {
        (
            libc::malloc(size_of::<JobSubclassList>()).cast::<JobSubclassList>(),
            libc::calloc(all, size_of::<JobSubclass>()).cast::<JobSubclass>(),
        )
    };
    if list.is_null() || elements.is_null() {
        host.fail(Misuse::NoMemory)
    }
    for (place, id) in (FIRST..count).enumerate() {
        let zero = || AtomicI32::new(0);
        // SAFETY: one of the elements.
        unsafe {
            elements.add(place).write(JobSubclass {
                subclass_id: id,
                total_jobs: zero(),
                allowed_to_run_jobs: zero(),
                processed_jobs: zero(),
                locked: zero(),
                job_queue: host.new_queue(),
            });
        }
    }
    // SAFETY: the list's own memory; zeroes are a semaphore's bytes, until libc makes it one.
    unsafe {
        list.write(JobSubclassList {
            subclass_cnt: count,
            sem: MaybeUninit::zeroed().assume_init(),
            subclasses: elements.add(before),
        });
        libc::sem_init(&raw mut (*list).sem, 0, PERMITS);
    }
    list
}

/// The subclass of a number.
fn subclass<H: RunHost>(host: H, list: *mut JobSubclassList, number: c_int) -> &'static JobSubclass {
    // SAFETY: a list that `make` made, so it lives for ever, and its fields but the semaphore do not change.
    let (count, subclasses) = unsafe { ((*list).subclass_cnt, (*list).subclasses) };
    if !(FIRST..count).contains(&number) {
        host.fail(Misuse::BadSubclass)
    }
    // SAFETY: inside, as checked; all that changes is atomic.
    unsafe { &*subclasses.offset(number as isize) }
}

/// Puts a job into the queue of its subclass.
pub(crate) fn push<H: RunHost>(
    host: H,
    held: JobRef,
    list: *mut JobSubclassList,
    queue: Queue,
    number: c_int,
) {
    let own = subclass(host, list, number);
    own.total_jobs.fetch_add(1, Relaxed);
    host.push(own.job_queue, held.into_raw().cast());
    host.push(queue, ptr::without_provenance_mut((number + OFFSET) as usize));
}

/// Takes `count` permits, or gives them back.
fn permits(list: *mut JobSubclassList, count: u32, take: bool) {
    // SAFETY: a list that lives for ever; its semaphore is libc's to change.
    let sem = unsafe { &raw mut (*list).sem };
    for _ in 0..count {
        // SAFETY: a semaphore. A signal may interrupt the wait.
        while unsafe { if take { libc::sem_wait(sem) } else { libc::sem_post(sem) } } < 0 {}
    }
}

/// Runs the jobs of the subclass whose number was in the class's queue.
pub(crate) fn process<H: RunHost>(host: H, value: *mut c_void) {
    let class = host.thread().map(|thread| thread.job_class.load(Acquire)).filter(|class| !class.is_null());
    let Some(class) = class else { host.fail(Misuse::NotJobThread) };
    // SAFETY: a thread's class is an element of the static table.
    let list = unsafe { &(*class).subclasses }.load(Acquire);
    if list.is_null() {
        host.fail(Misuse::BadSubclass)
    }
    let number = (value.addr() as c_int).wrapping_sub(OFFSET);
    let own = subclass(host, list, number);
    own.allowed_to_run_jobs.fetch_add(1, AcqRel);
    // Pairs with the fence below: this thread finds the subclass unlocked, or the other one finds its job allowed.
    fence(SeqCst);
    if own.locked.compare_exchange(0, 1, AcqRel, Relaxed).is_err() {
        return;
    }
    let wanted = if number == -1 { PERMITS } else { 1 };
    permits(list, wanted, true);
    let left = || own.processed_jobs.load(Relaxed) != own.allowed_to_run_jobs.load(Acquire);
    loop {
        while left() {
            let Some(held) = JobRef::back(host.try_pop(own.job_queue).cast()) else {
                host.fail(Misuse::LostJob)
            };
            run::process(host, held);
            own.processed_jobs.fetch_add(1, Relaxed);
        }
        own.locked.store(0, Release);
        fence(SeqCst);
        if !left() || own.locked.compare_exchange(0, 1, AcqRel, Relaxed).is_err() {
            break;
        }
    }
    permits(list, wanted, false);
}
