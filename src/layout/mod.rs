// SPDX-License-Identifier: LGPL-2.0-or-later
//! The structs that are shared with C, one file per legacy header, field for field as C has them.
//!
//! A struct that the pure core already has in C's layout (`ProcessId`, `CpuId`) stays there.

pub(crate) mod common_stats;
pub(crate) mod cpuid;
pub(crate) mod md5;
pub(crate) mod pid;
pub(crate) mod proc_stat;
pub(crate) mod raw;
