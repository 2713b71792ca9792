// SPDX-License-Identifier: LGPL-2.0-or-later
//! Ending what is written: its header, and sending it.

use core::{
    ffi::{CStr, c_int, c_longlong, c_uint, c_void},
    ptr,
};

use super::{TAG, TlOutState, TlQueryHeader, count, tls_init_raw_msg, tls_init_tcp_raw_msg};
use crate::{
    kdb::{
        support::{c_text, die, stderr, vkprintf},
        tl_state::store,
        upcalls::{rpc_target_choose_connection, rpc_target_lookup},
    },
    layout::tl_parse::{NOWHERE, RAW_MESSAGE, TCP_RAW_MESSAGE},
    net::{tl_string_head, tl_string_padding},
    process_id::ProcessId,
    tl::{Header, RPC_REQ_ERROR, RPC_REQ_RESULT, header_markers},
};

// Flags of methods: there may be something in front of the first byte; the length may be no multiple of 4; somebody else sends.
const ALLOWS_PREPEND: c_int = 4;
const UNALIGNED: c_int = 16;
const SENT_BY_OTHERS: c_int = 32;

/// What follows a text whose length is no multiple of 4.
static NO_BYTES: [u8; 4] = [0; 4];

/// The size of an operation and a query's id.
const OP_AND_QID: c_int = 12;

/// Writes what an error answers: its number and text.
#[cold]
#[inline(never)]
unsafe fn write_error(tlio_out: *mut TlOutState, pid: &ProcessId) {
    // SAFETY: of a live state with methods.
    let (text, number, qid) = unsafe {
        let written = (*tlio_out).out_pos;
        if let Some(take_back) = (*(*tlio_out).out_methods).store_read_back {
            take_back(tlio_out, written);
        }
        let st = &mut *tlio_out;
        st.out_remaining = st.out_remaining.wrapping_add(written);
        st.out_pos = 0;
        (st.error.cast_const(), st.errnum, st.out_qid)
    };
    let format =
        c_text!("tl_store_end: [%d.%d.%d.%d:%d:%d:%d] writing error %s, errnum %d, tl.out_pos = %d\n");
    let [a, b, c, d, port, id, time] = pid.numbers();
    vkprintf!(1, format, a, b, c, d, port, id, time, text, number, 0);
    let numbers =
        u128::from(RPC_REQ_ERROR as u32) | u128::from(qid as u64) << 32 | u128::from(number as u32) << 96;
    let numbers = numbers.to_le_bytes();
    // SAFETY: a C string; each piece is readable for its length.
    unsafe {
        let len = libc::strlen(text);
        let (head, head_len) = tl_string_head(len as u32);
        let padding = tl_string_padding((len + head_len) as u32);
        let pieces: [(*const c_void, usize); 4] = [
            (numbers.as_ptr().cast(), numbers.len()),
            (head.as_ptr().cast(), head_len),
            (text.cast(), len),
            (NO_BYTES.as_ptr().cast(), padding as usize),
        ];
        for (data, len) in pieces {
            store(tlio_out, data, len as c_int);
        }
    }
}

/// The place in front of what was written: `len` bytes, which count as written; null for none.
unsafe fn place_in_front(tlio_out: *mut TlOutState, len: c_int) -> *mut c_void {
    // SAFETY: of a live state with methods.
    unsafe {
        let Some(in_front) = (*(*tlio_out).out_methods).store_get_prepend_ptr.filter(|_| len > 0) else {
            return ptr::null_mut();
        };
        if (*tlio_out).out_remaining < len {
            die(c_text!("tls_end_ext: no room for a header"));
        }
        let place = in_front(tlio_out, len);
        (*tlio_out).out_pos = (*tlio_out).out_pos.wrapping_add(len);
        (*tlio_out).out_remaining -= len;
        place
    }
}

