// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-connections.h`.

use core::{
    ffi::{c_char, c_int, c_longlong, c_uint, c_void},
    mem::offset_of,
    sync::atomic::{AtomicI32, AtomicI64, AtomicPtr},
};

use super::{
    atomic_f64::AtomicF64, jobs::AsyncJob, net_events::EventDescr, net_msg::RawMessage,
    net_timers::EventTimer,
};
pub(crate) use crate::net::NEED_MORE_BYTES;
use crate::process_id::ProcessId;

/// A function of a type of connections; the argument is a connection's job, or a socket's.
pub type Act = unsafe extern "C" fn(*mut AsyncJob) -> c_int;
/// ... and one that is told a number, too.
pub type ActWith = unsafe extern "C" fn(*mut AsyncJob, c_int) -> c_int;

/// A type of connections: what is done with them. The host owns it; `check_conn_functions` completes it before it is used.
#[repr(C)]
pub struct ConnFunctions {
    pub(crate) magic: c_int,
    pub(crate) flags: c_int,
    pub(crate) title: *const c_char,
    pub(crate) accept: Option<Act>,
    pub(crate) init_accepted: Option<Act>,
    pub(crate) reader: Option<Act>,
    pub(crate) writer: Option<Act>,
    pub(crate) close: Option<ActWith>,
    pub(crate) parse_execute: Option<Act>,
    pub(crate) init_outbound: Option<Act>,
    pub(crate) connected: Option<Act>,
    pub(crate) check_ready: Option<Act>,
    pub(crate) wakeup_aio: Option<ActWith>,
    pub(crate) write_packet: Option<unsafe extern "C" fn(*mut AsyncJob, *mut RawMessage) -> c_int>,
    pub(crate) flush: Option<Act>,
    pub(crate) free: Option<Act>,
    pub(crate) free_buffers: Option<Act>,
    pub(crate) read_write: Option<Act>,
    pub(crate) wakeup: Option<Act>,
    pub(crate) alarm: Option<Act>,
    pub(crate) socket_read_write: Option<Act>,
    pub(crate) socket_reader: Option<Act>,
    pub(crate) socket_writer: Option<Act>,
    pub(crate) socket_connected: Option<Act>,
    pub(crate) socket_free: Option<Act>,
    pub(crate) socket_close: Option<Act>,
    pub(crate) data_received: Option<ActWith>,
    pub(crate) data_sent: Option<ActWith>,
    pub(crate) ready_to_write: Option<Act>,
    pub(crate) crypto_init: Option<unsafe extern "C" fn(*mut AsyncJob, *mut c_void, c_int) -> c_int>,
    pub(crate) crypto_free: Option<Act>,
    pub(crate) crypto_encrypt_output: Option<Act>,
    pub(crate) crypto_decrypt_input: Option<Act>,
    pub(crate) crypto_needed_output_bytes: Option<Act>,
}

/// What such a struct starts with.
pub(crate) const CONNECTION_TYPE: c_int = 0x11ef_55aa;

