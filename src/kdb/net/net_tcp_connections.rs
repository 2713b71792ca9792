// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-tcp-connections`: between a connection's queues and its parser, with a cipher or without, and with
//! records of TLS or without.
//!
//! What all functions ask for: `C` is a connection's job, which the calling thread runs or has locked; its messages are alive,
//! and the functions of its type may be called. A connection without a cipher where one is needed ends the process, and so does
//! a type without a function that is needed.

use core::{
    ffi::{CStr, c_int},
    ptr::NonNull,
    sync::atomic::Ordering::{AcqRel, Relaxed},
};

use crate::{
    kdb::{
        libcrypto::EvpCipherCtx,
        mpq_pop_nw, mpq_push_w,
        net::net_connections::note_input,
        rwm_clear, rwm_encrypt_decrypt_to, rwm_fetch_lookup, rwm_free, rwm_init, rwm_push_data,
        rwm_skip_data, rwm_union,
        spares::spares,
        support::{c_text, die, kprintf},
        upcalls::{fail_connection, job_incref, job_signal},
        verbosity,
    },
    layout::{
        jobs::AsyncJob,
        net_connections::{Act, CONN_ERROR, CONN_WRITE_CLOSE, ConnFunctions, ConnectionInfo, SocketInfo},
        net_crypto_aes::AesCrypto,
        net_msg::RawMessage,
    },
    net::{
        BeforeParsing, MOST_IN_RECORD, NextInRecord, Parsed, RECORD_HEADER, after_parsing, before_parsing,
        connection::flag, next_in_record, record_header, record_length,
    },
    sys::memory,
};

/// The block of the cipher that works on whole ones.
const BLOCK: c_int = 16;
/// How often a pop of a queue tries.
const TRIES: c_int = 4;
/// A signal, and what the legacy macros put in front of a job that is handed over.
const RUN: c_int = 0;
const TAG: c_int = 1;

/// Errors of a connection that fails: what comes is no record of TLS; there is no memory.
const NO_RECORD: c_int = -1;
const NO_MEMORY: c_int = -12;

const ANY_FAILURE: c_int = flag::ERROR | flag::FAILED | flag::NET_FAILED;

