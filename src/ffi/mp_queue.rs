// SPDX-License-Identifier: LGPL-2.0-or-later
//! Queues between threads, in memory of the host's: the 192 bytes of a legacy `struct mp_queue`.
//!
//! The threads that use queues have numbers of this file's own, which the drop-in's do not meet: a queue belongs to the
//! functions that made it.

use core::{
    ffi::c_void,
    ptr::{self, NonNull},
    sync::atomic::AtomicI32,
};

use super::{
    boundary::{Failure, Output, status},
    contract::in_rust,
};
use crate::{
    contract::{MPQ_OP_IS_EMPTY, MPQ_OP_POP, MPQ_OP_POP_NW, MPQ_OP_POP_W, MPQ_OP_PUSH, MPQ_OP_PUSH_W},
    layout::mp_queue::MpQueue,
    runtime::queue::{Counts, Hazards, Kind, Lent, Numbers, Queue, Threads},
    sys::thread::AtThreadEnd,
};

static HAZARDS: Hazards = Hazards::new();
static LAST_NUMBER: AtomicI32 = AtomicI32::new(0);
static NUMBERS: Numbers = Numbers::new();
/// Each thread's number, while it has one.
static NUMBER: AtThreadEnd = AtThreadEnd::new(forget_thread);

static BLOCKS: AtomicI32 = AtomicI32::new(0);
static MOST_BLOCKS: AtomicI32 = AtomicI32::new(0);
static BLOCKS_ASKED_FOR: AtomicI32 = AtomicI32::new(0);
static BLOCKS_ALLOCATED: AtomicI32 = AtomicI32::new(0);
static BLOCKS_KEPT: AtomicI32 = AtomicI32::new(0);

static QUEUES: Lent = Lent {
    threads: Threads { hazards: &HAZARDS, last: &LAST_NUMBER, own_number },
    counts: Counts {
        blocks: &BLOCKS,
        most_blocks: &MOST_BLOCKS,
        asked_for: &BLOCKS_ASKED_FOR,
        allocated: &BLOCKS_ALLOCATED,
        kept: &BLOCKS_KEPT,
    },
};

/// The calling thread's number, which it gets here if it has none. A thread without one pushes and pops too, but gives way
/// where another would help a thread that was interrupted.
fn own_number() -> Option<usize> {
    let known = NUMBER.value().addr();
    if known != 0 {
        return Some(known);
    }
    let number = NUMBERS.take()?;
    // SAFETY: the function takes a number.
    if !unsafe { NUMBER.call_with(ptr::without_provenance_mut(number)) } {
        NUMBERS.give_back(number);
        return None;
    }
    QUEUES.threads.number_given(number);
    Some(number)
}

/// Gives the number of an ending thread back. If the thread uses queues after this, it gets another.
unsafe extern "C" fn forget_thread(number: *mut c_void) {
    QUEUES.threads.withdraw(number.addr());
    NUMBERS.give_back(number.addr());
}

/// Fails for a pointer that no queue can have.
///
/// # Safety
/// A pointer that is not null and aligned is readable for the size of a queue, while the result is used.
unsafe fn place<'a>(queue: *mut c_void) -> Result<Queue<'a>, Failure> {
    let queue: *mut MpQueue = queue.cast();
    if queue.is_null() || !queue.is_aligned() {
        return Err(Failure::Invalid);
    }
    // SAFETY: readable, as the caller promises; all its fields are atomic or not changed while it is shared.
    Ok(Queue::of(unsafe { &*queue }, &QUEUES))
}

/// Fails for what is no queue.
///
/// # Safety
/// As for [`place`].
unsafe fn live<'a>(queue: *mut c_void) -> Result<Queue<'a>, Failure> {
    // SAFETY: the same promise.
    let queue = unsafe { place(queue)? };
    queue.kind().map(|_| queue).ok_or(Failure::Invalid)
}

/// Fails for what is no queue with a semaphore.
///
/// # Safety
/// As for [`place`].
unsafe fn waiting<'a>(queue: *mut c_void) -> Result<Queue<'a>, Failure> {
    // SAFETY: the same promise.
    let queue = unsafe { place(queue)? };
    if queue.kind() == Some(Kind::Waiting) { Ok(queue) } else { Err(Failure::Invalid) }
}

