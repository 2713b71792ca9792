// SPDX-License-Identifier: LGPL-2.0-or-later
//! Counts of references, and the lock of a part.

use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use crate::sync::{Count, Word};

/// Whether the caller's reference is the only one. What others did to the object before they gave theirs back is visible then.
#[inline]
pub(crate) fn is_sole(references: &impl Count) -> bool {
    references.load(Acquire) == 1
}

/// Adds a reference to a part that the caller's message refers to itself, or over parts that are its alone. A sole holder needs no
/// atomic addition: nobody else can change the count. It looks as [`is_sole`] does, because its store hides from later holders
/// what others have done.
#[inline]
pub(crate) fn share(references: &impl Count) {
    if is_sole(references) {
        references.store(2, Relaxed);
    } else {
        references.add(1, Relaxed);
    }
}

/// Gives a reference back. True if it was the last one. A sole holder needs no atomic subtraction: nobody can add to the
/// count who does not hold a reference.
#[inline]
pub(crate) fn was_last(references: &impl Count) -> bool {
    is_sole(references) || references.add(-1, AcqRel) == 1
}

/// Locks what is not locked: what its last holder did is visible then. Does not wait.
#[inline]
pub(crate) fn try_lock(magic: &impl Word<i32>, open: i32, locked: i32) -> bool {
    magic.compare_exchange(open, locked, Acquire, Relaxed).is_ok()
}

#[inline]
pub(crate) fn unlock(magic: &impl Word<i32>, open: i32) {
    magic.store(open, Release);
}