/// The functions of a connection's type, which may change with each call of one.
///
/// # Safety
/// As for all functions of this object.
unsafe fn functions<'a>(c: *mut ConnectionInfo) -> &'a ConnFunctions {
    // SAFETY: the same promise.
    unsafe { &*(*c).r#type }
}

/// # Safety
/// As for all functions of this object; the function is one of the connection's type.
unsafe fn call(function: Option<Act>, connection: *mut AsyncJob) -> c_int {
    match function {
        // SAFETY: the same promise.
        Some(function) => unsafe { function(connection) },
        None => refuse(c_text!("a connection's type lacks a function")),
    }
}

#[cold]
#[inline(never)]
fn refuse(why: &CStr) -> ! {
    die(why)
}

/// Writes a line to the log, at a verbosity of at least `level`. The format asks for at most three numbers.
#[inline(never)]
fn log(level: c_int, format: &CStr, a: c_int, b: c_int, c: c_int) {
    if verbosity.load(Relaxed) >= level {
        // SAFETY: a C string that asks for numbers of this type, and for no more.
        unsafe { kprintf(format.as_ptr(), a, b, c) }
    }
}

/// The connection's ciphers.
///
/// # Safety
/// As for all functions of this object.
#[inline(never)]
unsafe fn ciphers<'a>(c: *mut ConnectionInfo) -> &'a AesCrypto {
    // SAFETY: the same promise.
    match unsafe { (*c).crypto.cast::<AesCrypto>().as_ref() } {
        Some(ciphers) => ciphers,
        None => refuse(c_text!("a connection without a cipher")),
    }
}

/// Moves bytes through a cipher, as many as are asked for. Without memory the connection fails, and the result is false.
///
/// # Safety
/// As for all functions of this object; `from` and `to` are messages of the connection, and the cipher one of its own with that
/// block.
#[inline(never)]
unsafe fn pass(
    connection: *mut AsyncJob,
    (from, to): (*mut RawMessage, *mut RawMessage),
    count: c_int,
    cipher: *mut EvpCipherCtx,
    block: c_int,
) -> bool {
    // SAFETY: the same promises.
    unsafe { rwm_encrypt_decrypt_to(from, to, count, cipher, block) == count || out_of_memory(connection) }
}

/// # Safety
/// As for all functions of this object.
#[cold]
#[inline(never)]
unsafe fn out_of_memory(connection: *mut AsyncJob) -> bool {
    // SAFETY: the same promise.
    unsafe { fail_connection(connection, NO_MEMORY) };
    false
}

/// Frees the messages of a connection. Returns 0.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cpu_tcp_free_connection_buffers(C: *mut AsyncJob) -> c_int {
    let c = ConnectionInfo::of(C);
    // SAFETY: the same promise.
    unsafe {
        rwm_free(&raw mut (*c).r#in);
        rwm_free(&raw mut (*c).in_u);
        rwm_free(&raw mut (*c).out);
        rwm_free(&raw mut (*c).out_p);
    }
    0
}

/// Hands what waits in the connection's queue to its protocol, and what that writes, encrypted, to the connection's socket.
/// Returns 0.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cpu_tcp_server_writer(C: *mut AsyncJob) -> c_int {
    let c = ConnectionInfo::of(C);
    // SAFETY: the same promise; what is popped are messages in libc's memory, which the protocol empties.
    unsafe {
        let closes = (*c).status.load(Relaxed) == CONN_WRITE_CLOSE;
        while let Some(packet) = NonNull::new(mpq_pop_nw((*c).out_queue.cast(), TRIES)) {
            match functions(c).write_packet {
                Some(write) => write(C, packet.as_ptr().cast()),
                None => call(None, C),
            };
            spares().free(packet.as_ptr());
        }
        call(functions(c).flush, C);
        let mut out = &raw mut (*c).out;
        if let Some(encrypt) = functions(c).crypto_encrypt_output.filter(|_| !(*c).crypto.is_null()) {
            encrypt(C);
            out = &raw mut (*c).out_p;
        }
        if (*out).total_bytes == 0 || (*c).io_conn.is_null() {
            rwm_clear(out);
        } else if let Some(packet) = memory::object(*out) {
            rwm_init(out, 0);
            hand_over((*c).io_conn, packet, closes);
        } else {
            out_of_memory(C);
        }
    }
    0
}

/// Hands a message to a socket's job.
///
/// # Safety
/// A live socket's job, and a message in libc's memory, which it takes over.
unsafe fn hand_over(socket: *mut AsyncJob, packet: NonNull<RawMessage>, closes: bool) {
    let s = SocketInfo::of(socket);
    // SAFETY: the same promise.
    unsafe {
        mpq_push_w((*s).out_packet_queue.cast(), packet.as_ptr().cast(), 0);
        if closes {
            // The job may run already: it sees the message that was pushed before, if it sees the bit.
            (*s).flags.fetch_or(flag::STOP_WRITE, AcqRel);
        }
        job_signal(TAG, job_incref(socket), RUN);
    }
}

