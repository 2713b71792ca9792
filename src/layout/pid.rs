// SPDX-License-Identifier: LGPL-2.0-or-later
//! `common/pid.h`.

use core::sync::atomic::{AtomicI32, AtomicU16, AtomicU32};

use crate::process_id::ProcessId;

/// A [`ProcessId`] that several threads read and write, field by field.
#[repr(C)]
pub struct SharedProcessId {
    pub(crate) ip: AtomicU32,
    pub(crate) port: AtomicU16,
    pub(crate) pid: AtomicU16,
    pub(crate) utime: AtomicI32,
}

const _: () = {
    use core::mem::offset_of;
    assert!(offset_of!(ProcessId, ip) == 0);
    assert!(offset_of!(ProcessId, port) == 4);
    assert!(offset_of!(ProcessId, pid) == 6);
    assert!(offset_of!(ProcessId, utime) == 8);
    assert!(size_of::<ProcessId>() == 12 && align_of::<ProcessId>() == 4);
    assert!(offset_of!(SharedProcessId, ip) == offset_of!(ProcessId, ip));
    assert!(offset_of!(SharedProcessId, port) == offset_of!(ProcessId, port));
    assert!(offset_of!(SharedProcessId, pid) == offset_of!(ProcessId, pid));
    assert!(offset_of!(SharedProcessId, utime) == offset_of!(ProcessId, utime));
    assert!(size_of::<SharedProcessId>() == size_of::<ProcessId>());
};
