// SPDX-License-Identifier: LGPL-2.0-or-later
//! A binary heap of descriptors that have something to do: the smallest priority first, among those the oldest.
//!
//! The heap is a slice that the caller owns. Among equal ones the order is the original's: one that is added, moved, or fills
//! a place that became free stops below one that is not after it; but the head's place is filled by one that stops above one
//! that is not before it. Of two children the left one counts unless it is after the right one.
//!
//! The original moves a place that becomes free down to a leaf, and lifts from there. What lies between is in order, so the
//! same place is found from the top, and what would be moved down and up again stays.
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

#[inline]
fn lift(heap: &mut [Entry], index: usize, entry: Entry, mut moved: impl FnMut(u32, usize)) -> usize {
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

/// Fills the place at `index` with `entry`, or with one above or below it. Returns the entry's index, and tells `moved` of each
/// one that lies elsewhere now, with its index; of the entry last.
#[inline]
pub fn fill(heap: &mut [Entry], index: usize, entry: Entry, mut moved: impl FnMut(u32, usize)) -> usize {
    if index > 0 && heap.get((index - 1) / 2).is_some_and(|parent| parent.is_after(entry)) {
        return lift(heap, index, entry, moved);
    }
    let mut at = index;
    while let Some((child, other)) = first_child(heap, at) {
        if other.is_after(entry) {
            break;
        }
        put(heap, at, other, &mut moved);
        at = child;
    }
    put(heap, at, entry, &mut moved);
    at
}

/// Adds an entry. The last element of `heap` is the room for it: what it holds is lost. Returns and tells as [`fill`] does.
#[inline]
pub fn push(heap: &mut [Entry], entry: Entry, moved: impl FnMut(u32, usize)) -> usize {
    lift(heap, heap.len().saturating_sub(1), entry, moved)
}

/// Takes out the first entry: the last element of `heap` is free then. Tells as [`fill`] does.
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

/// Takes out the entry at `index`, which is inside the heap: the last element of `heap` is free then. Tells as [`fill`] does.
#[inline]
pub fn remove(heap: &mut [Entry], index: usize, moved: impl FnMut(u32, usize)) {
    if let Some((&mut last, rest)) = heap.split_last_mut() {
        if index < rest.len() {
            fill(rest, index, last, moved);
        }
    }
}

/// The leaf below `index` that the first children lead to: the one that the original frees for an entry at `index`.
#[must_use]
pub fn leaf_below(heap: &[Entry], index: usize) -> usize {
    let mut at = index;
    while let Some((child, _)) = first_child(heap, at) {
        at = child;
    }
    at
}
