// SPDX-License-Identifier: LGPL-2.0-or-later
//! What both ends of a connection do in a handshake.

use core::{
    ffi::{c_int, c_uchar, c_void},
    sync::atomic::Ordering::{AcqRel, Relaxed},
};

use zeroize::Zeroize;

use super::rpc_connection::{RpcConnection, TAG};
use crate::{
    crypto::{Keys, Number},
    kdb::{
        PID, aes_create_keys, aes_crypto_init, dh_params_select, init_common_PID, init_dh_params,
        rwm_fetch_data, select_best_key_signature,
        support::{c_text, vkprintf},
        tcp_get_default_rpc_flags, tcp_rpc_conn_send_data,
        upcalls::{incr_active_dh_connections, main_secret, nat_translate_ip},
    },
    layout::{net_connections::Act, net_msg::RawMessage, pid::SharedProcessId},
    net::connection::flag,
    process_id::ProcessId,
    rpc::{
        HANDSHAKE, HANDSHAKE_LEN, Handshake, MAX_EXTRA_KEYS, MAX_NONCE_LEN, NONCE, Nonce, Schema,
        errors::{WRONG_LENGTH, WRONG_TYPE},
        flags, handshake_error, permissions,
    },
};

/// What all nonces have; where a nonce names its key and its schema.
const START: usize = 32;
pub(super) const KEY_AT: usize = 4;
pub(super) const SCHEMA_AT: usize = 8;

/// A nonce as it came, at an address that C may read words from.
#[repr(C, align(4))]
pub(super) struct NoncePacket {
    bytes: [u8; MAX_NONCE_LEN],
    len: usize,
}

impl NoncePacket {
    /// The nonce of a packet, or the error.
    ///
    /// # Safety
    /// `message` is a message of this thread's, whose first word is `operation`.
    pub(super) unsafe fn take(message: &mut RawMessage, operation: c_int) -> Result<Self, c_int> {
        if operation != NONCE {
            return Err(WRONG_TYPE);
        }
        let mut packet = Self { bytes: [0; MAX_NONCE_LEN], len: message.total_bytes.max(0) as usize };
        if !(START..=MAX_NONCE_LEN).contains(&packet.len) {
            return Err(WRONG_LENGTH);
        }
        // SAFETY: as the caller promises; a place for so many bytes.
        unsafe { rwm_fetch_data(message, packet.bytes.as_mut_ptr().cast(), message.total_bytes) };
        Ok(packet)
    }

    /// A packet of C's; without `with_dh` what belongs to Diffie-Hellman and other secrets is left out. `None` where there is no
    /// Diffie-Hellman, or the number of secrets is wrong.
    ///
    /// # Safety
    /// `packet` is *readable* for the length that its schema has.
    pub(super) unsafe fn given(packet: *const c_void, with_dh: bool) -> Option<Self> {
        /// What those with Diffie-Hellman have behind their start, besides extra keys.
        const DH_LEN: usize = 4 + 4 + size_of::<Number>();
        // SAFETY: readable, as the caller promises; a nonce with Diffie-Hellman has a count behind its start.
        let (schema, keys) = unsafe {
            let schema = packet.byte_add(SCHEMA_AT).cast::<c_int>().read_unaligned();
            let has_keys = with_dh && schema == Schema::Dh as c_int;
            (schema, has_keys.then(|| packet.byte_add(START).cast::<c_int>().read_unaligned()))
        };
        let mut taken = Self { bytes: [0; MAX_NONCE_LEN], len: START };
        if with_dh {
            taken.len += 4 * usize::try_from(keys?).ok().filter(|count| *count <= MAX_EXTRA_KEYS)? + DH_LEN;
        }
        let place = taken.bytes.get_mut(..taken.len)?;
        // SAFETY: readable for the length of this schema, as the caller promises.
        unsafe { packet.cast::<u8>().copy_to_nonoverlapping(place.as_mut_ptr(), place.len()) };
        if !with_dh && schema != Schema::Plain as c_int {
            place.get_mut(SCHEMA_AT..)?.first_chunk_mut()?.clone_from(&(Schema::Aes as c_int).to_le_bytes());
        }
        Some(taken)
    }

