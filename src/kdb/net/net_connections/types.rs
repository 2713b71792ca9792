// SPDX-License-Identifier: LGPL-2.0-or-later
//! Types of connections, and the simplest functions of theirs.

use core::{ffi::c_int, hint::black_box, mem::offset_of, ptr, sync::atomic::Ordering::Relaxed};

use super::{
    cpu_server_close_connection, cpu_server_free_connection, cpu_server_read_write,
    net_accept_new_connections, net_server_socket_free, net_server_socket_read_write,
    net_server_socket_reader, net_server_socket_writer,
};
pub use crate::layout::net_connections::ConnFunctions;
use crate::{
    kdb::{
        support::{c_text, die, kprintf},
        upcalls::{cpu_tcp_free_connection_buffers, cpu_tcp_server_reader, cpu_tcp_server_writer},
    },
    layout::{
        jobs::AsyncJob,
        net_connections::{Act, CONN_CONNECTING, CONN_ERROR, CONNECTION_TYPE, ConnectionInfo},
    },
    net::connection::flag,
};

/// Answers of [`server_check_ready`].
pub(super) const NOT_YET: c_int = 0;
pub(super) const READY: c_int = 1;
pub(super) const STOPPED: c_int = 2;
pub(super) const BUSY: c_int = 3;
pub(super) const FAILED: c_int = 4;

/// The usual functions of all types, and where they stand.
static USUAL: [(u16, Act); 14] = [
    (offset_of!(ConnFunctions, socket_read_write) as u16, net_server_socket_read_write),
    (offset_of!(ConnFunctions, socket_reader) as u16, net_server_socket_reader),
    (offset_of!(ConnFunctions, socket_writer) as u16, net_server_socket_writer),
    (offset_of!(ConnFunctions, socket_free) as u16, net_server_socket_free),
    (offset_of!(ConnFunctions, socket_close) as u16, server_noop),
    (offset_of!(ConnFunctions, socket_connected) as u16, server_noop),
    (offset_of!(ConnFunctions, init_outbound) as u16, server_noop),
    (offset_of!(ConnFunctions, wakeup) as u16, server_noop),
    (offset_of!(ConnFunctions, alarm) as u16, server_noop),
    (offset_of!(ConnFunctions, connected) as u16, server_noop),
    (offset_of!(ConnFunctions, flush) as u16, server_flush),
    (offset_of!(ConnFunctions, check_ready) as u16, server_check_ready),
    (offset_of!(ConnFunctions, read_write) as u16, cpu_server_read_write),
    (offset_of!(ConnFunctions, free) as u16, cpu_server_free_connection),
];

/// Gives each function that a type lacks its usual one. Returns 0; or -1 for what is no type, or one that cannot be completed. A
/// type that has no messages of parts must have its own functions for them: else the process ends.
///
/// # Safety
/// `type_` is *writable*, and what has its magic is a type.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn check_conn_functions(type_: *mut ConnFunctions, listening: c_int) -> c_int {
    // SAFETY: as the caller promises.
    let functions = unsafe { &mut *type_ };
    if functions.magic != CONNECTION_TYPE {
        return -1;
    }
    if functions.title.is_null() {
        functions.title = c_text!("(unknown)").as_ptr();
    }
    let listens = listening != 0;
    functions.accept.get_or_insert(if listens { net_accept_new_connections } else { server_failed });
    functions.init_accepted.get_or_insert(if listens { server_noop } else { server_failed });
    functions.close.get_or_insert(cpu_server_close_connection);
    // Unrolled, it would be six times as long.
    for (offset, usual) in black_box(&USUAL) {
        // SAFETY: a place of such a function in the caller's struct.
        let place =
            unsafe { &mut *ptr::from_mut(functions).byte_add(usize::from(*offset)).cast::<Option<Act>>() };
        place.get_or_insert(*usual);
    }
    if functions.flags & flag::RAW == 0 {
        let own = [functions.free_buffers, functions.reader, functions.writer];
        if own.iter().any(Option::is_none) {
            die(c_text!("check_conn_functions: a type without messages of parts lacks its own functions"));
        }
        return 0;
    }
    functions.free_buffers.get_or_insert(cpu_tcp_free_connection_buffers);
    if functions.reader.is_none() {
        functions.reader = Some(cpu_tcp_server_reader);
        if functions.parse_execute.is_none() {
            return -1;
        }
    }
    functions.writer.get_or_insert(cpu_tcp_server_writer);
    0
}

/// How far a connection is, which it notes: not yet (0), ready (1), or failed (4).
///
/// # Safety
/// A live connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn server_check_ready(C: *mut AsyncJob) -> c_int {
    let c = ConnectionInfo::of(C);
    // SAFETY: as the caller promises.
    unsafe {
        let answer = match (*c).status.load(Relaxed) {
            0 | CONN_CONNECTING => NOT_YET,
            CONN_ERROR => FAILED,
            _ if (*c).ready.load(Relaxed) == FAILED => FAILED,
            _ => READY,
        };
        (*c).ready.store(answer, Relaxed);
        answer
    }
}

/// Does nothing. Returns 0. Its address is no other function's.
#[unsafe(no_mangle)]
pub extern "C" fn server_noop(_C: *mut AsyncJob) -> c_int {
    black_box(0)
}

/// Does nothing. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn server_flush(_C: *mut AsyncJob) -> c_int {
    black_box(0)
}

/// Ends the process: a type lacks the function in whose place this one stands.
///
/// # Safety
/// A live connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn server_failed(C: *mut AsyncJob) -> c_int {
    let text = c_text!("connection %d: call to pure virtual method\n");
    // SAFETY: as the caller promises; the format asks for a number.
    unsafe { kprintf(text.as_ptr(), (*ConnectionInfo::of(C)).fd) };
    die(c_text!("server_failed: a type of connections lacks a function"))
}
