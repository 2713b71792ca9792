// SPDX-License-Identifier: LGPL-2.0-or-later
//! Places to write to.
//!
//! # Safety
//! As for places to read from: of each method, the state is a live one of the method's kind, and memory is *readable* or
//! *writable* for the length that comes with it.

use core::{
    ffi::{c_char, c_int, c_longlong, c_uint, c_void},
    ptr,
};

use super::{
    TAG, TlOutMethods, TlOutState,
    fetch::{advance, free_message, memory_to_place, message_to_memory, message_to_message, size, whole},
    states::allocate,
};
use crate::{
    kdb::{
        rwm_fetch_data, rwm_fetch_data_back, rwm_fetch_lookup_back, rwm_init, rwm_postpone_alloc,
        rwm_prepend_alloc, rwm_push_data, rwm_union,
        statics::exported_object,
        support::{c_text, die},
        upcalls::{job_decref, tcp_rpc_conn_send},
    },
    layout::{
        jobs::AsyncJob,
        net_connections::ConnectionInfo,
        net_msg::RawMessage,
        tl_parse::{MEMORY, NOWHERE, RAW_MESSAGE, TCP_RAW_MESSAGE},
    },
    process_id::ProcessId,
};

/// The room of a message.
const MOST: c_int = 1 << 27;
/// As much as messages always take, while the system has memory.
const ALWAYS_TAKEN: c_int = 2048;

/// The methods of a place that is a message. What differs: what is done at the end, how it is freed, whether a message of a
/// connection can be copied into it, and the flags: 4 for one that can be written to in front of its first byte, 16 for one whose
/// length need not be a multiple of 4.
macro_rules! methods_of_message {
    ($name:literal, $flush:literal, $clear:path, $of_connection:literal, $flags:literal $(, $symbol:ident = $path:path)*) => {
        exported_object!(
            $name,
            32,
            168,
            [
                ".quad {place}, {in_front}, {bytes}, {message}",
                ".quad {back}, {last}, 0", // store_crc32_partial
                concat!(".quad ", $flush, ", {clear}"),
                // What is copied: from nowhere, from memory, from a message, from one of a connection.
                concat!(".quad 0, {of_memory}, {of_message}, ", $of_connection),
                ".zero 48",
                ".quad 0", // store_prefix
                concat!(".long ", $flags, ", 0"),
            ],
            place = place_in_message,
            in_front = place_in_front_of_message,
            bytes = bytes_to_message,
            message = message_joins,
            back = take_back_from_message,
            last = last_of_message,
            clear = $clear,
            of_memory = memory_to_place,
            of_message = message_to_message,
            $($symbol = $path),*
        );
    };
}

methods_of_message!(
    "tl_out_raw_msg_methods",
    "{flush}",
    clear_message,
    "{of_message}",
    "4",
    flush = never_sent
);
methods_of_message!("tl_out_raw_msg_methods_nosend", "0", clear_message, "0", "4");
methods_of_message!(
    "tl_out_tcp_raw_msg_methods",
    "{flush}",
    clear_message_to_connection,
    "{of_message}",
    "4",
    flush = send
);
methods_of_message!(
    "tl_out_tcp_raw_msg_unaligned_methods",
    "{flush}",
    clear_message_to_connection,
    "{of_message}",
    "20",
    flush = send_unaligned
);

exported_object!(
    "tl_out_str_methods",
    32,
    168,
    [
        ".quad {place}, {in_front}, {bytes}, {message}",
        ".quad {back}, {last}, 0",  // store_crc32_partial
        ".quad {forget}, {forget}", // store_flush, store_clear
        ".quad 0, {of_memory}, {of_message}, {of_message}",
        ".zero 48",
        ".quad 0",    // store_prefix
        ".long 6, 0", // it stays, and it can be written to in front of its first byte
    ],
    place = place_in_memory,
    in_front = place_in_front_of_memory,
    bytes = bytes_to_memory,
    message = message_read_to_memory,
    back = take_back_from_memory,
    last = last_of_memory,
    forget = forget_memory,
    of_memory = memory_to_place,
    of_message = message_to_memory,
);

