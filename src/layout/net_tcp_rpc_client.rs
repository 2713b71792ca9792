// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-tcp-rpc-client.h`.

use core::ffi::{c_char, c_int, c_uchar, c_void};

use super::{
    jobs::AsyncJob,
    net_connections::{Act, ActWith},
    net_msg::RawMessage,
};

type StartCrypto = unsafe extern "C" fn(*mut AsyncJob, *mut c_char, c_int, *mut c_uchar, c_int) -> c_int;

/// How a client deals with its RPC connections. A server's table starts with the same fields, but one.
#[repr(C)]
pub(crate) struct TcpRpcClientFunctions {
    pub(crate) info: *mut c_void,
    pub(crate) rpc_extra: *mut c_void,
    pub(crate) execute: Option<unsafe extern "C" fn(*mut AsyncJob, c_int, *mut RawMessage) -> c_int>,
    pub(crate) check_ready: Option<Act>,
    pub(crate) flush_packet: Option<Act>,
    pub(crate) rpc_check_perm: Option<Act>,
    pub(crate) rpc_init_crypto: Option<Act>,
    pub(crate) rpc_start_crypto: Option<StartCrypto>,
    pub(crate) rpc_wakeup: Option<Act>,
    pub(crate) rpc_alarm: Option<Act>,
    pub(crate) rpc_ready: Option<Act>,
    pub(crate) rpc_close: Option<ActWith>,
    pub(crate) max_packet_len: c_int,
    pub(crate) mode_flags: c_int,
}
