//! The bytes of the boundary's results that belong to no field. Their values after a call are unspecified.

use std::mem::offset_of;

use mtproxy_ffi::{ffi::*, procfs::MeminfoSummary};

/// Sets the bytes of a result that belong to no field to zero.
pub(crate) type Blank = fn(&mut [u8]);

pub(crate) const NONE: Blank = |_| {};

pub(crate) const TL_HEADER: Blank = |bytes| {
    bytes[offset_of!(TlHeaderParseResult, flags) + 4..offset_of!(TlHeaderParseResult, qid)].fill(0);
};

pub(crate) const PROC_STATS: Blank = |bytes| {
    bytes[offset_of!(ProcStats, state) + 1..offset_of!(ProcStats, ppid)].fill(0);
    bytes[offset_of!(ProcStats, tpgid) + 4..offset_of!(ProcStats, flags)].fill(0);
};

pub(crate) const MEMINFO: Blank = |bytes| bytes[offset_of!(MeminfoSummary, found_mask) + 4..].fill(0);

pub(crate) const INT: Blank = |bytes| {
    bytes[offset_of!(CfgIntResult, consumed) + size_of::<usize>()..].fill(0);
};
