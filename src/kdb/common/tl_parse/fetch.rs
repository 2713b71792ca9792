// SPDX-License-Identifier: LGPL-2.0-or-later
//! Places to read from.
//!
//! # Safety
//! Of each method: the state is a live one of the method's kind, as whoever calls a method has checked, and memory that it gets is
//! *readable* or *writable* for the length that it gets with it.

use core::{
    ffi::{c_char, c_int, c_uint, c_void},
    ptr,
};

use super::{TlInMethods, TlInState, TlOutState, states::allocate};
use crate::{
    kdb::{
        rwm_clone, rwm_fetch_data, rwm_fetch_lookup, rwm_free, rwm_init, rwm_move, rwm_push_data,
        rwm_skip_data, rwm_split_head, rwm_trunc, rwm_union,
        spares::spares,
        statics::exported_object,
        support::{c_text, die},
    },
    layout::{
        net_msg::RawMessage,
        tl_parse::{MEMORY, NOWHERE, RAW_MESSAGE},
    },
};

exported_object!(
    "tl_in_raw_msg_methods",
    32,
    80,
    [
        ".quad {fetch}, {skip}, {look}, {clear}",
        ".quad {mark}, {restore}, {delete}, {message}, {look_message}",
        ".long 0, 0", // flags, prepend_bytes
    ],
    fetch = fetch_of_message,
    skip = move_in_message,
    look = look_into_message,
    clear = clear_message,
    mark = mark_message,
    restore = restore_message,
    delete = forget_mark_of_message,
    message = message_of_message,
    look_message = copy_of_message,
);

// Whose memory it is frees it: there is nothing to clear.
exported_object!(
    "tl_in_str_methods",
    32,
    80,
    [
        ".quad {fetch}, {skip}, {look}, 0",
        ".quad {mark}, {restore}, {delete}, {message}, {look_message}",
        ".long 0, 0", // flags, prepend_bytes
    ],
    fetch = fetch_of_memory,
    skip = move_in_memory,
    look = look_into_memory,
    mark = mark_memory,
    restore = restore_memory,
    delete = forget_mark,
    message = message_of_memory,
    look_message = copy_of_memory,
);

unsafe extern "C" {
    pub(super) safe static tl_in_raw_msg_methods: TlInMethods;
    pub(super) safe static tl_in_str_methods: TlInMethods;
}

/// All of `len` bytes were there; else what a place says of itself is wrong, and the process ends.
#[inline]
pub(super) fn whole(done: c_int, len: c_int) {
    if done != len {
        die(c_text!("TL: a message is shorter than what is read of it"));
    }
}

/// The length of memory. A negative one ends the process.
pub(super) fn size(len: c_int) -> usize {
    usize::try_from(len).unwrap_or_else(|_| die(c_text!("TL: a negative length")))
}

// ---- a message ----

