// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-tcp-rpc-common`: packets that are sent, and what both ends have in common.

use core::{
    cell::Cell,
    ffi::{CStr, c_int, c_longlong, c_uint, c_void},
    sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed},
};

use super::rpc_connection::{RUN, RpcConnection, TAG};
use crate::{
    kdb::{
        common::precise_now_of_thread,
        mpq_push_w, rwm_clone, rwm_create, rwm_fetch_data, rwm_free, rwm_push_data, rwm_push_data_front,
        rwm_union,
        support::{c_text, die, vkprintf},
        upcalls::{job_incref, job_signal, lrand48_j},
    },
    layout::{
        jobs::AsyncJob,
        net_connections::{ConnectionInfo, SocketInfo},
        net_msg::RawMessage,
    },
    net::connection::flag,
    rpc::{Bucket, FILLERS, PING, PONG, compact_head, flags},
    sys::memory,
};

/// Bits of how a message is given: the caller keeps it; it is in libc's memory, which is handed over; its length need not be a
/// multiple of four.
const KEEP: c_int = 1;
const HAND_OVER: c_int = 4;
const ANY_LENGTH: c_int = 8;

#[inline]
fn check_length(bytes: c_int) {
    if bytes & 3 != 0 {
        die(c_text!("an RPC packet whose length is no multiple of four"));
    }
}

/// The message that is sent, in libc's memory.
///
/// # Safety
/// `raw` is a message; it is in libc's memory if `flags` say so.
#[inline(never)]
unsafe fn taken(raw: *mut RawMessage, flags: c_int) -> *mut RawMessage {
    if flags & HAND_OVER != 0 {
        if flags & KEEP != 0 {
            die(c_text!("a message that is handed over, and kept"));
        }
        return raw;
    }
    // SAFETY: a message, as the caller promises.
    let Some(message) = memory::object(unsafe { raw.read() }) else {
        die(c_text!("no memory for a message of RPC"))
    };
    if flags & KEEP != 0 {
        // SAFETY: two places; what the first holds is the second's.
        unsafe { rwm_clone(message.as_ptr(), raw) };
    }
    message.as_ptr()
}

/// # Safety
/// A live connection, and a message.
#[inline(never)]
unsafe fn tell(name: &CStr, c: *mut AsyncJob, raw: *mut RawMessage) {
    // SAFETY: the same promise.
    let (bytes, fd) = unsafe { ((*raw).total_bytes, (*ConnectionInfo::of(c)).fd) };
    vkprintf!(3, c_text!("%s: sending message of size %d to conn fd=%d\n"), name.as_ptr(), bytes, fd);
}

/// Frames a packet and gives it to the connection's socket: it overtakes all that waits, and is not encrypted.
///
/// # Safety
/// `c` is a live connection, locked by this thread; `raw` is a message, as `flags` say.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_conn_send_init(c: *mut AsyncJob, raw: *mut RawMessage, flags: c_int) {
    // SAFETY: the same promises; a connection's socket lives as long as it.
    unsafe {
        tell(c_text!("tcp_rpc_conn_send_init"), c, raw);
        check_length((*raw).total_bytes);
        let message = taken(raw, flags & KEEP);
        RpcConnection::new(c).frame(message);
        let socket = (*ConnectionInfo::of(c)).io_conn;
        if socket.is_null() {
            rwm_free(message);
            libc::free(message.cast());
            return;
        }
        mpq_push_w((*SocketInfo::of(socket)).out_packet_queue.cast(), message.cast(), 0);
        job_signal(TAG, job_incref(socket), RUN);
    }
}

