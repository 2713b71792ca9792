// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-tcp-rpc-client`: connections to middle ends, and the client's part of the handshake.

use core::{
    ffi::{c_char, c_int, c_uchar},
    ptr,
    sync::atomic::Ordering::Relaxed,
};

use super::{
    rpc_connection::{RpcConnection, count_up},
    rpc_handshake::{
        KEY_AT, KeyParts, NoncePacket, SCHEMA_AT, default_flags, group_for, known_key, own_id, own_shared_id,
        signature, tell_of_mismatch, wipe,
    },
    rpc_input::{Input, Takers},
};
use crate::{
    crypto::Number,
    kdb::{
        aes_crypto_free, aes_crypto_init, aes_generate_nonce, alloc_crypto_temp,
        common::precise_now_of_thread,
        crc32_partial, crc32c_partial, dh_first_round, dh_third_round, free_crypto_temp, init_client_PID,
        notification_event_insert_tcp_conn_close, notification_event_insert_tcp_conn_ready,
        statics::exported_object,
        support::{bytes, c_text, vkprintf},
        tcp_add_dh_accept, tcp_rpc_default_execute, tcp_rpc_flush, tcp_rpc_flush_packet,
        tcp_rpc_write_packet,
        upcalls::{
            cpu_server_close_connection, cpu_tcp_aes_crypto_decrypt_input, cpu_tcp_aes_crypto_encrypt_output,
            cpu_tcp_aes_crypto_needed_output_bytes, server_failed, server_noop,
        },
    },
    layout::{
        jobs::AsyncJob,
        net_connections::{CONN_WORKING, ConnectionInfo},
        net_crypto_dh::DhParameters,
        net_msg::RawMessage,
        net_tcp_rpc_client::TcpRpcClientFunctions,
    },
    net::connection::flag,
    process_id::ProcessId,
    rpc::{Dh, Encryption, Handshake, MAX_NONCE_LEN, NONCE_NUMBER, Nonce, Part, Schema, errors, flags},
    sys::clock,
};

/// The name of the connection type in messages.
#[unsafe(link_section = ".rodata.mtproxy_kdb")]
static TITLE: [u8; 11] = *b"rpc_client\0";

// The connection type. A host copies it, and completes it: an empty place gets the default of `check_conn_functions`.
exported_object!(
    "ct_tcp_rpc_client",
    32,
    264,
    [
        ".long 0x11ef55aa, 0x40000", // the magic number; messages of parts
        ".quad {title}",
        ".quad {failed}, {failed}, 0, 0", // accept, init_accepted, reader, writer
        ".quad {close}, {parse}, {outbound}, {connected}", // close, parse_execute, init_outbound, connected
        ".quad {ready}, 0, {write}, {flush}, 0, 0, 0", // check_ready, wakeup_aio, write_packet, flush, free, free_buffers, read_write
        ".quad {noop}, 0",                             // wakeup, alarm
        ".zero 72",                                    // what concerns sockets and data
        ".quad {init}, {free}, {encrypt}, {decrypt}, {needed}", // encryption
    ],
    title = TITLE,
    failed = server_failed,
    close = tcp_rpcc_close_connection,
    parse = tcp_rpcc_parse_execute,
    outbound = tcp_rpcc_init_outbound,
    connected = tcp_rpcc_connected,
    ready = tcp_rpc_client_check_ready,
    write = tcp_rpc_write_packet,
    flush = tcp_rpc_flush,
    noop = server_noop,
    init = aes_crypto_init,
    free = aes_crypto_free,
    encrypt = cpu_tcp_aes_crypto_encrypt_output,
    decrypt = cpu_tcp_aes_crypto_decrypt_input,
    needed = cpu_tcp_aes_crypto_needed_output_bytes,
);

// What is done with packets, if the host does nothing with them.
exported_object!(
    "default_tcp_rpc_client",
    32,
    104,
    [
        ".quad 0, 0, {execute}, {ready}, {flush}", // info, rpc_extra, execute, check_ready, flush_packet
        ".quad {permissions}, {init}, {start}",    // rpc_check_perm, rpc_init_crypto, rpc_start_crypto
        ".quad 0, 0, {noop}, 0",                   // rpc_wakeup, rpc_alarm, rpc_ready, rpc_close
        ".quad 0",                                 // lengths and modes
    ],
    execute = tcp_rpc_default_execute,
    ready = tcp_rpcc_default_check_ready,
    flush = tcp_rpc_flush_packet,
    permissions = tcp_rpcc_default_check_perm,
    init = tcp_rpcc_init_crypto,
    start = tcp_rpcc_start_crypto,
    noop = server_noop,
);

