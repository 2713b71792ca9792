// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-tcp-rpc-server`: connections that others make, and the server's part of the handshake.

use core::{
    ffi::{c_int, c_uint, c_void},
    sync::atomic::Ordering::{AcqRel, Relaxed},
};

use super::{
    net_tcp_rpc_common::answer_ping,
    rpc_connection::{RpcConnection, TAG, count_up},
    rpc_handshake::{
        KeyParts, NoncePacket, default_flags, group_for, known_key, own_id, own_shared_id, signature,
        tell_of_mismatch, wipe,
    },
    rpc_input::{Input, Takers},
};
use crate::{
    crypto::Number,
    kdb::{
        aes_crypto_free, aes_crypto_init, aes_generate_nonce,
        common::{current_second, precise_now_of_thread},
        crc32_partial, crc32c_partial, dh_params_select, dh_second_round, init_server_PID,
        notification_event_insert_tcp_conn_alarm, notification_event_insert_tcp_conn_close,
        notification_event_insert_tcp_conn_ready, notification_event_insert_tcp_conn_wakeup,
        statics::exported_object,
        support::{c_text, vkprintf},
        tcp_add_dh_accept, tcp_get_default_rpc_flags, tcp_rpc_conn_send_data_im, tcp_rpc_conn_send_data_init,
        tcp_rpc_flush, tcp_rpc_flush_packet, tcp_rpc_write_packet,
        upcalls::{
            cpu_server_close_connection, cpu_tcp_aes_crypto_decrypt_input, cpu_tcp_aes_crypto_encrypt_output,
            cpu_tcp_aes_crypto_needed_output_bytes, get_my_ipv4, server_check_ready, server_failed,
            server_noop,
        },
    },
    layout::{
        jobs::AsyncJob,
        net_connections::{ConnectionInfo, NEED_MORE_BYTES},
        net_msg::RawMessage,
        net_tcp_rpc_server::TcpRpcServerFunctions,
    },
    net::connection::flag,
    process_id::ProcessId,
    rpc::{
        Dh, Handshake, MAX_NONCE_LEN, NO_HANDSHAKE, NONCE_NUMBER, Next, Nonce, Part, Schema, errors, flags,
    },
    sys::clock,
};

/// The name of the connection type in messages.
#[unsafe(link_section = ".rodata.mtproxy_kdb")]
static TITLE: [u8; 15] = *b"rpc_tcp_server\0";

// The connection type. A host copies it, and completes it: an empty place gets the default of `check_conn_functions`.
exported_object!(
    "ct_tcp_rpc_server",
    32,
    264,
    [
        ".long 0x11ef55aa, 0x40000", // the magic number; messages of parts
        ".quad {title}",
        ".quad 0, {accepted}, 0, 0", // accept, init_accepted, reader, writer
        ".quad {close}, {parse}, 0, {failed}", // close, parse_execute, init_outbound, connected
        ".quad 0, 0, {write}, {flush}, 0, 0, 0", // check_ready, wakeup_aio, write_packet, flush, free, free_buffers, read_write
        ".quad {wakeup}, {alarm}",               // wakeup, alarm
        ".zero 72",                              // what concerns sockets and data
        ".quad {init}, {free}, {encrypt}, {decrypt}, {needed}", // encryption
    ],
    title = TITLE,
    accepted = tcp_rpcs_init_accepted,
    close = tcp_rpcs_close_connection,
    parse = tcp_rpcs_parse_execute,
    failed = server_failed,
    write = tcp_rpc_write_packet,
    flush = tcp_rpc_flush,
    wakeup = tcp_rpcs_wakeup,
    alarm = tcp_rpcs_alarm,
    init = aes_crypto_init,
    free = aes_crypto_free,
    encrypt = cpu_tcp_aes_crypto_encrypt_output,
    decrypt = cpu_tcp_aes_crypto_decrypt_input,
    needed = cpu_tcp_aes_crypto_needed_output_bytes,
);

