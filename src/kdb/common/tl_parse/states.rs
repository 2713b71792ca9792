// SPDX-License-Identifier: LGPL-2.0-or-later
//! The lives of places to read from and to write to, of their errors, and of headers.

use core::{
    ffi::{c_char, c_int, c_void},
    ptr,
    sync::atomic::{
        AtomicI32,
        Ordering::{AcqRel, Relaxed},
    },
};

use super::{TlInState, TlOutState, TlQueryHeader, count_states};
use crate::kdb::{
    spares::spares,
    support::{c_text, die, vkprintf},
};

/// New memory of C's.
pub(super) fn allocate<T>() -> *mut T {
    zeros(size_of::<T>()).cast()
}

#[inline(never)]
fn zeros(size: usize) -> *mut c_void {
    let Some(memory) = spares().allocate(size) else { die(c_text!("TL: out of memory")) };
    // SAFETY: new memory of that size.
    unsafe { memory.cast::<u8>().write_bytes(0, size) };
    memory.as_ptr()
}

/// A new state that reads nothing yet.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn tl_in_state_alloc() -> *mut TlInState {
    count_states(|stats| &stats.tl_in_allocated, 1);
    allocate()
}

/// A new state that writes nothing yet.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn tl_out_state_alloc() -> *mut TlOutState {
    count_states(|stats| &stats.tl_out_allocated, 1);
    allocate()
}

/// Frees a place to read from, and what it holds.
///
/// # Safety
/// `tlio_in` is a live state of [`tl_in_state_alloc`], which nobody uses any more.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_in_state_free(tlio_in: *mut TlInState) {
    count_states(|stats| &stats.tl_in_allocated, -1);
    // SAFETY: the same promise; methods live for ever.
    unsafe {
        if let Some(methods) = (*tlio_in).in_methods.as_ref() {
            if let Some(delete) = methods.fetch_mark_delete.filter(|_| !(*tlio_in).in_mark.is_null()) {
                delete(tlio_in);
            }
            if let Some(clear) = methods.fetch_clear {
                clear(tlio_in);
            }
        }
        libc::free((*tlio_in).error.cast());
        spares().free(tlio_in.cast());
    }
}

/// Frees a place to write to, and what was not sent.
///
/// # Safety
/// `tlio_out` is a live state of [`tl_out_state_alloc`], which nobody uses any more.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_out_state_free(tlio_out: *mut TlOutState) {
    count_states(|stats| &stats.tl_out_allocated, -1);
    // SAFETY: the same promise; methods live for ever.
    unsafe {
        if let Some(clear) = (*tlio_out).out_methods.as_ref().and_then(|methods| methods.store_clear) {
            clear(tlio_out);
        }
        libc::free((*tlio_out).error.cast());
        spares().free(tlio_out.cast());
    }
}

/// Keeps a copy of an error's text, unless there is an error already.
///
/// # Safety
/// `text` is *readable* for `len` bytes or up to a NUL; `error` is null or memory of C's.
#[inline(never)]
pub(in crate::kdb) unsafe fn keep_error(
    error: &mut *mut c_char,
    errnum: &mut c_int,
    number: c_int,
    text: *const c_char,
    len: usize,
) {
    if !error.is_null() {
        return;
    }
    // SAFETY: the same promise.
    let copy = unsafe { libc::strndup(text, len) };
    if copy.is_null() {
        die(c_text!("TL: no text of an error"));
    }
    vkprintf!(2, c_text!("Error %s\n"), copy);
    *errnum = number;
    *error = copy;
}

/// Sets an error of what is read, unless there is one already. Returns 0.
///
/// # Safety
/// `tlio_in` is a live state, `s` a C string.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlf_set_error(tlio_in: *mut TlInState, errnum: c_int, s: *const c_char) -> c_int {
    if s.is_null() {
        die(c_text!("tlf_set_error: no text"));
    }
    // SAFETY: the same promise.
    unsafe { keep_error(&mut (*tlio_in).error, &mut (*tlio_in).errnum, errnum, s, usize::MAX) };
    0
}

/// As [`tlf_set_error`], of what is written; for the C shim.
///
/// # Safety
/// `tlio_out` is a live state, `s` a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_kdb_tls_set_error(
    tlio_out: *mut TlOutState,
    errnum: c_int,
    s: *const c_char,
) -> c_int {
    // SAFETY: the same promise.
    unsafe { keep_error(&mut (*tlio_out).error, &mut (*tlio_out).errnum, errnum, s, usize::MAX) };
    0
}

/// The references to a header.
///
/// # Safety
/// `h` is a live header.
unsafe fn references<'a>(h: *mut TlQueryHeader) -> &'a AtomicI32 {
    // SAFETY: the same promise; all threads change this field by atomic operations.
    unsafe { AtomicI32::from_ptr(&raw mut (*h).ref_cnt) }
}

/// Gives up a reference to a header; the last one frees it.
///
/// # Safety
/// `h` is a live header of C's memory, of which the caller has a reference.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_query_header_delete(h: *mut TlQueryHeader) {
    // What other threads did with the header is done before it is freed: each of them releases, the last one acquires.
    // SAFETY: the same promise.
    match unsafe { references(h) }.fetch_sub(1, AcqRel) {
        // SAFETY: the last reference.
        1 => unsafe { libc::free(h.cast()) },
        ..1 => die(c_text!("tl_query_header_delete: a header without references")),
        2.. => {}
    }
}

/// One reference more to a header, which is returned.
///
/// # Safety
/// `h` is a live header.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_query_header_dup(h: *mut TlQueryHeader) -> *mut TlQueryHeader {
    // SAFETY: the same promise. Who has a reference can make another without ordering anything.
    unsafe { references(h) }.fetch_add(1, Relaxed);
    h
}

/// A copy of a header, with one reference.
///
/// # Safety
/// `h_old` is a live header that nobody changes meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_query_header_clone(h_old: *mut TlQueryHeader) -> *mut TlQueryHeader {
    let h: *mut TlQueryHeader = allocate();
    // SAFETY: the same promise; new memory of that size.
    unsafe {
        ptr::copy_nonoverlapping(h_old, h, 1);
        (*h).ref_cnt = 1;
    }
    h
}
