// SPDX-License-Identifier: LGPL-2.0-or-later
//! `common/pid.h`.

use core::sync::atomic::{AtomicI32, AtomicU16, AtomicU32};

/// A [`ProcessId`](crate::process_id::ProcessId) that several threads read and write, field by field.
#[repr(C)]
pub struct SharedProcessId {
    pub(crate) ip: AtomicU32,
    pub(crate) port: AtomicU16,
    pub(crate) pid: AtomicU16,
    pub(crate) utime: AtomicI32,
}