// What is done with packets, if the host does nothing with them.
exported_object!(
    "default_tcp_rpc_server",
    32,
    136,
    [
        ".quad 0, 0, {execute}, {ready}, {flush}", // info, rpc_extra, execute, check_ready, flush_packet
        ".quad {permissions}, {init}, 0",          // rpc_check_perm, rpc_init_crypto, nop
        ".quad {wakeup}, {wakeup}, {noop}, 0",     // rpc_wakeup, rpc_alarm, rpc_ready, rpc_close
        ".zero 40",                                // lengths and modes, the memcache and HTTP fallbacks
    ],
    execute = tcp_rpcs_default_execute,
    ready = server_check_ready,
    flush = tcp_rpc_flush_packet,
    permissions = tcp_rpcs_default_check_perm,
    init = tcp_rpcs_init_crypto,
    wakeup = tcp_rpcs_do_wakeup,
    noop = server_noop,
);

/// What the host does with a server's connection.
///
/// # Safety
/// `c` is a live connection whose `extra` points to such a struct.
unsafe fn functions(c: *mut AsyncJob) -> *mut TcpRpcServerFunctions {
    // SAFETY: the same promise.
    unsafe { (*ConnectionInfo::of(c)).extra.cast() }
}

/// Answers a ping, and passes over the rest. Returns 0: the message stays the caller's.
///
/// # Safety
/// `c` is a live connection, locked by this thread; `raw` is a message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcs_default_execute(
    c: *mut AsyncJob,
    op: c_int,
    raw: *mut RawMessage,
) -> c_int {
    // SAFETY: the same promise.
    let (fd, len) = unsafe { ((*ConnectionInfo::of(c)).fd, (*raw).total_bytes) };
    let format = c_text!("tcp_rpcs_default_execute: fd=%d, op=%d, len=%d\n");
    vkprintf!(3, format, fd, op, len);
    // SAFETY: the same promise.
    unsafe { answer_ping(c, op, raw, 3) };
    0
}

/// Handles what was received. Returns how many more bytes are needed, `INT_MAX` if nobody knows, 0 after a failure.
///
/// # Safety
/// `c` is a live connection with a server's functions, locked by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcs_parse_execute(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    let (connection, functions) = unsafe { (RpcConnection::new(c), functions(c)) };
    loop {
        // SAFETY: the host's struct, as the caller promises.
        let (limit, fallback) = unsafe { ((*functions).max_packet_len, (*functions).http_fallback_type) };
        let is_new = connection.data().in_packet_num.load(Relaxed) <= NONCE_NUMBER;
        match connection.next_input(Part::Server, limit, is_new && !fallback.is_null()) {
            Input::Nothing => return NEED_MORE_BYTES,
            Input::Needs(count) => return count,
            Input::Refused => return 0,
            // SAFETY: the same promise.
            Input::Http => return unsafe { become_http(c) },
            // SAFETY: the same promise.
            Input::Packet(packet) => unsafe {
                if packet.next == Next::Data {
                    (*ConnectionInfo::of(c)).last_response_time = precise_now_of_thread();
                }
                let takers = Takers {
                    host: (*functions).execute,
                    default: tcp_rpcs_default_execute,
                    nonce: take_nonce,
                    handshake: take_handshake,
                };
                if !packet.hand_to(takers, c) {
                    return 0;
                }
            },
        }
        count_up(&connection.data().in_packet_num);
    }
}

