// SPDX-License-Identifier: LGPL-2.0-or-later
//! A binary heap of timers, the earliest first.
//!
//! The heap is a slice that the caller owns. Timers due at the same time come out in the order of the textbook's heap: a
//! timer stops below one that is not later, and above one that is not earlier; of two children the left one counts unless
//! the right one is strictly earlier; the last timer fills the place of one that is taken out.
//!
//! ```
//! use mtproxy_ffi::net::timer_heap::{Due, insert, remove};
//!
//! let mut heap = Vec::new();
//! for (time, timer) in [(3.0, 'c'), (1.0, 'a'), (2.0, 'b')] {
//!     heap.push(Due { time, timer }); // the room that it needs
//!     insert(&mut heap, Due { time, timer }, |_, _| ());
//! }
//! remove(&mut heap, 0, |_, _| ());
//! heap.pop();
//! assert_eq!(heap[0].timer, 'b');
//! ```
#![forbid(unsafe_code)]

/// A timer in a heap. Its time is a number: with a NaN the order is unspecified.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Due<T> {
    /// When it is due.
    pub time: f64,
    /// Whose time this is.
    pub timer: T,
}

/// Adds a timer. The last element of `heap` is the room for it: what it holds is lost. Returns the timer's index, and tells
/// `moved` of each timer that lies elsewhere now, with its index; of the added one last.
pub fn insert<T: Copy>(heap: &mut [Due<T>], due: Due<T>, moved: impl FnMut(T, usize)) -> usize {
    settle(heap, heap.len().saturating_sub(1), due, moved)
}

/// Gives another time to the timer at `index`, which is inside the heap. Returns and tells as [`insert`] does.
pub fn settle<T: Copy>(
    heap: &mut [Due<T>],
    index: usize,
    due: Due<T>,
    mut moved: impl FnMut(T, usize),
) -> usize {
    let mut put = |heap: &mut [Due<T>], index: usize, due: Due<T>| {
        if let Some(place) = heap.get_mut(index) {
            *place = due;
        }
        moved(due.timer, index);
    };
    let mut at = index;
    while at > 0 {
        let above = (at - 1) / 2;
        match heap.get(above) {
            Some(&parent) if parent.time > due.time => put(heap, at, parent),
            _ => break,
        }
        at = above;
    }
    while let Some(left) = heap.get(2 * at + 1) {
        let right_is_earlier = heap.get(2 * at + 2).is_some_and(|right| left.time > right.time);
        let below = 2 * at + 1 + usize::from(right_is_earlier);
        match heap.get(below) {
            Some(&child) if child.time < due.time => put(heap, at, child),
            _ => break,
        }
        at = below;
    }
    put(heap, at, due);
    at
}

/// Takes out the timer at `index`, which is inside the heap: the last element of `heap` is free then. Tells as [`insert`]
/// does.
pub fn remove<T: Copy>(heap: &mut [Due<T>], index: usize, moved: impl FnMut(T, usize)) {
    if let Some((&mut last, rest)) = heap.split_last_mut() {
        if index < rest.len() {
            settle(rest, index, last, moved);
        }
    }
}
