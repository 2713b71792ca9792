// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-tcp-rpc-common.h`.

use core::{
    cell::Cell,
    ffi::{c_long, c_void},
    mem::offset_of,
    sync::atomic::AtomicI32,
};

use super::net_connections::ConnectionInfo;
use crate::process_id::ProcessId;

/// Feeds bytes into a checksum.
pub(crate) type Checksum = unsafe extern "C" fn(*const c_void, c_long, u32) -> u32;

/// The start of C's `struct tcp_rpc_data`, which lies over a connection's `custom_data`: words, which are aligned there. What
/// follows is the host's own, and [`checksum_place`].
#[repr(C)]
pub(crate) struct RpcData {
    pub(crate) flags: AtomicI32,
    /// The number that the next packet must have. Other threads read it.
    pub(crate) in_packet_num: AtomicI32,
    /// The number that the next packet gets.
    pub(crate) out_packet_num: AtomicI32,
    /// See `rpc::flags`.
    pub(crate) crypto_flags: AtomicI32,
    pub(crate) remote_pid: Cell<ProcessId>,
    pub(crate) nonce: Cell<[u8; 16]>,
    pub(crate) nonce_time: AtomicI32,
    pub(crate) in_rpc_target: AtomicI32,
}

/// Where `custom_crc_partial` is.
const CHECKSUM_AT: usize = 96;

impl RpcData {
    /// That of a connection.
    pub(crate) fn of(connection: *mut ConnectionInfo) -> *mut Self {
        connection.wrapping_byte_add(offset_of!(ConnectionInfo, custom_data)).cast()
    }

    /// What computes the checksums of a connection: unaligned, and null until it was set.
    pub(crate) fn checksum_place(connection: *mut ConnectionInfo) -> *mut Option<Checksum> {
        Self::of(connection).wrapping_byte_add(CHECKSUM_AT).cast()
    }
}

const _: () = {
    assert!(align_of::<RpcData>() == 4 && offset_of!(ConnectionInfo, custom_data) % 4 == 0);
    assert!(offset_of!(RpcData, remote_pid) == 16 && offset_of!(RpcData, nonce_time) == 44);
    assert!(size_of::<RpcData>() == 52);
};