/// Makes a connection one of HTTP.
///
/// # Safety
/// As for [`tcp_rpcs_parse_execute`], with a fallback.
#[cold]
#[inline(never)]
unsafe fn become_http(c: *mut AsyncJob) -> c_int {
    let info = ConnectionInfo::of(c);
    // SAFETY: the same promise; the host's type is complete.
    unsafe {
        tell_of_http(c_text!("switching to http fallback for connection %d\n"), (*info).fd);
        let functions = functions(c);
        (&raw mut (*info).custom_data).write_bytes(0, 1);
        (*info).r#type = (*functions).http_fallback_type;
        (*info).extra = (*functions).http_fallback_extra;
        if (*(*info).r#type).init_accepted.is_none_or(|accepted| accepted(c) < 0) {
            tell_of_http(c_text!("http init_accepted() returns error for connection %d\n"), (*info).fd);
            RpcConnection::new(c).fail(errors::NO_HTTP);
            return 0;
        }
        (*(*info).r#type).parse_execute.map_or(0, |parse| parse(c))
    }
}

fn tell_of_http(format: &core::ffi::CStr, fd: c_int) {
    vkprintf!(1, format, fd);
}

/// Answers a client's nonce, or the error.
///
/// # Safety
/// As for [`tcp_rpcs_parse_execute`]; `message` is a message whose first word is `operation`.
unsafe fn take_nonce(c: *mut AsyncJob, message: &mut RawMessage, operation: c_int) -> Result<(), c_int> {
    // SAFETY: the same promise.
    let (connection, mut packet) = unsafe { (RpcConnection::new(c), NoncePacket::take(message, operation)?) };
    let data = connection.data();
    let (agreed, key) = {
        let nonce = packet.nonce()?;
        let group = group_for(nonce.schema);
        let key = if nonce.schema == Schema::Plain { 0 } else { known_key(&nonce) };
        let now = match current_second() {
            0 => clock::unix_time() as c_int,
            now => now,
        };
        let agreed = nonce.at_server(data.crypto_flags.load(Relaxed), key, now, group)?;
        if agreed & flags::ENCRYPTED != 0 {
            data.nonce_time.store(now, Relaxed);
        }
        (agreed, key)
    };
    data.crypto_flags.store(agreed, Relaxed);
    packet.set_key(key);
    // SAFETY: the host's struct, and its function for such a connection, which gets a nonce.
    let answered = unsafe { (*functions(c)).rpc_init_crypto.map(|init| init(c, packet.as_ptr())) };
    if answered.is_some_and(|result| result >= 0) { Ok(()) } else { Err(errors::NO_KEYS) }
}

/// Answers a client's handshake, which overtakes all that waits, or the error.
///
/// # Safety
/// As for [`take_nonce`].
unsafe fn take_handshake(c: *mut AsyncJob, message: &mut RawMessage, operation: c_int) -> Result<(), c_int> {
    let info = ConnectionInfo::of(c);
    let shared = own_shared_id();
    // SAFETY: the same promise.
    let (connection, our_ip, our_port, remote_ip, ignores_peer) = unsafe {
        let ignores_peer = (*functions(c)).mode_flags & IGNORE_PID != 0;
        (RpcConnection::new(c), (*info).our_ip, (*info).our_port, (*info).remote_ip, ignores_peer)
    };
    if shared.ip.load(Relaxed) == 0 {
        init_server_PID(our_ip, our_port as c_int);
        if shared.ip.load(Relaxed) == 0 {
            shared.ip.store(get_my_ipv4(), Relaxed);
        }
    }
    // SAFETY: the same promise.
    let offer = unsafe { connection.take_handshake(message, operation)? };
    let (own, data) = (own_id(), connection.data());
    // Targets are found by their addresses: a client that does not know its own is at the connection's other end.
    data.remote_pid.set(ProcessId { ip: or_loopback(offer.sender.ip, remote_ip), ..offer.sender });
    let crc32c = offer.at_server(&own, ignores_peer, default_flags()).map_err(|error| {
        if error == errors::WRONG_PEER {
            tell_of_mismatch(false, &own, &offer.peer);
        }
        connection.refuse_handshake(error)
    })?;
    let answer = Handshake {
        flags: if crc32c { flags::CRC32C } else { 0 },
        // A machine without a public address is known by the connection's.
        sender: ProcessId { ip: or_loopback(own.ip, our_ip), ..own },
        peer: offer.sender,
    };
    // SAFETY: a new reference, and readable bytes; the host's variable, which is set before there are threads.
    unsafe {
        let mut packet = answer.write();
        let (len, place) = (packet.len() as c_int, packet.as_mut_ptr().cast());
        tcp_rpc_conn_send_data_im(TAG, connection.reference(), len, place);
        if crc32c {
            data.crypto_flags.store(data.crypto_flags.load(Relaxed) | flags::CRC32C, Relaxed);
            connection.set_checksum(crc32c_partial);
        }
        notification_event_insert_tcp_conn_ready(c);
    }
    Ok(())
}

/// `TCP_RPC_IGNORE_PID`: clients may take the server for anyone.
const IGNORE_PID: c_int = 4;

/// The first address that is there; 127.0.0.1 if none is, as where both ends have IPv6.
fn or_loopback(ip: c_uint, connection_ip: c_uint) -> c_uint {
    const LOOPBACK: c_uint = 0x7f00_0001;
    [ip, connection_ip].into_iter().find(|ip| *ip != 0).unwrap_or(LOOPBACK)
}

/// The connection was woken, or its timer fired: the host is told by `event`.
///
/// # Safety
/// `c` is a live connection that speaks RPC, locked by this thread; the event is for such a connection.
unsafe fn woken(c: *mut AsyncJob, event: unsafe extern "C" fn(*mut AsyncJob)) -> c_int {
    let info = ConnectionInfo::of(c);
    // SAFETY: the same promise.
    unsafe {
        event(c);
        if (*info).out_p.total_bytes > 0 {
            (*info).flags.fetch_or(flag::WANT_WRITE, AcqRel);
        }
        (*info).pending_queries = 0;
    }
    0
}

/// Tells the host that the connection was woken. Returns 0.
///
/// # Safety
/// `c` is a live connection that speaks RPC, locked by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcs_wakeup(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    unsafe { woken(c, notification_event_insert_tcp_conn_wakeup) }
}