/// Frames a packet and adds it to what is about to be sent: it overtakes what is queued.
///
/// # Safety
/// `c` is a reference to a connection, locked by this thread, which is handed over; `raw` is a message, as `flags` say.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_conn_send_im(
    tag: c_int,
    c: *mut AsyncJob,
    raw: *mut RawMessage,
    flags: c_int,
) {
    // SAFETY: the same promises.
    unsafe {
        tell(c_text!("tcp_rpc_conn_send_im"), c, raw);
        check_length((*raw).total_bytes);
        let message = taken(raw, flags & KEEP);
        let connection = RpcConnection::new(c);
        connection.frame(message);
        rwm_union(&raw mut (*connection.info()).out, message);
        libc::free(message.cast());
        job_signal(tag, c, RUN);
    }
}

/// Queues a packet, which is framed when the connection's job runs. Any thread may.
///
/// # Safety
/// `c` is a reference to a connection, which is handed over; `raw` is a message, as `flags` say.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_conn_send(tag: c_int, c: *mut AsyncJob, raw: *mut RawMessage, flags: c_int) {
    // SAFETY: the same promises; the queue takes the message over.
    unsafe {
        tell(c_text!("tcp_rpc_conn_send"), c, raw);
        if flags & ANY_LENGTH == 0 {
            check_length((*raw).total_bytes);
        }
        let message = taken(raw, flags);
        mpq_push_w((*ConnectionInfo::of(c)).out_queue.cast(), message.cast(), 0);
        job_signal(tag, c, RUN);
    }
}

/// A message of bytes.
///
/// # Safety
/// `data` is *readable* for `len` bytes.
#[inline(never)]
unsafe fn message_of(data: *mut c_void, len: c_int) -> RawMessage {
    check_length(len);
    let mut message = RawMessage::empty(0);
    // SAFETY: the same promise, and an own place.
    if unsafe { rwm_create(&mut message, data, len) } != len {
        die(c_text!("no memory for a packet of RPC"));
    }
    message
}

/// As [`tcp_rpc_conn_send`], of bytes.
///
/// # Safety
/// `c` is a reference to a connection, which is handed over; `data` is *readable* for `len` bytes.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_conn_send_data(tag: c_int, c: *mut AsyncJob, len: c_int, data: *mut c_void) {
    // SAFETY: the same promises.
    unsafe { tcp_rpc_conn_send(tag, c, &mut message_of(data, len), 0) }
}

/// As [`tcp_rpc_conn_send_init`], of bytes.
///
/// # Safety
/// `c` is a live connection, locked by this thread; `data` is *readable* for `len` bytes.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_conn_send_data_init(c: *mut AsyncJob, len: c_int, data: *mut c_void) {
    // SAFETY: the same promises.
    unsafe { tcp_rpc_conn_send_init(c, &mut message_of(data, len), 0) }
}

/// As [`tcp_rpc_conn_send_im`], of bytes.
///
/// # Safety
/// `c` is a reference to a connection, locked by this thread, which is handed over; `data` is *readable* for `len` bytes.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_conn_send_data_im(
    tag: c_int,
    c: *mut AsyncJob,
    len: c_int,
    data: *mut c_void,
) {
    // SAFETY: the same promises.
    unsafe { tcp_rpc_conn_send_im(tag, c, &mut message_of(data, len), 0) }
}

/// The bytes of a ping with its type.
const PING_LEN: c_int = 12;

/// Answers a ping; nothing else. What it says of it needs a verbosity of `level`.
///
/// # Safety
/// `c` is a live connection, locked by this thread; `raw` is a message.
pub(super) unsafe fn answer_ping(c: *mut AsyncJob, op: c_int, raw: *mut RawMessage, level: c_int) {
    // SAFETY: the same promises; a place for twelve bytes, of which there are as many.
    unsafe {
        if op != PING || (*raw).total_bytes != PING_LEN {
            return;
        }
        let info = ConnectionInfo::of(c);
        (*info).last_response_time = precise_now_of_thread();
        let mut ping = [0_i32; 3];
        rwm_fetch_data(raw, ping.as_mut_ptr().cast(), PING_LEN);
        let [op, low, high] = &mut ping;
        *op = PONG;
        let value = c_longlong::from(*low as c_uint) | c_longlong::from(*high) << 32;
        tell_of_ping(level, (*info).remote_ip, (*info).remote_port, value);
        tcp_rpc_conn_send_data(TAG, job_incref(c), PING_LEN, ping.as_mut_ptr().cast());
    }
}