/// What the host does with a client's connection.
///
/// # Safety
/// `c` is a live connection whose `extra` points to such a struct.
unsafe fn functions(c: *mut AsyncJob) -> *mut TcpRpcClientFunctions {
    // SAFETY: the same promise.
    unsafe { (*ConnectionInfo::of(c)).extra.cast() }
}

/// Handles what was received. Returns how many more bytes are needed; 0 for none, and after a failure.
///
/// # Safety
/// `c` is a live connection with a client's functions, locked by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcc_parse_execute(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    let (connection, functions) = unsafe { (RpcConnection::new(c), functions(c)) };
    loop {
        // SAFETY: the host's struct, as the caller promises.
        let limit = unsafe { (*functions).max_packet_len };
        match connection.next_input(Part::Client, limit, false) {
            Input::Needs(count) => return count,
            // SAFETY: the same promise.
            Input::Packet(packet) => unsafe {
                count_up(&connection.data().in_packet_num);
                let takers = Takers {
                    host: (*functions).execute,
                    default: tcp_rpc_default_execute,
                    nonce: take_nonce,
                    handshake: take_handshake,
                };
                if !packet.hand_to(takers, c) {
                    return 0;
                }
            },
            Input::Nothing | Input::Refused | Input::Http => return 0,
        }
    }
}

/// Takes a server's nonce, and sends the handshake, or the error.
///
/// # Safety
/// As for [`tcp_rpcc_parse_execute`]; `message` is a message whose first word is `operation`.
unsafe fn take_nonce(c: *mut AsyncJob, message: &mut RawMessage, operation: c_int) -> Result<(), c_int> {
    // SAFETY: the same promise.
    let (connection, packet) = unsafe { (RpcConnection::new(c), NoncePacket::take(message, operation)?) };
    let format = c_text!("Processing nonce packet, crypto schema: %d, key select: %d\n");
    vkprintf!(2, format, packet.word(SCHEMA_AT), packet.word(KEY_AT));
    let (nonce, data) = (packet.nonce()?, connection.data());
    let key = if nonce.schema == Schema::Plain { 0 } else { known_key(&nonce) };
    // SAFETY: a field of a live struct.
    let asked = unsafe { !(*connection.info()).crypto_temp.is_null() };
    let (allowed, sent) = (data.crypto_flags.load(Relaxed), data.nonce_time.load(Relaxed));
    match nonce.at_client(allowed, key, sent, group_for(nonce.schema), asked)? {
        Encryption::Plain => data.crypto_flags.store(flags::PLAIN, Relaxed),
        Encryption::Keys { .. } => {
            let mut agreed = [0; 256];
            // SAFETY: the same promise.
            let started = unsafe { start_keys(c, &nonce, key, &mut agreed) };
            wipe(&mut agreed);
            started?;
        }
    }
    vkprintf!(2, c_text!("Processed nonce packet, crypto flags = %d\n"), data.crypto_flags.load(Relaxed));
    // SAFETY: the same promise.
    unsafe { send_handshake(c) };
    Ok(())
}

/// Gives the connection the keys that go with a server's nonce, or the error. What was kept for Diffie-Hellman is freed.
///
/// # Safety
/// As for [`take_nonce`].
unsafe fn start_keys(
    c: *mut AsyncJob,
    nonce: &Nonce<'_>,
    key: c_int,
    agreed: &mut Number,
) -> Result<(), c_int> {
    // SAFETY: the same promise.
    let connection = unsafe { RpcConnection::new(c) };
    let info = connection.info();
    let mut agreed_len = 0;
    if let Some(Dh { number, .. }) = nonce.dh {
        // SAFETY: places of the length of a number; what was kept is of the first round, and the numbers of the group are there.
        agreed_len = unsafe {
            dh_third_round(agreed.as_mut_ptr(), number.as_ptr(), (*info).crypto_temp.cast::<DhParameters>())
        };
        if agreed_len != agreed.len() as c_int {
            return Err(errors::BAD_NUMBER);
        }
        connection.count_dh();
    }
    let mut random = *nonce.random;
    // SAFETY: a field of a live struct, from `alloc_crypto_temp` or null; the host's struct, and its function for such a
    // connection, which gets a nonce and what was agreed on.
    unsafe {
        let kept = ptr::replace(&raw mut (*info).crypto_temp, ptr::null_mut());
        if !kept.is_null() {
            free_crypto_temp(kept, size_of::<DhParameters>() as c_int);
        }
        let start = (*functions(c)).rpc_start_crypto.ok_or(errors::NO_KEYS)?;
        if start(c, random.as_mut_ptr().cast(), key, agreed.as_mut_ptr(), agreed_len) < 0 {
            return Err(errors::NO_KEYS);
        }
    }
    Ok(())
}

