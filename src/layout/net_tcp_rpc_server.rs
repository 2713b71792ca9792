// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-tcp-rpc-server.h`.

use core::ffi::{c_int, c_void};

use super::{
    jobs::AsyncJob,
    net_connections::{Act, ActWith, ConnFunctions},
    net_msg::RawMessage,
};

/// How a server deals with its RPC connections.
#[repr(C)]
pub struct TcpRpcServerFunctions {
    pub(crate) info: *mut c_void,
    pub(crate) rpc_extra: *mut c_void,
    pub(crate) execute: Option<unsafe extern "C" fn(*mut AsyncJob, c_int, *mut RawMessage) -> c_int>,
    pub(crate) check_ready: Option<Act>,
    pub(crate) flush_packet: Option<Act>,
    pub(crate) rpc_check_perm: Option<Act>,
    pub(crate) rpc_init_crypto: Option<unsafe extern "C" fn(*mut AsyncJob, *mut c_void) -> c_int>,
    pub(crate) nop: *mut c_void,
    pub(crate) rpc_wakeup: Option<Act>,
    pub(crate) rpc_alarm: Option<Act>,
    pub(crate) rpc_ready: Option<Act>,
    pub(crate) rpc_close: Option<ActWith>,
    pub(crate) max_packet_len: c_int,
    pub(crate) mode_flags: c_int,
    pub(crate) memcache_fallback_type: *mut c_void,
    pub(crate) memcache_fallback_extra: *mut c_void,
    pub(crate) http_fallback_type: *mut ConnFunctions,
    pub(crate) http_fallback_extra: *mut c_void,
}