#[inline(never)]
fn tell_of_ping(level: c_int, ip: c_uint, port: c_uint, value: c_longlong) {
    let [a, b, c, d] = ip.to_be_bytes().map(c_int::from);
    vkprintf!(level, c_text!("received ping from %d.%d.%d.%d:%d (val = %lld)\n"), a, b, c, d, port, value);
}

/// Answers a ping, and notes that the other end is alive. Returns 0: the message stays the caller's.
///
/// # Safety
/// `c` is a live connection, locked by this thread; `raw` is a message.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_default_execute(c: *mut AsyncJob, op: c_int, raw: *mut RawMessage) -> c_int {
    let info = ConnectionInfo::of(c);
    // SAFETY: the same promises.
    let (fd, len) = unsafe { ((*info).fd, (*raw).total_bytes) };
    vkprintf!(1, c_text!("rpcc_execute: fd=%d, op=%d, len=%d\n"), fd, op, len);
    // SAFETY: the same promises.
    unsafe {
        (*info).last_response_time = precise_now_of_thread();
        answer_ping(c, op, raw, 2);
    }
    0
}

/// Has the connection's type flush it.
///
/// # Safety
/// `c` is a live connection, locked by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_flush_packet(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise; a type is complete, and its function for such a connection.
    unsafe { (*RpcConnection::new(c).functions()).flush.map_or(0, |flush| flush(c)) }
}

/// Frames a packet and adds it to what is about to be sent. A connection with short heads has no frames: the packet is dropped.
/// Returns 0.
///
/// # Safety
/// `c` is a live connection, locked by this thread; `raw` is a message, which is emptied.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_write_packet(c: *mut AsyncJob, raw: *mut RawMessage) -> c_int {
    // SAFETY: the same promises.
    unsafe {
        let connection = RpcConnection::new(c);
        if connection.data().flags.load(Relaxed) & (flags::COMPACT | flags::MEDIUM) != 0 {
            rwm_free(raw);
        } else {
            connection.frame(raw);
            rwm_union(&raw mut (*connection.info()).out, raw);
        }
    }
    0
}

/// What a quick acknowledgement starts with, which is not sent.
const ACKNOWLEDGEMENT: u8 = 0xdd;
const ACKNOWLEDGEMENT_LEN: c_int = 5;

/// As [`tcp_rpc_write_packet`], for a client of the proxy: with the short head that the connection has. A message of five bytes
/// is a quick acknowledgement, of which the last four are sent as they are; before a TLS connection is ready, all is.
///
/// # Safety
/// As for [`tcp_rpc_write_packet`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_write_packet_compact(c: *mut AsyncJob, raw: *mut RawMessage) -> c_int {
    // SAFETY: the same promises; the places are as large as what is read and written.
    unsafe {
        let connection = RpcConnection::new(c);
        let info = connection.info();
        let is_starting_tls =
            (*info).flags.load(Relaxed) & flag::TLS != 0 && (*info).left_tls_packet_length == -1;
        if (*raw).total_bytes == ACKNOWLEDGEMENT_LEN {
            let mut first = 0_u8;
            rwm_fetch_data(raw, (&raw mut first).cast(), 1);
            if first != ACKNOWLEDGEMENT {
                die(c_text!("tcp_rpc_write_packet_compact: five bytes that are no acknowledgement"));
            }
        } else if !is_starting_tls {
            let data_flags = connection.data().flags.load(Relaxed);
            if data_flags & (flags::COMPACT | flags::MEDIUM) == 0 {
                return tcp_rpc_write_packet(c, raw);
            }
            add_head(raw, data_flags);
        }
        rwm_union(&raw mut (*info).out, raw);
    }
    0
}