/// A connection: the payload of its job. Whoever runs the job, or holds its lock, uses it alone.
#[repr(C)]
pub struct ConnectionInfo {
    pub(crate) timer: EventTimer,
    pub(crate) fd: c_int,
    pub(crate) generation: c_int,
    /// Other threads set bits of it.
    pub(crate) flags: AtomicI32,
    pub(crate) r#type: *mut ConnFunctions,
    pub(crate) extra: *mut c_void,
    pub(crate) target: *mut AsyncJob,
    pub(crate) io_conn: *mut AsyncJob,
    pub(crate) basic_type: c_int,
    /// Who fails the connection, in any thread, sets these two.
    pub(crate) status: AtomicI32,
    pub(crate) error: AtomicI32,
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
    /// When the handshake began. Whoever asks whether the connection is ready, in any thread, reads it.
    pub(crate) last_query_sent_time: AtomicF64,
    pub(crate) last_response_time: f64,
    pub(crate) last_query_timeout: f64,
    pub(crate) limit_per_write: c_int,
    pub(crate) limit_per_sec: c_int,
    pub(crate) last_write_time: c_int,
    pub(crate) written_per_sec: c_int,
    pub(crate) unreliability: c_int,
    /// The last answer to who asked whether the connection is ready, in any thread.
    pub(crate) ready: AtomicI32,
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

/// A connection's socket: the payload of its job. Its first fields are those of a listener.
#[repr(C)]
pub struct SocketInfo {
    pub(crate) timer: EventTimer,
    pub(crate) fd: c_int,
    /// Ours: how many receive buffers the last read filled.
    pub(crate) pad: c_int,
    /// Other threads set bits of it.
    pub(crate) flags: AtomicI32,
    pub(crate) current_epoll_status: c_int,
    pub(crate) r#type: *mut ConnFunctions,
    pub(crate) ev: *mut EventDescr,
    pub(crate) conn: *mut AsyncJob,
    pub(crate) out_packet_queue: *mut c_void,
    pub(crate) out: RawMessage,
    pub(crate) our_ip: c_uint,
    pub(crate) remote_ip: c_uint,
    pub(crate) our_port: c_uint,
    pub(crate) remote_port: c_uint,
    pub(crate) our_ipv6: [u8; 16],
    pub(crate) remote_ipv6: [u8; 16],
    pub(crate) write_low_watermark: c_int,
    pub(crate) eagain_count: c_int,
}

/// A socket that listens: the payload of its job.
#[repr(C)]
pub struct ListenerInfo {
    pub(crate) timer: EventTimer,
    pub(crate) fd: c_int,
    pub(crate) generation: c_int,
    pub(crate) flags: AtomicI32,
    pub(crate) current_epoll_status: c_int,
    pub(crate) r#type: *mut ConnFunctions,
    pub(crate) ev: *mut EventDescr,
    pub(crate) extra: *mut c_void,
    pub(crate) window_clamp: c_int,
}

/// Where connections are made to: the payload of its job, and what a host fills in to ask for one. What does not say so
/// changes only where the job runs.
#[repr(C)]
pub struct TargetInfo {
    pub(crate) timer: EventTimer,
    /// Whoever asks for the target sets these two, and `reconnect_timeout`.
    pub(crate) min_connections: AtomicI32,
    pub(crate) max_connections: AtomicI32,
    /// The connections: a tree that never changes. Readers publish it before they take their reference.
    pub(crate) conn_tree: AtomicPtr<ConnectionNode>,
    pub(crate) r#type: *mut ConnFunctions,
    pub(crate) extra: *mut c_void,
    /// In network byte order; 0 where the address is the next field's.
    pub(crate) target: c_uint,
    pub(crate) target_ipv6: [u8; 16],
    pub(crate) port: c_int,
    /// Its connections change it.
    pub(crate) active_outbound_connections: AtomicI32,
    pub(crate) outbound_connections: AtomicI32,
    pub(crate) ready_outbound_connections: c_int,
    pub(crate) next_reconnect: f64,
    pub(crate) reconnect_timeout: AtomicF64,
    pub(crate) next_reconnect_timeout: f64,
    pub(crate) custom_field: c_int,
    pub(crate) next_target: *mut AsyncJob,
    pub(crate) prev_target: *mut AsyncJob,
    /// The next one in the table, under the lock of targets.
    pub(crate) hnext: AtomicPtr<AsyncJob>,
    /// Each use counts.
    pub(crate) global_refcnt: AtomicI32,
}

/// A node of a tree of connections, in libc's memory. `net/net-rpc-targets` walks such trees, and frees them.
#[repr(C)]
pub struct ConnectionNode {
    pub(crate) left: *mut ConnectionNode,
    pub(crate) right: *mut ConnectionNode,
    pub(crate) x: *mut AsyncJob,
    /// Greater than those of its children, or equal.
    pub(crate) y: c_int,
    pub(crate) refcnt: AtomicI32,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<ConnectionNode>() == 32 && offset_of!(ConnectionNode, refcnt) == 28);

/// What connections do, for C.
#[repr(C)]
pub struct ConnectionsStat {
    pub(crate) active_connections: c_int,
    pub(crate) active_dh_connections: c_int,
    pub(crate) outbound_connections: c_int,
    pub(crate) active_outbound_connections: c_int,
    pub(crate) ready_outbound_connections: c_int,
    pub(crate) active_special_connections: c_int,
    pub(crate) max_special_connections: c_int,
    pub(crate) allocated_connections: c_int,
    pub(crate) allocated_outbound_connections: c_int,
    pub(crate) allocated_inbound_connections: c_int,
    pub(crate) allocated_socket_connections: c_int,
    pub(crate) allocated_targets: c_int,
    pub(crate) ready_targets: c_int,
    pub(crate) active_targets: c_int,
    pub(crate) inactive_targets: c_int,
    pub(crate) tcp_readv_calls: c_longlong,
    pub(crate) tcp_readv_intr: c_longlong,
    pub(crate) tcp_readv_bytes: c_longlong,
    pub(crate) tcp_writev_calls: c_longlong,
    pub(crate) tcp_writev_intr: c_longlong,
    pub(crate) tcp_writev_bytes: c_longlong,
    pub(crate) accept_calls_failed: c_longlong,
    pub(crate) accept_nonblock_set_failed: c_longlong,
    pub(crate) accept_rate_limit_failed: c_longlong,
    pub(crate) accept_init_accepted_failed: c_longlong,
    pub(crate) accept_connection_limit_failed: c_longlong,
}

/// What one thread has done with connections: a counter for each `IntCounter` and `LongCounter`.
#[repr(C)]
pub struct ConnectionStats {
    pub(crate) longs: [AtomicI64; LongCounter::COUNT],
    pub(crate) ints: [AtomicI32; IntCounter::COUNT],
}

impl ConnectionStats {
    pub(crate) const fn new() -> Self {
        Self {
            longs: [const { AtomicI64::new(0) }; LongCounter::COUNT],
            ints: [const { AtomicI32::new(0) }; IntCounter::COUNT],
        }
    }
}

/// Numbers of what there is.
#[derive(Clone, Copy)]
pub(crate) enum IntCounter {
    Active,
    ActiveDh,
    Outbound,
    ActiveOutbound,
    ReadyOutbound,
    Listening,
    Inbound,
    ActiveInbound,
    ReadyTargets,
    AllocatedTargets,
    ActiveTargets,
    InactiveTargets,
    FreeTargets,
    Allocated,
    AllocatedOutbound,
    AllocatedInbound,
    AllocatedSockets,
    FreeLater,
}

impl IntCounter {
    pub(crate) const COUNT: usize = Self::FreeLater as usize + 1;
}

/// Numbers of what has happened.
#[derive(Clone, Copy)]
pub(crate) enum LongCounter {
    OutboundCreated,
    InboundAccepted,
    Failed,
    ConnectFailed,
    UnusedClosed,
    ReadCalls,
    ReadInterrupted,
    ReadBytes,
    WriteCalls,
    WriteInterrupted,
    WriteBytes,
    FreedLater,
    AcceptFailed,
    NonblockFailed,
    LimitFailed,
    RateFailed,
    InitFailed,
    Shed,
}

impl LongCounter {
    pub(crate) const COUNT: usize = Self::Shed as usize + 1;
}

/// What is freed once no other thread can look at it any more.
#[repr(C)]
pub struct FreeLater {
    pub(crate) ptr: *mut c_void,
    pub(crate) free: Option<unsafe extern "C" fn(*mut c_void)>,
}

/// Where `custom_data` of a connection that speaks RPC has the other side's identity, and whether it is in a target.
const REMOTE_PID_AT: usize = 16;
const IN_RPC_TARGET_AT: usize = 48;

impl ConnectionInfo {
    /// The identity of the other side, of a connection that speaks RPC.
    pub(crate) fn remote_pid(connection: *mut Self) -> *mut ProcessId {
        connection.wrapping_byte_add(offset_of!(Self, custom_data) + REMOTE_PID_AT).cast()
    }

