// SPDX-License-Identifier: LGPL-2.0-or-later
//! The structs shared with C, one file per legacy header, with C's fields and layout.
//!
//! Structs that the pure core already has in C's layout (`ProcessId`, `CpuId`) stay in the core.

pub(crate) mod atomic_f64;
pub(crate) mod common_stats;
pub(crate) mod cpuid;
pub(crate) mod engine;
pub(crate) mod engine_rpc;
pub(crate) mod jobs;
pub(crate) mod md5;
pub(crate) mod mp_queue;
pub(crate) mod net_connections;
pub(crate) mod net_crypto_aes;
pub(crate) mod net_crypto_dh;
pub(crate) mod net_events;
pub(crate) mod net_http_server;
pub(crate) mod net_msg;
pub(crate) mod net_msg_buffers;
pub(crate) mod net_rpc_targets;
pub(crate) mod net_tcp_rpc_client;
pub(crate) mod net_tcp_rpc_common;
pub(crate) mod net_tcp_rpc_server;
pub(crate) mod net_thread;
pub(crate) mod net_timers;
pub(crate) mod pid;
pub(crate) mod proc_stat;
pub(crate) mod raw;
pub(crate) mod server_functions;
pub(crate) mod tl_parse;