/// Says who this process is, and whom it takes the server for.
///
/// # Safety
/// As for [`take_nonce`].
unsafe fn send_handshake(c: *mut AsyncJob) {
    /// An address that identifies no host.
    const LOOPBACK: u32 = 0x7f00_0001;
    // SAFETY: the same promise.
    let (connection, our_ip, ip, port) = unsafe {
        let info = ConnectionInfo::of(c);
        (RpcConnection::new(c), (*info).our_ip, (*info).remote_ip, (*info).remote_port)
    };
    if own_shared_id().ip.load(Relaxed) == 0 {
        init_client_PID(our_ip);
    }
    let remote = &connection.data().remote_pid;
    if remote.get().port == 0 {
        let ip = if ip == LOOPBACK { 0 } else { ip };
        remote.set(ProcessId { ip, port: port as i16, ..remote.get() });
    }
    let handshake =
        Handshake { flags: default_flags() & flags::CRC32C, sender: own_id(), peer: remote.get() };
    connection.queue_packet(&handshake.write());
}

/// `TCP_RPC_IGNORE_PID`: the server may be anyone.
const IGNORE_PID: c_int = 4;

/// Takes a server's answer to the handshake, or the error.
///
/// # Safety
/// As for [`take_nonce`].
unsafe fn take_handshake(c: *mut AsyncJob, message: &mut RawMessage, operation: c_int) -> Result<(), c_int> {
    // SAFETY: the same promise; the host's struct.
    let (connection, any_sender, is_told, answer) = unsafe {
        let (connection, functions) = (RpcConnection::new(c), functions(c));
        let any_sender = (*functions).mode_flags & IGNORE_PID != 0;
        let answer = connection.take_handshake(message, operation)?;
        (connection, any_sender, (*functions).rpc_ready.is_some(), answer)
    };
    let data = connection.data();
    let expected = data.remote_pid.get();
    let result = answer.at_client(&own_id(), &expected, any_sender, default_flags());
    if result == Err(errors::WRONG_SENDER) {
        tell_of_mismatch(true, &expected, &answer.sender);
    } else {
        let ip = if answer.sender.ip != 0 { answer.sender.ip } else { expected.ip };
        data.remote_pid.set(ProcessId { ip, ..answer.sender });
    }
    if result.map_err(|error| connection.refuse_handshake(error))? {
        data.crypto_flags.store(data.crypto_flags.load(Relaxed) | flags::CRC32C, Relaxed);
        // SAFETY: the host's variable, which is set before there are threads.
        connection.set_checksum(unsafe { crc32c_partial });
    }
    if is_told {
        // SAFETY: the same promise.
        unsafe { notification_event_insert_tcp_conn_ready(c) };
    }
    Ok(())
}

/// Starts the handshake of a connection that is there now. Returns 0, or a negative number if there can be none.
///
/// # Safety
/// As for [`tcp_rpcc_parse_execute`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcc_connected(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise; the host's struct.
    let (connection, ask, start, flush) = unsafe {
        let (connection, functions) = (RpcConnection::new(c), functions(c));
        (*connection.info()).last_query_sent_time.store(precise_now_of_thread());
        (connection, (*functions).rpc_check_perm, (*functions).rpc_init_crypto, (*functions).flush_packet)
    };
    let data = connection.data();
    data.out_packet_num.store(NONCE_NUMBER, Relaxed);
    let allowed = match connection.ask_permissions(ask, flags::ENCRYPTED | flags::PLAIN) {
        Ok(allowed) => allowed,
        Err(refused) => return refused,
    };
    data.crypto_flags.store(allowed, Relaxed);
    let format = c_text!("RPC connection #%d: [%s]:%d -> [%s]:%d connected, crypto_flags = %d\n");
    connection.tell_of_ends(2, format, true, allowed);
    // SAFETY: the host's functions for such a connection.
    unsafe {
        if start.is_none_or(|start| start(c) <= 0) {
            return -1;
        }
        flush.map(|flush| flush(c));
    }
    0
}