/// Takes what the connection's socket read, decrypts it, and calls the protocol's parser as long as it asks for that. Returns 0,
/// or -1 where the connection has failed.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cpu_tcp_server_reader(C: *mut AsyncJob) -> c_int {
    let c = ConnectionInfo::of(C);
    // SAFETY: the same promise; what is popped are messages in libc's memory.
    unsafe {
        while let Some(piece) = NonNull::new(mpq_pop_nw((*c).in_queue.cast(), TRIES)) {
            let to = if (*c).crypto.is_null() { &raw mut (*c).r#in } else { &raw mut (*c).in_u };
            rwm_union(to, piece.as_ptr().cast());
            memory::free(piece);
        }
        if !(*c).crypto.is_null() && call(functions(c).crypto_decrypt_input, C) < 0 {
            refuse(c_text!("a connection's input cannot be decrypted"));
        }
        let (available, wait) = ((*c).r#in.total_bytes, (*c).skip_bytes);
        if let Some(received) = functions(c).data_received {
            received(C, available);
        }
        let flags = (*c).flags.load(Relaxed);
        if flags & ANY_FAILURE != 0 {
            return -1;
        }
        if flags & flag::STOP_READ == 0 && (wait == 0 || ends_wait(c, wait, available)) {
            parse(C);
        }
        note_input(c);
    }
    0
}

/// Skips bytes, or waits for some. Returns whether the parser is to be called.
///
/// # Safety
/// As for all functions of this object.
unsafe fn ends_wait(c: *mut ConnectionInfo, wait: c_int, available: c_int) -> bool {
    let next = before_parsing(wait, available);
    let BeforeParsing { skipped, wait: rest } = next;
    // SAFETY: the same promise.
    unsafe {
        if wait < 0 {
            rwm_skip_data(&raw mut (*c).r#in, skipped);
            let text = c_text!("skipped %d bytes, %d more to skip\n");
            log(2, text, skipped, rest.wrapping_neg(), 0);
        } else {
            let missing = if rest == 0 { 0 } else { rest - available };
            let text = c_text!("fetched %d bytes, %d available bytes, %d more to load\n");
            log(1, text, available, available, missing);
        }
        (*c).skip_bytes = rest;
    }
    rest == 0
}

/// Calls the parser until it asks for something else.
///
/// # Safety
/// As for all functions of this object.
unsafe fn parse(connection: *mut AsyncJob) {
    let c = ConnectionInfo::of(connection);
    // SAFETY: the same promise.
    unsafe {
        while (*c).skip_bytes == 0
            && (*c).flags.load(Relaxed) & (ANY_FAILURE | flag::STOP_READ) == 0
            && (*c).status.load(Relaxed) != CONN_ERROR
            && (*c).r#in.total_bytes != 0
        {
            let result = call(functions(c).parse_execute, connection);
            // Without a cipher the original looks at a message that is empty then.
            let present = if (*c).crypto.is_null() { &(*c).in_u } else { &(*c).r#in }.total_bytes;
            match after_parsing(result, present) {
                Parsed::Again => {}
                Parsed::More => return,
                Parsed::Wait(wait) => {
                    (*c).skip_bytes = wait;
                    return;
                }
            }
        }
    }
}

/// How many bytes are missing to a whole block.
fn missing(raw: &RawMessage) -> c_int {
    raw.total_bytes.wrapping_neg() & (BLOCK - 1)
}

/// Moves the whole blocks of a message through a cipher, and returns how many bytes are missing to a further one.
///
/// # Safety
/// As for [`pass`].
#[inline(never)]
unsafe fn pass_blocks(
    connection: *mut AsyncJob,
    (from, to): (*mut RawMessage, *mut RawMessage),
    cipher: *mut EvpCipherCtx,
) -> c_int {
    // SAFETY: the same promise.
    unsafe {
        pass(connection, (from, to), (*from).total_bytes & -BLOCK, cipher, BLOCK);
        missing(&*from)
    }
}

/// Encrypts the whole blocks that are to be sent. Returns how many bytes are missing to a further one.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cpu_tcp_aes_crypto_encrypt_output(C: *mut AsyncJob) -> c_int {
    let c = ConnectionInfo::of(C);
    // SAFETY: the same promise.
    unsafe { pass_blocks(C, (&raw mut (*c).out, &raw mut (*c).out_p), ciphers(c).write_aeskey.cast()) }
}

/// Decrypts the whole blocks that came in. Returns how many bytes are missing to a further one.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cpu_tcp_aes_crypto_decrypt_input(C: *mut AsyncJob) -> c_int {
    let c = ConnectionInfo::of(C);
    // SAFETY: the same promise.
    unsafe { pass_blocks(C, (&raw mut (*c).in_u, &raw mut (*c).r#in), ciphers(c).read_aeskey.cast()) }
}

/// How many bytes are missing to a whole block of what is to be sent.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cpu_tcp_aes_crypto_needed_output_bytes(C: *mut AsyncJob) -> c_int {
    let c = ConnectionInfo::of(C);
    // SAFETY: the same promise.
    unsafe {
        ciphers(c);
        missing(&(*c).out)
    }
}

/// Encrypts what is to be sent, in records of TLS if the connection looks like TLS. Returns 0.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cpu_tcp_aes_crypto_ctr128_encrypt_output(C: *mut AsyncJob) -> c_int {
    let c = ConnectionInfo::of(C);
    // SAFETY: the same promise; a header is readable.
    unsafe {
        let cipher = ciphers(c).write_aeskey.cast();
        let (from, to) = (&raw mut (*c).out, &raw mut (*c).out_p);
        loop {
            let mut count = (*from).total_bytes;
            if count == 0 {
                break;
            }
            if (*c).flags.load(Relaxed) & flag::TLS != 0 {
                count = count.min(MOST_IN_RECORD);
                let header = record_header(count as u16);
                if rwm_push_data(to, header.as_ptr().cast(), RECORD_HEADER) != RECORD_HEADER {
                    out_of_memory(C);
                    break;
                }
                log(2, c_text!("Send TLS-packet of length %d\n"), count, 0, 0);
            }
            if !pass(C, (from, to), count, cipher, 1) {
                break;
            }
        }
    }
    0
}

/// Decrypts what came in, out of records of TLS if the connection looks like TLS; what is no record fails the connection. Returns
/// 0, or how many bytes are missing to the header of a record.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cpu_tcp_aes_crypto_ctr128_decrypt_input(C: *mut AsyncJob) -> c_int {
    let c = ConnectionInfo::of(C);
    // SAFETY: the same promise.
    unsafe {
        let cipher = ciphers(c).read_aeskey.cast();
        let (from, to) = (&raw mut (*c).in_u, &raw mut (*c).r#in);
        loop {
            let mut count = (*from).total_bytes;
            if count == 0 {
                break;
            }
            if (*c).flags.load(Relaxed) & flag::TLS != 0 {
                count = match next_in_record((*c).left_tls_packet_length, count) {
                    NextInRecord::Bytes(here) => here,
                    NextInRecord::Header if begin_record(C) => {
                        (*c).left_tls_packet_length.min((*from).total_bytes)
                    }
                    NextInRecord::Header => return 0,
                    NextInRecord::Missing(missing) => {
                        log(2, c_text!("Need %d more bytes to parse TLS header\n"), missing, 0, 0);
                        return missing;
                    }
                };
                (*c).left_tls_packet_length -= count;
            }
            log(2, c_text!("Read %d bytes out of %d available\n"), count, (*from).total_bytes, 0);
            if !pass(C, (from, to), count, cipher, 1) {
                break;
            }
        }
    }
    0
}

/// Takes the header of a record. Where there is another, the connection fails, and the result is false.
///
/// # Safety
/// As for all functions of this object; the bytes of a header are there.
unsafe fn begin_record(connection: *mut AsyncJob) -> bool {
    let c = ConnectionInfo::of(connection);
    // SAFETY: the same promise.
    unsafe {
        let from = &raw mut (*c).in_u;
        let mut header = [0; RECORD_HEADER as usize];
        rwm_fetch_lookup(from, header.as_mut_ptr().cast(), RECORD_HEADER);
        let Some(length) = record_length(header) else {
            log(1, c_text!("error while parsing packet: expect TLS header\n"), 0, 0, 0);
            fail_connection(connection, NO_RECORD);
            return false;
        };
        log(2, c_text!("Receive TLS-packet of length %d\n"), length, 0, 0);
        rwm_skip_data(from, RECORD_HEADER);
        (*c).left_tls_packet_length = length;
    }
    true
}

/// How many bytes are missing to send: none. Returns 0.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cpu_tcp_aes_crypto_ctr128_needed_output_bytes(C: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    unsafe { ciphers(ConnectionInfo::of(C)) };
    0
}
