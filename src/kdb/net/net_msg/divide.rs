// SPDX-License-Identifier: LGPL-2.0-or-later
//! Messages from messages.

use core::ffi::c_int;

use super::{Pool, RawMessage, any, count, messages, owning, with_memory};
use crate::runtime::message::{Host, Refused};

/// Writes a message with the same bytes; `dest_raw` was none.
///
/// # Safety
/// As for all functions of this object; `dest_raw` is *writable*.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_clone(dest_raw: *mut RawMessage, src_raw: *mut RawMessage) {
    // SAFETY: the same promises.
    unsafe { messages().clone_to(dest_raw, any(src_raw)) }
}

/// Moves a message, and zeroes the place where it was; `dest_raw` was none.
///
/// # Safety
/// As for [`rwm_clone`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_move(dest_raw: *mut RawMessage, src_raw: *mut RawMessage) {
    // SAFETY: the same promises.
    unsafe {
        let from = *any(src_raw);
        src_raw.write(RawMessage::empty(0));
        dest_raw.write(from);
    }
}

/// Leaves the first `bytes` bytes, and writes a message with the others to `tail`, which was none. Returns 0; or -1 if there
/// are fewer, and then `tail` is empty.
///
/// # Safety
/// As for all functions of this object; `tail` is *writable*.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_split(raw: *mut RawMessage, tail: *mut RawMessage, bytes: c_int) -> c_int {
    if raw == tail {
        Pool.refuse(Refused::Itself);
    }
    // SAFETY: the same promises.
    if unsafe { messages().split(any(raw), tail, count(bytes)) } { 0 } else { -1 }
}

/// Writes a message with the first `bytes` bytes to `head`, which was none, and leaves the others. Returns 0; or -1 if there are
/// fewer, and then `head` has all.
///
/// # Safety
/// As for all functions of this object; `head` is *writable*.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_split_head(head: *mut RawMessage, raw: *mut RawMessage, bytes: c_int) -> c_int {
    if raw == head {
        Pool.refuse(Refused::Itself);
    }
    // SAFETY: the same promises.
    unsafe {
        head.write(*any(raw));
        rwm_split(head, raw, bytes)
    }
}

/// Moves the bytes of `tail` to the end of another message; `tail` is none afterwards. Returns 0. The message itself ends the process,
/// and so does missing memory.
///
/// # Safety
/// As for all functions of this object.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_union(raw: *mut RawMessage, tail: *mut RawMessage) -> c_int {
    if raw == tail {
        Pool.refuse(Refused::Itself);
    }
    // SAFETY: the same promises; two messages.
    with_memory(unsafe { messages().unite(owning(raw), owning(tail)) });
    0
}