/// Tells the host, if it wants to know, and closes the connection.
///
/// # Safety
/// As for [`tcp_rpcc_parse_execute`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcc_close_connection(c: *mut AsyncJob, who: c_int) -> c_int {
    // SAFETY: the same promise.
    unsafe {
        if (*functions(c)).rpc_close.is_some() {
            notification_event_insert_tcp_conn_close(c);
        }
        cpu_server_close_connection(c, who)
    }
}

/// Asks the host whether a connection is ready.
///
/// # Safety
/// `c` is a live connection with a client's functions. Any thread may.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpc_client_check_ready(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    unsafe { (*functions(c)).check_ready.map_or(FAILED, |check| check(c)) }
}

/// Answers of [`tcp_rpc_client_check_ready`].
const NOT_YET: c_int = 0;
const READY: c_int = 1;
const FAILED: c_int = 4;
/// A [`ConnectionInfo::status`].
const CONNECTING: c_int = 1;
/// A handshake that takes longer, in seconds, has failed.
const PATIENCE: f64 = 3.0;
/// Errors of connections that do not become ready: a handshake that takes too long, and another status.
const TOO_LATE: c_int = -6;
const NOT_WORKING: c_int = -7;

/// Answers whether a connection is ready: 0 not yet, 1 if it is, 4 if it has failed, as one does whose handshake takes more than
/// three seconds.
///
/// # Safety
/// `c` is a live connection that speaks RPC. Any thread may.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcc_default_check_ready(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise; atomics alone.
    let (connection, state, status, since) = unsafe {
        let info = ConnectionInfo::of(c);
        let state = (*info).flags.load(Relaxed);
        (RpcConnection::new(c), state, (*info).status.load(Relaxed), (*info).last_query_sent_time.load())
    };
    let is_new = status == CONNECTING || connection.data().in_packet_num.load(Relaxed) < 0;
    let (answer, error) = match status {
        _ if state & flag::ERROR != 0 => (FAILED, 0),
        _ if is_new && since < precise_now_of_thread() - PATIENCE => (FAILED, TOO_LATE),
        _ if is_new => (NOT_YET, 0),
        CONN_WORKING => (READY, 0),
        _ => (FAILED, NOT_WORKING),
    };
    if error != 0 {
        connection.fail(error);
    }
    // SAFETY: the same promise; as above.
    unsafe { (*connection.info()).ready.store(answer, Relaxed) };
    answer
}

/// Starts a handshake without encryption. Returns 1, or -1 if that is not allowed.
///
/// # Safety
/// As for [`tcp_rpcc_parse_execute`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcc_init_fake_crypto(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    let connection = unsafe { RpcConnection::new(c) };
    if connection.data().crypto_flags.load(Relaxed) & flags::PLAIN == 0 {
        return -1;
    }
    offer(connection, &Nonce::PLAIN);
    1
}

/// Queues a nonce.
fn offer(connection: RpcConnection, nonce: &Nonce<'_>) {
    let mut packet = [0; MAX_NONCE_LEN];
    let len = nonce.write(&mut packet).unwrap_or(0);
    connection.queue_packet(packet.get(..len).unwrap_or_default());
    connection.nonce_was_sent();
}

/// Readies a connection that is about to be made. Returns 0, or a negative number if the host allows nothing, or no more
/// handshakes with Diffie-Hellman now.
///
/// # Safety
/// As for [`tcp_rpcc_parse_execute`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcc_init_outbound(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise; the host's variable, which is set before there are threads.
    let (connection, fd, ask) = unsafe {
        let connection = RpcConnection::new(c);
        (*connection.info()).last_query_sent_time.store(precise_now_of_thread());
        connection.set_checksum(crc32_partial);
        (connection, (*connection.info()).fd, (*functions(c)).rpc_check_perm)
    };
    vkprintf!(3, c_text!("rpcc_init_outbound (%d)\n"), fd);
    match connection.ask_permissions(ask, flags::PLAIN) {
        Ok(allowed) if allowed & flags::DH == 0 || tcp_add_dh_accept() >= 0 => {
            connection.data().crypto_flags.store(allowed, Relaxed);
            connection.data().in_packet_num.store(NONCE_NUMBER, Relaxed);
            0
        }
        Ok(_) => -1,
        Err(refused) => refused,
    }
}