    /// Whether a connection that speaks RPC is in a target.
    pub(crate) fn in_rpc_target(connection: *mut Self) -> *mut c_int {
        connection.wrapping_byte_add(offset_of!(Self, custom_data) + IN_RPC_TARGET_AT).cast()
    }

    /// The connection of a connection's job.
    pub(crate) fn of(job: *mut AsyncJob) -> *mut Self {
        AsyncJob::payload(job).cast()
    }
}

impl SocketInfo {
    /// The socket of a socket's job.
    pub(crate) fn of(job: *mut AsyncJob) -> *mut Self {
        AsyncJob::payload(job).cast()
    }

    /// The same; none of null.
    pub(crate) fn of_live(job: *mut AsyncJob) -> Option<*mut Self> {
        (!job.is_null()).then(|| Self::of(job))
    }
}

/// Values of [`ConnectionInfo::status`].
pub(crate) const CONN_CONNECTING: c_int = 1;
pub(crate) const CONN_WORKING: c_int = 2;
pub(crate) const CONN_ERROR: c_int = 3;
pub(crate) const CONN_WRITE_CLOSE: c_int = 5;
/// A result of a parser of a connection: the rest is of no use.
pub(crate) const SKIP_ALL_BYTES: c_int = c_int::MIN;

impl ListenerInfo {
    /// The listener of a listener's job.
    pub(crate) fn of(job: *mut AsyncJob) -> *mut Self {
        AsyncJob::payload(job).cast()
    }

    /// The same; none of null.
    pub(crate) fn of_live(job: *mut AsyncJob) -> Option<*mut Self> {
        (!job.is_null()).then(|| Self::of(job))
    }
}

impl TargetInfo {
    /// The target of a target's job.
    pub(crate) fn of(job: *mut AsyncJob) -> *mut Self {
        AsyncJob::payload(job).cast()
    }
}
