// SPDX-License-Identifier: LGPL-2.0-or-later
//! Queues of the boundary: order, sleep, misuse, and more threads than there are numbers for.
#![cfg(feature = "capi")]

use std::{
    collections::VecDeque,
    ffi::c_void,
    mem::MaybeUninit,
    ptr::{null_mut, without_provenance_mut},
    thread,
};

use mtproxy_ffi::ffi::*;
use proptest::prelude::*;

/// The memory of a legacy queue.
#[repr(C, align(64))]
struct Memory([MaybeUninit<u64>; 24]);

/// A queue, as all threads see it.
#[derive(Clone, Copy)]
struct Queue(*mut c_void);

// SAFETY: the functions take a queue from any thread.
unsafe impl Send for Queue {}

impl Queue {
    /// Lives until [`Queue::end`].
    fn new(waiting: i32) -> Self {
        let memory = Box::new(Memory([const { MaybeUninit::zeroed() }; 24]));
        let queue = Self(Box::into_raw(memory).cast());
        // SAFETY: memory for a queue, which nobody else uses.
        assert_eq!(unsafe { mtproxy_ffi_mpq_init(queue.0, waiting) }, OK);
        queue
    }

    fn end(self) {
        // SAFETY: nobody else uses it any more, and it is from `new`.
        unsafe {
            assert_eq!(mtproxy_ffi_mpq_clear(self.0), OK);
            drop(Box::from_raw(self.0.cast::<Memory>()));
        }
    }

    fn push(self, item: usize) -> i64 {
        // SAFETY: a live queue.
        unsafe { mtproxy_ffi_mpq_push(self.0, without_provenance_mut(item), 0) }
    }

    fn push_w(self, item: usize) -> i64 {
        // SAFETY: a live queue.
        unsafe { mtproxy_ffi_mpq_push_w(self.0, without_provenance_mut(item), 0) }
    }

    fn taken(take: impl FnOnce(*mut *mut c_void) -> i32) -> Result<Option<usize>, i32> {
        let mut out = null_mut();
        match take(&mut out) {
            1 => Ok(Some(out.addr())),
            0 => Ok(None),
            status => Err(status),
        }
    }

    fn pop(self) -> Result<Option<usize>, i32> {
        // SAFETY: a live queue.
        Self::taken(|out| unsafe { mtproxy_ffi_mpq_pop(self.0, 0, out) })
    }

    fn pop_w(self) -> Result<Option<usize>, i32> {
        // SAFETY: a live queue.
        Self::taken(|out| unsafe { mtproxy_ffi_mpq_pop_w(self.0, 4, out) })
    }

    fn pop_nw(self, tries: i32) -> Result<Option<usize>, i32> {
        // SAFETY: a live queue.
        Self::taken(|out| unsafe { mtproxy_ffi_mpq_pop_nw(self.0, tries, out) })
    }

    fn is_empty(self) -> i32 {
        // SAFETY: a live queue.
        unsafe { mtproxy_ffi_mpq_is_empty(self.0) }
    }
}

proptest! {
    #[test]
    fn a_queue_is_a_queue(operations in proptest::collection::vec(any::<bool>(), 0..600), waiting in 0..2i32) {
        let (queue, mut model) = (Queue::new(waiting), VecDeque::new());
        for (number, push) in operations.into_iter().enumerate() {
            prop_assert_eq!(queue.is_empty(), i32::from(model.is_empty()));
            if push {
                model.push_back(number + 1);
                let place = if waiting == 0 { queue.push(number + 1) } else { queue.push_w(number + 1) };
                prop_assert!(place >= 0);
            } else {
                let item = if waiting == 0 { queue.pop() } else { queue.pop_nw(1) };
                prop_assert_eq!(item, Ok(model.pop_front()));
            }
        }
        queue.end();
    }
}

#[test]
fn what_is_no_queue_is_refused() {
    let mut memory = Memory([const { MaybeUninit::zeroed() }; 24]);
    let place: *mut c_void = (&raw mut memory).cast();
    for place in [null_mut(), place, place.wrapping_byte_add(8)] {
        let queue = Queue(place);
        assert_eq!(queue.push(1), i64::from(EINVAL));
        assert_eq!(queue.push_w(1), i64::from(EINVAL));
        assert_eq!((queue.pop(), queue.pop_w(), queue.pop_nw(4)), (Err(EINVAL), Err(EINVAL), Err(EINVAL)));
        assert_eq!(queue.is_empty(), EINVAL);
        // SAFETY: memory for a queue, or no pointer that is followed.
        assert_eq!(unsafe { mtproxy_ffi_mpq_clear(place) }, EINVAL);
    }
}

#[test]
fn a_queue_is_made_once_and_has_one_kind() {
    let (plain, waiting) = (Queue::new(0), Queue::new(1));
    // SAFETY: live queues.
    unsafe {
        assert_eq!(mtproxy_ffi_mpq_init(plain.0, 1), EINVAL);
        assert_eq!(mtproxy_ffi_mpq_init(waiting.0, 0), EINVAL);
        assert_eq!(mtproxy_ffi_mpq_pop(plain.0, 0, null_mut()), EINVAL);
    }
    assert_eq!((plain.push_w(1), plain.pop_w(), plain.pop_nw(1)), (EINVAL.into(), Err(EINVAL), Err(EINVAL)));
    assert_eq!((plain.push(0), waiting.push_w(0)), (EINVAL.into(), EINVAL.into()));
    assert_eq!((plain.pop(), waiting.pop_nw(4), waiting.pop_nw(0)), (Ok(None), Ok(None), Ok(None)));
    plain.end();
    waiting.end();
}

/// More than the 255 that have numbers at a time, and each takes as many items as it pushes.
#[test]
fn any_number_of_threads_may_push_and_pop() {
    const THREADS: usize = 300;
    const ITEMS: usize = 50;
    let (queue, start) = (Queue::new(1), std::sync::Barrier::new(THREADS));
    let sum: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let start = &start;
                scope.spawn(move || {
                    let queue = { queue };
                    start.wait();
                    let mut sum = 0;
                    for item in 0..ITEMS {
                        assert!(queue.push_w(number * ITEMS + item + 1) >= 0);
                        sum += queue.pop_w().expect("a queue that is waited for").expect("an item for each");
                    }
                    // All have numbers at the same time, or none is left for them.
                    start.wait();
                    sum
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("the thread's own checks")).sum()
    });
    let items = THREADS * ITEMS;
    assert_eq!(sum, items * (items + 1) / 2);
    assert_eq!(queue.is_empty(), 1);
    queue.end();
}
