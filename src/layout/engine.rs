// SPDX-License-Identifier: LGPL-2.0-or-later
//! `engine/engine.h`: what a host tells the engine, and what the engine keeps.
#![allow(non_snake_case, reason = "the names are C's")]

use core::ffi::{c_char, c_double, c_int, c_longlong, c_uint, c_ulonglong, c_void};

use super::{common_stats::StatsBuffer, engine_rpc::TlActExtra, tl_parse::TlInState};

/// The engine's state. The main thread writes it.
#[repr(C)]
pub struct Engine {
    /// An IPv4 address, in network byte order.
    pub(crate) settings_addr: c_uint,
    pub(crate) do_not_open_port: c_int,
    pub(crate) epoll_wait_timeout: c_int,
    /// The listening socket.
    pub(crate) sfd: c_int,
    pub(crate) modules: c_ulonglong,
    pub(crate) port: c_int,
    pub(crate) start_port: c_int,
    pub(crate) end_port: c_int,
    pub(crate) backlog: c_int,
    pub(crate) maxconn: c_int,
    pub(crate) required_io_threads: c_int,
    pub(crate) required_cpu_threads: c_int,
    pub(crate) required_tcp_cpu_threads: c_int,
    pub(crate) required_tcp_io_threads: c_int,
    /// Null, or in memory from C's `malloc`.
    pub(crate) aes_pwd_file: *mut c_char,
    pub(crate) F: *mut ServerFunctions,
}

/// Bits of `modules`.
pub(crate) const ENABLE_IPV6: c_ulonglong = 4;
pub(crate) const ENABLE_TCP: c_ulonglong = 0x10;
pub(crate) const ENABLE_MULTITHREAD: c_ulonglong = 0x100_0000;
pub(crate) const ENABLE_SLAVE_MODE: c_ulonglong = 0x200_0000;

pub(crate) type Act = unsafe extern "C" fn();

/// Reads a query of the host's; null where it is none.
pub(crate) type ParseFunction = unsafe extern "C" fn(*mut TlInState, c_longlong) -> *mut TlActExtra;

/// The host's functions and settings.
#[repr(C)]
pub struct ServerFunctions {
    pub(crate) cron: Option<Act>,
    pub(crate) precise_cron: Option<Act>,
    pub(crate) on_exit: Option<Act>,
    pub(crate) on_waiting_exit: Option<unsafe extern "C" fn() -> c_int>,
    pub(crate) on_safe_quit: Option<Act>,
    pub(crate) close_net_sockets: Option<Act>,
    pub(crate) flags: c_ulonglong,
    /// As a set of signals: n is bit n, and 64 is bit 0.
    pub(crate) allowed_signals: c_ulonglong,
    pub(crate) forbidden_signals: c_ulonglong,
    pub(crate) default_modules: c_ulonglong,
    pub(crate) default_modules_disabled: c_ulonglong,
    pub(crate) prepare_stats: Option<unsafe extern "C" fn(*mut StatsBuffer)>,
    pub(crate) prepare_parse_options: Option<Act>,
    pub(crate) parse_option: Option<unsafe extern "C" fn(c_int) -> c_int>,
    pub(crate) parse_extra_args: Option<unsafe extern "C" fn(c_int, *mut *mut c_char)>,
    pub(crate) pre_init: Option<Act>,
    pub(crate) pre_start: Option<Act>,
    pub(crate) pre_loop: Option<Act>,
    pub(crate) run_script: Option<unsafe extern "C" fn() -> c_int>,
    pub(crate) FullVersionStr: *const c_char,
    pub(crate) ShortVersionStr: *const c_char,
    pub(crate) epoll_timeout: c_int,
    pub(crate) aio_timeout: c_double,
    pub(crate) parse_function: Option<ParseFunction>,
    pub(crate) get_op: Option<unsafe extern "C" fn(*mut TlInState) -> c_int>,
    /// By number.
    pub(crate) signal_handlers: [Option<Act>; 65],
    /// Up to one whose `op` is 0.
    pub(crate) custom_ops: *mut RpcCustomOp,
    pub(crate) tcp_methods: *mut c_void,
    pub(crate) http_type: *mut c_void,
    pub(crate) http_functions: *mut c_void,
    pub(crate) cron_subclass: c_int,
    pub(crate) precise_cron_subclass: c_int,
}

/// Bit of `flags`: the engine has no port of its own.
pub(crate) const NO_PORT: c_ulonglong = 4;

/// What is done for a packet of the engine's port that is no query.
#[repr(C, packed(4))]
pub struct RpcCustomOp {
    /// The packet's first word.
    pub(crate) op: c_uint,
    pub(crate) func: Option<CustomOp>,
}

/// Reads the packet; the second is the query's work.
pub(crate) type CustomOp = unsafe extern "C" fn(*mut TlInState, *mut c_void);

/// A host's own regular work, in a ring.
#[repr(C)]
pub struct EventPreciseCron {
    pub(crate) next: *mut EventPreciseCron,
    pub(crate) prev: *mut EventPreciseCron,
    pub(crate) wakeup: Option<unsafe extern "C" fn(*mut EventPreciseCron)>,
}