unsafe extern "C" {
    safe static tl_out_raw_msg_methods: TlOutMethods;
    safe static tl_out_raw_msg_methods_nosend: TlOutMethods;
    safe static tl_out_tcp_raw_msg_methods: TlOutMethods;
    safe static tl_out_tcp_raw_msg_unaligned_methods: TlOutMethods;
    safe static tl_out_str_methods: TlOutMethods;
}

fn some_room(place: *mut c_void) -> *mut c_void {
    if place.is_null() {
        no_memory();
    }
    place
}

#[cold]
#[inline(never)]
fn no_memory() -> ! {
    die(c_text!("TL: no memory for what is written"))
}

// ---- a message ----

unsafe extern "C" fn place_in_message(st: *mut TlOutState, len: c_int) -> *mut c_void {
    // SAFETY: the module's promise.
    some_room(unsafe { rwm_postpone_alloc((*st).out.cast(), len) })
}

unsafe extern "C" fn place_in_front_of_message(st: *mut TlOutState, len: c_int) -> *mut c_void {
    // SAFETY: the module's promise.
    some_room(unsafe { rwm_prepend_alloc((*st).out.cast(), len) })
}

/// Where the pool of buffers is full, a message takes less than many bytes at once, but few always.
unsafe extern "C" fn bytes_to_message(st: *mut TlOutState, buf: *const c_void, len: c_int) {
    // SAFETY: the module's promise; what is left of the bytes.
    unsafe {
        let raw: *mut RawMessage = (*st).out.cast();
        let mut done = rwm_push_data(raw, buf, len);
        while done < len {
            let more = rwm_push_data(raw, buf.byte_add(size(done)), (len - done).min(ALWAYS_TAKEN));
            if more <= 0 {
                no_memory();
            }
            done += more;
        }
    }
}

unsafe extern "C" fn message_joins(st: *mut TlOutState, raw: *mut c_void) {
    // SAFETY: the module's promise.
    unsafe { rwm_union((*st).out.cast(), raw.cast()) };
}

unsafe extern "C" fn take_back_from_message(st: *mut TlOutState, len: c_int) {
    // SAFETY: the module's promise; nowhere is as good as a place for bytes that are dropped.
    whole(unsafe { rwm_fetch_data_back((*st).out.cast(), ptr::null_mut(), len) }, len);
}

unsafe extern "C" fn last_of_message(st: *mut TlOutState, buf: *mut c_void, len: c_int) {
    // SAFETY: the module's promise.
    whole(unsafe { rwm_fetch_lookup_back((*st).out.cast(), buf, len) }, len);
}

unsafe extern "C" fn clear_message(st: *mut TlOutState) {
    // SAFETY: the module's promise.
    unsafe { free_message(&mut (*st).out) };
}

unsafe extern "C" fn clear_message_to_connection(st: *mut TlOutState) {
    // SAFETY: the module's promise; while there is a message there is a reference to its connection.
    unsafe {
        if !(*st).out.is_null() {
            clear_message(st);
            job_decref(TAG, connection_of(st));
        }
    }
}

/// The reference to the connection, which the state has no more.
unsafe fn connection_of(st: *mut TlOutState) -> *mut AsyncJob {
    // SAFETY: the module's promise.
    unsafe { ptr::replace(&raw mut (*st).out_extra, ptr::null_mut()) }.cast()
}

unsafe extern "C" fn never_sent(_st: *mut TlOutState) {
    die(c_text!("TL: a message without a connection has no end"));
}

/// Hands the message and the reference to the connection over.
unsafe fn send_with(st: *mut TlOutState, flags: c_int) {
    // SAFETY: the module's promise.
    unsafe {
        let raw = ptr::replace(&raw mut (*st).out, ptr::null_mut());
        tcp_rpc_conn_send(TAG, connection_of(st), raw.cast(), flags);
    }
}