    pub(super) fn nonce(&self) -> Result<Nonce<'_>, c_int> {
        self.bytes.get(..self.len).and_then(Nonce::read).ok_or(WRONG_LENGTH)
    }

    /// A word of it.
    pub(super) fn word(&self, at: usize) -> c_int {
        let bytes = self.bytes.get(at..).and_then(|bytes| bytes.first_chunk());
        bytes.map_or(0, |bytes| c_int::from_le_bytes(*bytes))
    }

    /// For C's functions.
    pub(super) fn as_ptr(&mut self) -> *mut c_void {
        self.bytes.as_mut_ptr().cast()
    }

    /// Writes which key was chosen.
    pub(super) fn set_key(&mut self, key: c_int) {
        for (place, byte) in self.bytes.iter_mut().skip(KEY_AT).zip(key.to_le_bytes()) {
            *place = byte;
        }
    }
}

/// The secret's signature, if the other end has it, too; else 0.
pub(super) fn known_key(nonce: &Nonce<'_>) -> c_int {
    let count = nonce.extra_keys.len() / 4;
    // SAFETY: readable for so many words, which are aligned in a packet; nobody loads a secret while there are connections.
    unsafe { select_best_key_signature(nonce.key, count as c_int, nonce.extra_keys.as_ptr().cast()) }
}

/// What the group is known by, if the other end wants Diffie-Hellman.
pub(super) fn group_for(schema: Schema) -> c_int {
    if schema == Schema::Dh && dh_params_select.load(Relaxed) == 0 {
        init_dh_params();
    }
    dh_params_select.load(Relaxed)
}

/// The signature of the process's secret.
pub(super) fn signature() -> c_int {
    // SAFETY: the secret starts with it, aligned; nobody loads a secret while there are connections.
    unsafe { (&raw const main_secret.secret).cast::<c_int>().read() }
}

/// Overwrites what nobody else may see.
#[inline(never)]
pub(super) fn wipe(bytes: &mut [u8]) {
    bytes.zeroize();
}

/// What an end has for the keys of a connection.
pub(super) struct KeyParts<'a> {
    pub(super) am_client: bool,
    pub(super) server_nonce: &'a [u8; 16],
    pub(super) client_nonce: &'a [u8; 16],
    pub(super) timestamp: c_int,
    /// Of Diffie-Hellman; may be empty.
    pub(super) mixed: &'a [c_uchar],
}

impl RpcConnection {
    /// What the host allows of a connection: `otherwise` if it has no function for that; `Err` if nothing.
    pub(super) fn ask_permissions(self, ask: Option<Act>, otherwise: c_int) -> Result<c_int, c_int> {
        let Some(ask) = ask else { return Ok(otherwise) };
        // SAFETY: the host's function for such a connection.
        match unsafe { ask(self.job()) } {
            refused @ ..0 => Err(refused),
            answer => permissions(answer).ok_or(-1),
        }
    }

    /// Gives the connection ciphers. Returns false where there are no keys.
    #[inline(never)]
    pub(super) fn start_ciphers(self, parts: &KeyParts<'_>) -> bool {
        let info = self.info();
        let mut keys = [0_u8; size_of::<Keys>()];
        // SAFETY: fields of a live struct; a secret that nobody loads meanwhile, and readable bytes; a place for the keys, which
        // are bytes alone.
        let done = unsafe {
            let own = (nat_translate_ip((*info).our_ip), (*info).our_port, (&raw const (*info).our_ipv6));
            let other =
                (nat_translate_ip((*info).remote_ip), (*info).remote_port, (&raw const (*info).remote_ipv6));
            let (server, client) = if parts.am_client { (other, own) } else { (own, other) };
            let made = aes_create_keys(
                keys.as_mut_ptr().cast(),
                parts.am_client.into(),
                parts.server_nonce.as_ptr().cast(),
                parts.client_nonce.as_ptr().cast(),
                parts.timestamp,
                server.0,
                server.1 as u16,
                server.2.cast(),
                client.0,
                client.1 as u16,
                client.2.cast(),
                &raw const main_secret,
                parts.mixed.as_ptr(),
                parts.mixed.len() as c_int,
            );
            made >= 0 && aes_crypto_init(self.job(), keys.as_mut_ptr().cast(), keys.len() as c_int) >= 0
        };
        wipe(&mut keys);
        done
    }