/// Ends what was written, and sends it: an operation and the query's id, if it has one, go in front. Where an error was set, it
/// goes instead of what was written. A state that writes to nothing stays as it is. Returns 0.
///
/// # Safety
/// `tlio_out` is a live state, which nobody else uses meanwhile.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tls_end_ext(tlio_out: *mut TlOutState, op: c_int) -> c_int {
    // SAFETY: the same promise; a state with a type has methods, and what it writes to. Who it is for may be gone with what is
    // sent, so it is read before.
    unsafe {
        if (*tlio_out).out_type == NOWHERE {
            return 0;
        }
        if (*tlio_out).out.is_null() {
            die(c_text!("tls_end_ext: nothing to end"));
        }
        let pid = (*tlio_out).out_pid.cast_const();
        let pid = if pid.is_null() { ProcessId::default() } else { pid.read_unaligned() };
        let methods = (*tlio_out).out_methods;
        if !(*tlio_out).error.is_null() {
            write_error(tlio_out, &pid);
            count(|stats| &stats.rpc_sent_errors);
        } else if op == RPC_REQ_RESULT {
            count(|stats| &stats.rpc_sent_answers);
        } else {
            count(|stats| &stats.rpc_sent_queries);
        }
        let flags = (*methods).flags;
        if flags & UNALIGNED == 0 && (*tlio_out).out_pos & 3 != 0 {
            die(c_text!("tls_end_ext: a length that is no multiple of 4"));
        }
        let qid = (*tlio_out).out_qid;
        let before = (*methods).prepend_bytes;
        if flags & ALLOWS_PREPEND != 0 {
            let len = before + if qid == 0 { 0 } else { OP_AND_QID };
            (*tlio_out).out_size = place_in_front(tlio_out, len).cast();
        }
        if qid != 0 {
            let place: *mut u8 = (*tlio_out).out_size.cast();
            if op == 0 || place.is_null() {
                die(c_text!("tls_end_ext: a query's id without an operation, or without a place"));
            }
            let place = place.byte_offset(before as isize);
            place.cast::<c_int>().write_unaligned(op);
            place.byte_add(size_of::<c_int>()).cast::<c_longlong>().write_unaligned(qid);
        }
        if let Some(prefix) = (*methods).store_prefix {
            prefix(tlio_out);
        }
        if flags & SENT_BY_OTHERS == 0 {
            let Some(flush) = (*methods).store_flush else {
                die(c_text!("tls_end_ext: a message for nobody has no end"));
            };
            flush(tlio_out);
        }
        tell_end(&*tlio_out, &pid);
        (*tlio_out).out = ptr::null_mut();
        (*tlio_out).out_type = NOWHERE;
        (*tlio_out).out_methods = ptr::null();
        (*tlio_out).out_extra = ptr::null_mut();
    }
    0
}

#[inline(never)]
fn tell_end(st: &TlOutState, pid: &ProcessId) {
    let format = c_text!("tl_store_end: written %d bytes, qid = %lld, PID = [%d.%d.%d.%d:%d:%d:%d]\n");
    let [a, b, c, d, port, id, time] = pid.numbers();
    vkprintf!(2, format, st.out_pos, st.out_qid, a, b, c, d, port, id, time);
}

/// Writes the part of a header that follows the operation and the query's id. An operation that has no header ends the process.
/// Returns 0.
///
/// # Safety
/// `tlio_out` is a live state, which nobody else uses meanwhile; `header` is a header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tls_header(tlio_out: *mut TlOutState, header: *mut TlQueryHeader) -> c_int {
    // SAFETY: the same promise.
    unsafe {
        let TlQueryHeader { op, flags, actor_id, .. } = header.read();
        let header = Header { op, flags, actor_id, qid: (*tlio_out).out_qid, ..Header::default() };
        let Some((bytes, len)) = header_markers(&header) else {
            die(c_text!("tls_header: an operation that has no header"));
        };
        store(tlio_out, bytes.as_ptr().cast(), len as c_int);
    }
    0
}

/// Logs something of a process, in a format that asks for its seven numbers.
#[inline(never)]
pub(in crate::kdb) fn tell_of(format: &CStr, pid: &ProcessId) {
    let [a, b, c, d, port, id, time] = pid.numbers();
    vkprintf!(2, format, a, b, c, d, port, id, time);
}

/// Readies a state to write to a process: a message, or one that goes by a connection to it. Returns 1; or -1 where there is no
/// connection, and for no kind of place. Any other kind ends the process.
///
/// # Safety
/// `tlio_out` is a live state that writes to nothing; `pid` is *readable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tls_init(
    tlio_out: *mut TlOutState,
    r#type: c_uint,
    pid: *mut ProcessId,
    qid: c_longlong,
) -> c_int {
    match r#type {
        RAW_MESSAGE => {
            // SAFETY: the same promise.
            unsafe { tls_init_raw_msg(tlio_out, pid, qid) };
            1
        }
        TCP_RAW_MESSAGE => {
            // SAFETY: the same promise.
            let (connection, who) =
                unsafe { (rpc_target_choose_connection(rpc_target_lookup(pid), pid), &pid.read()) };
            if connection.is_null() {
                tell_of(c_text!("tls_init: Bad connection [%d.%d.%d.%d:%d:%d:%d]\n"), who);
                return -1;
            }
            tell_of(c_text!("tls_init: Good connection [%d.%d.%d.%d:%d:%d:%d]\n"), who);
            // SAFETY: the same promise; the reference to the connection is handed over.
            unsafe { tls_init_tcp_raw_msg(tlio_out, TAG, connection, qid) };
            1
        }
        NOWHERE => {
            let text = c_text!("Trying to tl_init_store() with type tl_type_none, qid=%lld\n");
            vkprintf!(2, text, qid);
            -1
        }
        _ => {
            // SAFETY: C's stream; a format that asks for a number.
            unsafe { libc::fprintf(stderr, c_text!("type = %d\n").as_ptr(), r#type) };
            die(c_text!("tls_init: no such kind of place"))
        }
    }
}