/// Does nothing, as in the original: nobody asks for it later.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn tcp_force_enable_dh() {
    // A host may have a function of its own in its place: the call stays.
    core::hint::black_box(());
}

/// What a client allows: encryption, and what the process allows anyway.
///
/// # Safety
/// `c` is a live connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcc_default_check_perm(c: *mut AsyncJob) -> c_int {
    let format = c_text!("tcp_rpcc_default_check_perm(%d): [%s]:%d -> [%s]:%d\n");
    // SAFETY: the same promise.
    unsafe { RpcConnection::new(c) }.tell_of_ends(3, format, false, 0);
    flags::ENCRYPTED | default_flags()
}

/// Starts the handshake, with a nonce for keys if encryption is allowed. Returns 1, or -1 if there can be none.
///
/// # Safety
/// As for [`tcp_rpcc_parse_execute`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcc_init_crypto(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    let connection = unsafe { RpcConnection::new(c) };
    let (data, info) = (connection.data(), connection.info());
    let allowed = data.crypto_flags.load(Relaxed);
    if allowed & flags::ENCRYPTED == 0 {
        // SAFETY: the same promise.
        return unsafe { tcp_rpcc_init_fake_crypto(c) };
    }
    let (mut random, mut number) = ([0; 16], [0; 256]);
    let needs_dh = allowed & flags::DH != 0;
    let group = group_for(Schema::Dh);
    // SAFETY: places of their lengths; a field of a live struct; the numbers of the group are there.
    unsafe {
        aes_generate_nonce(random.as_mut_ptr().cast());
        if needs_dh {
            if !(*info).crypto_temp.is_null() {
                return -1;
            }
            (*info).crypto_temp = alloc_crypto_temp(size_of::<DhParameters>() as c_int);
            dh_first_round(number.as_mut_ptr(), (*info).crypto_temp.cast());
        }
    }
    let timestamp = clock::unix_time() as c_int;
    data.nonce.set(random);
    data.nonce_time.store(timestamp, Relaxed);
    offer(
        connection,
        &Nonce {
            key: signature(),
            schema: if needs_dh { Schema::Dh } else { Schema::Aes },
            timestamp,
            random: &random,
            extra_keys: &[],
            dh: needs_dh.then_some(Dh { group, number: &number }),
        },
    );
    1
}

/// Gives a connection the keys that go with a server's nonce. Returns 1; -1 if it has some, if bytes wait that were received or are
/// to be sent, if it sent no nonce, or for a key of 0.
///
/// # Safety
/// As for [`tcp_rpcc_parse_execute`]; `nonce` is *readable* for 16 bytes, and `temp_key` for `temp_key_len`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcc_start_crypto(
    c: *mut AsyncJob,
    nonce: *mut c_char,
    key_select: c_int,
    temp_key: *mut c_uchar,
    temp_key_len: c_int,
) -> c_int {
    vkprintf!(2, c_text!("rpcc_start_crypto: key_select = %d\n"), key_select);
    // SAFETY: the same promise; readable bytes.
    let (connection, is_early, server_nonce, mixed) = unsafe {
        let connection = RpcConnection::new(c);
        let info = connection.info();
        let is_early =
            (*info).crypto.is_null() && (*info).r#in.total_bytes == 0 && (*info).out.total_bytes == 0;
        (connection, is_early, nonce.cast::<[u8; 16]>().read(), bytes(temp_key.cast(), temp_key_len))
    };
    let timestamp = connection.data().nonce_time.load(Relaxed);
    if !is_early || timestamp == 0 || key_select == 0 {
        return -1;
    }
    let client_nonce = connection.data().nonce.get();
    let parts = KeyParts {
        am_client: true,
        server_nonce: &server_nonce,
        client_nonce: &client_nonce,
        timestamp,
        mixed,
    };
    if connection.start_ciphers(&parts) { 1 } else { -1 }
}