    /// Notes that the connection's keys come from Diffie-Hellman.
    pub(super) fn count_dh(self) {
        // SAFETY: a field of a live struct.
        unsafe {
            incr_active_dh_connections();
            (*self.info()).flags.fetch_or(flag::DH, AcqRel);
        }
    }

    /// Queues a packet.
    pub(super) fn queue_packet(self, packet: &[u8]) {
        // SAFETY: a new reference, and readable bytes, which stay as they are.
        unsafe {
            let data = packet.as_ptr().cast_mut().cast();
            tcp_rpc_conn_send_data(TAG, self.reference(), packet.len() as c_int, data);
        }
    }

    /// Notes that the nonce was sent.
    pub(super) fn nonce_was_sent(self) {
        let crypto_flags = &self.data().crypto_flags;
        crypto_flags.store(crypto_flags.load(Relaxed) | flags::NONCE_SENT, Relaxed);
    }

    /// The handshake of a packet, or the error, which the other end is told if it sent a handshake.
    ///
    /// # Safety
    /// `message` is a message of this thread's, whose first word is `operation`.
    pub(super) unsafe fn take_handshake(
        self,
        message: &mut RawMessage,
        operation: c_int,
    ) -> Result<Handshake, c_int> {
        if operation != HANDSHAKE {
            return Err(WRONG_TYPE);
        }
        if message.total_bytes != HANDSHAKE_LEN as c_int {
            return Err(self.refuse_handshake(WRONG_LENGTH));
        }
        let mut packet = [0; HANDSHAKE_LEN];
        // SAFETY: as the caller promises; a place for so many bytes.
        unsafe { rwm_fetch_data(message, packet.as_mut_ptr().cast(), HANDSHAKE_LEN as c_int) };
        Ok(Handshake::read(&packet))
    }

    /// Tells the other end why its handshake is refused. Returns the error.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse_handshake(self, error: c_int) -> c_int {
        init_common_PID();
        self.queue_packet(&handshake_error(error, &own_id()));
        error
    }
}

/// The identity of this process, field by field.
pub(super) fn own_shared_id() -> &'static SharedProcessId {
    // SAFETY: defined in `common/pid` or by the host, with the same layout; its fields are atomic.
    unsafe { &PID }
}

/// The identity of this process now.
pub(super) fn own_id() -> ProcessId {
    let id = own_shared_id();
    ProcessId {
        ip: id.ip.load(Relaxed),
        port: id.port.load(Relaxed) as i16,
        pid: id.pid.load(Relaxed),
        utime: id.utime.load(Relaxed),
    }
}

/// What handshakes offer and accept.
pub(super) fn default_flags() -> c_int {
    tcp_get_default_rpc_flags() as c_int
}

#[cold]
#[inline(never)]
pub(super) fn tell_of_mismatch(client: bool, own: &ProcessId, other: &ProcessId) {
    let format = c_text!("PID mismatch during %shandshake: local %08x:%d:%d:%d, remote %08x:%d:%d:%d\n");
    let whose = if client { c_text!("client RPC ") } else { c_text!("") };
    let [port, pid, utime] = [own.port.into(), own.pid.into(), own.utime];
    let [its_port, its_pid, its_utime]: [c_int; 3] = [other.port.into(), other.pid.into(), other.utime];
    let (ip, its_ip) = (own.ip, other.ip);
    vkprintf!(1, format, whose.as_ptr(), ip, port, pid, utime, its_ip, its_port, its_pid, its_utime);
}
