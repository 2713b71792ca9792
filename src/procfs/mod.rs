// SPDX-License-Identifier: LGPL-2.0-or-later
//! Texts of `/proc`: `PID/stat`, `PID/statm` and `meminfo`, read as the legacy code's `fscanf`, `strtoll` and
//! `sscanf` read them.
//!
//! ```
//! use mtproxy_ffi::procfs;
//!
//! # #[cfg(target_os = "linux")] {
//! let text = std::fs::read("/proc/self/stat")?;
//! let stat = procfs::parse_stat(&text).expect("the kernel writes what we read");
//! assert_eq!(stat.pid, std::process::id() as i32);
//! # }
//! # Ok::<(), std::io::Error>(())
//! ```
#![forbid(unsafe_code)]

mod meminfo;
mod path;
mod stat;
mod statm;

pub use meminfo::{
    MEMINFO_CACHED, MEMINFO_MEM_FREE, MEMINFO_SWAP_FREE, MEMINFO_SWAP_TOTAL, MeminfoSummary,
    parse_meminfo_summary,
};
pub use path::{StatPath, stat_path, statm_path};
pub use stat::{COMM_SIZE, ProcStat, parse_stat};
pub use statm::{STATM_FIELDS, StatmReading, parse_statm, read_statm};

use core::fmt;

/// The text is not one that the legacy parser accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a text that the legacy parser accepts")
    }
}

impl core::error::Error for Malformed {}