/// The item's number, or the status of a failure.
fn number(pushed: Result<u64, Failure>) -> i64 {
    pushed.map_or_else(|failure| failure.code().into(), |number| number as i64 & i64::MAX)
}

/// Writes an item to its place. 1 if there was one, 0 if not.
fn taken(popped: Result<(Output<*mut c_void>, Option<NonNull<c_void>>), Failure>) -> i32 {
    match popped {
        Ok((out, Some(item))) => {
            out.write(item.as_ptr());
            1
        }
        Ok((_, None)) => 0,
        Err(failure) => failure.code(),
    }
}

/// Makes an empty queue in the 192 bytes at `queue`, aligned to 64: a legacy `struct mp_queue`, whose `mq_magic` says
/// afterwards that it is one. With `waiting` other than 0 it counts its items, and threads can sleep until there is one.
/// Allocates nothing: the first push does. Zero the bytes before.
///
/// Returns 0; `MTPROXY_FFI_EINVAL` if `queue` is NULL, not aligned, or a queue already. Matches the legacy `init_mp_queue`
/// and `init_mp_queue_w`.
///
/// # Safety
/// `queue` is NULL or points to 192 readable and writable bytes, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_mpq_init(queue: *mut c_void, waiting: i32) -> i32 {
    // SAFETY: as the caller promises.
    let made = unsafe { place(queue) }.and_then(|queue| {
        if queue.kind().is_some() {
            return Err(Failure::Invalid);
        }
        let kind = if waiting == 0 { Kind::Plain } else { Kind::Waiting };
        // SAFETY: not in use, as the caller promises.
        unsafe { queue.start(kind) };
        Ok(())
    });
    status(made)
}

/// Frees what the queue holds, but not its items. The bytes can become a queue again.
///
/// Returns 0; `MTPROXY_FFI_EINVAL` if it is no queue. Matches the legacy `clear_mp_queue`.
///
/// # Safety
/// `queue` is NULL or points to 192 readable and writable bytes, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_mpq_clear(queue: *mut c_void) -> i32 {
    // SAFETY: as the caller promises: a queue, as its magic says, and nobody else uses it.
    status(unsafe { live(queue) }.map(|queue| unsafe { queue.end() }))
}

/// Appends `value`, which is not NULL. `flags` has no effect.
///
/// Returns the item's number, from 0 on; `MTPROXY_FFI_EINVAL` if it is no queue, or `value` is NULL;
/// `MTPROXY_FFI_ENOMEM`. Matches the legacy `mpq_push`.
///
/// # Safety
/// `queue` is NULL or points to 192 readable and writable bytes. Any number of threads may push and pop at a time, but none
/// while the queue is made or cleared. And so for the functions below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_mpq_push(queue: *mut c_void, value: *mut c_void, flags: i32) -> i64 {
    let _ = flags;
    // SAFETY: as the caller promises.
    number(unsafe { live(queue) }.and_then(|queue| {
        let item = NonNull::new(value).ok_or(Failure::Invalid)?;
        // SAFETY: a queue, which is not cleared meanwhile.
        unsafe { queue.push(item) }.map_err(|_| Failure::NoMemory)
    }))
}

/// Takes the first item. `flags` has no effect.
///
/// Returns 1 and fills `*out`; 0 if there is none; `MTPROXY_FFI_EINVAL` if it is no queue, or `out` is NULL. Matches the
/// legacy `mpq_pop`.
///
/// # Safety
/// As for `mtproxy_ffi_mpq_push`, and `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_mpq_pop(queue: *mut c_void, flags: i32, out: *mut *mut c_void) -> i32 {
    let _ = flags;
    // SAFETY: as the caller promises.
    taken(unsafe { Output::new(out) }.and_then(|out| {
        // SAFETY: as the caller promises: a queue, which is not cleared meanwhile.
        unsafe { Ok((out, live(queue)?.pop())) }
    }))
}

