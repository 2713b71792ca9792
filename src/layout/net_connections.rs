// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-connections.h`.

use core::{
    ffi::{c_char, c_int, c_uint, c_void},
    mem::offset_of,
    sync::atomic::AtomicI32,
};

use super::{jobs::AsyncJob, net_msg::RawMessage, net_timers::EventTimer};
use crate::process_id::ProcessId;

/// A connection: the payload of its job. Whoever runs the job, or holds its lock, uses it alone.
#[repr(C)]
pub struct ConnectionInfo {
    pub(crate) timer: EventTimer,
    pub(crate) fd: c_int,
    pub(crate) generation: c_int,
    /// Other threads set bits of it.
    pub(crate) flags: AtomicI32,
    pub(crate) r#type: *mut c_void,
    pub(crate) extra: *mut c_void,
    pub(crate) target: *mut AsyncJob,
    pub(crate) io_conn: *mut AsyncJob,
    pub(crate) basic_type: c_int,
    pub(crate) status: c_int,
    pub(crate) error: c_int,
    pub(crate) unread_res_bytes: c_int,
    pub(crate) skip_bytes: c_int,
    pub(crate) pending_queries: c_int,
    pub(crate) queries_ok: c_int,
    /// Other structs lie over it, at an address that is 4 modulo 8: read and written unaligned.
    pub(crate) custom_data: [c_char; 256],
    pub(crate) our_ip: c_uint,
    pub(crate) remote_ip: c_uint,
    pub(crate) our_port: c_uint,
    pub(crate) remote_port: c_uint,
    pub(crate) our_ipv6: [u8; 16],
    pub(crate) remote_ipv6: [u8; 16],
    pub(crate) query_start_time: f64,
    pub(crate) last_query_time: f64,
    pub(crate) last_query_sent_time: f64,
    pub(crate) last_response_time: f64,
    pub(crate) last_query_timeout: f64,
    pub(crate) limit_per_write: c_int,
    pub(crate) limit_per_sec: c_int,
    pub(crate) last_write_time: c_int,
    pub(crate) written_per_sec: c_int,
    pub(crate) unreliability: c_int,
    pub(crate) ready: c_int,
    pub(crate) write_low_watermark: c_int,
    pub(crate) crypto: *mut c_void,
    pub(crate) crypto_temp: *mut c_void,
    pub(crate) listening: c_int,
    pub(crate) listening_generation: c_int,
    pub(crate) window_clamp: c_int,
    pub(crate) left_tls_packet_length: c_int,
    pub(crate) in_u: RawMessage,
    pub(crate) r#in: RawMessage,
    pub(crate) out: RawMessage,
    pub(crate) out_p: RawMessage,
    pub(crate) in_queue: *mut c_void,
    pub(crate) out_queue: *mut c_void,
}

/// A query that came in: the payload of its job until that runs.
#[repr(C)]
pub struct QueryInfo {
    pub(crate) ev: EventTimer,
    pub(crate) raw: RawMessage,
    pub(crate) src_type: c_int,
    pub(crate) src_pid: ProcessId,
    /// A reference to a connection, or null.
    pub(crate) conn: *mut AsyncJob,
}

/// Where `custom_data` of a connection that speaks RPC has the other side's identity.
const REMOTE_PID_AT: usize = 16;

impl ConnectionInfo {
    /// The identity of the other side, of a connection that speaks RPC.
    pub(crate) fn remote_pid(connection: *mut Self) -> *mut ProcessId {
        connection.wrapping_byte_add(offset_of!(Self, custom_data) + REMOTE_PID_AT).cast()
    }

    /// The connection of a connection's job.
    pub(crate) fn of(job: *mut AsyncJob) -> *mut Self {
        AsyncJob::payload(job).cast()
    }
}

/// Bits of [`ConnectionInfo::flags`]: the connection failed; nothing more of it is parsed.
pub(crate) const C_ERROR: c_int = 8;
pub(crate) const C_STOPPARSE: c_int = 0x40_0000;
/// A [`ConnectionInfo::status`].
pub(crate) const CONN_WORKING: c_int = 2;
/// Results of a parser of a connection: it needs more, nobody knows how much; the rest is of no use.
pub(crate) const NEED_MORE_BYTES: c_int = c_int::MAX;
pub(crate) const SKIP_ALL_BYTES: c_int = c_int::MIN;
