// SPDX-License-Identifier: LGPL-2.0-or-later
//! Properties, checked on generated inputs against second implementations: definitions, direct models of the legacy
//! rules, and libc's own `sscanf`, `strtoll` and `snprintf`.

#[path = "../models/hosts.rs"]
mod hosts_model;
#[path = "../models/log_prefix.rs"]
mod log_prefix_model;
#[path = "../models/procfs.rs"]
mod procfs_model;
#[path = "../models/rpc.rs"]
mod rpc_model;
#[path = "../models/scanner.rs"]
mod scanner;
#[path = "../models/tl.rs"]
mod tl_model;

mod addresses;
mod checksum;
mod clock;
mod config;
mod connection;
mod event_heap;
mod hosts;
mod http;
mod libc_text;
mod message;
mod options;
mod process_id;
mod procfs;
mod rpc;
mod timer_heap;
mod tl;
mod tl_grammar;