/// Tells the host that the connection's timer fired. Returns 0.
///
/// # Safety
/// As for [`tcp_rpcs_wakeup`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcs_alarm(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    unsafe { woken(c, notification_event_insert_tcp_conn_alarm) }
}

/// Tells the host, if it wants to know, and closes the connection.
///
/// # Safety
/// `c` is a live connection with a server's functions, locked by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcs_close_connection(c: *mut AsyncJob, who: c_int) -> c_int {
    // SAFETY: the same promise.
    unsafe {
        if (*functions(c)).rpc_close.is_some() {
            notification_event_insert_tcp_conn_close(c);
        }
        cpu_server_close_connection(c, who)
    }
}

/// Returns 0: nothing is to be done.
#[unsafe(no_mangle)]
pub extern "C" fn tcp_rpcs_do_wakeup(_c: *mut AsyncJob) -> c_int {
    0
}

/// Readies a new connection for a handshake. Returns 0, or a negative number if the host allows nothing.
///
/// # Safety
/// `c` is a live connection with a server's functions, locked by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcs_init_accepted(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise; the host's variable, which is set before there are threads.
    let (connection, ask) = unsafe {
        let connection = RpcConnection::new(c);
        (*connection.info()).last_query_sent_time.store(precise_now_of_thread());
        connection.set_checksum(crc32_partial);
        (connection, (*functions(c)).rpc_check_perm)
    };
    let allowed = connection.ask_permissions(ask, flags::PLAIN);
    if ask.is_some() {
        tell_of_permissions(connection, allowed.unwrap_or_else(|refused| refused));
    }
    match allowed {
        Ok(allowed) => {
            let data = connection.data();
            data.crypto_flags.store(allowed, Relaxed);
            data.in_packet_num.store(NONCE_NUMBER, Relaxed);
            data.out_packet_num.store(NONCE_NUMBER, Relaxed);
            0
        }
        Err(refused) => refused,
    }
}

fn tell_of_permissions(connection: RpcConnection, answer: c_int) {
    let format = c_text!("tcp_rpcs_check_perm for connection %d: [%s]:%d -> [%s]:%d = %d\n");
    connection.tell_of_ends(4, format, false, answer);
}

/// Readies a new connection that needs no handshake. Returns 0.
///
/// # Safety
/// As for [`tcp_rpcs_init_accepted`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcs_init_accepted_nohs(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise; the host's variable, which is set before there are threads.
    unsafe {
        let connection = RpcConnection::new(c);
        let data = connection.data();
        data.crypto_flags.store(flags::QUICK_ACK | flags::PLAIN, Relaxed);
        data.in_packet_num.store(NO_HANDSHAKE, Relaxed);
        connection.set_checksum(crc32_partial);
        if (*functions(c)).rpc_ready.is_some() {
            notification_event_insert_tcp_conn_ready(c);
        }
    }
    0
}

/// Answers a nonce with one that says that nothing is encrypted. Returns 1, or -1 if that is not allowed.
///
/// # Safety
/// As for [`tcp_rpcs_init_accepted`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcs_init_fake_crypto(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    let connection = unsafe { RpcConnection::new(c) };
    if connection.data().crypto_flags.load(Relaxed) & flags::PLAIN == 0 {
        return -1;
    }
    connection.nonce_was_sent();
    // SAFETY: the same promise.
    unsafe { answer_nonce(c, &Nonce::PLAIN) };
    1
}

