// SPDX-License-Identifier: LGPL-2.0-or-later
//! `common/common-stats.h`.

use core::ffi::{c_char, c_int};

/// Memory used by a process and by the machine, in bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of proc(5)")]
pub struct AmMemoryStat {
    pub vm_size: i64,
    pub vm_rss: i64,
    pub vm_data: i64,
    pub mem_free: i64,
    pub swap_total: i64,
    pub swap_free: i64,
    pub swap_used: i64,
    pub mem_cached: i64,
}

/// A text that grows line by line.
#[repr(C)]
pub struct StatsBuffer {
    pub(crate) buff: *mut c_char,
    pub(crate) pos: c_int,
    pub(crate) size: c_int,
    pub(crate) flags: c_int,
}

/// A function that adds to the statistics.
pub type StatFun = unsafe extern "C" fn(*mut StatsBuffer);

/// One registered function of a list, allocated.
#[repr(C)]
pub struct StatFunEntry {
    pub(crate) func: StatFun,
    pub(crate) next: *mut StatFunEntry,
}