unsafe extern "C" fn fetch_of_message(st: *mut TlInState, buf: *mut c_void, len: c_int) {
    // SAFETY: the module's promise.
    whole(unsafe { rwm_fetch_data((*st).r#in.cast(), buf, len) }, len);
}

unsafe extern "C" fn look_into_message(st: *mut TlInState, buf: *mut c_void, len: c_int) {
    // SAFETY: the module's promise.
    whole(unsafe { rwm_fetch_lookup((*st).r#in.cast(), buf, len) }, len);
}

unsafe extern "C" fn move_in_message(st: *mut TlInState, len: c_int) {
    // SAFETY: the module's promise.
    whole(unsafe { rwm_skip_data((*st).r#in.cast(), len) }, len);
}

unsafe extern "C" fn message_of_message(st: *mut TlInState, raw: *mut c_void, len: c_int) {
    // SAFETY: the module's promise.
    unsafe { rwm_split_head(raw.cast(), (*st).r#in.cast(), len) };
}

unsafe extern "C" fn copy_of_message(st: *mut TlInState, raw: *mut c_void, len: c_int) {
    // SAFETY: the module's promise.
    unsafe {
        rwm_clone(raw.cast(), (*st).r#in.cast());
        rwm_trunc(raw.cast(), len);
    }
}

/// Frees a message that is in memory of C's, and that memory.
///
/// # Safety
/// `place` has the message, or null, which it has afterwards.
pub(super) unsafe fn free_message(place: &mut *mut c_void) {
    let raw: *mut RawMessage = place.cast();
    if !raw.is_null() {
        *place = ptr::null_mut();
        // SAFETY: the same promise.
        unsafe {
            rwm_free(raw);
            spares().free(raw.cast());
        }
    }
}

unsafe extern "C" fn clear_message(st: *mut TlInState) {
    // SAFETY: the module's promise.
    unsafe { free_message(&mut (*st).r#in) };
}

unsafe extern "C" fn mark_message(st: *mut TlInState) {
    let mark: *mut RawMessage = allocate();
    // SAFETY: the module's promise; new memory.
    unsafe {
        rwm_clone(mark, (*st).r#in.cast());
        set_mark(st, mark.cast());
    }
}

unsafe extern "C" fn restore_message(st: *mut TlInState) {
    // SAFETY: the module's promise; the mark is a message in memory of its own, which moves.
    unsafe {
        let mark: *mut RawMessage = some_mark(st).cast();
        let raw: *mut RawMessage = (*st).r#in.cast();
        rwm_free(raw);
        raw.write(mark.read());
        libc::free(mark.cast());
        back_to_mark(st);
    }
}

unsafe extern "C" fn forget_mark_of_message(st: *mut TlInState) {
    // SAFETY: the module's promise; the mark is a message in memory of its own.
    unsafe {
        some_mark(st);
        free_message(&mut (*st).in_mark);
    }
}

// ---- marks ----

/// Sets a mark where the reader is. A second one ends the process.
unsafe fn set_mark(st: *mut TlInState, mark: *mut c_void) {
    // SAFETY: the module's promise.
    unsafe {
        if !(*st).in_mark.is_null() {
            die(c_text!("TL: a second mark"));
        }
        (*st).in_mark = mark;
        (*st).in_mark_pos = (*st).in_pos;
    }
}

/// The mark. That there is none ends the process.
unsafe fn some_mark(st: *mut TlInState) -> *mut c_void {
    // SAFETY: the module's promise.
    let mark = unsafe { (*st).in_mark };
    if mark.is_null() {
        die(c_text!("TL: no mark"));
    }
    mark
}

/// The reader is where the mark was, and that is gone.
unsafe fn back_to_mark(st: *mut TlInState) {
    // SAFETY: the module's promise.
    let st = unsafe { &mut *st };
    let read = st.in_pos.wrapping_sub(st.in_mark_pos);
    st.in_mark = ptr::null_mut();
    st.in_pos = st.in_mark_pos;
    st.in_remaining = st.in_remaining.wrapping_add(read);
}

// ---- memory ----

/// Moves on in memory; back, if `len` is negative.
pub(super) fn advance(place: &mut *mut c_void, len: c_int) {
    *place = place.wrapping_byte_offset(len as isize);
}

unsafe extern "C" fn look_into_memory(st: *mut TlInState, buf: *mut c_void, len: c_int) {
    // SAFETY: the module's promise.
    unsafe { ptr::copy((*st).r#in.cast::<u8>(), buf.cast(), size(len)) };
}

unsafe extern "C" fn fetch_of_memory(st: *mut TlInState, buf: *mut c_void, len: c_int) {
    // SAFETY: the module's promise.
    unsafe {
        look_into_memory(st, buf, len);
        move_in_memory(st, len);
    }
}

unsafe extern "C" fn move_in_memory(st: *mut TlInState, len: c_int) {
    // SAFETY: the module's promise.
    advance(unsafe { &mut (*st).r#in }, len);
}

unsafe extern "C" fn copy_of_memory(st: *mut TlInState, raw: *mut c_void, len: c_int) {
    // SAFETY: the module's promise.
    unsafe {
        rwm_init(raw.cast(), 0);
        rwm_push_data(raw.cast(), (*st).r#in, len);
    }
}

unsafe extern "C" fn message_of_memory(st: *mut TlInState, raw: *mut c_void, len: c_int) {
    // SAFETY: the module's promise.
    unsafe {
        copy_of_memory(st, raw, len);
        move_in_memory(st, len);
    }
}

unsafe extern "C" fn mark_memory(st: *mut TlInState) {
    // SAFETY: the module's promise.
    unsafe { set_mark(st, (*st).r#in) };
}

unsafe extern "C" fn restore_memory(st: *mut TlInState) {
    // SAFETY: the module's promise.
    unsafe {
        (*st).r#in = some_mark(st);
        back_to_mark(st);
    }
}

unsafe extern "C" fn forget_mark(st: *mut TlInState) {
    // SAFETY: the module's promise.
    unsafe { (*st).in_mark = ptr::null_mut() };
}

// ---- from a place to read from to one to write to ----

/// The next `len` bytes of a message; they stay where they are unless `advance` is set.
pub(super) unsafe extern "C" fn message_to_message(
    from: *mut TlInState,
    to: *mut TlOutState,
    len: c_int,
    advance: c_int,
) {
    let mut raw = RawMessage::empty(0);
    let copy = if advance == 0 { copy_of_message } else { message_of_message };
    // SAFETY: the module's promise; the message is moved on.
    unsafe {
        copy(from, (&raw mut raw).cast(), len);
        rwm_union((*to).out.cast(), &raw mut raw);
    }
}

pub(super) unsafe extern "C" fn message_to_memory(
    from: *mut TlInState,
    to: *mut TlOutState,
    len: c_int,
    advance: c_int,
) {
    let copy = if advance == 0 { look_into_message } else { fetch_of_message };
    // SAFETY: the module's promise.
    unsafe {
        copy(from, (*to).out, len);
        self::advance(&mut (*to).out, len);
    }
}

pub(super) unsafe extern "C" fn memory_to_place(
    from: *mut TlInState,
    to: *mut TlOutState,
    len: c_int,
    advance: c_int,
) {
    // SAFETY: the module's promise; a place has its kind's methods.
    unsafe {
        ((*(*to).out_methods).store_raw_data)(to, (*from).r#in, len);
        if advance != 0 {
            move_in_memory(from, len);
        }
    }
}

// ---- beginning ----

/// Readies a state, once, to read `size` bytes of `input`. A state that has a place, and no place, end the process. Returns 0.
///
/// # Safety
/// `tlio_in` is a live state; `input` is a place of the kind that the methods are for, and lives as long as the state is used.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __tl_fetch_init(
    tlio_in: *mut TlInState,
    input: *mut c_void,
    _input_extra: *mut c_void,
    r#type: c_uint,
    methods: *const TlInMethods,
    size: c_int,
) -> c_int {
    // SAFETY: the same promise.
    let st = unsafe { &mut *tlio_in };
    if st.in_type != NOWHERE || input.is_null() {
        die(c_text!("TL: a place to read from that is used, or none"));
    }
    st.in_type = r#type;
    st.in_methods = methods;
    st.r#in = input;
    st.in_remaining = size;
    st.in_pos = 0;
    st.in_flags = 0;
    st.errnum = 0;
    if !st.error.is_null() {
        // SAFETY: memory of C's.
        unsafe { libc::free(st.error.cast()) };
        st.error = ptr::null_mut();
    }
    0
}

/// Readies a state to read `size` bytes of a message. With `dup` 0 the message moves there, and is none afterwards; with 1 it is
/// empty; else it stays. Returns 0.
///
/// # Safety
/// `tlio_in` is a live state, `msg` a live message.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlf_init_raw_message(
    tlio_in: *mut TlInState,
    msg: *mut RawMessage,
    size: c_int,
    dup: c_int,
) -> c_int {
    let raw: *mut RawMessage = allocate();
    // SAFETY: the same promise; new memory.
    unsafe {
        match dup {
            0 | 1 => rwm_move(raw, msg),
            _ => rwm_clone(raw, msg),
        }
        if dup == 1 {
            rwm_init(msg, 0);
        }
        __tl_fetch_init(
            tlio_in,
            raw.cast(),
            ptr::null_mut(),
            RAW_MESSAGE,
            &raw const tl_in_raw_msg_methods,
            size,
        )
    }
}

/// Readies a state to read memory. Returns 0.
///
/// # Safety
/// `tlio_in` is a live state; `s` is *readable* for `size` bytes as long as the state is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlf_init_str(tlio_in: *mut TlInState, s: *const c_char, size: c_int) -> c_int {
    let (memory, none) = (s.cast_mut().cast(), ptr::null_mut());
    // SAFETY: the same promise.
    unsafe { __tl_fetch_init(tlio_in, memory, none, MEMORY, &raw const tl_in_str_methods, size) }
}
