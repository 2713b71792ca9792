//! The drop-in: the legacy library's own names, for a proxy that was never changed.
//!
//! One file per legacy object, named as it is. An archive member is linked or not as a whole, so each file defines
//! every global symbol of its object: functions, and the variables that hosts read and write. What stable Rust cannot
//! define (variadic functions, a weak one) is in `shim.c`. The work is done by the core, as for [`crate::ffi`].
//!
//! The legacy contracts hold: pointers are valid as the C prototypes imply, state is as global and as unsynchronised
//! as it was. Where the original read out of bounds, overflowed or failed an assertion for no good reason, the function's
//! documentation says what happens here instead. `objects.tsv` lists the objects.
#![allow(non_upper_case_globals)] // the names are C's
#![allow(non_snake_case)]

mod common_stats;
mod cpuid;
mod crc32;
mod crc32c;
mod host;
mod kprintf;
mod md5;
mod parse_config;
mod pid;
mod precise_time;
mod proc_stat;
mod sha1;
mod sha256;

pub use common_stats::*;
pub use cpuid::*;
pub use crc32::*;
pub use crc32c::*;
pub use host::mtproxy_kdb_die;
pub use kprintf::*;
pub use md5::*;
pub use parse_config::*;
pub use pid::*;
pub use precise_time::*;
pub use proc_stat::*;
pub use sha1::*;
pub use sha256::*;