unsafe extern "C" fn send(st: *mut TlOutState) {
    /// It is the caller's no more.
    const GIVEN: c_int = 4;
    // SAFETY: the module's promise.
    unsafe { send_with(st, GIVEN) };
}

unsafe extern "C" fn send_unaligned(st: *mut TlOutState) {
    /// ... and of any length.
    const GIVEN_UNALIGNED: c_int = 12;
    // SAFETY: the module's promise.
    unsafe { send_with(st, GIVEN_UNALIGNED) };
}

// ---- memory ----

unsafe extern "C" fn place_in_memory(st: *mut TlOutState, len: c_int) -> *mut c_void {
    // SAFETY: the module's promise.
    unsafe {
        let place = (*st).out;
        advance(&mut (*st).out, len);
        place
    }
}

unsafe extern "C" fn place_in_front_of_memory(st: *mut TlOutState, len: c_int) -> *mut c_void {
    // SAFETY: the module's promise.
    let (out, written) = unsafe { ((*st).out, (*st).out_pos) };
    out.wrapping_byte_offset(-(written as isize) - len as isize)
}

unsafe extern "C" fn bytes_to_memory(st: *mut TlOutState, buf: *const c_void, len: c_int) {
    // SAFETY: the module's promise.
    unsafe {
        ptr::copy(buf.cast::<u8>(), (*st).out.cast(), size(len));
        advance(&mut (*st).out, len);
    }
}

unsafe extern "C" fn message_read_to_memory(st: *mut TlOutState, raw: *mut c_void) {
    let raw: *mut RawMessage = raw.cast();
    // SAFETY: the module's promise.
    unsafe {
        let len = (*raw).total_bytes;
        rwm_fetch_data(raw, (*st).out, len);
        advance(&mut (*st).out, len);
    }
}

unsafe extern "C" fn take_back_from_memory(st: *mut TlOutState, len: c_int) {
    // SAFETY: the module's promise.
    advance(unsafe { &mut (*st).out }, len.wrapping_neg());
}

unsafe extern "C" fn last_of_memory(st: *mut TlOutState, buf: *mut c_void, len: c_int) {
    // SAFETY: the module's promise.
    unsafe { ptr::copy((*st).out.cast::<u8>().wrapping_sub(size(len)), buf.cast(), size(len)) };
}

unsafe extern "C" fn forget_memory(st: *mut TlOutState) {
    // SAFETY: the module's promise.
    unsafe { (*st).out = ptr::null_mut() };
}

// ---- beginning ----

/// Readies a state that writes to nothing yet; for no place, one whose end does nothing. Returns 0.
#[inline(never)]
unsafe fn begin(
    tlio_out: *mut TlOutState,
    r#type: c_uint,
    methods: *const TlOutMethods,
    out: *mut c_void,
    extra: *mut c_void,
    room: c_int,
    qid: c_longlong,
) -> c_int {
    // SAFETY: the module's promise.
    let st = unsafe { &mut *tlio_out };
    if !st.out_methods.is_null() {
        die(c_text!("TL: a place to write to that is used"));
    }
    st.out = out;
    st.out_extra = extra;
    st.out_type = NOWHERE;
    if !out.is_null() {
        st.out_methods = methods;
        st.out_type = r#type;
    }
    st.out_pos = 0;
    st.out_qid = qid;
    st.out_remaining = room;
    st.errnum = 0;
    // SAFETY: memory of C's, or null.
    unsafe { libc::free(st.error.cast()) };
    st.error = ptr::null_mut();
    0
}