/// Sends a nonce at once, without encryption.
///
/// # Safety
/// As for [`tcp_rpcs_init_accepted`].
unsafe fn answer_nonce(c: *mut AsyncJob, nonce: &Nonce<'_>) {
    let mut packet = [0; MAX_NONCE_LEN];
    let len = nonce.write(&mut packet).unwrap_or(0);
    // SAFETY: the same promise; readable bytes.
    unsafe { tcp_rpc_conn_send_data_init(c, len as c_int, packet.as_mut_ptr().cast()) }
}

/// What a server allows: encryption, with Diffie-Hellman, and what the process allows anyway.
#[unsafe(no_mangle)]
pub extern "C" fn tcp_rpcs_default_check_perm(_c: *mut AsyncJob) -> c_int {
    flags::ENCRYPTED | flags::DH | tcp_get_default_rpc_flags() as c_int
}

/// Answers a nonce, and gives the connection ciphers. Returns 1, or -1 if there can be none: also where bytes wait that were
/// received behind the nonce, which nobody has encrypted, and which would count as decrypted.
///
/// # Safety
/// As for [`tcp_rpcs_init_accepted`]; `P` is a nonce's packet, *readable* for the length that its schema has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_rpcs_init_crypto(c: *mut AsyncJob, P: *mut c_void) -> c_int {
    // SAFETY: the same promise.
    let (connection, has_ciphers, is_early) = unsafe {
        let connection = RpcConnection::new(c);
        let info = connection.info();
        (connection, !(*info).crypto.is_null(), (*info).r#in.total_bytes == 0)
    };
    let allowed = connection.data().crypto_flags.load(Relaxed);
    if has_ciphers {
        return -1;
    }
    match allowed & (flags::ENCRYPTED | flags::PLAIN) {
        // SAFETY: the same promise.
        flags::PLAIN => unsafe { tcp_rpcs_init_fake_crypto(c) },
        // SAFETY: the same promise.
        flags::ENCRYPTED if is_early => unsafe {
            let mut agreed = [0; 256];
            let done = encrypt(c, P, allowed & flags::DH != 0, &mut agreed);
            wipe(&mut agreed);
            done.map_or(-1, |()| 1)
        },
        _ => -1,
    }
}

/// # Safety
/// As for [`tcp_rpcs_init_crypto`].
unsafe fn encrypt(
    c: *mut AsyncJob,
    packet: *const c_void,
    needs_dh: bool,
    agreed: &mut Number,
) -> Option<()> {
    // SAFETY: the same promise.
    let (connection, packet) = unsafe { (RpcConnection::new(c), NoncePacket::given(packet, needs_dh)?) };
    let nonce = packet.nonce().ok().filter(|nonce| nonce.key == signature())?;
    let mut ours = [0; 256];
    let group = dh_params_select.load(Relaxed);
    if needs_dh {
        let theirs = nonce.dh.filter(|dh| dh.group == group && group != 0)?;
        // SAFETY: places of the length of a number; the numbers of the group are there.
        let done = tcp_add_dh_accept() >= 0
            && unsafe {
                dh_second_round(agreed.as_mut_ptr(), ours.as_mut_ptr(), theirs.number.as_ptr()) == 256
            };
        if !done {
            return None;
        }
        connection.count_dh();
    }
    let mut random = [0; 16];
    // SAFETY: a place of its length.
    unsafe { aes_generate_nonce(random.as_mut_ptr().cast()) };
    let data = connection.data();
    data.nonce.set(random);
    let mixed = if needs_dh { &agreed[..] } else { &[] };
    let (client_nonce, timestamp) = (nonce.random, nonce.timestamp);
    let parts = KeyParts { am_client: false, server_nonce: &random, client_nonce, timestamp, mixed };
    if !connection.start_ciphers(&parts) {
        return None;
    }
    connection.nonce_was_sent();
    let answer = Nonce {
        key: signature(),
        schema: if needs_dh { Schema::Dh } else { Schema::Aes },
        timestamp: data.nonce_time.load(Relaxed),
        random: &random,
        extra_keys: &[],
        dh: needs_dh.then_some(Dh { group, number: &ours }),
    };
    // SAFETY: the same promise.
    unsafe { answer_nonce(c, &answer) };
    Some(())
}
