// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-tcp-rpc-server.h`.

use core::ffi::{c_int, c_void};

/// Of a connection, which is a job.
type OfConnection = Option<unsafe extern "C" fn(*mut c_void) -> c_int>;

/// How a server deals with its RPC connections.
#[repr(C)]
pub struct TcpRpcServerFunctions {
    pub(crate) info: *mut c_void,
    pub(crate) rpc_extra: *mut c_void,
    pub(crate) execute: Option<unsafe extern "C" fn(*mut c_void, c_int, *mut c_void) -> c_int>,
    pub(crate) check_ready: OfConnection,
    pub(crate) flush_packet: OfConnection,
    pub(crate) rpc_check_perm: OfConnection,
    pub(crate) rpc_init_crypto: Option<unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int>,
    pub(crate) nop: *mut c_void,
    pub(crate) rpc_wakeup: OfConnection,
    pub(crate) rpc_alarm: OfConnection,
    pub(crate) rpc_ready: OfConnection,
    pub(crate) rpc_close: Option<unsafe extern "C" fn(*mut c_void, c_int) -> c_int>,
    pub(crate) max_packet_len: c_int,
    pub(crate) mode_flags: c_int,
    pub(crate) memcache_fallback_type: *mut c_void,
    pub(crate) memcache_fallback_extra: *mut c_void,
    pub(crate) http_fallback_type: *mut c_void,
    pub(crate) http_fallback_extra: *mut c_void,
}