/// Readies a state that writes a new message; none, where it is for nobody.
unsafe fn begin_message(
    tlio_out: *mut TlOutState,
    r#type: c_uint,
    methods: &TlOutMethods,
    extra: *mut c_void,
    pid: *mut ProcessId,
    qid: c_longlong,
) -> c_int {
    // SAFETY: the module's promise; new memory.
    unsafe {
        (*tlio_out).out_pid = pid;
        let mut raw: *mut RawMessage = ptr::null_mut();
        if !pid.is_null() {
            raw = allocate();
            rwm_init(raw, 0);
        }
        begin(tlio_out, r#type, methods, raw.cast(), extra, MOST, qid)
    }
}

/// Readies a state to write a message for a process; for none, if `pid` is null. It can be freed, but not ended. Returns 0.
///
/// # Safety
/// `tlio_out` is a live state that writes to nothing; `pid` is null or *readable*.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tls_init_raw_msg(
    tlio_out: *mut TlOutState,
    mut pid: *mut ProcessId,
    qid: c_longlong,
) -> c_int {
    // SAFETY: the same promise.
    unsafe {
        if !pid.is_null() {
            (*tlio_out).out_pid_buf = pid.read();
            pid = &raw mut (*tlio_out).out_pid_buf;
        }
        begin_message(tlio_out, RAW_MESSAGE, &tl_out_raw_msg_methods, ptr::null_mut(), pid, qid)
    }
}

#[inline(never)]
unsafe fn begin_for_connection(
    tlio_out: *mut TlOutState,
    connection: *mut AsyncJob,
    qid: c_longlong,
    methods: &TlOutMethods,
) -> c_int {
    let mut pid = ptr::null_mut();
    if !connection.is_null() {
        pid = ConnectionInfo::remote_pid(ConnectionInfo::of(connection));
    }
    // SAFETY: the module's promise.
    unsafe { begin_message(tlio_out, TCP_RAW_MESSAGE, methods, connection.cast(), pid, qid) }
}

/// Readies a state to write a message that its end sends by a connection, whose reference it takes over; for none, if that is
/// null. Returns 0.
///
/// # Safety
/// `tlio_out` is a live state that writes to nothing; `c` is null or a live connection that speaks RPC.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tls_init_tcp_raw_msg(
    tlio_out: *mut TlOutState,
    _c_tag: c_int,
    c: *mut AsyncJob,
    qid: c_longlong,
) -> c_int {
    // SAFETY: the same promise.
    unsafe { begin_for_connection(tlio_out, c, qid, &tl_out_tcp_raw_msg_methods) }
}

/// As [`tls_init_tcp_raw_msg`], for a message of any length.
///
/// # Safety
/// As for [`tls_init_tcp_raw_msg`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tls_init_tcp_raw_msg_unaligned(
    tlio_out: *mut TlOutState,
    _c_tag: c_int,
    c: *mut AsyncJob,
    qid: c_longlong,
) -> c_int {
    // SAFETY: the same promise.
    unsafe { begin_for_connection(tlio_out, c, qid, &tl_out_tcp_raw_msg_unaligned_methods) }
}

/// Readies a state to write to memory, in front of which its end writes 12 bytes if `qid` is not 0. Returns 0.
///
/// # Safety
/// `tlio_out` is a live state that writes to nothing; `s` is null, or *writable* for `size` bytes and those in front, as long as
/// the state is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tls_init_str(
    tlio_out: *mut TlOutState,
    s: *mut c_char,
    qid: c_longlong,
    size: c_int,
) -> c_int {
    // SAFETY: the same promise.
    unsafe {
        (*tlio_out).out_pid = ptr::null_mut();
        begin(tlio_out, MEMORY, &raw const tl_out_str_methods, s.cast(), s.cast(), size, qid)
    }
}

/// Readies a state to write a message for whoever takes it out. Returns 0.
///
/// # Safety
/// `tlio_out` is a live state that writes to nothing.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tls_init_raw_msg_nosend(tlio_out: *mut TlOutState) -> c_int {
    let raw: *mut RawMessage = allocate();
    // SAFETY: the same promise; new memory.
    unsafe {
        rwm_init(raw, 0);
        begin(
            tlio_out,
            RAW_MESSAGE,
            &raw const tl_out_raw_msg_methods_nosend,
            raw.cast(),
            raw.cast(),
            MOST,
            0,
        )
    }
}
