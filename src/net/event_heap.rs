// SPDX-License-Identifier: LGPL-2.0-or-later
//! A binary heap of descriptors that have something to do: the smallest priority first, among those the oldest.
//!
//! The heap is a slice that the caller owns. Among equal ones the order is the original's: one that is added stops below one
//! that is not after it; the head's place is filled from the top by the last one, which stops above one that is not before
//! it; any other place that becomes free moves down to a leaf first, and the last one is lifted from there. Of two children
//! the left one counts unless it is after the right one.
//!
//! ```
//! use mtproxy_ffi::net::event_heap::{Entry, pop, push};
//!
//! let mut heap = Vec::new();
//! for (priority, item) in [(3, 30), (-1, 10), (2, 20)] {
//!     let entry = Entry::new(priority, 0, item);
//!     heap.push(entry); // the room that it needs
//!     push(&mut heap, entry, |_, _| ());
//! }
//! assert_eq!(pop(&mut heap, |_, _| ()).map(Entry::item), Some(10));
//! heap.pop();
//! assert_eq!(heap[0].item(), 20);
//! ```
#![forbid(unsafe_code)]

/// A descriptor in a heap: from the top its priority, its timestamp, and which one it is, so that one comparison tells the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry(i128);

const ITEM: i128 = u32::MAX as i128;

impl Entry {
    /// The priority counts first, then the timestamp; the item does not.
    #[inline]
    #[must_use]
    pub const fn new(priority: i32, timestamp: i64, item: u32) -> Self {
        let timestamp = timestamp.wrapping_sub(i64::MIN) as u64;
        Self((priority as i128) << 96 | (timestamp as i128) << 32 | item as i128)
    }

    /// Which one it is.
    #[inline]
    #[must_use]
    pub const fn item(self) -> u32 {
        self.0 as u32
    }

    /// When it was queued.
    #[inline]
    #[must_use]
    pub const fn timestamp(self) -> i64 {
        ((self.0 >> 32) as i64).wrapping_add(i64::MIN)
    }

    #[inline]
    fn is_after(self, other: Self) -> bool {
        self.0 > other.0 | ITEM
    }
}

#[inline]
fn put(heap: &mut [Entry], index: usize, entry: Entry, moved: &mut impl FnMut(u32, usize)) {
    if let Some(place) = heap.get_mut(index) {
        *place = entry;
    }
    moved(entry.item(), index);
}

/// The child of `index` that comes first, if there is one.
#[inline]
fn first_child(heap: &[Entry], index: usize) -> Option<(usize, Entry)> {
    let (left, right) = (2 * index + 1, 2 * index + 2);
    let child = heap.get(left)?;
    match heap.get(right) {
        Some(other) if child.is_after(*other) => Some((right, *other)),
        _ => Some((left, *child)),
    }
}

/// Fills the place at `index`, which nothing below needs, with `entry`, or one above it. Returns the entry's index, and tells
/// `moved` of each one that lies elsewhere now, with its index; of the entry last.
#[inline]
pub fn lift(heap: &mut [Entry], index: usize, entry: Entry, mut moved: impl FnMut(u32, usize)) -> usize {
    let mut at = index;
    while at > 0 {
        let above = (at - 1) / 2;
        match heap.get(above) {
            Some(&parent) if parent.is_after(entry) => put(heap, at, parent, &mut moved),
            _ => break,
        }
        at = above;
    }
    put(heap, at, entry, &mut moved);
    at
}

/// Adds an entry. The last element of `heap` is the room for it: what it holds is lost. Returns and tells as [`lift`] does.
#[inline]
pub fn push(heap: &mut [Entry], entry: Entry, moved: impl FnMut(u32, usize)) -> usize {
    lift(heap, heap.len().saturating_sub(1), entry, moved)
}

/// Takes out the first entry: the last element of `heap` is free then. Tells as [`lift`] does.
#[inline]
pub fn pop(heap: &mut [Entry], mut moved: impl FnMut(u32, usize)) -> Option<Entry> {
    let (&mut last, rest) = heap.split_last_mut()?;
    let Some(&first) = rest.first() else { return Some(last) };
    let mut at = 0;
    while let Some((child, entry)) = first_child(rest, at) {
        if !last.is_after(entry) {
            break;
        }
        put(rest, at, entry, &mut moved);
        at = child;
    }
    put(rest, at, last, &mut moved);
    Some(first)
}

/// Frees a leaf by moving up what lies below `index`, which is inside the heap, and returns the leaf's index. Its entry is in
/// the heap no more, and the leaf waits for [`lift`]. Tells as that does.
#[inline]
pub fn free_a_leaf(heap: &mut [Entry], index: usize, mut moved: impl FnMut(u32, usize)) -> usize {
    let mut at = index;
    while let Some((child, entry)) = first_child(heap, at) {
        put(heap, at, entry, &mut moved);
        at = child;
    }
    at
}

/// Takes out the entry at `index`, which is inside the heap: the last element of `heap` is free then. Returns the leaf that was
/// free at first. Tells as [`lift`] does.
#[inline]
pub fn remove(heap: &mut [Entry], index: usize, mut moved: impl FnMut(u32, usize)) -> usize {
    let leaf = free_a_leaf(heap, index, &mut moved);
    if let Some((&mut last, rest)) = heap.split_last_mut() {
        if leaf < rest.len() {
            lift(rest, leaf, last, moved);
        }
    }
    leaf
}