/// Whether there was no item at some moment of the call.
///
/// Returns 1 or 0; `MTPROXY_FFI_EINVAL` if it is no queue. Matches the legacy `mpq_is_empty`.
///
/// # Safety
/// As for `mtproxy_ffi_mpq_push`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_mpq_is_empty(queue: *mut c_void) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { live(queue) }.map_or_else(Failure::code, |queue| queue.is_empty().into())
}

/// Appends `value`, which is not NULL, to a queue that counts its items, and wakes a thread that waits for one. Never
/// blocks. `flags` has no effect.
///
/// Returns the item's number, from 0 on; `MTPROXY_FFI_EINVAL` if it is no queue of this kind, or `value` is NULL;
/// `MTPROXY_FFI_ENOMEM`. Matches the legacy `mpq_push_w`.
///
/// # Safety
/// As for `mtproxy_ffi_mpq_push`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_mpq_push_w(queue: *mut c_void, value: *mut c_void, flags: i32) -> i64 {
    let _ = flags;
    // SAFETY: as the caller promises.
    number(unsafe { waiting(queue) }.and_then(|queue| {
        let item = NonNull::new(value).ok_or(Failure::Invalid)?;
        // SAFETY: a queue, which is not cleared meanwhile.
        unsafe { queue.push_and_wake(item) }.map_err(|_| Failure::NoMemory)
    }))
}

/// The bits of the flags that are a number of tries.
const TRIES: i32 = 4095;

/// Takes the first item of a queue that counts its items. Looks for one `flags & 4095` times, then sleeps until there is
/// one.
///
/// Returns 1 and fills `*out`; 0 if another thread has taken the item by `mtproxy_ffi_mpq_pop`; `MTPROXY_FFI_EINVAL` if it
/// is no queue of this kind, or `out` is NULL. Matches the legacy `mpq_pop_w`.
///
/// # Safety
/// As for `mtproxy_ffi_mpq_pop`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_mpq_pop_w(queue: *mut c_void, flags: i32, out: *mut *mut c_void) -> i32 {
    // SAFETY: as the caller promises.
    taken(unsafe { Output::new(out) }.and_then(|out| {
        // SAFETY: as the caller promises.
        let queue = unsafe { waiting(queue)? };
        if !queue.try_wait((flags & TRIES) as u32) {
            queue.wait();
        }
        // SAFETY: a queue, which is not cleared meanwhile, and its semaphore has been asked.
        Ok((out, unsafe { queue.pop_counted() }))
    }))
}

/// Takes the first item of a queue that counts its items, if there is one: looks for it `flags & 4095` times. Never
/// blocks.
///
/// Returns 1 and fills `*out`; 0 if there was none; `MTPROXY_FFI_EINVAL` if it is no queue of this kind, or `out` is NULL.
/// Matches the legacy `mpq_pop_nw`.
///
/// # Safety
/// As for `mtproxy_ffi_mpq_pop`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_mpq_pop_nw(
    queue: *mut c_void,
    flags: i32,
    out: *mut *mut c_void,
) -> i32 {
    // SAFETY: as the caller promises.
    taken(unsafe { Output::new(out) }.and_then(|out| {
        // SAFETY: as the caller promises.
        let queue = unsafe { waiting(queue)? };
        let item = if queue.try_wait((flags & TRIES) as u32) {
            // SAFETY: a queue, which is not cleared meanwhile, and its semaphore has been asked.
            unsafe { queue.pop_counted() }
        } else {
            None
        };
        Ok((out, item))
    }))
}

/// The bits of the contract's operations that run in Rust.
pub(super) const QUEUE_OPS: u32 = in_rust(MPQ_OP_PUSH, mtproxy_ffi_mpq_push)
    | in_rust(MPQ_OP_POP, mtproxy_ffi_mpq_pop)
    | in_rust(MPQ_OP_IS_EMPTY, mtproxy_ffi_mpq_is_empty)
    | in_rust(MPQ_OP_PUSH_W, mtproxy_ffi_mpq_push_w)
    | in_rust(MPQ_OP_POP_W, mtproxy_ffi_mpq_pop_w)
    | in_rust(MPQ_OP_POP_NW, mtproxy_ffi_mpq_pop_nw);
