// SPDX-License-Identifier: LGPL-2.0-or-later
//! Pointers that a thread publishes while it looks at what they point to, so that nobody frees it.

use core::{
    ffi::c_void,
    ptr,
    sync::atomic::Ordering::{Acquire, Release},
};

use crate::sync::{Memory, Word};

/// Reads a pointer that another thread may replace, and calls `keep` with it before what it points to can be freed.
///
/// Who replaces it asks [`is_published`] afterwards, and frees it only if nobody has published it.
pub(crate) fn copy_shared<M: Memory>(
    cell: &M::Pointer,
    hazard: &M::Pointer,
    keep: impl FnOnce(*mut c_void),
) -> *mut c_void {
    let mut pointer = cell.load(Acquire);
    loop {
        hazard.store(pointer, Release);
        // With the fence of `is_published`: that finds the pointer here, or this finds the cell replaced.
        M::fence();
        let now = cell.load(Acquire);
        if now == pointer {
            break;
        }
        pointer = now;
    }
    keep(pointer);
    // Release: what was done to it happens before it is freed.
    hazard.store(ptr::null_mut(), Release);
    pointer
}

/// Whether one of the places holds the pointer, which was taken out of its cell before. The places are asked for after the
/// fence, so that none is missed that was in use before it.
pub(crate) fn is_published<'a, M: Memory, P: Iterator<Item = &'a M::Pointer>>(
    pointer: *mut c_void,
    places: impl FnOnce() -> P,
) -> bool {
    M::fence();
    places().any(|place| place.load(Acquire) == pointer)
}