/// Adds a random tail, if the connection has one, and the head.
///
/// # Safety
/// `raw` is a message of this thread's.
#[inline(never)]
unsafe fn add_head(raw: *mut RawMessage, data_flags: c_int) {
    let (mut wanted, mut added) = (0, 0);
    // SAFETY: the same promise; what is added is readable.
    unsafe {
        if data_flags & flags::PADDED != 0 {
            let tail = lrand48_j() as c_int;
            wanted = (lrand48_j() & 3) as c_int;
            added = rwm_push_data(raw, (&raw const tail).cast(), wanted);
        }
        let Some((head, head_len)) = compact_head((*raw).total_bytes, data_flags) else {
            die(c_text!("tcp_rpc_write_packet_compact: a packet of a length that has no head"))
        };
        added += rwm_push_data_front(raw, head.as_ptr().cast(), head_len);
        if added != wanted + head_len {
            die(c_text!("no memory for a packet's head"));
        }
    }
}

/// Fills up what is about to be encrypted to whole blocks. Returns 0.
///
/// # Safety
/// `c` is a live connection, locked by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_flush(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    let (connection, info) = unsafe { (RpcConnection::new(c), ConnectionInfo::of(c)) };
    // SAFETY: the same promise; a type is complete, and its function for such a connection.
    let needed = unsafe {
        if (*info).crypto.is_null() {
            return 0;
        }
        (*connection.functions()).crypto_needed_output_bytes.map_or(0, |needed| needed(c))
    };
    vkprintf!(2, c_text!("tcp_rpcs_flush_packet: padding with %d bytes\n"), needed);
    check_length(needed);
    let fillers = FILLERS.get(..needed.max(0) as usize).unwrap_or_default();
    // SAFETY: the connection's own message, and readable bytes.
    let added =
        unsafe { rwm_push_data(&raw mut (*info).out, fillers.as_ptr().cast(), fillers.len() as c_int) };
    if added < needed {
        die(c_text!("tcp_rpc_flush: more than twelve bytes, or no memory"));
    }
    0
}

/// Asks the other end whether it lives.
///
/// # Safety
/// `c` is a live connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_send_ping(c: *mut AsyncJob, ping_id: c_longlong) {
    let mut ping = [PING, ping_id as c_int, (ping_id >> 32) as c_int];
    // SAFETY: the same promise; a new reference, and readable bytes.
    unsafe { tcp_rpc_conn_send_data(TAG, job_incref(c), PING_LEN, ping.as_mut_ptr().cast()) }
}

/// What this process offers and wants in handshakes.
static DEFAULT_FLAGS: AtomicU32 = AtomicU32::new(0);

/// Keeps the bits of `and_flags`, and adds those of `or_flags`. Returns the new ones.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn tcp_set_default_rpc_flags(and_flags: c_uint, or_flags: c_uint) -> c_uint {
    let flags = DEFAULT_FLAGS.load(Relaxed) & and_flags | or_flags;
    DEFAULT_FLAGS.store(flags, Relaxed);
    flags
}

/// What [`tcp_set_default_rpc_flags`] has set.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn tcp_get_default_rpc_flags() -> c_uint {
    DEFAULT_FLAGS.load(Relaxed)
}

static DH_RATE: AtomicI32 = AtomicI32::new(0);

std::thread_local! {
    /// The handshakes with Diffie-Hellman that the calling thread may take now.
    static DH_BUCKET: Cell<Bucket> = const { Cell::new(Bucket::new()) };
}

/// Sets how many handshakes with Diffie-Hellman each thread takes a second; 0 is no limit.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn tcp_set_max_dh_accept_rate(rate: c_int) {
    DH_RATE.store(rate, Relaxed);
}

/// Returns 0 if the calling thread takes one more handshake with Diffie-Hellman now, else -1.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn tcp_add_dh_accept() -> c_int {
    let mut bucket = DH_BUCKET.get();
    let taken = bucket.take(precise_now_of_thread(), DH_RATE.load(Relaxed).into());
    DH_BUCKET.set(bucket);
    if taken { 0 } else { -1 }
}
