// SPDX-License-Identifier: LGPL-2.0-or-later
//! The legacy folder `net/`.

mod http_connection;
mod net_config;
mod net_connections;
mod net_crypto_aes;
mod net_crypto_dh;
mod net_events;
mod net_http_server;
mod net_msg;
mod net_msg_buffers;
mod net_rpc_targets;
mod net_stats;
mod net_tcp_connections;
mod net_tcp_rpc_client;
mod net_tcp_rpc_common;
mod net_tcp_rpc_server;
mod net_thread;
mod net_timers;
mod rpc_connection;
mod rpc_handshake;
mod rpc_input;

pub use net_config::*;
pub use net_connections::*;
pub use net_crypto_aes::*;
pub use net_crypto_dh::*;
pub use net_events::*;
pub use net_http_server::*;
pub use net_msg::*;
pub use net_msg_buffers::*;
pub use net_rpc_targets::*;
pub use net_stats::*;
pub use net_tcp_connections::*;
pub use net_tcp_rpc_client::*;
pub use net_tcp_rpc_common::*;
pub use net_tcp_rpc_server::*;
pub use net_thread::*;
pub use net_timers::*;

pub(in crate::kdb) use net_events::slot_of;
pub(in crate::kdb) use net_msg::messages;
