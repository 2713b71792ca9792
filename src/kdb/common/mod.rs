// SPDX-License-Identifier: LGPL-2.0-or-later
//! The legacy folder `common/`.

mod common_stats;
mod cpuid;
mod crc32;
mod crc32c;
mod kprintf;
mod md5;
#[cfg(feature = "kdb")]
mod mp_queue;
mod parse_config;
mod pid;
mod precise_time;
mod proc_stat;
#[cfg(feature = "kdb")]
mod resolver;
#[cfg(feature = "kdb")]
mod server_functions;
mod sha;
mod sha1;
mod sha256;
#[cfg(feature = "kdb")]
mod tl_parse;

pub use common_stats::*;
pub use cpuid::*;
pub use crc32::*;
pub use crc32c::*;
pub use kprintf::*;
pub use md5::*;
#[cfg(feature = "kdb")]
pub use mp_queue::*;
pub use parse_config::*;
pub use pid::*;
pub use precise_time::*;
pub use proc_stat::*;
#[cfg(feature = "kdb")]
pub use resolver::*;
#[cfg(feature = "kdb")]
pub use server_functions::*;
pub use sha1::*;
pub use sha256::*;
#[cfg(feature = "kdb")]
pub use tl_parse::*;

#[cfg(feature = "kdb")]
pub(in crate::kdb) use precise_time::{current_second, precise_now_of_thread, set_now_of_thread};
#[cfg(feature = "kdb")]
pub(in crate::kdb) use tl_parse::{keep_error, tell_of};
