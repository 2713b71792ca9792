// SPDX-License-Identifier: LGPL-2.0-or-later
//! The ring of a host's own regular work. Its head is a variable of C's, and each entry a host's.

use core::ptr;

use crate::layout::engine::EventPreciseCron;

type Entry = *mut EventPreciseCron;

/// Puts two entries behind each other.
///
/// # Safety
/// Both are *writable*.
unsafe fn join(first: Entry, second: Entry) {
    // SAFETY: the same promise.
    unsafe {
        (*first).next = second;
        (*second).prev = first;
    }
}

/// Puts an entry at the end.
///
/// # Safety
/// The ring is whole, and this thread's meanwhile; the entry is *writable* until it is removed, and in no ring.
pub(crate) unsafe fn insert(head: Entry, entry: Entry) {
    // SAFETY: the same promise.
    unsafe {
        join((*head).prev, entry);
        join(entry, head);
    }
}

/// Takes an entry out. One that is in no ring stays as it is.
///
/// # Safety
/// Its ring is whole, and this thread's meanwhile; or its pointers are null.
pub(crate) unsafe fn remove(entry: Entry) {
    // SAFETY: the same promise.
    unsafe {
        if (*entry).next.is_null() || (*entry).prev.is_null() {
            return;
        }
        join((*entry).prev, (*entry).next);
        (*entry).next = ptr::null_mut();
        (*entry).prev = ptr::null_mut();
    }
}

/// True if there is no entry.
///
/// # Safety
/// The ring is whole, and this thread's meanwhile.
pub(crate) unsafe fn is_empty(head: Entry) -> bool {
    // SAFETY: the same promise.
    unsafe { (*head).next == head }
}

/// Calls each entry once, in order. Each may insert others, which have their turn the next time, and remove itself and others;
/// those that stay keep their order.
///
/// # Safety
/// The ring is whole, and this thread's meanwhile; its entries may be called.
pub(crate) unsafe fn call_each(head: Entry) {
    let mut rest = EventPreciseCron { next: ptr::null_mut(), prev: ptr::null_mut(), wakeup: None };
    let rest = &raw mut rest;
    // SAFETY: the same promise. Between two calls `rest` is the head of a whole ring of those that have their turn to come, and
    // `head` of one of the others: an entry in either can be removed.
    unsafe {
        join(rest, rest);
        if is_empty(head) {
            return;
        }
        join(rest, (*head).next);
        join((*head).prev, rest);
        join(head, head);
        while !is_empty(rest) {
            let entry = (*rest).next;
            if let Some(wakeup) = (*entry).wakeup {
                wakeup(entry);
            }
            if (*rest).next == entry {
                remove(entry);
                insert(head, entry);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    thread_local! {
        static CALLED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
        static ACT: RefCell<Vec<(usize, Entry, bool)>> = const { RefCell::new(Vec::new()) };
        static RING: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
    }

    fn new_entry() -> Entry {
        Box::into_raw(Box::new(EventPreciseCron {
            next: ptr::null_mut(),
            prev: ptr::null_mut(),
            wakeup: Some(wake),
        }))
    }

    unsafe extern "C" fn wake(entry: Entry) {
        let number = RING.with_borrow(|ring| ring.iter().position(|&e| e == entry)).expect("an entry");
        CALLED.with_borrow_mut(|called| called.push(number));
        let acts = ACT.with_borrow(|acts| acts.clone());
        let head = RING.with_borrow(|ring| ring[0]);
        for (_, other, inserts) in acts.into_iter().filter(|act| act.0 == number) {
            // SAFETY: entries of this test's.
            unsafe { if inserts { insert(head, other) } else { remove(other) } }
        }
    }

    fn pass() -> Vec<usize> {
        CALLED.with_borrow_mut(Vec::clear);
        // SAFETY: the ring of this test's.
        unsafe { call_each(RING.with_borrow(|ring| ring[0])) };
        CALLED.with_borrow(Clone::clone)
    }

    #[test]
    fn entry_without_a_function_is_passed_over() {
        let ring: Vec<Entry> = (0..4).map(|_| new_entry()).collect();
        RING.set(ring.clone());
        ACT.set(Vec::new());
        // SAFETY: entries of this test's, which are freed at its end.
        unsafe {
            join(ring[0], ring[0]);
            for &entry in &ring[1..] {
                insert(ring[0], entry);
            }
            let second = ring[2];
            (*second).wakeup = None;
            assert_eq!(pass(), [1, 3]);
            (*second).wakeup = Some(wake);
            assert_eq!(pass(), [1, 2, 3], "it keeps its place");
            for entry in ring {
                drop(Box::from_raw(entry));
            }
        }
    }

    #[test]
    fn entries_are_called_in_order_and_may_remove_themselves_and_others() {
        let ring: Vec<Entry> = (0..6).map(|_| new_entry()).collect();
        RING.set(ring.clone());
        // SAFETY: entries of this test's, which are freed at its end.
        unsafe {
            join(ring[0], ring[0]);
            assert!(pass().is_empty() && is_empty(ring[0]));
            for &entry in &ring[1..5] {
                insert(ring[0], entry);
            }
            assert_eq!(pass(), [1, 2, 3, 4]);
            assert_eq!(pass(), [1, 2, 3, 4]);
            ACT.set(vec![(1, ring[1], false), (2, ring[3], false), (2, ring[5], true)]);
            assert_eq!(pass(), [1, 2, 4], "the new one has its turn later");
            ACT.set(vec![(5, ring[2], false), (4, ring[1], true)]);
            assert_eq!(pass(), [5, 4], "the new one came before those that waited");
            ACT.set(Vec::new());
            assert_eq!(pass(), [5, 1, 4]);
            remove(ring[2]);
            for &entry in &[ring[4], ring[1], ring[5]] {
                remove(entry);
            }
            assert!(pass().is_empty());
            for entry in ring {
                drop(Box::from_raw(entry));
            }
        }
    }
}
